"""Planning home visits and noting the arrival (domain.md CA-04, CA-05, CA-06); what was found is the follow-up's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import (
    FollowUp,
    FollowUpStatus,
    HomeVisit,
    Membership,
    Programme,
    Resident,
    Staff,
    StaffPhoto,
    Window,
    audit,
    notification,
)
from server.models.actor import Actor
from server.policy.pictures import check_photo

OLDEST_DAYS = 60
"""How late an arrival may be entered; as long as a missed contact can be."""
ANNOUNCED = ("visit_tomorrow", "visit_today")
"""Notices that name the day (N-11); planned for another one they would mislead."""
BY_MONTH = (Programme.HOME_VISIT, Programme.SPECIAL)


class VisitDayInvalid(Invalid):
    """A visit is planned for a day on which it counts."""

    code, default_message = "visit_day_invalid", "上门日期要在今天之后、截止日之前"


class VisitorUnknown(Invalid):
    """Only members of the team that serves a person visit him."""

    code, default_message = "visitor_unknown", "上门人员要是本团队成员"


class VisitOver(Conflict):
    """It took place, or nobody has to come any more."""

    code, default_message = "visit_over", "这次上门已经完成或不用再去，请刷新"


class ArrivalInvalid(Invalid):
    """The time cannot be meant."""

    code, default_message = "arrival_invalid", "到达时间有误：不能晚于现在，最多补录60天内的上门"


@dataclass(frozen=True)
class Plan:
    """When somebody comes, and who."""

    on: date
    window: Window
    visitor_id: str


@dataclass(frozen=True)
class Arrival:
    """Where and when somebody was there; ``at`` None: now.

    ``location``: latitude and longitude in degrees, where the phone told it.
    """

    place: str
    at: datetime | None = None
    location: tuple[float, float] | None = None


@retried
def plan(followups: Sequence[FollowUp], how: Plan, *, by: Actor) -> int:
    """Plan visits, all or none; planning again moves them. Returns how many.

    Raises:
        VisitDayInvalid, VisitorUnknown, VisitOver.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        for row_id in sorted(row.id for row in followups):
            row = db.session.get_one(FollowUp, row_id, with_for_update={"of": FollowUp}, populate_existing=True)
            _check(row, how, today)
            visit = _of(row)
            if visit is None:
                visit = HomeVisit(followup_id=row.id, team_id=row.team_id)
                db.session.add(visit)
            elif visit.planned_on != how.on:
                notification.cancel(subject_id=row.id, kinds=ANNOUNCED)
            visit.visitor_id, visit.planned_on, visit.time_window = how.visitor_id, how.on, how.window
            visit.planned_at = at
            db.session.flush()
            audit.record("visit_planned", visit, by=by, at=at)
    return len(followups)


def _check(row: FollowUp, how: Plan, today: date) -> None:
    visit = _of(row)
    if row.status != FollowUpStatus.PLANNED or (visit is not None and visit.arrived_at is not None):
        raise VisitOver()
    since = row.window_start_on or (row.due_on.replace(day=1) if row.programme in BY_MONTH else today)
    if not max(since, today) <= how.on <= row.window_end_on:
        raise VisitDayInvalid(since=max(since, today).isoformat(), until=row.window_end_on.isoformat())
    if not _serves(how.visitor_id, row.team_id):
        raise VisitorUnknown()


def _of(row: FollowUp) -> HomeVisit | None:
    return db.session.scalar(select(HomeVisit).where(HomeVisit.followup_id == row.id))


def _serves(staff_id: str, team_id: str) -> bool:
    found = select(Membership.id).where(Membership.staff_id == staff_id, Membership.team_id == team_id)
    return db.session.scalar(found) is not None


@retried
def arrive(followup: FollowUp, said: Arrival, *, staff: Staff, by: Actor) -> HomeVisit:
    """Note that somebody was there; noting it twice keeps the first. A visit nobody planned begins with its arrival.

    Raises:
        ArrivalInvalid: later than now, or too long ago. VisitOver.
    """
    at = clock.now()
    then = said.at or at
    if not at - timedelta(days=OLDEST_DAYS) <= then <= at:
        raise ArrivalInvalid()
    with transaction():
        row = db.session.get_one(FollowUp, followup.id, with_for_update={"of": FollowUp}, populate_existing=True)
        visit = _of(row)
        if visit is not None and visit.arrived_at is not None:
            return visit
        if row.status not in (FollowUpStatus.PLANNED, FollowUpStatus.MISSED):
            raise VisitOver()
        if visit is None:
            day = clock.local(then)
            visit = HomeVisit(followup_id=row.id, team_id=row.team_id, visitor_id=staff.id, planned_at=at)
            visit.planned_on, visit.time_window = day.date(), window_at(day)
            db.session.add(visit)
        visit.arrived_at, visit.arrival_noted_at, visit.place = then, at, said.place
        if said.location is not None:
            visit.location = f"{said.location[0]:.6f},{said.location[1]:.6f}"
        db.session.flush()
        audit.record("visit_arrived", visit, by=by, at=at)
        return visit


def window_at(local: datetime) -> Window:
    """Return the part of the day of a wall-clock time."""
    return Window.MORNING if local.hour < 12 else Window.AFTERNOON if local.hour < 17 else Window.EVENING


@retried
def note_addresses_seen(residents: Sequence[Resident], *, by: Actor) -> None:
    """Write down that somebody was shown where these people live; at most a day's route."""
    at = clock.now()
    with transaction():
        for resident in residents:
            audit.record("address_seen", resident, by=by, at=at)


@retried
def keep_photo(staff: Staff, picture: str, *, by: Actor) -> None:
    """Keep a member of staff's own portrait, instead of the one before. Raises PhotoInvalid."""
    kept = check_photo(picture)
    at = clock.now()
    with transaction() as session:
        mine = session.scalar(select(StaffPhoto).where(StaffPhoto.staff_id == staff.id).with_for_update())
        if mine is None:
            session.add(StaffPhoto(staff_id=staff.id, picture=kept, taken_at=at))
        else:
            mine.picture, mine.taken_at = kept, at
        audit.record("staff_photo_kept", staff, by=by, at=at)
