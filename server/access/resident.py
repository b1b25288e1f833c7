"""What a resident may see: his own things, and what is open to everybody."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import selectinload

from server import clock
from server.access.paging import PAGE_ROWS, Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    Ending,
    EndingKind,
    Hospital,
    Membership,
    PrivacyConsent,
    Resident,
    ServicePackage,
    Slot,
    SlotStatus,
    Team,
    WechatUser,
)
from server.models.population import groups_of

MOST_HOSPITALS = 50
MANY_LEFT = 200
"""So many places left, or more: nobody chooses by the exact number any more."""

NEAREST = 10
"""Teams of one's own area that are put in front; a place has one or two."""
TEAM_PARTS = selectinload(Team.memberships).joinedload(Membership.staff)


TAKES_RESIDENTS = Team.is_open & (Team.lacks == "")


def open_teams(cursor: str | None, *, near: list[str] | None = None) -> Page[Team]:
    """Return teams that take residents: those that answer for where the caller lives, then the others by name.

    Args:
        near: ids of the teams that answer for the caller's area, the nearest first; the same on every page.
    """
    own = list(near or [])[:NEAREST]
    taking = select(Team).where(TAKES_RESIDENTS).options(TEAM_PARTS)
    first = []
    if own and cursor is None:
        found = {team.id: team for team in db.session.scalars(taking.where(Team.id.in_(own))).unique()}
        first = [found[team_id] for team_id in own if team_id in found]
    others = page(taking.where(Team.id.not_in(own)), (Team.name, Team.id), cursor, rows=PAGE_ROWS - len(first))
    return Page(first + others.items, others.next)


def open_team(team_id: str, *, also: str | None = None) -> Team:
    """Return one team that takes residents. Raises NotFound.

    Args:
        also: a team that is returned even when it takes nobody new: the one whose agreement is renewed.
    """
    may_be = or_(TAKES_RESIDENTS, Team.id == also) if also else TAKES_RESIDENTS
    found = db.session.scalar(select(Team).where(Team.id == team_id, may_be).options(TEAM_PARTS))
    if found is None:
        raise NotFound("没有找到这个团队，请返回重新选择")
    return found


def offered_packages(region: str | None = None, groups: Collection[str] | None = None) -> list[ServicePackage]:
    """Return the packages on offer today, cheapest first; a catalogue of a few dozen at most.

    Args:
        region: only of this catalogue, and the institution's own. groups: only what somebody in these groups may choose.
    """
    statement = select(ServicePackage).where(_on_offer()).options(selectinload(ServicePackage.items))
    if region is not None:
        statement = statement.where(ServicePackage.region.in_(("", region)))
    found = db.session.scalars(statement.order_by(ServicePackage.price_fen, ServicePackage.code).limit(50))
    return [row for row in found if groups is None or set(row.for_groups) <= set(groups)]


def packages_for(resident: Resident | None, region: str) -> list[ServicePackage]:
    """Return what a resident may choose today of a region's catalogue; None: somebody of whom nothing is known."""
    groups = groups_of([resident.id], clock.today())[resident.id] if resident else frozenset()
    return offered_packages(region, groups)


def _on_offer() -> ColumnElement[bool]:
    today = clock.today()
    return and_(
        ServicePackage.is_offered,
        or_(ServicePackage.offered_from.is_(None), ServicePackage.offered_from <= today),
        or_(ServicePackage.offered_to.is_(None), ServicePackage.offered_to >= today),
    )


def offered_package(package_id: str) -> ServicePackage:
    """Return one package on offer. Raises NotFound."""
    found = db.session.scalar(select(ServicePackage).where(ServicePackage.id == package_id, _on_offer()))
    if found is None:
        raise NotFound("没有找到这个服务包，请返回重新选择")
    return found


def agreements(resident: Resident, cursor: str | None) -> Page[Agreement]:
    """Return a resident's own agreements, newest first; drafts are shown on their own."""
    kept_back = Agreement.draft_step.is_not(None) & Agreement.status.in_(
        (AgreementStatus.DRAFT, AgreementStatus.WITHDRAWN)
    )
    statement = select(Agreement).where(Agreement.resident_id == resident.id, ~kept_back)
    return page(statement, (Agreement.requested_at, Agreement.id), cursor, newest_first=True)


def agreement(agreement_id: str, resident: Resident) -> Agreement:
    """Return one of a resident's own agreements. Raises NotFound, also for somebody else's."""
    found = db.session.scalar(
        select(Agreement).where(Agreement.id == agreement_id, Agreement.resident_id == resident.id)
    )
    if found is None:
        raise NotFound("没有找到这份协议")
    return found


def successor_ids(agreement_ids: list[str]) -> dict[str, str]:
    """Return what renews each of these agreements, where something does; one the team rejected does not.

    Args:
        agreement_ids: at most a page of them.
    """
    statement = select(Agreement.predecessor_id, Agreement.id).where(
        Agreement.predecessor_id.in_(agreement_ids), Agreement.status != AgreementStatus.REJECTED
    )
    return {str(before): after for before, after in db.session.execute(statement)}


def last_termination(agreement_id: str) -> Ending | None:
    """Return the latest wish of the resident to end this agreement."""
    return db.session.scalar(
        select(Ending)
        .where(Ending.agreement_id == agreement_id, Ending.kind == EndingKind.TERMINATION)
        .order_by(Ending.requested_at.desc(), Ending.id.desc())
        .limit(1)
    )


def has_accepted(user: WechatUser, document: str, version: str) -> PrivacyConsent | None:
    """Return the consent of a user to one version of a document, if he gave it."""
    return db.session.scalar(
        select(PrivacyConsent).where(
            PrivacyConsent.user_id == user.id, PrivacyConsent.document == document, PrivacyConsent.version == version
        )
    )


def hospitals(horizon_days: int) -> list[tuple[Hospital, int]]:
    """Return hospitals, at most MOST_HOSPITALS, with the places left for signed residents within the horizon.

    Counting stops at MANY_LEFT: however many slots a region has, so many index entries of each hospital are read.
    """
    some = select(Slot.id).where(Slot.hospital_id == Hospital.id, *_with_places(horizon_days)).correlate(Hospital)
    # who has nothing to give stands last
    first = select(Hospital).order_by(~some.exists(), Hospital.name).limit(MOST_HOSPITALS)
    found = list(db.session.scalars(first))
    left = _places_left([hospital.id for hospital in found], horizon_days)
    return [(hospital, left.get(hospital.id, 0)) for hospital in found]


def _places_left(hospital_ids: Collection[str], horizon_days: int) -> dict[str, int]:
    if not hospital_ids:
        return {}
    parts = []
    for hospital_id in hospital_ids:
        slots_of = select((Slot.fd_capacity - Slot.fd_taken).label("left"))
        soonest = slots_of.where(Slot.hospital_id == hospital_id, *_with_places(horizon_days)).order_by(Slot.starts_at)
        few = soonest.limit(MANY_LEFT).subquery()
        parts.append(select(literal(hospital_id), func.coalesce(func.sum(few.c.left), 0)))
    return {row[0]: min(int(row[1]), MANY_LEFT) for row in db.session.execute(union_all(*parts))}


def _with_places(horizon_days: int) -> tuple[ColumnElement[bool], ...]:
    return (*reserved(horizon_days), Slot.fd_taken < Slot.fd_capacity)


def slots(hospital_id: str, horizon_days: int, cursor: str | None) -> Page[Slot]:
    """Return a hospital's coming reserved slots, soonest first: one index range, whatever the table's size."""
    statement = select(Slot).where(Slot.hospital_id == hospital_id, *reserved(horizon_days))
    return page(statement, (Slot.starts_at, Slot.id), cursor)


def reserved(horizon_days: int) -> tuple[ColumnElement[bool], ...]:
    """Coming slots of the family doctors' pool up to the last day that is given out."""
    last = clock.midnight(clock.today() + timedelta(days=horizon_days + 1))
    return (
        Slot.status == SlotStatus.OPEN,
        Slot.starts_at > clock.now(),
        Slot.starts_at < last,
        Slot.fd_capacity > 0,
        Slot.released_at.is_(None),
    )


def appointments(resident: Resident, cursor: str | None) -> Page[Appointment]:
    """Return a resident's own appointments, newest first."""
    statement = select(Appointment).where(Appointment.resident_id == resident.id)
    return page(statement, (Appointment.id,), cursor, newest_first=True)


def appointment(appointment_id: str, resident: Resident) -> Appointment:
    """Return one of a resident's own appointments. Raises NotFound, also for somebody else's."""
    found = db.session.scalar(
        select(Appointment).where(Appointment.id == appointment_id, Appointment.resident_id == resident.id)
    )
    if found is None:
        raise NotFound("没有找到这个预约")
    return found
