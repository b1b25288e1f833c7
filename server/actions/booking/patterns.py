"""Weekly patterns and the days on which they do not hold: made and ended by administrators."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import planning, sessions
from server.actions.booking.supply import ShiftEndsEarly
from server.database import retried, transaction
from server.errors import Invalid
from server.models import Department, ShiftPattern, SlotKind, Specialist
from server.models.actor import Actor
from server.models.audit import record
from server.policy import numbers
from server.policy.schema import Policy


class PatternInvalid(Invalid):
    """A pattern that would never be, or of nobody."""

    code, default_message = "pattern_invalid", "请检查星期、日期和科室；由专家出诊的请选择专家，检查和床位请填写名称"


@dataclass(frozen=True)
class Weekly:
    """A pattern as it is typed."""

    weekday: int
    starts: time
    ends: time
    capacity: int
    kind: SlotKind
    label: str = ""
    every_weeks: int = 1
    other: int = 0
    minutes: int = 0
    first_on: date | None = None
    until_on: date | None = None


@retried
def add_pattern(
    department: Department, specialist: Specialist | None, weekly: Weekly, *, policy: Policy, by: Actor
) -> ShiftPattern:
    """Keep a session that comes back weekly; its coming weeks are laid out at once.

    Raises:
        PatternInvalid, ShiftEndsEarly, CapacityInvalid, OwnShareTooLarge.
    """
    at, today = clock.now(), clock.today()
    first = max(weekly.first_on or today, today)
    _check(department, specialist, weekly, first)
    with transaction() as session:
        pattern = ShiftPattern(
            hospital_id=department.hospital_id,
            department_id=department.id,
            specialist_id=specialist.id if specialist else None,
            kind=weekly.kind,
            label=weekly.label,
            weekday=weekly.weekday,
            every_weeks=weekly.every_weeks,
            starts=weekly.starts,
            ends=weekly.ends,
            range_minutes=weekly.minutes,
            capacity=weekly.capacity,
            other_capacity=weekly.other,
            first_on=first,
            until_on=weekly.until_on,
            planned_until=today,
        )
        session.add(pattern)
        session.flush()
        session.refresh(pattern)
        _check_share(pattern, policy)
        record("pattern_added", pattern, by=by, at=at)
        planning.lay_out(session, [pattern], today + timedelta(days=planning.days_ahead(policy.booking)), policy)
    return pattern


def _check(department: Department, specialist: Specialist | None, weekly: Weekly, first: date) -> None:
    if weekly.ends <= weekly.starts:
        raise ShiftEndsEarly()
    if not 1 <= weekly.capacity <= sessions.MAX_CAPACITY or not 0 <= weekly.other <= weekly.capacity:
        raise sessions.CapacityInvalid()
    is_named = specialist is not None or bool(weekly.label)
    is_his = specialist is None or specialist.department_id == department.id
    is_ever = weekly.until_on is None or weekly.until_on >= first
    if not (is_named and is_his and is_ever and weekly.weekday in range(1, 8) and weekly.every_weeks in (1, 2)):
        raise PatternInvalid()


def _check_share(pattern: ShiftPattern, policy: Policy) -> None:
    """Refuse a pattern whose sessions could not be laid out. Raises OwnShareTooLarge."""
    pct = numbers.share_of(policy.booking, pattern.hospital.name, pattern.hospital.level, pattern.kind)
    if numbers.places_of(pattern.capacity, pct) + pattern.other_capacity > pattern.capacity:
        raise sessions.OwnShareTooLarge()


@retried
def end_pattern(pattern: ShiftPattern, last_on: date, *, by: Actor) -> ShiftPattern:
    """Let a pattern hold up to a day; what was laid out already stays until somebody calls it off. Twice is once."""
    at = clock.now()
    with transaction() as session:
        lock(session, pattern)
        if pattern.until_on is not None and pattern.until_on <= last_on:
            return pattern
        pattern.until_on = max(last_on, pattern.first_on)
        record("pattern_ended", pattern, by=by, at=at)
    return pattern


def lock(session: Session, pattern: ShiftPattern) -> None:
    """Lock a pattern's row and look at it again."""
    session.refresh(pattern, with_for_update={"of": ShiftPattern})
