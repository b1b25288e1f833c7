"""Who should be signed and is not: whom the month's list names, to which team he belongs, and what doctors see of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from server import policy as policies
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    Agreement,
    AgreementStatus,
    Area,
    InformedNotice,
    Resident,
    Staff,
    TeamArea,
    UnsignedEntry,
    UnsignedReason,
)
from server.models.area import codes_around
from server.models.population import groups_of
from server.models.refusal import LIVE, TO_DO, EntryStatus
from server.policy.schema import Policy

TABS: dict[str, tuple[EntryStatus, ...]] = {
    "todo": TO_DO,
    "noticed": (EntryStatus.NOTICED,),
    "explained": (EntryStatus.EXPLAINED,),
}


OTHER = aliased(Agreement)
"""Beside the agreements of a caller's own query; made once, because making one copies every column."""


@dataclass(frozen=True)
class Place:
    """Who answers for a person: an organisation, and the team if there is one."""

    organisation_id: str
    team_id: str | None
    area_id: str | None = None


def key_groups(policy: Policy) -> tuple[str, ...]:
    """Return the groups that come first, of the region and of its variants for some households, in their order.

    Source:
        policy key groups.key (SG-20).
    """
    names = [policy.region, *policies.variants(policy.region)]
    return tuple(dict.fromkeys(str(group) for name in names for group in policies.load(name).groups.key))


def without_agreement() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on ``Resident`` rows of living people who have no agreement, in force or on its way."""
    in_force = select(OTHER.id).where(OTHER.active_key == Resident.id).exists()
    on_its_way = select(OTHER.id).where(OTHER.open_key == Resident.id).exists()
    return (Resident.died_on.is_(None), ~in_force, ~on_its_way)


def unsigned_after(resident_id: str, rows: int) -> list[Resident]:
    """Return the next people without an agreement, by id."""
    found = select(Resident).where(Resident.id > resident_id, *without_agreement())
    return list(db.session.scalars(found.order_by(Resident.id).limit(rows)))


def excused(resident_ids: Collection[str], on: date) -> set[str]:
    """Return those whose reason needs no new look yet."""
    found = select(UnsignedReason.open_key).where(
        UnsignedReason.open_key.in_(resident_ids), UnsignedReason.review_on > on
    )
    return {resident_id for resident_id in db.session.scalars(found) if resident_id}


def is_excused(on: date) -> ColumnElement[bool]:
    """Return the condition that the reason of a ``Resident`` needs no new look yet."""
    found = select(UnsignedReason.id).where(UnsignedReason.open_key == Resident.id, UnsignedReason.review_on > on)
    return found.exists()


def last_teams(resident_ids: Collection[str]) -> dict[str, Place]:
    """Return the team of the last agreement that ran out, by resident id."""
    rows = (
        select(Agreement)
        .where(Agreement.resident_id.in_(resident_ids), Agreement.status == AgreementStatus.EXPIRED)
        .order_by(Agreement.end_on)
    )
    return {row.resident_id: Place(row.team.organisation_id, row.team_id) for row in db.session.scalars(rows)}


def places_of(residents: Collection[Resident]) -> dict[str, Place]:
    """Return who answers for where these people live, by resident id; nobody for those whose area is not known.

    The nearest area around the home that names an institution, and the team that answers for the nearest area.
    """
    homes = {resident.id: resident.area_id for resident in residents if resident.area_id}
    areas = {row.id: row for row in db.session.scalars(select(Area).where(Area.id.in_(set(homes.values()))))}
    around = {code for area in areas.values() for code in codes_around(area.code)}
    named = {row.code: row for row in db.session.scalars(select(Area).where(Area.code.in_(around)))}
    rows = select(TeamArea).join(Area, Area.id == TeamArea.area_id).where(Area.code.in_(around)).order_by(TeamArea.id)
    teams: dict[str, TeamArea] = {}
    for row in db.session.scalars(rows):
        teams.setdefault(row.area.code, row)
    found = {}
    for resident_id, area_id in homes.items():
        place = _nearest(codes_around(areas[area_id].code), named, teams)
        if place is not None:
            found[resident_id] = Place(place.organisation_id, place.team_id, area_id)
    return found


def _nearest(codes: list[str], named: dict[str, Area], teams: dict[str, TeamArea]) -> Place | None:
    inside_out = list(reversed(codes))
    team = next((teams[code].team for code in inside_out if code in teams), None)
    if team is not None:
        return Place(team.organisation_id, team.id)
    owners = (named[code].organisation_id for code in inside_out if code in named)
    organisation_id = next((owner for owner in owners if owner), None)
    return Place(organisation_id, None) if organisation_id else None


# ---------------------------------------------------------------- what doctors see


def _of(staff: Staff) -> Select[Any]:
    own = UnsignedEntry.team_id.in_(team_ids(staff))
    anybodys = and_(UnsignedEntry.team_id.is_(None), UnsignedEntry.organisation_id == staff.organisation_id)
    return select(UnsignedEntry).where(or_(own, anybodys))


def of_staff(staff: Staff, tab: str, cursor: str | None) -> Page[UnsignedEntry]:
    """Return the people on the list of somebody's teams, those of the first groups in front."""
    rows = _of(staff).where(UnsignedEntry.status.in_(TABS[tab]))
    return page(rows, (UnsignedEntry.priority, UnsignedEntry.id), cursor)


def entry(entry_id: str, staff: Staff) -> UnsignedEntry:
    """Return one person on the list of somebody's teams. Raises NotFound."""
    found: UnsignedEntry | None = db.session.scalar(_of(staff).where(UnsignedEntry.id == entry_id))
    if found is None:
        raise NotFound()
    return found


def is_on_list_of(staff: Staff) -> ColumnElement[bool]:
    """Return the condition that a ``Resident`` is on the list of somebody's teams now."""
    return _of(staff).where(UnsignedEntry.live_key == Resident.id, UnsignedEntry.status.in_(LIVE)).exists()


def todo_count(staff: Staff) -> int:
    """Count the people whom somebody's teams should still ask."""
    rows = _of(staff).where(UnsignedEntry.status.in_(TO_DO)).with_only_columns(UnsignedEntry.id)
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def groups(resident_ids: Collection[str], on: date) -> dict[str, frozenset[str]]:
    """Return the groups these people belong to, by resident id."""
    return groups_of(resident_ids, on)


def reasons(resident_ids: Collection[str]) -> dict[str, UnsignedReason]:
    """Return the reason in force of these people, by resident id."""
    found = select(UnsignedReason).where(UnsignedReason.open_key.in_(resident_ids))
    return {row.resident_id: row for row in db.session.scalars(found)}


def notices(resident_ids: Collection[str]) -> dict[str, InformedNotice]:
    """Return the informed notice that stands of these people, by resident id."""
    found = select(InformedNotice).where(InformedNotice.open_key.in_(resident_ids))
    return {row.resident_id: row for row in db.session.scalars(found)}


def notices_of(resident: Resident, cursor: str | None) -> Page[InformedNotice]:
    """Return a person's own informed notices, newest first."""
    rows = select(InformedNotice).where(InformedNotice.resident_id == resident.id)
    return page(rows, (InformedNotice.signed_at, InformedNotice.id), cursor, newest_first=True)
