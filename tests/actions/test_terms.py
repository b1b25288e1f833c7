"""For how long: what may be agreed, from which day it counts, when it ends (AG-01 … AG-05, C-01, C-10)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from server import policy as policies
from server.access.rules import policy_for
from server.actions import signing
from server.database import db
from server.models import AgreementEvent, AgreementStatus
from tests import make
from tests.actions.renewing import DOCTOR, accept, sign, signed
from tests.conftest import Clock

S = AgreementStatus
SPECIAL = "changyinsha_special"


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.mark.parametrize(
    ("region", "start", "end"),
    [
        ("mianyang", "2026-03-02", date(2027, 3, 1)),  # AG-01, domain.md §0.4
        ("erqi", "2026-03-02", date(2029, 3, 1)),  # AG-02
        ("fujian", "2026-03-02", date(2027, 3, 1)),  # AG-03, the usual term
        ("qianjiang", "2026-03-02", date(2027, 3, 1)),
        ("changyinsha", "2017-06-20", date(2018, 6, 19)),  # AG-04
        (SPECIAL, "2017-04-20", date(2018, 2, 28)),  # AG-05, §6.5
        (SPECIAL, "2018-02-28", date(2018, 2, 28)),
        ("mianyang", "2028-02-29", date(2029, 2, 27)),  # §0.4: clamped 2029-02-28 minus 1 day
    ],
)
def test_the_worked_examples(clock: Clock, region: str, start: str, end: date) -> None:
    clock.set(f"{start} 10:00")

    agreement = signed(region)

    assert (str(agreement.start_on), agreement.end_on) == (start, end)
    assert agreement.status == S.ACTIVE


@pytest.mark.parametrize(("months", "end"), [(24, date(2028, 3, 1)), (36, date(2029, 3, 1)), (18, date(2027, 9, 1))])
def test_a_resident_chooses_within_the_regions_range(months: int, end: date) -> None:
    agreement = signed("fujian", term_months=months)

    assert (agreement.term_months, agreement.is_extended, agreement.end_on) == (months, False, end)
    assert f"为期{months}个月" in agreement.text_body


@pytest.mark.parametrize(
    ("region", "wish", "error"),
    [
        ("fujian", {"term_months": 6}, signing.TermTooShort),
        ("fujian", {"term_months": 6, "is_extended": True}, signing.TermTooShort),
        ("fujian", {"term_months": 48}, signing.TermNeedsExtension),
        ("erqi", {"term_months": 12}, signing.TermTooShort),
        ("mianyang", {"term_months": 24}, signing.TermTooLong),
        ("mianyang", {"term_months": 24, "is_extended": True}, signing.TermTooLong),
    ],
)
def test_what_cannot_be_agreed_is_refused(region: str, wish: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        sign(region, **wish)


def test_a_longer_term_needs_the_marks_of_both_sides() -> None:
    agreement = sign("fujian", term_months=48, is_extended=True)
    assert "协商一致延长" in agreement.text_body

    with pytest.raises(signing.ExtensionNotConfirmed):
        accept(agreement)
    assert agreement.status == S.PENDING_TEAM

    accept(agreement, confirms_extension=True)
    assert (agreement.is_extended, agreement.end_on) == (True, date(2030, 3, 1))
    steps = select(AgreementEvent.reason).where(
        AgreementEvent.subject_id == agreement.id, AgreementEvent.new == S.ACTIVE
    )
    assert list(db.session.scalars(steps)) == ["extended"]


def test_the_mark_is_dropped_where_nothing_is_extended() -> None:
    agreement = sign("fujian", term_months=24, is_extended=True)

    assert agreement.is_extended is False
    assert accept(agreement).status == S.ACTIVE


def test_c10_days_count_from_the_signature_in_one_region_and_from_the_acceptance_in_another(clock: Clock) -> None:
    here, there = sign("changyinsha"), sign("mianyang")
    clock.set("2026-03-05 10:00")

    accept(here)
    accept(there)

    assert (here.start_on, here.end_on) == (date(2026, 3, 2), date(2027, 3, 1))
    assert (there.start_on, there.end_on) == (date(2026, 3, 5), date(2027, 3, 4))
    assert "自签约之日起" in here.text_body and "团队确认之日起" in there.text_body


def test_a_fixed_end_that_has_passed_refuses_the_request_and_the_acceptance(clock: Clock) -> None:
    clock.set("2018-02-27 10:00")
    agreement = sign(SPECIAL, team=make.team())
    assert "2018年2月28日止" in agreement.text_body

    clock.set("2018-03-01 10:00")
    accept(agreement)  # it counts from the signature: it was valid for two days
    assert (agreement.start_on, agreement.end_on) == (date(2018, 2, 27), date(2018, 2, 28))
    with pytest.raises(signing.FixedEndPassed):
        sign(SPECIAL)


def test_an_acceptance_after_the_fixed_end_of_what_counts_from_it_is_refused(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set("2018-02-27 10:00")
    agreement = sign(SPECIAL)
    rules = policies.load(SPECIAL)
    late = rules.model_copy(update={"signing": rules.signing.model_copy(update={"effective_from": "acceptance"})})
    monkeypatch.setattr("server.actions.signing.period.rules_of", lambda agreement: late)
    clock.set("2018-03-01 10:00")

    with pytest.raises(signing.FixedEndPassed):
        accept(agreement)


def test_the_term_that_was_agreed_holds_when_the_region_changes_its_own() -> None:
    agreement = sign("mianyang")
    now = policies.load("erqi")

    signing.accept(agreement, policy=now, by=DOCTOR, staff=agreement.team.lead)

    assert agreement.end_on == date(2027, 3, 1)


def test_a_household_with_a_special_member_signs_under_the_regions_variant() -> None:
    policy = policies.load("changyinsha")
    group = policies.load(SPECIAL).groups.applies_to[0]
    wife, husband, stranger = make.resident(), make.resident(), make.resident()
    make.member(make.household(wife), husband, "01")
    make.tag(group, resident=husband)
    make.tag("HTN", resident=stranger)

    assert policy_for(wife, policy).region == SPECIAL
    assert policy_for(husband, policy).region == SPECIAL
    assert policy_for(stranger, policy) is policy
    assert policy_for(husband, policies.load("mianyang")).region == "mianyang"


def test_a_group_somebody_only_declared_changes_nothing() -> None:
    group = policies.load(SPECIAL).groups.applies_to[0]
    who = make.resident()
    make.tag(group, resident=who, status="waiting", source="resident_declared")

    assert policy_for(who, policies.load("changyinsha")).region == "changyinsha"
