"""Reading follow-ups: a resident sees his own, a doctor those of the teams he works in.

Restricted programmes are seen by who looks after the person, and where nobody is named by the team's leader and its
public-health doctor (domain.md §2.3).
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from server.access.paging import PAGE_ROWS, Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    Agreement,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    ReferralCheck,
    Resident,
    Role,
    Staff,
)
from server.models.enrolment import RESTRICTED

LATE_ENTRY_DAYS = 60
"""How long a missed follow-up stays on the doctor's list for late entry."""
OPEN = (FollowUpStatus.PLANNED, FollowUpStatus.MISSED)
TOGETHER_DAYS = 45
"""Follow-ups of other programmes so near may be done in the same encounter."""


def team_ids(staff: Staff) -> list[str]:
    """Return the ids of the teams somebody works in."""
    return [membership.team_id for membership in staff.memberships]


def shown_to(staff: Staff) -> ColumnElement[bool]:
    """Whether somebody may see an enrolment of his teams."""
    leads = [one.team_id for one in staff.memberships if one.is_lead or one.role == Role.PUBLIC_HEALTH]
    nobody_named = Enrolment.staff_id.is_(None) & Enrolment.team_id.in_(leads)
    return or_(Enrolment.programme.not_in(RESTRICTED), Enrolment.staff_id == staff.id, nobody_named)


def visible(staff: Staff) -> ColumnElement[bool]:
    """Whether somebody may see a follow-up of his teams."""
    allowed = select(Enrolment.id).where(Enrolment.id == FollowUp.enrolment_id, shown_to(staff)).exists()
    return or_(FollowUp.programme.not_in(RESTRICTED), allowed)


def _visible_check(staff: Staff) -> ColumnElement[bool]:
    allowed = select(FollowUp.id).where(FollowUp.id == ReferralCheck.followup_id, visible(staff)).exists()
    return or_(ReferralCheck.programme.not_in(RESTRICTED), allowed)


def mine(resident: Resident, cursor: str | None) -> Page[FollowUp]:
    """Return a resident's follow-ups: planned first, then missed, then done; latest first in each."""
    statement = select(FollowUp).where(FollowUp.resident_id == resident.id)
    return page(statement, (FollowUp.status, FollowUp.due_on, FollowUp.id), cursor, newest_first=True)


def of_team(staff: Staff, today: date, cursor: str | None) -> Page[FollowUp]:
    """Return what a doctor's teams must do, the longest overdue first; missed ones stay for late entry."""
    statement = select(FollowUp).where(
        FollowUp.team_id.in_(team_ids(staff)),
        FollowUp.status.in_(OPEN),
        FollowUp.due_on >= today - timedelta(days=LATE_ENTRY_DAYS),
        visible(staff),
    )
    return page(statement, (FollowUp.due_on, FollowUp.id), cursor)


def open_of(resident: Resident, staff: Staff, today: date) -> list[FollowUp]:
    """Return what a doctor's teams must do for one person, in the order of ``of_team``; a page at most."""
    rows = select(FollowUp).where(
        FollowUp.resident_id == resident.id,
        FollowUp.team_id.in_(team_ids(staff)),
        FollowUp.status.in_(OPEN),
        FollowUp.due_on >= today - timedelta(days=LATE_ENTRY_DAYS),
        visible(staff),
    )
    return list(db.session.scalars(rows.order_by(FollowUp.due_on, FollowUp.id).limit(PAGE_ROWS)))


def one(followup_id: str, staff: Staff) -> FollowUp:
    """Return a follow-up of one of the doctor's teams. Raises NotFound, also for those he may not see."""
    mine = (FollowUp.id == followup_id) & FollowUp.team_id.in_(team_ids(staff))
    row = db.session.scalar(select(FollowUp).where(mine, visible(staff)))
    if row is None:
        raise NotFound()
    return row


def panel_resident(resident_id: str, staff: Staff) -> Resident:
    """Return a resident with an agreement in force with one of the doctor's teams. Raises NotFound."""
    agreement = db.session.scalar(
        select(Agreement).where(Agreement.active_key == resident_id, Agreement.team_id.in_(team_ids(staff)))
    )
    if agreement is None:
        raise NotFound()
    return agreement.resident


def my_own(followup_id: str, resident: Resident) -> FollowUp:
    """Return one of a resident's own follow-ups. Raises NotFound, also for somebody else's."""
    row = db.session.scalar(select(FollowUp).where(FollowUp.id == followup_id, FollowUp.resident_id == resident.id))
    if row is None:
        raise NotFound()
    return row


def together(followup: FollowUp, staff: Staff) -> list[FollowUp]:
    """Return the open follow-ups of other programmes that can be done in the same encounter, one per programme."""
    near = followup.due_on + timedelta(days=TOGETHER_DAYS)
    rows = select(FollowUp).where(
        FollowUp.resident_id == followup.resident_id,
        FollowUp.team_id.in_(team_ids(staff)),
        FollowUp.programme != followup.programme,
        FollowUp.status.in_(OPEN),
        FollowUp.due_on.between(followup.due_on - timedelta(days=LATE_ENTRY_DAYS), near),
        visible(staff),
    )
    found = db.session.scalars(rows.order_by(FollowUp.status.desc(), FollowUp.due_on)).all()
    return list({row.programme: row for row in reversed(found)}.values())


def previous(followup: FollowUp) -> FollowUp | None:
    """Return the latest visit of the same person and programme that took place."""
    return db.session.scalar(
        select(FollowUp)
        .where(
            FollowUp.resident_id == followup.resident_id,
            FollowUp.programme == followup.programme,
            FollowUp.status == FollowUpStatus.DONE,
            FollowUp.id != followup.id,
        )
        .order_by(FollowUp.visited_on.desc(), FollowUp.entered_at.desc())
        .limit(1)
    )


def last_done(resident_ids: list[str]) -> dict[str, FollowUp]:
    """Return each resident's latest follow-up with a measurement, by resident id; never a restricted one."""
    statement = (
        select(FollowUp)
        .where(
            FollowUp.resident_id.in_(resident_ids),
            FollowUp.status == FollowUpStatus.DONE,
            FollowUp.outcome_class.is_not(None),
            FollowUp.programme.not_in(RESTRICTED),
        )
        .order_by(FollowUp.visited_on, FollowUp.entered_at)
    )
    found: dict[str, FollowUp] = {}
    for row in db.session.scalars(statement):
        if row.resident_id not in found or measured(row):
            found[row.resident_id] = row
    return found


def measured(row: FollowUp) -> dict[str, Any]:
    """Return the blood pressure a visit found, mmHg; empty where none was taken."""
    kept = row.values or row.judgement
    if kept.get("systolic") is None or kept.get("diastolic") is None:
        return {}
    return {"systolic": kept["systolic"], "diastolic": kept["diastolic"]}


def enrolments(resident: Resident, staff: Staff) -> list[Enrolment]:
    """Return a resident's enrolments with the doctor's teams, the open ones first; a few per person."""
    rows = select(Enrolment).where(
        Enrolment.resident_id == resident.id, Enrolment.team_id.in_(team_ids(staff)), shown_to(staff)
    )
    return list(db.session.scalars(rows.order_by(Enrolment.ended_on.is_not(None), Enrolment.id).limit(50)).unique())


def enrolment(enrolment_id: str, staff: Staff) -> Enrolment:
    """Return an enrolment with one of the doctor's teams. Raises NotFound, also for those he may not see."""
    mine = (Enrolment.id == enrolment_id) & Enrolment.team_id.in_(team_ids(staff))
    row = db.session.scalar(select(Enrolment).where(mine, shown_to(staff)))
    if row is None:
        raise NotFound()
    return row


def colleague(staff_id: str, team_id: str) -> Staff:
    """Return a member of a team. Raises NotFound."""
    found = db.session.get(Staff, staff_id)
    if found is None or team_id not in team_ids(found):
        raise NotFound("没有找到这位同事")
    return found


def checks_of_team(staff: Staff, cursor: str | None) -> Page[ReferralCheck]:
    """Return the referrals a doctor's teams have to ask about, the longest due first."""
    rows = select(ReferralCheck).where(
        ReferralCheck.team_id.in_(team_ids(staff)), ReferralCheck.result.is_(None), _visible_check(staff)
    )
    return page(rows, (ReferralCheck.due_on, ReferralCheck.id), cursor)


def check(check_id: str, staff: Staff) -> ReferralCheck:
    """Return a referral check of one of the doctor's teams. Raises NotFound, also for those he may not see."""
    mine = (ReferralCheck.id == check_id) & ReferralCheck.team_id.in_(team_ids(staff))
    row = db.session.scalar(select(ReferralCheck).where(mine, _visible_check(staff)))
    if row is None:
        raise NotFound()
    return row
