"""Weekly patterns laid out ahead: shifts and slots for the coming weeks, each once, holidays left out (domain.md §5.1)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import sessions
from server.actions.booking.sessions import Plan
from server.database import retried, transaction
from server.models import Shift, ShiftException, ShiftPattern
from server.policy.parts.hospital import Booking
from server.policy.schema import Policy
from server.policy.sessions import takes_place

PATTERNS_AT_ONCE = 50
SPARE_DAYS = 7
TRIES = 3

Busy = dict[str, list[tuple[datetime, datetime]]]


def days_ahead(rules: Booking) -> int:
    """Return how far ahead sessions are laid out: as far as anybody can book, and a week more."""
    public = [one.public_horizon_days for one in rules.exceptions if one.public_horizon_days is not None]
    lead = [one.release_lead_days for one in rules.exceptions if one.release_lead_days is not None]
    return max(rules.public_horizon_days, *public, 0) + max(rules.release_lead_days, *lead, 0) + SPARE_DAYS


def plan_next(policy: Policy) -> int:
    """Lay out the coming weeks of up to 50 patterns in one transaction. Returns how many patterns; 0: nothing to do."""
    until = clock.today() + timedelta(days=days_ahead(policy.booking))
    for attempt in range(TRIES):
        try:
            return _plan_some(until, policy)
        except IntegrityError:
            # somebody made a session of the same doctor meanwhile: look again
            if attempt == TRIES - 1:
                raise
    return 0


@retried
def _plan_some(until: date, policy: Policy) -> int:
    with transaction() as session:
        goes_on = or_(ShiftPattern.until_on.is_(None), ShiftPattern.until_on > ShiftPattern.planned_until)
        due = list(
            session.scalars(
                select(ShiftPattern)
                .where(ShiftPattern.planned_until < until, goes_on)
                .order_by(ShiftPattern.planned_until, ShiftPattern.id)
                .limit(PATTERNS_AT_ONCE)
                .with_for_update(of=ShiftPattern)
            )
        )
        lay_out(session, due, until, policy)
    return len(due)


def lay_out(session: Session, patterns: Sequence[ShiftPattern], until: date, policy: Policy) -> int:
    """Make the sessions of patterns up to a day, in the caller's transaction, which has locked them.

    Where the doctor sits elsewhere at that time, or the day is over, no session is made. Returns how many were.
    """
    if not patterns:
        return 0
    at = clock.now()
    first = max(min(pattern.planned_until for pattern in patterns), clock.today())
    exceptions = _exceptions({pattern.hospital_id for pattern in patterns}, first, until, session)
    people = {pattern.specialist_id for pattern in patterns} | {one.substitute_id for one in exceptions}
    busy = _busy({who for who in people if who}, first, until, session)
    plans: list[Plan] = []
    for pattern in patterns:
        for plan in _plans(pattern, until, exceptions, policy.booking):
            if plan.starts_at > at and not _is_busy(plan, busy):
                plans.append(plan)
    sessions.save(session, plans, policy.booking)
    session.execute(
        update(ShiftPattern)
        .where(ShiftPattern.id.in_([pattern.id for pattern in patterns]))
        .values(planned_until=until)
        .execution_options(synchronize_session=False)
    )
    return len(plans)


def _plans(pattern: ShiftPattern, until: date, exceptions: Sequence[ShiftException], rules: Booking) -> Iterable[Plan]:
    day = max(pattern.planned_until + timedelta(days=1), clock.today())
    while day <= until:
        if takes_place(day, pattern.weekday, pattern.every_weeks, pattern.first_on, pattern.until_on):
            holds = exception_of(exceptions, pattern, day)
            if holds is None or holds.substitute_id:
                yield _plan(pattern, day, holds.substitute_id if holds else None)
        day += timedelta(days=1)


def _plan(pattern: ShiftPattern, day: date, substitute_id: str | None) -> Plan:
    starts = datetime.combine(day, pattern.starts, clock.SHANGHAI)
    ends = datetime.combine(day, pattern.ends, clock.SHANGHAI)
    return Plan(
        hospital=pattern.hospital,
        department_id=pattern.department_id,
        specialist_id=substitute_id or pattern.specialist_id,
        kind=pattern.kind,
        label=pattern.label,
        parts=sessions.cut(starts, ends, pattern.capacity, other=pattern.other_capacity, minutes=pattern.range_minutes),
        origin_key=f"pattern:{pattern.id}:{day.isoformat()}",
        pattern_id=pattern.id,
        replaced_id=pattern.specialist_id if substitute_id else None,
    )


def exception_of(exceptions: Sequence[ShiftException], pattern: ShiftPattern, day: date) -> ShiftException | None:
    """Return what holds instead of a pattern on a day; the narrowest says it: a doctor's before the hospital's."""
    found = [
        one
        for one in exceptions
        if one.hospital_id == pattern.hospital_id
        and one.first_on <= day <= one.last_on
        and one.department_id in (None, pattern.department_id)
        and one.specialist_id in (None, pattern.specialist_id)
    ]
    # a day on which the hospital is closed has no substitutes
    closed = [one for one in found if one.substitute_id is None]
    return next(iter(closed or found), None)


def _exceptions(hospital_ids: set[str], first: date, until: date, session: Session) -> list[ShiftException]:
    return list(
        session.scalars(
            select(ShiftException).where(
                ShiftException.hospital_id.in_(hospital_ids),
                ShiftException.last_on >= first,
                ShiftException.first_on <= until,
            )
        )
    )


def _busy(specialist_ids: set[str], first: date, until: date, session: Session) -> Busy:
    since = datetime.combine(first, datetime.min.time(), clock.SHANGHAI)
    rows = session.execute(
        select(Shift.specialist_id, Shift.starts_at, Shift.ends_at).where(
            Shift.specialist_id.in_(specialist_ids),
            Shift.starts_at >= since,
            Shift.starts_at < since + timedelta(days=(until - first).days + 1),
        )
    )
    busy: Busy = {}
    for specialist_id, starts_at, ends_at in rows:
        busy.setdefault(str(specialist_id), []).append((starts_at, ends_at))
    return busy


def _is_busy(plan: Plan, busy: Busy) -> bool:
    """Tell whether the doctor sits elsewhere then; otherwise he sits here from now on."""
    if plan.specialist_id is None:
        return False
    own = busy.setdefault(plan.specialist_id, [])
    if any(starts < plan.ends_at and ends > plan.starts_at for starts, ends in own):
        return True
    own.append((plan.starts_at, plan.ends_at))
    return False
