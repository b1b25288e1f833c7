"""The catalogue, fees, entitlements and cards: what the database refuses whoever writes."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server import clock
from server.database import transaction
from server.models import Entitlement, FeeLine, ServiceRecord, entitlement, fee
from tests import make


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def refused(statement: str, **values: Any) -> None:
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement), values)


@pytest.mark.parametrize(
    "fields",
    [
        {"subsidy_fen": 1},
        {"guidance_fen": 701},
        {"guidance_fen": -1},
        {"subsidy_fen": -100, "price_fen": 900},
        {"offered_from": clock.today(), "offered_to": clock.today().replace(year=2000)},
    ],
)
def test_a_package_that_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError):
        make.package(**fields)


def test_a_version_stands_once_in_a_catalogue() -> None:
    make.package(region="mianyang", code="BASIC", version=1)
    make.package(region="fujian", code="BASIC", version=1)

    with pytest.raises(DBAPIError):
        make.package(region="mianyang", code="BASIC", version=1)


def test_an_insurance_nobody_knows() -> None:
    with pytest.raises(DBAPIError):
        make.resident(insurance="private")


def test_more_used_than_promised_unless_it_is_a_minimum() -> None:
    row = make.entitlement(promised=1, used=1)
    least = make.entitlement(promised=1, used=1, is_minimum=True)

    refused("UPDATE entitlement SET used = 2 WHERE id = :id", id=row.id)
    with transaction():
        assert not entitlement.use(row.id)
        assert entitlement.use(least.id)
    assert least.remaining == 0


def test_as_needed_has_no_end_and_giving_back_stops_at_nothing() -> None:
    row = make.entitlement(promised=None)

    with transaction() as session:
        assert all(entitlement.use(row.id) for _ in range(3))
        for _ in range(5):
            entitlement.give_back(row.id)
        session.refresh(row)
        assert (row.used, row.remaining) == (0, None)


def test_a_service_record_is_written_once() -> None:
    team = make.team()
    record = make.saved(
        ServiceRecord(
            resident_id=make.resident().id,
            team_id=team.id,
            staff_id=team.lead.id,
            kind="service",
            source_key="x:1",
            served_on=clock.today(),
            recorded_at=clock.now(),
        )
    )

    with pytest.raises(RuntimeError, match="never changed"), transaction():
        record.kind = "exam"
    with pytest.raises(RuntimeError, match="never changed"), transaction() as session:
        session.delete(record)


def line(**fields: Any) -> FeeLine:
    agreement = make.agreement()
    values = {
        "agreement_id": agreement.id,
        "organisation_id": agreement.team.organisation_id,
        "year": 1,
        "payer": "resident",
        "account": "self",
        "amount_fen": 1000,
    }
    return make.saved(FeeLine(**(values | fields)))


def test_pk23_nothing_is_charged_above_the_listed_price() -> None:
    row = line()

    with transaction() as session:
        assert fee.take(row.id, 600)
        assert not fee.take(row.id, 401)
        assert fee.take(row.id, 400)
        session.refresh(row)
        assert row.charged_fen == 1000
    refused("UPDATE fee_line SET charged_fen = 1001 WHERE id = :id", id=row.id)


def test_one_line_of_a_payer_a_year() -> None:
    row = line()

    with pytest.raises(DBAPIError):
        line(agreement_id=row.agreement_id)


def test_an_item_is_promised_once_a_year() -> None:
    row = make.entitlement()

    with pytest.raises(DBAPIError):
        make.saved(
            Entitlement(
                **{
                    column.key: getattr(row, column.key)
                    for column in Entitlement.__table__.columns
                    if column.key != "id"
                }
            )
        )
