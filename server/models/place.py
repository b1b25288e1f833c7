"""Places (名额): whom a team serves or has promised to serve, as the caps count them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    Update,
    bindparam,
    case,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Id, Model, db, primary_key, table
from server.ids import new_id
from server.models.doctor import CapUnit, Membership, Staff, Team
from server.models.household import HouseholdMember


class PanelPlace(Model):
    """One person takes one place in one team, however many agreements follow each other.

    ``unit_key`` is what he is counted under where the cap counts households: his household, or himself without one.
    ``team.panel_count`` is the number of these rows, ``team.household_count`` the number of different ``unit_key``.
    """

    __tablename__ = "panel_place"
    __table_args__ = table(UniqueConstraint("team_id", "resident_id"), Index(None, "team_id", "unit_key"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)
    unit_key: Mapped[str] = mapped_column(Id)


def take(team_id: str, resident_id: str, *, unit: CapUnit, hard: int) -> bool:
    """Give somebody his place in a team, in the caller's transaction; who has one keeps it.

    Every count is a conditional UPDATE; the team's row, changed first, makes acceptances of one team wait for each other.

    Args:
        unit, hard: what the region's cap counts and where it ends.
    Returns:
        False when there is no place left; the caller must roll back.
    """
    if _place(team_id, resident_id) is not None:
        return True
    counts_persons = unit == CapUnit.PERSONS
    room = (Team.panel_count < Team.panel_cap) if counts_persons else true()
    if not _changed(
        update(Team).where(Team.id == team_id, room).values(panel_count=Team.panel_count + 1, cap_unit=unit)
    ):
        return False
    unit_key = unit_of(resident_id)
    if not _is_counted(team_id, unit_key):
        room = true() if counts_persons else (Team.household_count < Team.panel_cap) & (Team.household_count < hard)
        if not _changed(update(Team).where(Team.id == team_id, room).values(household_count=Team.household_count + 1)):
            return False
    lead_id = lead_of(team_id)
    if lead_id is not None:
        room = (Staff.panel_count < hard) if counts_persons else true()
        values = {"panel_count": Staff.panel_count + 1, "panel_cap": hard if counts_persons else None}
        if not _changed(update(Staff).where(Staff.id == lead_id, room).values(**values)):
            return False
    db.session.add(PanelPlace(team_id=team_id, resident_id=resident_id, unit_key=unit_key))
    db.session.flush()
    return True


def take_all(people: Mapping[str, Collection[str]], *, unit: CapUnit, hard: int) -> bool:
    """Give several people their places in their teams at once, all or none, in the caller's transaction.

    The same conditional UPDATEs as ``take``, by as many places as are new; so many statements for any number of teams.

    Args:
        people: team → residents.
    Returns:
        False when there are not enough places left; the caller must roll back.
    """
    session = db.session
    session.execute(select(Team.id).where(Team.id.in_(people)).order_by(Team.id).with_for_update())
    fresh = _without_place(people)
    if not fresh:
        return True
    homes = select(HouseholdMember.current_key, HouseholdMember.household_id)
    home_of = {row[0]: row[1] for row in session.execute(homes.where(HouseholdMember.current_key.in_(_all(fresh))))}
    units = {team_id: [home_of.get(who, who) for who in ids] for team_id, ids in fresh.items()}
    mine = PanelPlace.team_id.in_(fresh), PanelPlace.unit_key.in_(_all(units))
    counted = {
        (row[0], row[1]) for row in session.execute(select(PanelPlace.team_id, PanelPlace.unit_key).where(*mine))
    }
    more = [
        {"in_team": team_id, "people": len(ids), "homes": sum((team_id, one) not in counted for one in set(ids))}
        for team_id, ids in units.items()
    ]
    if not _count(Team, "in_team", more, _team_counts(unit, hard)):
        return False
    leads = select(Membership.lead_key, Membership.staff_id).where(Membership.lead_key.in_(fresh))
    of_leads = [
        {"of_staff": row.staff_id, "people": len(fresh[row.lead_key])}
        for row in session.execute(leads.order_by(Membership.staff_id))
    ]
    if not _count(Staff, "of_staff", of_leads, _lead_counts(unit, hard)):
        return False
    places = [
        {"id": new_id(), "team_id": team_id, "resident_id": who, "unit_key": home}
        for team_id, ids in fresh.items()
        for who, home in zip(ids, units[team_id], strict=True)
    ]
    session.execute(insert(PanelPlace), places)
    return True


def _without_place(people: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Return who has no place in his team yet, each once, by team in the order of their ids."""
    places = select(PanelPlace.team_id, PanelPlace.resident_id)
    mine = PanelPlace.team_id.in_(people), PanelPlace.resident_id.in_(_all(people))
    held = {(row[0], row[1]) for row in db.session.execute(places.where(*mine))}
    fresh = {
        team_id: [who for who in dict.fromkeys(people[team_id]) if (team_id, who) not in held]
        for team_id in sorted(people)
    }
    return {team_id: ids for team_id, ids in fresh.items() if ids}


def _all(of_teams: Mapping[str, Collection[str]]) -> set[str]:
    return {one for ids in of_teams.values() for one in ids}


def _team_counts(unit: CapUnit, hard: int) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Where a team has room for so many people and homes more, and what it counts then."""
    people = Team.panel_count + bindparam("people")
    homes = Team.household_count + bindparam("homes")
    room = people <= Team.panel_cap if unit == CapUnit.PERSONS else (homes <= Team.panel_cap) & (homes <= hard)
    return room, {"panel_count": people, "household_count": homes, "cap_unit": unit}


def _lead_counts(unit: CapUnit, hard: int) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """The same of a responsible doctor."""
    people, counts_persons = Staff.panel_count + bindparam("people"), unit == CapUnit.PERSONS
    room = (people <= hard) if counts_persons else true()
    return room, {"panel_count": people, "panel_cap": hard if counts_persons else None}


def _count(
    model: Any, key: str, more: list[dict[str, Any]], counts: tuple[ColumnElement[bool], dict[str, Any]]
) -> bool:
    """Count each of these rows up where it has room; False when one had none."""
    room, values = counts
    if not more:
        return True
    statement = update(model.__table__).where(model.id == bindparam(key), room).values(**values)
    return db.session.connection().execute(statement, more).rowcount == len(more)


def give_back(team_id: str, resident_id: str) -> None:
    """Take somebody's place in a team from him, in the caller's transaction; who has none is left alone."""
    db.session.execute(select(Team.id).where(Team.id == team_id).with_for_update())
    place = _place(team_id, resident_id)
    if place is None:
        return
    unit_key = place.unit_key
    db.session.delete(place)
    db.session.flush()
    values = {"panel_count": Team.panel_count - 1}
    if not _is_counted(team_id, unit_key):
        values["household_count"] = case((Team.household_count > 0, Team.household_count - 1), else_=0)
    _changed(update(Team).where(Team.id == team_id, Team.panel_count > 0).values(**values))
    _changed(
        update(Staff)
        .where(Staff.id == lead_of(team_id), Staff.panel_count > 0)
        .values(panel_count=Staff.panel_count - 1)
    )


def rehouse(resident_id: str) -> None:
    """Count somebody who has just joined a household under it, where that makes no household more.

    Who leaves one stays counted with it until he gives his place back: leaving must not burst a full team.
    """
    unit_key = unit_of(resident_id)
    for team_id in db.session.scalars(
        select(PanelPlace.team_id).where(PanelPlace.resident_id == resident_id).order_by(PanelPlace.team_id)
    ).all():
        db.session.execute(select(Team.id).where(Team.id == team_id).with_for_update())
        place = _place(team_id, resident_id)
        if place is None or place.unit_key == unit_key:
            continue
        before, known = place.unit_key, _is_counted(team_id, unit_key)
        others = select(PanelPlace.id).where(
            PanelPlace.team_id == team_id, PanelPlace.unit_key == before, PanelPlace.resident_id != resident_id
        )
        is_last = db.session.scalar(others.limit(1)) is None
        if not known and not is_last:
            continue
        place.unit_key = unit_key
        db.session.flush()
        if known and is_last:
            _changed(
                update(Team)
                .where(Team.id == team_id, Team.household_count > 0)
                .values(household_count=Team.household_count - 1)
            )


def change_lead(team_id: str, before: str | None, after: str, *, most: int | None) -> bool:
    """Let a team's residents count for its new leader, in the caller's transaction.

    Args:
        most: persons one doctor may have; None where the cap counts no persons.
    Returns:
        False when the new leader would have more than that; the caller must roll back.
    """
    if before == after:
        return True
    db.session.execute(select(Team.id).where(Team.id == team_id).with_for_update())
    count = db.session.scalar(select(Team.panel_count).where(Team.id == team_id)) or 0
    if before is not None:
        left = case((Staff.panel_count > count, Staff.panel_count - count), else_=0)
        _changed(update(Staff).where(Staff.id == before).values(panel_count=left))
    room = true() if most is None else Staff.panel_count + count <= most
    values = {"panel_count": Staff.panel_count + count, "panel_cap": most}
    return _changed(update(Staff).where(Staff.id == after, room).values(**values))


def unit_of(resident_id: str) -> str:
    """Return what a person is counted under where the cap counts households."""
    home = select(HouseholdMember.household_id).where(HouseholdMember.current_key == resident_id)
    return db.session.scalar(home) or resident_id


def lead_of(team_id: str) -> str | None:
    """Return the responsible doctor of a team."""
    return db.session.scalar(select(Membership.staff_id).where(Membership.lead_key == team_id))


def _place(team_id: str, resident_id: str) -> PanelPlace | None:
    return db.session.scalar(
        select(PanelPlace).where(PanelPlace.team_id == team_id, PanelPlace.resident_id == resident_id)
    )


def _is_counted(team_id: str, unit_key: str) -> bool:
    found = select(PanelPlace.id).where(PanelPlace.team_id == team_id, PanelPlace.unit_key == unit_key)
    return db.session.scalar(found.limit(1)) is not None


def _changed(statement: Update) -> bool:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount == 1  # type: ignore[attr-defined, no-any-return]
