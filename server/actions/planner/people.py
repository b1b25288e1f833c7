"""Lines that tell residents one by one: which rows, under which keys, with which facts."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, or_, select

from server import clock
from server.database import UtcDateTime, db, retried, transaction
from server.models import FollowUp, FollowUpStatus, HomeVisit, Resident, Staff, Team, notification
from server.models.visit import WINDOW_LABELS
from server.policy.reminders import Effective
from server.policy.reminders.spans import Span

CHUNK = 10_000
"""Rows of one transaction: no longer than a breath for whoever waits to write."""
LAST = "~"
"""Sorts after every id."""
WINDOWS: dict[str, str] = {window.value: label.partition(" ")[0] for window, label in WINDOW_LABELS.items()}
UNDONE = (FollowUpStatus.PLANNED, FollowUpStatus.MISSED)
"""Not done, and nobody has said why."""

Spans = Sequence[Span]


def pace(line: Effective) -> list[ColumnElement[bool]]:
    """With days of grace, or the due day is the last one (domain.md §2.0)."""
    rows = line.line.rows
    if rows is None or not rows.pace:
        return []
    is_hard = FollowUp.window_end_on == FollowUp.due_on
    return [is_hard if rows.pace == "hard" else FollowUp.window_end_on > FollowUp.due_on]


def concerned(line: Effective, spans: Spans) -> list[ColumnElement[bool]]:
    """The follow-ups a line is about: an index finds them by state and day."""
    rows = line.line.rows
    assert rows is not None
    states = (FollowUpStatus.PLANNED,) if rows.source == "followups" else UNDONE
    found = [
        FollowUp.status == states[0] if len(states) == 1 else FollowUp.status.in_(states),
        falls(anchor(line), spans),
        *pace(line),
    ]
    if rows.programmes:
        found.append(FollowUp.programme.in_(rows.programmes))
    if rows.keys:
        found.append(FollowUp.kind_key.in_(rows.keys))
    return found


def anchor(line: Effective) -> Any:
    """The column a line's days are counted from."""
    if line.line.rows is not None and line.line.rows.source == "visits":
        return HomeVisit.planned_on
    return getattr(FollowUp, line.line.of if line.line.of != "calendar" else "due_on")


def falls(day: Any, spans: Spans) -> ColumnElement[bool]:
    """Whether a day lies in one of the spans."""
    single = [span.first for span in spans if span.first == span.last]
    ways = [day.in_(single)] if single else []
    return or_(*ways, *(day.between(span.first, span.last) for span in spans if span.first != span.last))


def of_span(day: Any, spans: Spans, value: Callable[[Span], ColumnElement[Any]]) -> ColumnElement[Any]:
    """What a row's span says."""
    return case(*((day.between(span.first, span.last), value(span)) for span in spans))


def notes(line: Effective, spans: Spans) -> Select[Any]:
    """Return key, resident, team, subject and facts of everybody a line tells."""
    assert line.line.rows is not None
    facts: dict[str, Any] = {"team": Team.name, "phone": Team.phone}
    if line.line.rows.source != "visits":
        facts["due_on"] = cast(FollowUp.due_on, String)
        return _rows(line, spans, FollowUp.due_on, facts).where(*concerned(line, spans))
    facts |= {
        "visitor": Staff.name,
        "window": case(WINDOWS, value=HomeVisit.time_window, else_=literal("")),
        "due_on": cast(HomeVisit.planned_on, String),
    }
    visits = (
        _rows(line, spans, HomeVisit.planned_on, facts)
        .join(HomeVisit, HomeVisit.followup_id == FollowUp.id)
        .join(Staff, Staff.id == HomeVisit.visitor_id)
    )
    is_to_come = (HomeVisit.arrived_at.is_(None), FollowUp.status == FollowUpStatus.PLANNED)
    return visits.where(falls(HomeVisit.planned_on, spans), *is_to_come)


def _rows(line: Effective, spans: Spans, due_on: Any, facts: dict[str, Any]) -> Select[Any]:
    """The key holds line, row, due day and step: planned twice it is told once, and another due day is told again."""
    step = of_span(anchor(line), spans, lambda span: literal(span.step, String()))
    key = literal(f"{line.key}:", String()).concat(FollowUp.id).concat(":").concat(cast(due_on, String))
    return (
        select(key.concat(":").concat(step), FollowUp.resident_id, FollowUp.team_id, FollowUp.id, facts_of(line, facts))
        .join(Team, Team.id == FollowUp.team_id)
        .join(Resident, Resident.id == FollowUp.resident_id)
        .where(Resident.died_on.is_(None))
    )


def facts_of(line: Effective, facts: dict[str, Any]) -> ColumnElement[Any]:
    """Return the facts as a JSON object, with what the region calls the subject and who is to come fasting."""
    said = facts | ({"item": literal(line.item, String())} if line.item else {})
    fasting = line.line.rows.fasting if line.line.rows else ()
    if not fasting:
        return _object(said)
    prepared = said | {"prepare": literal("fasting", String())}
    return case((FollowUp.programme.in_(fasting), _object(prepared)), else_=_object(said))


def _object(facts: dict[str, Any]) -> ColumnElement[Any]:
    return func.json_object(*(part for name, value in facts.items() for part in (literal(name, String()), value)))


def tell(line: Effective, spans: Spans, at: datetime) -> Iterator[int]:
    """Leave the notices of a line, so many in a transaction. Yields how many each transaction left."""
    for after, until in _chunks(line, spans):
        yield _tell_chunk(line, spans, after, until, at)


@retried
def _tell_chunk(line: Effective, spans: Spans, after: str, until: str, at: datetime) -> int:
    some = notes(line, spans).where(FollowUp.id > after, FollowUp.id <= until)
    ends = of_span(anchor(line), spans, lambda span: literal(clock.midnight(span.expires_on), UtcDateTime()))
    with transaction():
        return notification.queue_each(some, kind=line.line.kinds[0], at=at, expires_at=ends)


def _chunks(line: Effective, spans: Spans) -> list[tuple[str, str]]:
    """Ids between which lie CHUNK rows each, in their order; nothing where nobody is told."""
    if not spans:
        return []
    found = notes(line, spans).with_only_columns(FollowUp.id)
    try:
        if db.session.scalar(found.limit(1)) is None:
            return []
        place = func.row_number().over(order_by=FollowUp.id).label("place")
        numbered = found.add_columns(place).subquery()
        ends = select(numbered.c.id).where(numbered.c.place % CHUNK == 0).order_by(numbered.c.id)
        starts = ["", *db.session.scalars(ends)]
    finally:
        db.session.rollback()
    return list(zip(starts, [*starts[1:], LAST], strict=True))
