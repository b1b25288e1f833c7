"""What must be true of every agreement, whatever happened: read from the rows, not from what the simulation meant."""

from collections import Counter, defaultdict
from datetime import date, timedelta

from sqlalchemy import func, select

from server import clock
from server.actions import signing
from server.database import db
from server.models import (
    Agreement,
    AgreementEvent,
    AgreementStatus,
    Appointment,
    AppointmentStatus,
    Notification,
    NotificationStatus,
    RenewalAct,
    RenewalStep,
    Resident,
)
from server.models.agreement import BORN, HOLDS_PLACE, IN_FORCE, MOVES, NEVER_IN_FORCE, OPEN
from server.models.doctor import Team

S = AgreementStatus
NOTICE = "renewal_offer"


def faults() -> list[str]:
    """Return what is wrong, one line each; empty when all is well."""
    db.session.rollback()
    rows = list(db.session.scalars(select(Agreement).order_by(Agreement.resident_id, Agreement.start_on, Agreement.id)))
    events = _events()
    return [
        *_overlaps_and_gaps(rows),
        *_illegal_moves(rows, events),
        *_missing_notices(rows, events),
        *_wrong_counts(),
        *_alive_after_death(),
    ]


def _events() -> dict[str, list[AgreementEvent]]:
    by_agreement: dict[str, list[AgreementEvent]] = defaultdict(list)
    for event in db.session.scalars(select(AgreementEvent).order_by(AgreementEvent.at, AgreementEvent.id)):
        by_agreement[event.subject_id].append(event)
    return by_agreement


def served(row: Agreement) -> bool:
    """Whether it ever was, or will be, in force."""
    return row.status not in NEVER_IN_FORCE and row.start_on is not None


def _overlaps_and_gaps(rows: list[Agreement]) -> list[str]:
    found, by_id = [], {row.id: row for row in rows}
    for before, after in zip(rows, rows[1:], strict=False):
        if before.resident_id == after.resident_id and served(before) and served(after):
            assert before.end_on and after.start_on
            if after.start_on <= before.end_on:
                found.append(f"overlap: {before.number} ends {before.end_on}, {after.number} starts {after.start_on}")
    went_on = list(db.session.scalars(select(RenewalStep).where(RenewalStep.act == RenewalAct.WENT_ON)))
    for step in went_on:
        assert step.before_until_on
        if step.term_from_on != step.before_until_on + timedelta(days=1):
            found.append(
                f"gap: a silent renewal starts {step.term_from_on}, the term before ended {step.before_until_on}"
            )
    moved_on = {step.agreement_id for step in went_on}  # their first day is the one of the new term now
    for row in rows:
        before = by_id.get(row.predecessor_id or "")
        if before is None or row.id in moved_on or not served(row) or not served(before) or row.decided_at is None:
            continue
        assert row.start_on and before.end_on
        # asked for in time it follows without a day between, however long the team takes; else it begins when accepted
        day_after, asked_on = before.end_on + timedelta(days=1), clock.local(row.requested_at).date()
        begins = asked_on if signing.rules_of(row).signing.effective_from == "signing_date" else _decided_on(row)
        meant = day_after if asked_on < day_after else max(day_after, begins)
        if row.start_on != meant:
            found.append(f"gap: {row.number} should start {meant}, starts {row.start_on}")
    return found


def _decided_on(row: Agreement) -> date:
    assert row.decided_at is not None
    return clock.local(row.decided_at).date()


def _illegal_moves(rows: list[Agreement], events: dict[str, list[AgreementEvent]]) -> list[str]:
    found = []
    for row in rows:
        state: str = ""
        for event in events[row.id]:
            legal = event.new in BORN if event.old == "" else S(event.new) in MOVES[S(event.old)]
            if not legal or event.old != state:
                found.append(f"illegal: {row.number} was {state!r}, event {event.old!r} → {event.new!r}")
            state = event.new
        if state != row.status:
            found.append(f"unrecorded: {row.number} is {row.status}, its events end at {state!r}")
    return found


def _missing_notices(rows: list[Agreement], events: dict[str, list[AgreementEvent]]) -> list[str]:
    """Each agreement that was active on a notice day, and that nobody had renewed by then, was told of its end."""
    found = []
    told = Counter(
        (subject, key.rsplit(":", 1)[1])
        for subject, key in db.session.execute(
            select(Notification.subject_id, Notification.dedupe_key).where(Notification.kind == NOTICE)
        )
    )
    others: dict[str, list[Agreement]] = defaultdict(list)
    for row in rows:
        others[row.resident_id].append(row)
    for row in rows:
        end_on = row.agreed_end_on or row.end_on  # what was known before something ended it early
        if end_on is None or not served(row):
            continue
        for days in signing.rules_of(row).renewal.notice_days:
            on = end_on - timedelta(days=days)
            if on > clock.today() or not _was_active(events[row.id], on):
                continue
            if any(_stood(other, events[other.id], on) for other in others[row.resident_id] if other is not row):
                continue
            if told[row.id, str(days)] != 1:
                found.append(
                    f"notice: {row.number} was told {told[row.id, str(days)]} times {days} days before {end_on}"
                )
    return found


def _stood(other: Agreement, events: list[AgreementEvent], on: date) -> bool:
    """Whether another agreement of the person was asked for by that day, and not declined or taken back before it."""
    if clock.local(other.requested_at).date() > on:
        return False
    gone = [event.at for event in events if event.new in (S.REJECTED, S.WITHDRAWN, S.VOID)]
    return not any(clock.local(at).date() < on for at in gone)


def _was_active(events: list[AgreementEvent], on: date) -> bool:
    """Whether it was active through the whole day, so that the morning's notice had to go out."""
    before = [event.new for event in events if clock.local(event.at).date() < on]
    same_day = [event for event in events if clock.local(event.at).date() == on]
    return bool(before) and before[-1] == S.ACTIVE and not same_day


def _wrong_counts() -> list[str]:
    held = dict(
        db.session.execute(
            select(Agreement.team_id, func.count(func.distinct(Agreement.resident_id)))
            .where(Agreement.status.in_(HOLDS_PLACE))
            .group_by(Agreement.team_id)
        ).all()
    )
    return [
        f"count: {team.name} says {team.panel_count}, holds {held.get(team.id, 0)}"
        for team in db.session.scalars(select(Team))
        if team.panel_count != held.get(team.id, 0)
    ]


def _alive_after_death() -> list[str]:
    """Nothing waits for somebody who died."""
    dead = select(Resident.id).where(Resident.died_on.is_not(None))
    waiting = {
        "agreement": select(func.count(Agreement.id)).where(
            Agreement.resident_id.in_(dead), Agreement.status.in_((*OPEN, *IN_FORCE))
        ),
        "booking": select(func.count(Appointment.id)).where(
            Appointment.resident_id.in_(dead), Appointment.status == AppointmentStatus.BOOKED
        ),
        "reminder": select(func.count(Notification.id)).where(
            Notification.resident_id.in_(dead), Notification.status == NotificationStatus.CREATED
        ),
    }
    counts = {name: db.session.scalar(statement) or 0 for name, statement in waiting.items()}
    return [f"death: {number} {name} still wait for the dead" for name, number in counts.items() if number]
