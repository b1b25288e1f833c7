"""Who is away and who answers for him; when a team works."""

from datetime import datetime

from sqlalchemy import delete, or_, select

from server import clock
from server.database import retried, transaction
from server.errors import Conflict, Invalid
from server.models import Absence, Staff, Team, TeamHours, audit
from server.models.actor import Actor
from server.policy.business_hours import ordered, parse

LONGEST_DAYS = 366


class AbsenceInvalid(Invalid):
    """The times cannot be meant."""

    code, default_message = "absence_invalid", "结束时间要晚于开始时间和现在，最长一年"


class StandInUnsuitable(Conflict):
    """He is the same person, of another institution, away himself, or answered for already."""

    code, default_message = "stand_in_unsuitable", "请另选一位代班医生"


class HoursInvalid(Invalid):
    """The periods cannot be read, or overlap."""

    code, default_message = "hours_invalid", "时段请写成 08:00-12:00 14:00-17:30，用空格分开，不能重叠"


@retried
def enter_absence(staff: Staff, stand_in: Staff, *, from_at: datetime, until_at: datetime, by: Actor) -> Absence:
    """Note that a doctor will be away and who answers for him meanwhile.

    Raises:
        AbsenceInvalid, StandInUnsuitable.
    """
    at = clock.now()
    if until_at <= max(from_at, at) or (until_at - from_at).days > LONGEST_DAYS:
        raise AbsenceInvalid()
    if staff.id == stand_in.id or staff.organisation_id != stand_in.organisation_id:
        raise StandInUnsuitable("代班医生应为本机构的另一位同事")
    with transaction() as session:
        both = select(Staff.id).where(Staff.id.in_([staff.id, stand_in.id])).order_by(Staff.id)
        session.execute(both.with_for_update()).all()  # two absences at once see each other
        same_time = (Absence.from_at < until_at) & (Absence.until_at > from_at) & (Absence.until_at > Absence.from_at)
        for other in session.scalars(
            select(Absence).where(
                same_time, or_(Absence.staff_id.in_([staff.id, stand_in.id]), Absence.stand_in_id == staff.id)
            )
        ):
            raise StandInUnsuitable(_why(other, staff, stand_in))
        row = Absence(
            staff=staff, stand_in=stand_in, from_at=from_at, until_at=until_at, created_at=at, created_by=by.id
        )
        session.add(row)
        session.flush()
        audit.record("absence_entered", row, by=by, at=at)
    return row


@retried
def end_absence(absence: Absence, *, by: Actor) -> Absence:
    """End an absence now, or take back one that has not begun. Ending twice ends once."""
    at = clock.now()
    with transaction() as session:
        row = session.get_one(Absence, absence.id, with_for_update=True, populate_existing=True)
        if row.until_at > at:
            row.until_at = max(row.from_at, at)
            audit.record("absence_ended", row, by=by, at=at)
            session.flush()
    return row


@retried
def set_hours(team: Team, *, workday: str, restday: str, by: Actor) -> None:
    """Set when a team answers: periods with spaces between them, both empty: as its region has it. Raises HoursInvalid."""
    at = clock.now()
    try:
        periods = {True: ordered([*map(parse, workday.split())]), False: ordered([*map(parse, restday.split())])}
    except ValueError as error:
        raise HoursInvalid() from error
    with transaction() as session:
        session.scalar(select(Team.id).where(Team.id == team.id).with_for_update())
        session.execute(delete(TeamHours).where(TeamHours.team_id == team.id))
        for on_workdays, of_day in periods.items():
            for period in of_day:
                session.add(
                    TeamHours(
                        team_id=team.id, on_workdays=on_workdays, from_minute=period.start, until_minute=period.end
                    )
                )
        audit.record("team_hours_set", team, by=by, at=at)


def _why(other: Absence, staff: Staff, stand_in: Staff) -> str:
    if other.staff_id == staff.id:
        return f"{staff.name}这段时间已经登记了外出"
    if other.staff_id == stand_in.id:
        return f"{stand_in.name}这段时间也不在，请另选一位"
    return f"{staff.name}这段时间正替{other.staff.name}代班，请先换人"
