"""Places (名额): whom a team serves or has promised to serve, as the caps count them."""

from collections.abc import Collection

from sqlalchemy import ForeignKey, Index, UniqueConstraint, Update, case, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Id, Model, db, primary_key, table
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


def take_all(team_id: str, resident_ids: Collection[str], *, unit: CapUnit, hard: int) -> bool:
    """Give several people their places in a team at once, all or none, in the caller's transaction.

    The same conditional UPDATEs as ``take``, by as many places as are new.

    Returns:
        False when there are not enough places left; the caller must roll back.
    """
    session = db.session
    session.execute(select(Team.id).where(Team.id == team_id).with_for_update())
    mine = PanelPlace.team_id == team_id
    held = set(session.scalars(select(PanelPlace.resident_id).where(mine, PanelPlace.resident_id.in_(resident_ids))))
    fresh = [resident_id for resident_id in resident_ids if resident_id not in held]
    if not fresh:
        return True
    homes = select(HouseholdMember.current_key, HouseholdMember.household_id)
    home_of = {row[0]: row[1] for row in session.execute(homes.where(HouseholdMember.current_key.in_(fresh)))}
    units = {resident_id: home_of.get(resident_id, resident_id) for resident_id in fresh}
    counted = set(session.scalars(select(PanelPlace.unit_key).where(mine, PanelPlace.unit_key.in_(units.values()))))
    people, homes_more = len(fresh), len(set(units.values()) - counted)
    counts_persons = unit == CapUnit.PERSONS
    households = Team.household_count + homes_more
    room = Team.panel_count + people <= Team.panel_cap
    if not counts_persons:
        room = (households <= Team.panel_cap) & (households <= hard)
    values = {"panel_count": Team.panel_count + people, "household_count": households, "cap_unit": unit}
    if not _changed(update(Team).where(Team.id == team_id, room).values(**values)):
        return False
    lead_id = lead_of(team_id)
    if lead_id is not None:
        room = (Staff.panel_count + people <= hard) if counts_persons else true()
        of_lead = {"panel_count": Staff.panel_count + people, "panel_cap": hard if counts_persons else None}
        if not _changed(update(Staff).where(Staff.id == lead_id, room).values(**of_lead)):
            return False
    session.add_all(PanelPlace(team_id=team_id, resident_id=who, unit_key=units[who]) for who in fresh)
    return True


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
