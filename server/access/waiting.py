"""The waiting list as those concerned may see it: the family, the team, the administrators."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from server.access import bookings
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Agreement,
    Department,
    Hospital,
    Resident,
    Specialist,
    Staff,
    Team,
    WaitingEntry,
    WaitingOffer,
    WaitingStatus,
)
from server.models.waiting import OPEN

MOST = 40
MOST_DEPARTMENTS = 200


def positions(entries: Collection[WaitingEntry]) -> dict[str, int]:
    """Return how many stand before each of these: by the order in which places are offered, and only who could take
    a place that suits him as well. One statement; for each entry one range of the line's index.
    """
    other = aliased(WaitingEntry)
    earlier = or_(
        other.priority < WaitingEntry.priority,
        and_(other.priority == WaitingEntry.priority, other.arrived_at < WaitingEntry.arrived_at),
        and_(
            other.priority == WaitingEntry.priority,
            other.arrived_at == WaitingEntry.arrived_at,
            other.id < WaitingEntry.id,
        ),
    )
    ahead = (
        select(func.count())
        .select_from(other)
        .where(
            other.department_id == WaitingEntry.department_id,
            other.status.in_(OPEN),
            other.priority <= WaitingEntry.priority,
            earlier,
            other.from_at < WaitingEntry.until_at,
            other.until_at > WaitingEntry.from_at,
            *(_compatible(getattr(other, name), getattr(WaitingEntry, name)) for name in ("specialist_id", "kind")),
        )
        .correlate(WaitingEntry)
        .scalar_subquery()
    )
    ids = [entry.id for entry in entries if entry.status in OPEN]
    found = db.session.execute(select(WaitingEntry.id, ahead).where(WaitingEntry.id.in_(ids)))
    return {row.id: row[1] for row in found}


def _compatible(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(one.is_(None), other.is_(None), one == other)


def offers(entries: Collection[WaitingEntry]) -> dict[str, WaitingOffer]:
    """Return what is held for these now, by entry."""
    ids = [entry.id for entry in entries if entry.status == WaitingStatus.OFFERED]
    rows = db.session.scalars(select(WaitingOffer).where(WaitingOffer.open_key.in_(ids))) if ids else ()
    return {row.entry_id: row for row in rows}


# ---------------------------------------------------------------- residents


def department(department_id: str) -> Department:
    """Return a department. Raises NotFound."""
    found = db.session.get(Department, department_id)
    if found is None:
        raise NotFound()
    return found


def specialists(department_id: str) -> list[Specialist]:
    """Return a department's specialists by name."""
    rows = select(Specialist).where(Specialist.department_id == department_id).order_by(Specialist.name)
    return list(db.session.scalars(rows.limit(MOST)))


def of_family(me: Resident) -> list[WaitingEntry]:
    """Return where I and the people of my family stand in line: open waits first, then the last ended ones."""
    people = [one.resident.id for one in bookings.people(me)]
    rows = select(WaitingEntry).where(WaitingEntry.resident_id.in_(people or [me.id]))
    order = (WaitingEntry.open_key.is_(None), WaitingEntry.id.desc())
    return list(db.session.scalars(rows.order_by(*order).limit(MOST)))


def entry(entry_id: str, me: Resident) -> WaitingEntry:
    """Return a wait of mine or of my family. Raises NotFound."""
    found = db.session.get(WaitingEntry, entry_id)
    if found is None:
        raise NotFound("没有找到这条候补")
    if found.resident_id != me.id and found.resident_id not in {one.resident.id for one in bookings.people(me)}:
        raise NotFound("没有找到这条候补")
    return found


# ---------------------------------------------------------------- the team


def of_team(staff: Staff, cursor: str | None) -> Page[WaitingEntry]:
    """Return the open waits of the team's residents, the oldest first."""
    statement = (
        select(WaitingEntry)
        .join(Agreement, Agreement.active_key == WaitingEntry.resident_id)
        .where(Agreement.team_id.in_(team_ids(staff)), WaitingEntry.status.in_(OPEN))
    )
    return page(statement, (WaitingEntry.arrived_at, WaitingEntry.id), cursor)


def of_doctor(entry_id: str, staff: Staff) -> WaitingEntry:
    """Return a wait of one of the team's residents. Raises NotFound."""
    found = db.session.scalar(
        select(WaitingEntry)
        .join(Agreement, Agreement.active_key == WaitingEntry.resident_id)
        .where(WaitingEntry.id == entry_id, Agreement.team_id.in_(team_ids(staff)))
    )
    if found is None:
        raise NotFound()
    return found


# ---------------------------------------------------------------- administrators


@dataclass(frozen=True)
class Line:
    """How many wait in a department, of all organisations."""

    department: Department
    waiting: int
    offered: int
    since_at: datetime


def lines() -> list[Line]:
    """Return the departments in which somebody waits, the longest line first."""
    offered = func.sum(func.coalesce(WaitingEntry.status == WaitingStatus.OFFERED, 0))
    count = func.count(WaitingEntry.id)
    statement = (
        select(Department, count, offered, func.min(WaitingEntry.arrived_at))
        .join(WaitingEntry, WaitingEntry.department_id == Department.id)
        .join(Hospital, Hospital.id == Department.hospital_id)
        .where(WaitingEntry.status.in_(OPEN))
        .group_by(Department.id)
        .order_by(count.desc(), Department.id)
        .limit(MOST_DEPARTMENTS)
    )
    found = db.session.execute(statement).unique()
    return [Line(row, int(everybody - held), int(held), since) for row, everybody, held, since in found]


def line(department_id: str, cursor: str | None, *, by: AdminLogin) -> Page[WaitingEntry]:
    """Return who waits in a department, in the order of the line: people of this organisation's teams."""
    ours = select(Team.id).where(Team.organisation_id == by.organisation_id)
    statement = (
        select(WaitingEntry)
        .join(Agreement, Agreement.active_key == WaitingEntry.resident_id)
        .where(WaitingEntry.department_id == department_id, WaitingEntry.status.in_(OPEN), Agreement.team_id.in_(ours))
    )
    return page(statement, (WaitingEntry.priority, WaitingEntry.arrived_at, WaitingEntry.id), cursor)
