"""Critical follow-ups reach the institution (N-09, N-42, N-44, N-45); a colleague's look stops the call."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import policy
from server.actions import followups
from server.actions.followups.escalating import AlarmNoteNeeded, AlarmSettled
from server.clock import SHANGHAI
from server.database import db
from server.models import AuditEvent, FollowUp, FollowUpAlarm, FollowUpEvent, Notification, Programme
from server.models.actor import Actor, ActorKind
from tests import make
from tests.conftest import Clock

POLICY = policy.load("mianyang")
SMI = {
    "contact": "1", "risk": "3", "symptoms": ["0"], "symptom_state": "1", "insight": "1", "social": "1",
    "adherence": "1", "adr": "1", "physical": "1",
}  # fmt: skip
TB = {
    "month": 2, "supervisor": "1", "phase": "1", "symptoms": ["0"], "missed_doses": 8, "missed_days": 8, "adr": "1",
    "complication": "1", "comorbidity": "1",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("app")


def alarms() -> list[FollowUpAlarm]:
    db.session.expire_all()
    return list(db.session.scalars(select(FollowUpAlarm).order_by(FollowUpAlarm.id)))


def emergency(row: FollowUp, **fields: Any) -> FollowUpAlarm:
    make.visited(row, 185, 95, policy=POLICY, **fields)
    (found,) = alarms()
    return found


def staffed() -> FollowUp:
    row = make.followup()
    make.user(staff=row.team.lead)
    return row


def clock_of(day: int) -> datetime:
    return datetime(2026, 3, day, 10, tzinfo=SHANGHAI)


def admin() -> Actor:
    return Actor(ActorKind.ADMIN, "A" * 26)


def test_an_entered_emergency_nobody_looks_at_reaches_the_administrator_after_15_minutes(clock: Clock) -> None:
    found = emergency(staffed())
    assert (found.reason, found.escalated_at) == ("emergency", None)
    clock.advance(minutes=14)
    assert followups.escalate_next() is False

    clock.advance(minutes=1)

    assert [followups.escalate_next(), followups.escalate_next()] == [True, False]
    assert alarms()[0].escalated_at is not None


def test_a_colleague_who_opens_it_stops_the_call_and_the_author_does_not(clock: Clock) -> None:
    row = staffed()
    found = emergency(row)
    followups.open_done(row, by=Actor(ActorKind.STAFF, found.raised_by))
    assert alarms()[0].seen_at is None

    colleague = make.colleague(row.team)
    followups.open_done(row, by=Actor(ActorKind.STAFF, colleague.id))

    assert alarms()[0].seen_by == colleague.id
    clock.advance(minutes=16)
    assert followups.escalate_next() is False


def test_family_doctors_are_alarmed_besides_the_leader_but_not_who_entered_it() -> None:
    row = staffed()
    one, author = (make.colleague(row.team, role="family_doctor") for _ in range(2))
    told = make.user(staff=one)
    make.user(staff=author)
    db.session.expire_all()

    emergency(row, by=Actor(ActorKind.STAFF, author.id))

    users = set(db.session.scalars(select(Notification.user_id).where(Notification.kind == "followup_alarm")))
    assert told.id in users and len(users) == 2


def test_where_nobody_can_be_reached_it_is_the_administrators_at_once() -> None:
    assert emergency(make.followup()).escalated_at is not None


def test_an_encounter_has_one_row_for_each_reason() -> None:
    row = staffed()
    found = emergency(row)
    values = {
        "followup_id": row.id, "resident_id": row.resident_id, "team_id": row.team_id, "event_key": found.event_key,
        "reason": "emergency", "raised_at": found.raised_at, "raised_by": "x",
    }  # fmt: skip

    with pytest.raises(IntegrityError):
        make.saved(FollowUpAlarm(**values))


@pytest.mark.parametrize(
    ("programme", "form", "reason"), [(Programme.SMI, SMI, "dangerous"), (Programme.TB, TB, "missed_drugs")]
)
def test_what_is_to_be_reported_up_is_the_administrators_at_once(
    programme: Programme, form: dict[str, Any], reason: str
) -> None:
    row = make.followup(programme=programme)
    make.user(staff=row.team.lead)
    make.user(staff=make.colleague(row.team, role="family_doctor"))
    db.session.expire_all()

    make.visited(row, None, None, policy=POLICY, values=form, is_confirmed=True)

    (found,) = alarms()
    assert (found.reason, found.escalated_at is not None, found.is_restricted) == (reason, True, True)
    assert len(list(db.session.scalars(select(Notification.id)))) == 1, "only the leader hears of a restricted one"


@pytest.mark.parametrize(
    ("programme", "form"), [(Programme.SMI, SMI | {"risk": "2"}), (Programme.TB, TB | {"missed_days": 7})]
)
def test_below_the_limit_nothing_is_reported(programme: Programme, form: dict[str, Any]) -> None:
    make.visited(make.followup(programme=programme), None, None, policy=POLICY, values=form, is_confirmed=True)

    assert alarms() == []


def test_n42_a_first_visit_missed_after_72_hours_stands_on_the_list_once(clock: Clock) -> None:
    noticed = clock_of(7)
    clock.set(noticed)
    day = {"due_on": date(2026, 3, 10), "window_end_on": date(2026, 3, 10)}
    row = make.followup(programme=Programme.TB, kind_key="FIRST", **day)
    step = {"old": "", "new": "planned", "actor_kind": "clock", "actor_id": "", "at": noticed}
    make.saved(FollowUpEvent(subject_id=row.id, **step))
    clock.set(noticed + timedelta(hours=71, minutes=59))
    assert followups.raise_late_visit_next() is False

    clock.set(noticed + timedelta(hours=72))

    assert [followups.raise_late_visit_next(), followups.raise_late_visit_next()] == [True, False]
    assert [(one.reason, one.raised_by) for one in alarms()] == [("first_visit", "clock")]
    assert alarms()[0].escalated_at is not None


def test_n42_a_first_visit_that_took_place_is_not_raised(clock: Clock) -> None:
    day = {"due_on": date(2026, 3, 5), "status": "done", "visited_on": date(2026, 3, 4)}
    row = make.followup(programme=Programme.TB, kind_key="FIRST", **day)
    step = {"old": "", "new": "planned", "actor_kind": "clock", "actor_id": "", "at": clock_of(2)}
    make.saved(FollowUpEvent(subject_id=row.id, **step))
    clock.advance(hours=80)

    assert followups.raise_late_visit_next() is False


def test_an_administrator_settles_it_once_with_a_word() -> None:
    found = emergency(staffed())
    for state, note in (("reported", " "), ("open", "已电话"), ("handled", "字" * 201)):
        with pytest.raises(AlarmNoteNeeded):
            followups.settle(found, state, note, by=admin())

    done = followups.settle(found, "reported", "已报区疾控", by=admin())

    assert (done.state, done.note, done.escalate_at) == ("reported", "已报区疾控", None)
    with pytest.raises(AlarmSettled):
        followups.settle(found, "handled", "再次", by=admin())
    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == found.id)))
    assert actions == ["followup_alarm_raised", "followup_alarm_settled"]
