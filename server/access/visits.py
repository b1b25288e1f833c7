"""Reading home visits: the plan of a month and the route of a day, of the teams somebody works in."""

from calendar import monthrange
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from server.access.day_sources import AT_HOME
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.models import (
    Area,
    FollowUp,
    FollowUpStatus,
    HomeVisit,
    Household,
    HouseholdMember,
    Membership,
    Resident,
    Staff,
    StaffPhoto,
)
from server.policy.routing import Stop

F = FollowUpStatus
MISSED = (F.MISSED, F.NOT_DONE, F.LOST)
TABS = ("to_plan", "planned", "missed", "done")
MOST_COMING = 5
MOST_STOPS = 60
"""Doors a day; nobody manages more."""


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def counts(staff: Staff, month: date) -> dict[str, int]:
    """Return how many visits of a month stand in each tab."""
    rows = _of_month(staff, month).with_only_columns(
        FollowUp.status, HomeVisit.id.is_(None), func.count(), maintain_column_froms=True
    )
    found = dict.fromkeys(TABS, 0)
    for status, unplanned, number in db.session.execute(rows.group_by(FollowUp.status, HomeVisit.id.is_(None))):
        tab = _tab(status, unplanned=bool(unplanned))
        if tab:
            found[tab] += number
    return found


def _tab(status: str, *, unplanned: bool) -> str:
    if status == F.PLANNED:
        return "to_plan" if unplanned else "planned"
    return "done" if status == F.DONE else "missed" if status in MISSED else ""


def of_month(staff: Staff, month: date, tab: str, cursor: str | None) -> Page[FollowUp]:
    """Return the visits of a month in one tab, by their last day."""
    found = _of_month(staff, month)
    if tab == "to_plan":
        found = found.where(FollowUp.status == F.PLANNED, HomeVisit.id.is_(None))
    elif tab == "planned":
        found = found.where(FollowUp.status == F.PLANNED, HomeVisit.id.is_not(None))
    else:
        found = found.where(FollowUp.status.in_(MISSED if tab == "missed" else (F.DONE,)))
    return page(found, (FollowUp.due_on, FollowUp.id), cursor)


def _of_month(staff: Staff, month: date) -> Select[Any]:
    first, last = month_of(month)
    return (
        select(FollowUp)
        .outerjoin(HomeVisit, HomeVisit.followup_id == FollowUp.id)
        .where(
            FollowUp.team_id.in_(team_ids(staff)),
            FollowUp.status.in_((F.PLANNED, F.DONE, *MISSED)),
            FollowUp.due_on.between(first, last),
            FollowUp.programme.in_(AT_HOME),
        )
    )


def plans(followup_ids: list[str]) -> dict[str, HomeVisit]:
    """Return the visits of these contacts, by the contact's id."""
    rows = select(HomeVisit).where(HomeVisit.followup_id.in_(followup_ids))
    return {row.followup_id: row for row in db.session.scalars(rows)}


def of_day(staff: Staff, day: date) -> list[HomeVisit]:
    """Return the visits that a member of staff's teams planned for a day and that still stand or were made."""
    rows = (
        select(HomeVisit)
        .join(FollowUp, FollowUp.id == HomeVisit.followup_id)
        .where(
            HomeVisit.team_id.in_(team_ids(staff)),
            HomeVisit.planned_on == day,
            FollowUp.status.in_((F.PLANNED, F.DONE)),
        )
        .options(joinedload(HomeVisit.followup))
        .order_by(HomeVisit.id)
        .limit(MOST_STOPS)
    )
    return list(db.session.scalars(rows))


def stops(visits: list[HomeVisit]) -> list[Stop]:
    """Return where the people of these visits live: two statements, however many they are."""
    people = {visit.followup.resident_id: visit.followup.resident for visit in visits}
    areas = _areas({person.area_id for person in people.values() if person.area_id})
    homes = _homes(list(people))
    found = []
    for visit in visits:
        person = people[visit.followup.resident_id]
        area, home = areas.get(person.area_id or ""), homes.get(person.id)
        found.append(
            Stop(
                visit.id,
                visit.time_window,
                area.code if area else "~",
                area.name if area else "",
                home.id if home else person.id,
                (home.address if home else "") or person.address or "",
            )
        )
    return found


def addresses(people: list[Resident]) -> dict[str, str]:
    """Return where each person is visited: his household's address, or his own; "" when nobody told."""
    homes = _homes([person.id for person in people])
    return {
        person.id: (homes[person.id].address if person.id in homes else "") or person.address or "" for person in people
    }


def _areas(ids: set[str]) -> dict[str, Area]:
    return {row.id: row for row in db.session.scalars(select(Area).where(Area.id.in_(ids)))} if ids else {}


def _homes(resident_ids: list[str]) -> dict[str, Household]:
    rows = (
        select(HouseholdMember.current_key, Household)
        .join(Household, Household.id == HouseholdMember.household_id)
        .where(HouseholdMember.current_key.in_(resident_ids))
    )
    return {str(key): home for key, home in db.session.execute(rows)}


def area_names(people: list[Resident]) -> dict[str, str]:
    """Return the name of the area each person lives in, by resident id."""
    areas = _areas({person.area_id for person in people if person.area_id})
    return {person.id: areas[person.area_id].name for person in people if person.area_id in areas}


def colleagues(staff: Staff) -> list[Staff]:
    """Return who may be sent: the members of the teams somebody works in, himself first; a handful."""
    rows = (
        select(Staff).join(Membership, Membership.staff_id == Staff.id).where(Membership.team_id.in_(team_ids(staff)))
    )
    found = {row.id: row for row in db.session.scalars(rows.order_by(Staff.name, Staff.id)).unique()}
    return sorted(found.values(), key=lambda one: one.id != staff.id)


def photo_of(staff_id: str) -> StaffPhoto | None:
    """Return a member of staff's portrait."""
    return db.session.scalar(select(StaffPhoto).where(StaffPhoto.staff_id == staff_id))


def photos(staff_ids: set[str]) -> dict[str, str]:
    """Return the portraits of these members of staff, by their ids."""
    rows = select(StaffPhoto).where(StaffPhoto.staff_id.in_(staff_ids))
    return {row.staff_id: row.picture for row in db.session.scalars(rows)} if staff_ids else {}


def coming(resident_id: str, today: date) -> list[HomeVisit]:
    """Return the visits that are planned for a person from a day on, the nearest first; a handful."""
    rows = (
        select(HomeVisit)
        .join(FollowUp, FollowUp.id == HomeVisit.followup_id)
        .where(FollowUp.resident_id == resident_id, FollowUp.status == F.PLANNED, HomeVisit.planned_on >= today)
        .options(joinedload(HomeVisit.followup))
        .order_by(HomeVisit.planned_on, HomeVisit.id)
        .limit(MOST_COMING)
    )
    return list(db.session.scalars(rows))
