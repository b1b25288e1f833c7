"""Who may see which groups of whom: oneself, one's team, one's institution. Tuberculosis and mental disorders: few."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Agreement,
    Area,
    PopulationList,
    PopulationTag,
    Resident,
    Role,
    Staff,
    TagSource,
    TagStatus,
    Team,
    population,
)
from server.policy.populations import RESTRICTED

T = TypeVar("T")

SHOWN = (TagStatus.WAITING, TagStatus.CERTIFIED, TagStatus.DECLINED)
MOST_SHOWN = 50


def mine(resident: Resident) -> list[PopulationTag]:
    """Return what a person may see of his own groups, newest first; what a hospital notified he hears from his doctor.

    Source:
        domain.md §8: such items are reviewed before they are opened to the resident.
    """
    found = select(PopulationTag).where(
        PopulationTag.resident_id == resident.id,
        PopulationTag.status.in_(SHOWN),
        PopulationTag.group.not_in(RESTRICTED),
    )
    return list(db.session.scalars(found.order_by(PopulationTag.id.desc()).limit(MOST_SHOWN)))


def my_declaration(tag_id: str, resident: Resident) -> PopulationTag:
    """Return what a person declared himself. Raises NotFound, also for anything else."""
    return _one(
        select(PopulationTag).where(
            PopulationTag.id == tag_id,
            PopulationTag.resident_id == resident.id,
            PopulationTag.source == TagSource.RESIDENT_DECLARED,
        )
    )


# ---------------------------------------------------------------- the team


def _visible(staff: Staff) -> ColumnElement[bool]:
    """Whether he may see tuberculosis and mental disorders: the leader and the public-health doctor of the team."""
    if any(member.is_lead or member.role == Role.PUBLIC_HEALTH for member in staff.memberships):
        return PopulationTag.id.is_not(None)
    return PopulationTag.group.not_in(RESTRICTED)


def _served_by(teams: list[str]) -> ColumnElement[bool]:
    return exists().where(
        Agreement.team_id.in_(teams),
        or_(Agreement.active_key == PopulationTag.resident_id, Agreement.open_key == PopulationTag.resident_id),
    )


def served_resident(resident_id: str, staff: Staff) -> Resident:
    """Return a resident with an agreement of one of the doctor's teams, in force or on its way. Raises NotFound."""
    with_us = exists().where(
        Agreement.team_id.in_(team_ids(staff)),
        or_(Agreement.active_key == Resident.id, Agreement.open_key == Resident.id),
    )
    found = db.session.scalar(select(Resident).where(Resident.id == resident_id, with_us))
    if found is None:
        raise NotFound()
    return found


def of_resident(resident: Resident, staff: Staff) -> list[PopulationTag]:
    """Return a served resident's open groups as his team may see them, oldest first."""
    found = select(PopulationTag).where(
        PopulationTag.resident_id == resident.id, PopulationTag.status.in_(population.OPEN), _visible(staff)
    )
    return list(db.session.scalars(found.order_by(PopulationTag.id).limit(MOST_SHOWN)))


def groups_shown(resident_ids: Iterable[str], staff: Staff, today: date) -> dict[str, list[str]]:
    """Return the counting groups of a page of residents, as their team may see them."""
    found: dict[str, list[str]] = {}
    rows = (
        select(PopulationTag.resident_id, PopulationTag.group)
        .where(PopulationTag.resident_id.in_(list(resident_ids)), population.counting(today), _visible(staff))
        .order_by(PopulationTag.id)
    )
    for resident_id, group in db.session.execute(rows):
        if group not in found.setdefault(resident_id, []):
            found[resident_id].append(group)
    return found


def tag(tag_id: str, staff: Staff) -> PopulationTag:
    """Return a tag of a resident the doctor's teams serve. Raises NotFound, also for what he may not see."""
    return _one(select(PopulationTag).where(PopulationTag.id == tag_id, _served_by(team_ids(staff)), _visible(staff)))


def to_do(staff: Staff, which: str, today: date, cursor: str | None) -> Page[PopulationTag]:
    """Return what waits for the team: ``waiting`` declarations, oldest first, or whom to ``reassess``, most overdue first."""
    ours = select(PopulationTag).where(_served_by(team_ids(staff)))
    if which == "reassess":
        due = ours.where(PopulationTag.status == TagStatus.CERTIFIED, PopulationTag.reassess_on <= today)
        return page(due, (PopulationTag.reassess_on, PopulationTag.id), cursor)
    declared = PopulationTag.source == TagSource.RESIDENT_DECLARED
    waiting = ours.where(PopulationTag.status == TagStatus.WAITING, declared)
    return page(waiting, (PopulationTag.id,), cursor)


# ---------------------------------------------------------------- the institution


@dataclass(frozen=True)
class GroupCount:
    """How many people belong to a group: under contract with us, and living in our areas."""

    group: str
    signed: int
    in_area: int


@dataclass(frozen=True)
class Counts:
    """Numbers of people, each counted once per line (domain.md §1.12)."""

    groups: list[GroupCount]
    key_signed: int
    key_in_area: int


def _ours(by: AdminLogin) -> Select[str]:
    return select(Team.id).where(Team.organisation_id == by.organisation_id)


def _in_our_area(by: AdminLogin) -> ColumnElement[bool]:
    home, ours = aliased(Area), aliased(Area)
    return exists().where(
        Resident.id == PopulationTag.resident_id,
        home.id == Resident.area_id,
        ours.organisation_id == by.organisation_id,
        home.code.startswith(ours.code),
    )


def _nobodys() -> ColumnElement[bool]:
    """Somebody without a team and without an address: everybody sees him, else nobody would."""
    agreed = exists().where(
        or_(Agreement.active_key == PopulationTag.resident_id, Agreement.open_key == PopulationTag.resident_id)
    )
    homeless = exists().where(Resident.id == PopulationTag.resident_id, Resident.area_id.is_(None))
    return and_(~agreed, homeless)


def declarations(cursor: str | None = None, *, by: AdminLogin) -> Page[PopulationTag]:
    """Return declarations nobody decided, of our residents, our areas, and people nobody is responsible for."""
    found = select(PopulationTag).where(
        PopulationTag.status == TagStatus.WAITING,
        PopulationTag.source == TagSource.RESIDENT_DECLARED,
        or_(_served(by), _in_our_area(by), _nobodys()),
    )
    return page(found, (PopulationTag.id,), cursor)


def _served(by: AdminLogin) -> ColumnElement[bool]:
    return exists().where(
        Agreement.team_id.in_(_ours(by)),
        or_(Agreement.active_key == PopulationTag.resident_id, Agreement.open_key == PopulationTag.resident_id),
    )


def declaration(tag_id: str, *, by: AdminLogin) -> PopulationTag:
    """Return one declaration of the list above. Raises NotFound."""
    return _one(
        select(PopulationTag).where(
            PopulationTag.id == tag_id,
            PopulationTag.source == TagSource.RESIDENT_DECLARED,
            or_(_served(by), _in_our_area(by), _nobodys()),
        )
    )


def lists(cursor: str | None = None, *, by: AdminLogin) -> Page[PopulationList]:
    """Return our imported lists, newest first."""
    mine = select(PopulationList).where(PopulationList.organisation_id == by.organisation_id)
    return page(mine, (PopulationList.entered_at, PopulationList.id), cursor, newest_first=True)


def one_list(list_id: str, *, by: AdminLogin) -> PopulationList:
    """Return one of our lists. Raises NotFound."""
    return _one(
        select(PopulationList).where(PopulationList.id == list_id, PopulationList.organisation_id == by.organisation_id)
    )


def listed(batch: PopulationList, cursor: str | None = None) -> Page[PopulationTag]:
    """Return the people of a list, in the order of the list."""
    return page(select(PopulationTag).where(PopulationTag.list_id == batch.id), (PopulationTag.id,), cursor)


def listed_one(tag_id: str, *, by: AdminLogin) -> PopulationTag:
    """Return one person of one of our lists. Raises NotFound."""
    ours = select(PopulationList.id).where(PopulationList.organisation_id == by.organisation_id)
    return _one(select(PopulationTag).where(PopulationTag.id == tag_id, PopulationTag.list_id.in_(ours)))


def counts(key: Iterable[str], today: date, *, by: AdminLogin) -> Counts:
    """Return how many people each group has, and how many belong to any key group; persons, never tags.

    Args:
        key: policy key groups.key.
    """
    signed = exists().where(Agreement.active_key == PopulationTag.resident_id, Agreement.team_id.in_(_ours(by)))
    here = _in_our_area(by)
    ours, living = _per_group(signed, today), _per_group(here, today)
    return Counts(
        [GroupCount(group, ours.get(group, 0), living.get(group, 0)) for group in sorted(set(ours) | set(living))],
        _people(signed, key, today),
        _people(here, key, today),
    )


def _per_group(who: ColumnElement[bool], today: date) -> dict[str, int]:
    people = func.count(PopulationTag.resident_id.distinct())
    rows = select(PopulationTag.group, people).where(population.counting(today), who).group_by(PopulationTag.group)
    return {row[0]: row[1] for row in db.session.execute(rows)}


def _people(who: ColumnElement[bool], key: Iterable[str], today: date) -> int:
    people = func.count(PopulationTag.resident_id.distinct())
    counted = select(people).where(population.counting(today), PopulationTag.group.in_(list(key)), who)
    return db.session.scalar(counted) or 0


def _one(statement: Select[T]) -> T:
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found
