"""A doctor's day, page by page: a bounded number of statements whatever the size of the panel, ordered by ``policy.my_day``."""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from server import clock
from server.access.day_sources import MOST, SOURCES, Whose
from server.access.followups import team_ids
from server.access.paging import CursorInvalid
from server.database import db
from server.models import (
    AdminLogin,
    FollowUp,
    FollowUpStatus,
    Resident,
    Staff,
    Team,
)
from server.policy.my_day import Entry, Key, Kind, arrange
from server.policy.my_day import page as cut

PAGE_ROWS = 20


@dataclass(frozen=True)
class Day:
    """One page of a day: households with their entries in order, and how much there is in all."""

    homes: list[list[Entry]]
    next: str | None
    total: int
    is_cut: bool
    """Some kind of work has more rows than are looked at."""


def of_staff(staff: Staff) -> Whose:
    """Return whose day a member of staff sees."""
    led = tuple(member.team_id for member in staff.memberships if member.is_lead)
    own = (staff.team.id,) if staff.team else ()
    return Whose(tuple(team_ids(staff)), own, led, staff.id)


def day(whose: Whose, now: datetime, cursor: str | None = None, rows: int = PAGE_ROWS) -> Day:
    """Return a page of somebody's day. Raises CursorInvalid."""
    today = clock.local(now).date()
    after = _decode(cursor) if cursor else None
    found = [source(whose, now) for source in SOURCES]
    entries = [entry for source in found for entry in source]
    shown, following = cut(arrange(entries, today), after, rows, today)
    is_cut = any(len(source) >= MOST for source in found)
    return Day(shown, _encode(following) if following else None, len(entries), is_cut)


def of_organisation(admin: AdminLogin) -> Whose:
    """Return the day of all teams of an administrator's organisation; restricted programmes are not his to see."""
    teams = tuple(db.session.scalars(select(Team.id).where(Team.organisation_id == admin.organisation_id)))
    return Whose(teams, teams, teams, staff_id=None)


def residents(entries: Collection[Entry]) -> dict[str, Resident]:
    """Return the people of a page, by id."""
    ids = {entry.resident_id for entry in entries if entry.resident_id}
    return {row.id: row for row in db.session.scalars(select(Resident).where(Resident.id.in_(ids)))} if ids else {}


def last_classes(entries: Collection[Entry]) -> dict[str, int]:
    """Return the class of the last follow-up before each one of a page, by the id of the one that is due."""
    ids = [entry.id for entry in entries if entry.kind == Kind.FOLLOWUP]
    if not ids:
        return {}
    before = aliased(FollowUp)
    newest = func.row_number().over(
        partition_by=FollowUp.id, order_by=(before.visited_on.desc(), before.entered_at.desc())
    )
    ranked = (
        select(FollowUp.id.label("id"), before.outcome_class.label("outcome"), newest.label("place"))
        .join(before, and_(before.resident_id == FollowUp.resident_id, before.programme == FollowUp.programme))
        .where(FollowUp.id.in_(ids), before.status == FollowUpStatus.DONE, before.outcome_class.is_not(None))
        .subquery()
    )
    return {row.id: row.outcome for row in db.session.execute(select(ranked).where(ranked.c.place == 1))}


# ---------------------------------------------------------------- cursors


def _encode(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decode(cursor: str) -> Key:
    try:
        priority, due, kind, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if isinstance(priority, bool) or not isinstance(priority, int):
            raise CursorInvalid()
        if not all(isinstance(text, str) for text in (due, kind, row_id)):
            raise CursorInvalid()
        return priority, due, kind, row_id
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError) as cause:
        raise CursorInvalid() from cause
