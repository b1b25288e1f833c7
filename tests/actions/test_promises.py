"""What a resident was promised: shown, reminded, escalated, and ended (N-15, N-16, L7)."""

from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server.access import admin as admins
from server.actions import signing
from server.database import db
from server.models import Agreement, AgreementStatus, Notification
from tests import make
from tests.actions.test_signing import POLICY, everybody, request
from tests.handlers.workbench import browser as browsers

S = AgreementStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def asked() -> Agreement:
    resident, team, package = everybody()
    make.user(staff=team.lead)
    return request(resident, team, package)[0]


def told(kind: str = "answer_due") -> list[str]:
    rows = db.session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.id))
    return [str(clocks.local(row.created_at).date()) for row in rows]


def days(clock: Any, first: int, last: int) -> None:
    """Every morning of March at nine the job runs, twice."""
    for day in range(first, last + 1):
        clock.set(f"2026-03-{day:02} 09:00")
        for _ in range(2):
            while signing.remind_next(POLICY):
                pass
        signing.withdraw_overdue_next(POLICY)


def test_the_leader_hears_one_workday_before_and_on_the_day_after(clock: Any) -> None:
    agreement = asked()
    assert agreement.answer_by_on.isoformat() == "2026-03-09"  # a Monday

    days(clock, 2, 12)

    assert told() == ["2026-03-06", "2026-03-10"]


def test_after_a_promise_on_a_friday_he_hears_on_monday(clock: Any) -> None:
    agreement = asked()
    make.saved_change(agreement, answer_by_on=clocks.today().replace(day=6))

    days(clock, 2, 9)

    assert told() == ["2026-03-05", "2026-03-09"]
    assert agreement.status == S.PENDING_TEAM


def test_a_late_run_tells_only_what_counts_today(clock: Any) -> None:
    asked()

    days(clock, 10, 11)

    assert told() == ["2026-03-10"]


def test_an_answer_ends_the_reminders(clock: Any) -> None:
    agreement = asked()
    signing.reject(
        agreement, reason=signing.RejectReason.OTHER, note="", by=signing_actor(agreement), staff=lead(agreement)
    )

    days(clock, 2, 12)

    assert told() == []


def test_the_administrator_sees_the_missed_promise_until_it_is_withdrawn(clock: Any) -> None:
    agreement = asked()
    by = browsers.admin(agreement.team.organisation)
    assert admins.counts(by=by).late_agreements == 0

    clock.set("2026-03-10 09:00")

    assert admins.counts(by=by).late_agreements == 1
    assert [row.id for row in admins.agreements(late=True, by=by).items] == [agreement.id]
    clock.set("2026-03-13 00:30")
    assert signing.withdraw_overdue_next(POLICY)
    assert admins.counts(by=by).late_agreements == 0


def test_the_resident_is_told_that_nobody_answered(clock: Any) -> None:
    agreement = asked()
    clock.set("2026-03-13 00:30")

    signing.withdraw_overdue_next(POLICY)

    (note,) = db.session.scalars(select(Notification).where(Notification.kind == "agreement_decided"))
    assert (note.resident_id, note.facts["result"]) == (agreement.resident_id, "未答复")


def lead(agreement: Agreement) -> Any:
    return agreement.team.lead


def signing_actor(agreement: Agreement) -> Any:
    from server.models.actor import Actor, ActorKind

    return Actor(ActorKind.STAFF, lead(agreement).id)
