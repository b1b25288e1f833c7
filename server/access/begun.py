"""What is begun and not signed: a resident's own draft, and what a team began for people in front of it."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.access.doctor import team_of
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import Agreement, AgreementStatus, AuditEvent, Resident, Staff

S = AgreementStatus
UNSIGNED = (S.DRAFT, S.PENDING_RESIDENT)
FOUND_BY = ("resident_looked_for", "resident_registered")
FOUND_WITHIN = timedelta(minutes=60)


def unsigned(resident: Resident) -> Agreement | None:
    """Return a resident's own draft, or what staff began for him."""
    found = select(Agreement).where(Agreement.open_key == resident.id, Agreement.status.in_(UNSIGNED))
    return db.session.scalar(found)


def on_its_way(resident: Resident) -> Agreement | None:
    """Return what stands in the way of beginning another signing."""
    in_the_way = (Agreement.open_key == resident.id) | (Agreement.active_key == resident.id)
    return db.session.scalar(select(Agreement).where(in_the_way, Agreement.status != S.DRAFT).limit(1))


def of_team(staff: Staff, cursor: str | None) -> Page[Agreement]:
    """Return what the team began and waits for the resident's signature, the first promise in front."""
    waiting = Agreement.status == S.PENDING_RESIDENT
    mine = select(Agreement).where(Agreement.team_id == team_of(staff).id, waiting)
    return page(mine, (Agreement.answer_by_on, Agreement.id), cursor)


def one(agreement_id: str, staff: Staff) -> Agreement:
    """Return one signing that the team began and nobody signed. Raises NotFound."""
    found = db.session.scalar(
        select(Agreement).where(
            Agreement.id == agreement_id,
            Agreement.team_id == team_of(staff).id,
            Agreement.status == S.PENDING_RESIDENT,
        )
    )
    if found is None:
        raise NotFound("没有找到这份待签字的协议")
    return found


def found_by(resident_id: str, staff: Staff) -> Resident:
    """Return a person whom this member of staff found or registered by his document within the last hour.

    Raises:
        NotFound: also for somebody he did not.
    """
    looked = select(AuditEvent.id).where(
        AuditEvent.actor_id == staff.id,
        AuditEvent.action.in_(FOUND_BY),
        AuditEvent.object_id == resident_id,
        AuditEvent.at > clock.now() - FOUND_WITHIN,
    )
    if db.session.scalar(looked.limit(1)) is None:
        raise NotFound("请先按证件号查询这位居民")
    return db.session.get_one(Resident, resident_id)
