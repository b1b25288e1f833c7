"""One run of the planner: every line that is due, each on its own, so that one that fails keeps no other from being told."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from server import clock
from server.actions.planner import people, teams
from server.database import db, retried, transaction
from server.models import ReminderState, notification, reminder_state
from server.policy.reminders import Effective, lines
from server.policy.reminders.spans import Today, look
from server.policy.schema import Policy
from server.policy.workdays import calendar

logger = logging.getLogger(__name__)
KeepGoing = Callable[[], bool]
MOST_OF_ERROR = 255


class PlanningFailed(RuntimeError):
    """Some lines could not be planned; all others were."""


def plan_reminders(policy: Policy, keep_going: KeepGoing) -> int:
    """Leave what every line of the catalogue tells today. Returns how many notices that were.

    A line is planned once for each day; running again the same day does nothing. Stopped half way, the next run goes on.

    Raises:
        PlanningFailed: some lines failed; their error stands in their ``ReminderState``, and the next run tries again.
    Source:
        domain.md §7; server/policy/reminders/catalogue.toml.
    """
    at, days = clock.now(), calendar(policy.reminders)
    states = {state.key: state for state in db.session.scalars(select(ReminderState))}
    known = {key: (state.planned_through, state.error) for key, state in states.items()}
    db.session.rollback()
    told, failed = 0, []
    nothing: dict[str, Today] = {}
    for line in lines(policy):
        if not line.is_on or not line.line.is_planned or not keep_going():
            continue
        through, error = known.get(line.key, (None, None))
        try:
            today = None if line.hours else look(line, clock.local(at), through, policy, days)
            left = _tell_by_hours(line, at) if line.hours else _tell(line, today, at, keep_going) if today else 0
            told += left
            if today and not left:
                nothing[line.key] = today
            if error:
                _note_error(line.key, None, at)
        except Exception as cause:
            logger.error("Reminders of %s could not be planned", line.key, exc_info=cause)
            _note_error(line.key, f"{type(cause).__name__}: {cause}"[:MOST_OF_ERROR], at)
            failed.append(line.key)
    if keep_going():
        _note_nothing(nothing, at)
    if failed:
        raise PlanningFailed(f"not planned: {', '.join(failed)}")
    return told


def _tell(line: Effective, today: Today, at: datetime, keep_going: KeepGoing) -> int:
    """Leave what a line tells. Returns how many; when that is none, how far it is planned is not written yet."""
    if not line.line.is_for_residents:
        return _tell_staff(line, today, at)
    told = 0
    for count in people.tell(line, today.spans, at):
        told += count
        if not keep_going():
            return told
    if told:
        _note_told(line.key, today, told, at)
    return told


def _tell_staff(line: Effective, today: Today, at: datetime) -> int:
    rows = teams.notes(line, today.spans, clock.local(at).date())
    if rows is None:
        return 0
    try:
        if db.session.execute(rows.limit(1)).first() is None:
            return 0
    finally:
        db.session.rollback()
    return _tell_members(line, rows, today, at)


@retried
def _tell_members(line: Effective, rows: Select[Any], today: Today, at: datetime) -> int:
    """The notices and how far the line is planned, in one transaction: nobody is given a number twice."""
    with transaction():
        told = notification.queue_each(rows, kind=line.line.kinds[0], at=at, recipient="user_id")
        _planned(line.key, today, told, at)
    return told


def _tell_by_hours(line: Effective, at: datetime) -> int:
    try:
        due = teams.by_hours(line, at, clock.local(at).date())
    finally:
        db.session.rollback()
    return _tell_hours(line, due, at) if due else 0


@retried
def _tell_hours(line: Effective, due: list[Select[Any]], at: datetime) -> int:
    with transaction():
        kind = line.line.kinds[0]
        return sum(notification.queue_each(rows, kind=kind, at=at, recipient="user_id") for rows in due)


@retried
def _note_told(key: str, today: Today, told: int, at: datetime) -> None:
    with transaction():
        _planned(key, today, told, at)


@retried
def _note_nothing(lines: dict[str, Today], at: datetime) -> None:
    if lines:
        with transaction():
            for key, today in lines.items():
                _planned(key, today, 0, at)


def _planned(key: str, today: Today, told: int, at: datetime) -> None:
    reminder_state.note(
        key, planned_through=today.through, last_run_at=at, last_count=told, error=None, failing_since=None
    )


@retried
def _note_error(key: str, error: str | None, at: datetime) -> None:
    with transaction():
        if error is None:
            reminder_state.note(key, last_run_at=at, error=None, failing_since=None)
        else:
            since = func.coalesce(ReminderState.failing_since, at)
            reminder_state.note(key, last_run_at=at, error=error, failing_since=since)
