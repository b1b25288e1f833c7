"""Reading referrals: a resident his own, a doctor those of his teams, a hospital's desk those that come to it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from server import clock
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.access.resident import hospitals
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Department,
    Direction,
    Discharge,
    Hospital,
    Referral,
    ReferralDesk,
    ReferralEvent,
    ReferralStatus,
    Resident,
    Staff,
    Team,
    TeamSupport,
)
from server.models.referral import OVER, WAITING

S = ReferralStatus
TABS: dict[str, tuple[ReferralStatus, ...]] = {
    "waiting": (S.DRAFT, *WAITING),
    "hospital": (S.ACCEPTED, S.ARRIVED, S.SEEN, S.ADMITTED, S.DISCHARGED),
    "down": (S.DOWN_SENT, S.DOWN_ACCEPTED),
    "over": OVER,
}
"""What a doctor's list is split into."""
DESK_TABS: dict[str, tuple[ReferralStatus, ...]] = {
    "inbox": WAITING,
    "coming": (S.ACCEPTED,),
    "here": (S.ARRIVED, S.ADMITTED, S.SEEN, S.DISCHARGED),
    "sent_back": (S.DOWN_SENT, S.DOWN_ACCEPTED, *OVER),
}
"""What a hospital's inbox is split into; the first two by deadline."""
WITHDRAWN = "withdrawn"
"""The tab of what was ended from outside and not read yet."""
BATCH_ROWS = 500
WITH_NUMBER = joinedload(Referral.appointment)


def of_resident(resident: Resident, cursor: str | None) -> Page[Referral]:
    """Return a resident's own referrals, newest first."""
    mine = select(Referral).where(Referral.resident_id == resident.id).options(WITH_NUMBER)
    return page(mine, (Referral.id,), cursor, newest_first=True)


def own(referral_id: str, resident: Resident) -> Referral:
    """Return one of a resident's own referrals. Raises NotFound, also for somebody else's."""
    mine = select(Referral).where(Referral.id == referral_id, Referral.resident_id == resident.id)
    return _found(mine)


def of_teams(staff: Staff, tab: str, cursor: str | None) -> Page[Referral]:
    """Return the referrals of a doctor's teams in one tab, newest first."""
    mine = select(Referral).where(Referral.team_id.in_(team_ids(staff)), Referral.status.in_(TABS[tab]))
    return page(mine.options(WITH_NUMBER), (Referral.id,), cursor, newest_first=True)


def of_team(referral_id: str, staff: Staff) -> Referral:
    """Return a referral of one of the doctor's teams. Raises NotFound, also for other teams'."""
    return _found(select(Referral).where(Referral.id == referral_id, Referral.team_id.in_(team_ids(staff))))


def to_receive(staff: Staff) -> int:
    """Return how many are sent back to a doctor's teams and not received yet."""
    rows = select(func.count(Referral.id))
    return db.session.scalar(rows.where(Referral.team_id.in_(team_ids(staff)), Referral.status == S.DOWN_SENT)) or 0


def discharge_of(followup_id: str, staff: Staff) -> Discharge:
    """Return what a hospital told about the person of a planned contact. Raises NotFound, also for other teams'."""
    rows = select(Discharge).where(Discharge.followup_id == followup_id, Discharge.team_id.in_(team_ids(staff)))
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound()
    return found


def events(referral: Referral) -> list[ReferralEvent]:
    """Return the steps of a referral, oldest first."""
    rows = select(ReferralEvent).where(ReferralEvent.subject_id == referral.id)
    return list(db.session.scalars(rows.order_by(ReferralEvent.at, ReferralEvent.id)))


def _found(statement: Select[Referral]) -> Referral:
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound("没有找到这张转诊单")
    return found


def patient(document_type: str, number: str) -> Resident | None:
    """Return who has a document, None when nobody here does; the caller tells no stranger which."""
    digest = Resident.hash_of(document_type, number.strip().upper())
    return db.session.scalar(select(Resident).where(Resident.identity_hash == digest))


# ---------------------------------------------------------------- where to


@dataclass(frozen=True)
class Target:
    """A hospital somebody may be sent to."""

    hospital: Hospital
    places_left: int
    in_combination: bool
    desk: ReferralDesk | None
    departments: list[Department]


def targets(team: Team, guidance: Collection[str], horizon_days: int) -> list[Target]:
    """Return the hospitals a team may send somebody to, those that stand behind it first; a county has a handful.

    Args:
        guidance: names of hospitals that guide the whole region. horizon_days: how far ahead numbers are counted.
    """
    rows = hospitals(horizon_days)
    ids = [hospital.id for hospital, _ in rows]
    behind = set(db.session.scalars(select(TeamSupport.institution).where(TeamSupport.team_id == team.id)))
    known = behind | set(guidance)
    found, departments = desks(ids), _departments(ids)
    made = [
        Target(hospital, left, hospital.name in known, found.get(hospital.id), departments.get(hospital.id, []))
        for hospital, left in rows
    ]
    return sorted(made, key=lambda one: not one.in_combination)


def desks(hospital_ids: Collection[str]) -> dict[str, ReferralDesk]:
    """Return whom to ask for at these hospitals, by hospital id."""
    rows = select(ReferralDesk).where(ReferralDesk.hospital_id.in_(hospital_ids))
    return {row.hospital_id: row for row in db.session.scalars(rows)}


def _departments(hospital_ids: Collection[str]) -> dict[str, list[Department]]:
    found: dict[str, list[Department]] = {}
    rows = select(Department).where(Department.hospital_id.in_(hospital_ids))
    for row in db.session.scalars(rows.order_by(Department.name, Department.id).limit(1000)):
        found.setdefault(row.hospital_id, []).append(row)
    return found


# ---------------------------------------------------------------- a hospital's desk


def desk_of(by: AdminLogin) -> ReferralDesk | None:
    """Return the referral desk at which an administrator works, if he works at one."""
    return db.session.scalar(
        select(ReferralDesk)
        .where(ReferralDesk.organisation_id == by.organisation_id)
        .order_by(ReferralDesk.id)
        .limit(1)
    )


def at_desk(desk: ReferralDesk, tab: str, cursor: str | None) -> Page[Referral]:
    """Return what comes to a hospital in one tab: what waits for something by its deadline, the rest newest first."""
    here = select(Referral).where(Referral.hospital_id == desk.hospital_id, _is_counted())
    if tab == WITHDRAWN:
        return page(here.where(Referral.withdrawn_at.is_not(None)), (Referral.withdrawn_at, Referral.id), cursor)
    mine = here.where(Referral.status.in_(DESK_TABS[tab]))
    if tab in ("inbox", "coming"):
        return page(mine, (Referral.due_at, Referral.id), cursor)
    return page(mine, (Referral.id,), cursor, newest_first=True)


def desk_referral(referral_id: str, *, by: AdminLogin) -> Referral:
    """Return a referral that came to the administrator's hospital. Raises NotFound, also for another hospital's."""
    desk = desk_of(by)
    if desk is None:
        raise NotFound("没有找到这张转诊单")
    return _found(_at(desk, referral_id))


def _at(desk: ReferralDesk, referral_id: str) -> Select[Referral]:
    return select(Referral).where(Referral.id == referral_id, Referral.hospital_id == desk.hospital_id, _is_counted())


def waiting_at(desk: ReferralDesk) -> tuple[int, int]:
    """Return how many wait for an answer of a hospital, and how many of them too long."""
    mine = select(func.count(Referral.id)).where(Referral.hospital_id == desk.hospital_id)
    submitted = db.session.scalar(mine.where(Referral.status == S.SUBMITTED)) or 0
    late = db.session.scalar(mine.where(Referral.status == S.ESCALATED)) or 0
    return submitted + late, late


def withdrawn_at(desk: ReferralDesk) -> int:
    """Return how many were ended from outside and not read by the desk since."""
    mine = Referral.hospital_id == desk.hospital_id, Referral.withdrawn_at.is_not(None)
    return db.session.scalar(select(func.count(Referral.id)).where(*mine)) or 0


# ---------------------------------------------------------------- an administrator's view


def overdue(cursor: str | None, *, by: AdminLogin) -> Page[Referral]:
    """Return what is late: no answer, not received, not contacted, not registered; of the own teams, by deadline."""
    late = Referral.due_at < clock.now()
    states = (S.SUBMITTED, S.ESCALATED, S.DOWN_SENT, S.DOWN_ACCEPTED, S.ADMITTED)
    is_late = or_(late, Referral.status == S.ESCALATED)
    rows = select(Referral).where(Referral.team_id.in_(_own_teams(by)), Referral.status.in_(states), is_late)
    return page(rows.where(Referral.due_at.is_not(None)), (Referral.due_at, Referral.id), cursor)


def of_organisation(tab: str, cursor: str | None, *, by: AdminLogin) -> Page[Referral]:
    """Return the referrals of the organisation's teams in one tab, newest first."""
    mine = select(Referral).where(Referral.team_id.in_(_own_teams(by)), Referral.status.in_(TABS[tab]))
    return page(mine, (Referral.id,), cursor, newest_first=True)


def own_referral(referral_id: str, *, by: AdminLogin) -> Referral:
    """Return a referral of the organisation's teams. Raises NotFound, also for other organisations'."""
    return _found(select(Referral).where(Referral.id == referral_id, Referral.team_id.in_(_own_teams(by))))


def signed_referral(referral_id: str, *, by: AdminLogin) -> Referral:
    """Return a referral whose consent the administrator may see: of his teams, or come to his hospital. Raises NotFound."""
    desk = desk_of(by)
    if desk is not None and db.session.scalar(_at(desk, referral_id).with_only_columns(Referral.id)):
        return _found(_at(desk, referral_id))
    return own_referral(referral_id, by=by)


def uncontacted(*, by: AdminLogin) -> int:
    """Return how many discharges were not followed by a contact in time."""
    rows = select(func.count(Discharge.id)).where(Discharge.team_id.in_(_own_teams(by)))
    return db.session.scalar(rows.where(Discharge.contacted_at.is_(None), Discharge.contact_by_on < clock.today())) or 0


@dataclass(frozen=True)
class ControlRate:
    """How many ways to a hospital began with the team (EQ 三（二）, 首诊转诊控制率)."""

    known: int
    by_team: int

    @property
    def pct(self) -> float | None:
        """Of 100; None without any."""
        return round(100 * self.by_team / self.known, 1) if self.known else None


def control_rate(first: date, last: date, *, by: AdminLogin) -> ControlRate:
    """Return how many of the ways to a hospital that are known here were the team's referrals.

    Known are referrals that were sent, emergencies, and stays of which only the discharge was told. Days inclusive.
    """
    mine = Referral.team_id.in_(_own_teams(by)) & Referral.counted_on.between(first, last)
    sent = mine & ((Referral.submitted_at.is_not(None)) | ~Referral.referred_by_team)
    rows = select(Referral.referred_by_team, func.count()).where(sent).group_by(Referral.referred_by_team)
    counted = {bool(key): int(number) for key, number in db.session.execute(rows)}
    untold = select(func.count(Discharge.id)).where(
        Discharge.team_id.in_(_own_teams(by)),
        Discharge.referral_id.is_(None),
        Discharge.discharged_on.between(first, last),
    )
    others = db.session.scalar(untold) or 0
    return ControlRate(sum(counted.values()) + others, counted.get(True, 0))


def for_export(first: date, last: date, *, by: AdminLogin) -> Iterator[Referral]:
    """Return a month's ways to hospitals for the insurance, read in batches. Days inclusive."""
    after = ""
    while True:
        rows = db.session.scalars(
            select(Referral)
            .where(
                Referral.team_id.in_(_own_teams(by)),
                Referral.counted_on.between(first, last),
                _is_counted(),
                Referral.id > after,
            )
            .order_by(Referral.id)
            .limit(BATCH_ROWS)
        ).all()
        yield from rows
        if len(rows) < BATCH_ROWS:
            return
        after = rows[-1].id


def _is_counted() -> ColumnElement[bool]:
    """Sent, direct or begun by a hospital; drafts are nobody's business."""
    return or_(Referral.submitted_at.is_not(None), ~Referral.referred_by_team, Referral.direction == Direction.DOWN)


def _own_teams(by: AdminLogin) -> Select[str]:
    return select(Team.id).where(Team.organisation_id == by.organisation_id)


def all_desks() -> list[tuple[Hospital, ReferralDesk | None]]:
    """Return every hospital with its referral desk; a county has a handful."""
    rows = select(Hospital, ReferralDesk).outerjoin(ReferralDesk, ReferralDesk.hospital_id == Hospital.id)
    found = db.session.execute(rows.order_by(Hospital.name).limit(200))
    return [(hospital, desk) for hospital, desk in found]


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = day.replace(day=1)
    following = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=clock.SHANGHAI).date()
    return first, date.fromordinal(following.toordinal() - 1)
