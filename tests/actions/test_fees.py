"""The fee of an agreement: frozen when signed, charged up to the listed price, accounts found for what has none."""

from typing import Any

import pytest
from sqlalchemy import func, select

from server import policy as policies
from server.actions import fees, insurance, signing
from server.database import db
from server.models import Agreement, Charge, FeeLine
from server.models.actor import Actor, ActorKind
from server.models.states import StaleState
from tests import make
from tests.actions.test_signing import POLICY, request

BY = Actor(ActorKind.ADMIN, "admin")
ACCOUNTS = {"resident": "outpatient_pool", "employee": "personal_account"}


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def signed(resident: Any = None, **package: Any) -> Agreement:
    made = make.package(**({"guidance_fen": 200, "accounts": ACCOUNTS} | package))
    agreement, _ = request(resident or make.resident(insurance="resident"), make.team(), made)
    return agreement


def lines(agreement: Agreement) -> dict[str, FeeLine]:
    found = db.session.scalars(select(FeeLine).where(FeeLine.agreement_id == agreement.id))
    return {line.payer: line for line in found}


def test_pk09_ten_yuan_are_frozen_as_seven_and_three_with_two_for_guidance() -> None:
    found = lines(signed())

    assert {payer: line.amount_fen for payer, line in found.items()} == {"public_health_fund": 700, "insurance": 300}
    assert found["public_health_fund"].guidance_fen == 200
    assert found["insurance"].account == "outpatient_pool"


def test_c12_who_is_not_insured_has_no_account_until_an_administrator_names_one() -> None:
    line = lines(signed(make.resident(insurance="uninsured")))["insurance"]
    assert line.account == "unassigned"

    fees.assign(line, "fund", by=BY)
    fees.assign(line, "fund", by=BY)

    assert line.account == "fund"
    with pytest.raises(StaleState):
        fees.assign(line, "self", by=BY)
    with pytest.raises(fees.AccountInvalid):
        fees.assign(line, "gold", by=BY)


def test_a_later_change_of_insurance_leaves_the_frozen_fee() -> None:
    resident = make.resident(insurance="resident")
    agreement = signed(resident)

    insurance.declare(resident, "employee", by=BY)

    assert lines(agreement)["insurance"].account == "outpatient_pool"
    assert resident.insurance_declared_at is not None
    with pytest.raises(insurance.InsuranceUnknown):
        insurance.declare(resident, "private", by=BY)


def test_pk14_who_counts_as_poor_pays_nothing_of_his_own() -> None:
    poor, other = make.resident(), make.resident()
    make.tag("OUT_OF_POVERTY", resident=poor)
    own = {"price_fen": 6000, "self_pay_fen": 5000}

    assert signing.own_share_fen(signed(poor, **own)) == 0
    assert signing.own_share_fen(signed(other, **own)) == 5000


def test_a_longer_term_has_a_fee_each_year() -> None:
    agreement = signed()
    pending = signing.own_share_fen(agreement)

    assert (pending, agreement.term_months) == (0, 12)
    assert db.session.scalar(select(func.count()).select_from(FeeLine)) == 2


def test_pk23_charges_never_exceed_the_listed_price() -> None:
    line = lines(signed(price_fen=6000, self_pay_fen=5000))["resident"]

    first, is_new = fees.charge(line, 3000, "R1", by=BY)
    again, is_again = fees.charge(line, 3000, "R1", by=BY)

    assert (is_new, is_again, first.id) == (True, False, again.id)
    with pytest.raises(fees.ChargeAbovePrice):
        fees.charge(line, 2001, "R2", by=BY)
    with pytest.raises(fees.ReceiptUsed):
        fees.charge(line, 1, "R1", by=BY)
    with pytest.raises(fees.AmountInvalid):
        fees.charge(line, 0, "R3", by=BY)
    fees.charge(line, 2000, "R4", by=BY)
    assert line.charged_fen == 5000
    assert db.session.scalar(select(func.sum(Charge.amount_fen))) == 5000


def test_c11_by_population_where_the_region_says_so() -> None:
    centre = make.organisation()

    row = fees.count_served(centre, 2026, 31_000, policy=policies.load("erqi"), by=BY)
    fees.count_served(centre, 2026, 32_000, policy=policies.load("erqi"), by=BY)

    db.session.refresh(row)
    assert (row.persons, row.amount_fen) == (32_000, 1000)
    with pytest.raises(fees.NotByPopulation):
        fees.count_served(centre, 2026, 1, policy=POLICY, by=BY)
