"""Reading what people measured at home: one's own and one's wards', a team's reviews, an institution's late alarms."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import clock
from server.access import families
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, Measurement, MeasurementReview, Resident, Staff, Team, population
from server.policy.parts.kinds import Group
from server.policy.programmes import Person

SEXES = {1: "M", 2: "F"}
MOST_POINTS = 400
"""Points of one chart: more would only cover each other."""


def people(me: Resident) -> list[families.Signable]:
    """Return whose values I may enter and see: mine, my wards', and theirs who authorised me; the household's adults not."""
    found = families.signable(me, clock.today(), head_signs=False)
    mine = [one for one in found if one.ground in ("guardian", "proxy") or one.resident.id == me.id]
    return sorted(mine, key=lambda one: one.resident.id != me.id)


def person(resident_id: str | None, me: Resident) -> Resident:
    """Return whose values are meant: mine where nobody is named. Raises NotFound."""
    return families.among(people, resident_id, me)


def facts_of(resident: Resident, on: date) -> Person:
    """Return what judging a value needs to know about a person."""
    groups = population.groups_of([resident.id], on).get(resident.id, frozenset())
    return Person(resident.birth_on, SEXES.get(resident.sex, ""), is_pregnant=Group.MATERNAL in groups)


def agreement_of(resident_id: str) -> Agreement | None:
    """Return the agreement in force."""
    return db.session.scalar(select(Agreement).where(Agreement.active_key == resident_id))


def asked_for_by(resident_id: str) -> Agreement | None:
    """Return the agreement in force, or the one that waits for the team."""
    return db.session.scalar(select(Agreement).where(Agreement.open_key == resident_id))


def of(resident: Resident, kind: str | None, cursor: str | None) -> Page[Measurement]:
    """Return a person's values, newest first."""
    statement = select(Measurement).where(Measurement.resident_id == resident.id)
    if kind:
        statement = statement.where(Measurement.kind == kind)
    return page(statement, (Measurement.measured_at, Measurement.id), cursor, newest_first=True)


def trend(resident: Resident, kind: str, days: int, at: datetime) -> list[Measurement]:
    """Return a person's values of the last days, oldest first, at most the latest 400."""
    statement = (
        select(Measurement)
        .where(
            Measurement.resident_id == resident.id,
            Measurement.kind == kind,
            Measurement.measured_at >= at - timedelta(days=days),
        )
        .order_by(Measurement.measured_at.desc(), Measurement.id.desc())
        .limit(MOST_POINTS)
    )
    return list(db.session.scalars(statement).unique())[::-1]


def reviews(staff: Staff, cursor: str | None) -> Page[MeasurementReview]:
    """Return whose values a doctor's teams still have to look at: emergencies first, then the oldest."""
    statement = select(MeasurementReview).where(
        MeasurementReview.team_id.in_(team_ids(staff)), MeasurementReview.status == "open"
    )
    return page(statement, (MeasurementReview.urgency, MeasurementReview.opened_at, MeasurementReview.id), cursor)


def review(review_id: str, staff: Staff) -> MeasurementReview:
    """Return a review of one of the doctor's teams. Raises NotFound, also for other teams'."""
    wanted = (MeasurementReview.id == review_id) & MeasurementReview.team_id.in_(team_ids(staff))
    found = db.session.scalar(select(MeasurementReview).where(wanted))
    if found is None:
        raise NotFound()
    return found


def open_review(resident: Resident) -> MeasurementReview | None:
    """Return what the team still has to look at of one person."""
    return db.session.scalar(select(MeasurementReview).where(MeasurementReview.open_key == resident.id))


def of_organisation(cursor: str | None, *, only_late: bool, by: AdminLogin) -> Page[MeasurementReview]:
    """Return the open reviews of an administrator's teams, oldest first; ``only_late``: emergencies nobody has looked at."""
    mine = select(Team.id).where(Team.organisation_id == by.organisation_id)
    statement = select(MeasurementReview).where(MeasurementReview.team_id.in_(mine), MeasurementReview.status == "open")
    if only_late:
        statement = statement.where(MeasurementReview.escalated_at.is_not(None), MeasurementReview.seen_at.is_(None))
    return page(statement, (MeasurementReview.opened_at, MeasurementReview.id), cursor)


def late_count(*, by: AdminLogin) -> int:
    """Count the emergencies of an administrator's teams that nobody looked at in time; up to a page of them."""
    return len(of_organisation(None, only_late=True, by=by).items)


def resident_of_organisation(resident_id: str, *, by: AdminLogin) -> Resident:
    """Return a resident with an agreement in force with one of an administrator's teams. Raises NotFound."""
    mine = select(Team.id).where(Team.organisation_id == by.organisation_id)
    found = db.session.scalar(select(Agreement).where(Agreement.active_key == resident_id, Agreement.team_id.in_(mine)))
    if found is None:
        raise NotFound()
    return found.resident
