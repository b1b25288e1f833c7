"""The rows of a doctor's day: one statement for each kind of work, along an index of its team, most pressing rows first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from server import clock
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    ChangeState,
    Conversation,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    HomeVisit,
    HouseholdMember,
    MeasurementReview,
    PhoneTask,
    Programme,
    Referral,
    ReferralCheck,
    ReferralStatus,
    ServiceAnswer,
    Staff,
    TeamChange,
    WechatUser,
)
from server.models.agreement import OPEN
from server.models.enrolment import RESTRICTED
from server.models.visit import WINDOW_LABELS, Window
from server.policy.my_day import Entry, Kind

AT_HOME = (Programme.HOME_VISIT, Programme.SPECIAL)
"""Made at home in any case; the others where it suits."""
SOON_DAYS = 7
RENEW_DAYS = 30
MISSED_DAYS = 31
"""How long a missed contact stays on the leader's day."""
MOST = 500
"""Rows of one kind; a team with more has the most pressing ones in front of it."""


@dataclass(frozen=True)
class Whose:
    """Whose day it is: the teams, and those of which missed contacts are shown."""

    teams: tuple[str, ...]
    own_team: tuple[str, ...]
    """Messages and agreements are answered for the team somebody works for, not for those he helps."""
    led: tuple[str, ...]
    staff_id: str | None
    """Restricted programmes are shown to whoever looks after them, None: to nobody."""


def _rows(statement: Any, resident: Any) -> list[Any]:
    """Run a statement with the household of its person beside it."""
    home = statement.add_columns(HouseholdMember.household_id.label("household"))
    return list(
        db.session.execute(home.outerjoin(HouseholdMember, HouseholdMember.current_key == resident).limit(MOST))
    )


def _entry(kind: Kind, row: Any, due_on: date, **more: Any) -> Entry:
    return Entry(kind, row.id, due_on, row.household or row.resident_id, row.resident_id, **more)


def _messages(whose: Whose, now: datetime) -> list[Entry]:
    waits = Conversation.waiting_since_at
    found = (
        select(
            Conversation.id, Conversation.user_id, Conversation.is_urgent, waits.label("since"), WechatUser.resident_id
        )
        .join(WechatUser, WechatUser.id == Conversation.user_id)
        .where(
            Conversation.team_id.in_(whose.own_team),
            Conversation.status.in_(("waiting_doctor", "with_doctor")),
            waits.is_not(None),
        )
        .order_by(Conversation.is_urgent.desc(), waits, Conversation.id)
    )
    return [
        Entry(
            Kind.MESSAGE,
            row.id,
            clock.local(row.since).date(),
            row.household or row.resident_id or row.user_id,
            row.resident_id,
            is_urgent=row.is_urgent,
            waited_minutes=_minutes(row.since, now),
        )
        for row in _rows(found, WechatUser.resident_id)
    ]


def _measured(whose: Whose, now: datetime) -> list[Entry]:
    opened = MeasurementReview.opened_at
    found = (
        select(MeasurementReview.id, MeasurementReview.resident_id, MeasurementReview.urgency, opened)
        .where(MeasurementReview.team_id.in_(whose.teams), MeasurementReview.status == "open")
        .order_by(MeasurementReview.urgency, opened, MeasurementReview.id)
    )
    return [
        _entry(
            Kind.MEASURED,
            row,
            clock.local(row.opened_at).date(),
            is_urgent=row.urgency == 0,
            waited_minutes=_minutes(row.opened_at, now),
        )
        for row in _rows(found, MeasurementReview.resident_id)
    ]


def _minutes(since: datetime, now: datetime) -> int:
    return int((now - since).total_seconds() // 60)


def _contact(whose: Whose) -> Any:
    """Follow-ups of the teams, those a member of staff may not see left out, with what an entry needs."""
    may_see = FollowUp.programme.not_in(RESTRICTED) | (Enrolment.staff_id == whose.staff_id)
    return (
        select(
            FollowUp.id,
            FollowUp.resident_id,
            FollowUp.programme,
            FollowUp.title,
            FollowUp.due_on,
            FollowUp.window_end_on,
        )
        .join(Enrolment, Enrolment.id == FollowUp.enrolment_id)
        .where(FollowUp.team_id.in_(whose.teams), may_see)
    )


def _followups(whose: Whose, now: datetime) -> list[Entry]:
    until = clock.local(now).date() + timedelta(days=SOON_DAYS)
    found = (
        _contact(whose)
        .outerjoin(HomeVisit, HomeVisit.followup_id == FollowUp.id)
        .where(FollowUp.status == FollowUpStatus.PLANNED, FollowUp.due_on <= until, HomeVisit.id.is_(None))
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    return [
        _entry(Kind.VISIT, row, row.due_on)
        if row.programme in AT_HOME
        else _entry(
            Kind.FOLLOWUP,
            row,
            row.due_on,
            detail=row.programme,
            title=row.title,
            is_hard=row.window_end_on == row.due_on,
        )
        for row in _rows(found, FollowUp.resident_id)
    ]


def _visits(whose: Whose, now: datetime) -> list[Entry]:
    until = clock.local(now).date() + timedelta(days=SOON_DAYS)
    found = (
        _contact(whose)
        .add_columns(HomeVisit.planned_on, HomeVisit.time_window, Staff.name.label("visitor"))
        .join(HomeVisit, HomeVisit.followup_id == FollowUp.id)
        .join(Staff, Staff.id == HomeVisit.visitor_id)
        .where(
            FollowUp.status == FollowUpStatus.PLANNED,
            HomeVisit.team_id.in_(whose.teams),
            HomeVisit.planned_on <= until,
        )
        .order_by(HomeVisit.planned_on, HomeVisit.id)
    )
    return [
        _entry(Kind.VISIT, row, row.planned_on, detail=f"{row.visitor}，{WINDOW_LABELS[Window(row.time_window)]}")
        for row in _rows(found, FollowUp.resident_id)
    ]


def _missed(whose: Whose, now: datetime) -> list[Entry]:
    """Contacts nobody made in time: the leader answers for them."""
    if not whose.led:
        return []
    since = clock.local(now).date() - timedelta(days=MISSED_DAYS)
    found = (
        _contact(whose)
        .where(FollowUp.team_id.in_(whose.led), FollowUp.status == FollowUpStatus.MISSED, FollowUp.due_on >= since)
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    return [
        _entry(Kind.MISSED, row, row.due_on, detail=row.programme, title=row.title)
        for row in _rows(found, FollowUp.resident_id)
    ]


def _referrals(whose: Whose, now: datetime) -> list[Entry]:
    found = (
        select(Referral.id, Referral.resident_id, Referral.due_at)
        .where(Referral.team_id.in_(whose.teams), Referral.status == ReferralStatus.DOWN_SENT)
        .order_by(Referral.due_at, Referral.id)
    )
    return [
        _entry(Kind.REFERRAL, row, clock.local(row.due_at or now).date()) for row in _rows(found, Referral.resident_id)
    ]


def _checks(whose: Whose, now: datetime) -> list[Entry]:
    until = clock.local(now).date() + timedelta(days=SOON_DAYS)
    looked_after = exists().where(
        FollowUp.id == ReferralCheck.followup_id,
        Enrolment.id == FollowUp.enrolment_id,
        Enrolment.staff_id == whose.staff_id,
    )
    found = (
        select(ReferralCheck.id, ReferralCheck.resident_id, ReferralCheck.programme, ReferralCheck.due_on)
        .where(
            ReferralCheck.team_id.in_(whose.teams),
            ReferralCheck.result.is_(None),
            ReferralCheck.due_on <= until,
            ReferralCheck.programme.not_in(RESTRICTED) | looked_after,
        )
        .order_by(ReferralCheck.due_on, ReferralCheck.id)
    )
    return [
        _entry(Kind.CHECK, row, row.due_on, detail=row.programme, is_hard=True)
        for row in _rows(found, ReferralCheck.resident_id)
    ]


def _signings(whose: Whose, now: datetime) -> list[Entry]:
    found = (
        select(Agreement.id, Agreement.resident_id, Agreement.answer_by_on)
        .where(Agreement.team_id.in_(whose.own_team), Agreement.status == AgreementStatus.PENDING_TEAM)
        .order_by(Agreement.answer_by_on, Agreement.id)
    )
    return [_entry(Kind.SIGNING, row, row.answer_by_on) for row in _rows(found, Agreement.resident_id)]


def _reconfirms(whose: Whose, now: datetime) -> list[Entry]:
    found = (
        select(Agreement.id, Agreement.resident_id, Agreement.reconfirm_by_on)
        .where(
            Agreement.team_id.in_(whose.own_team),
            Agreement.status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED,
            Agreement.team_confirmed_at.is_(None),
        )
        .order_by(Agreement.reconfirm_by_on, Agreement.id)
    )
    return [_entry(Kind.RECONFIRM, row, row.reconfirm_by_on) for row in _rows(found, Agreement.resident_id)]


def _renewals(whose: Whose, now: datetime) -> list[Entry]:
    following = aliased(Agreement)
    goes_on = exists().where(following.open_key == Agreement.resident_id, following.status.in_(OPEN))
    until = clock.local(now).date() + timedelta(days=RENEW_DAYS)
    found = (
        select(Agreement.id, Agreement.resident_id, Agreement.end_on)
        .where(
            Agreement.team_id.in_(whose.own_team),
            Agreement.status == AgreementStatus.ACTIVE,
            Agreement.end_on <= until,
            ~goes_on,
        )
        .order_by(Agreement.end_on, Agreement.id)
    )
    return [_entry(Kind.RENEWAL, row, row.end_on) for row in _rows(found, Agreement.resident_id)]


def _changes(whose: Whose, now: datetime) -> list[Entry]:
    concerned = or_(
        TeamChange.from_team_id.in_(whose.led) & TeamChange.old_by.is_(None),
        TeamChange.to_team_id.in_(whose.led) & TeamChange.new_by.is_(None),
    )
    found = (
        select(TeamChange.id, TeamChange.answer_by_on, Agreement.resident_id)
        .join(Agreement, Agreement.id == TeamChange.agreement_id)
        .where(TeamChange.state == ChangeState.WAITING, concerned)
        .order_by(TeamChange.answer_by_on, TeamChange.id)
    )
    return [_entry(Kind.CHANGE, row, row.answer_by_on) for row in _rows(found, Agreement.resident_id)]


def _calls(whose: Whose, now: datetime) -> list[Entry]:
    found = (
        select(PhoneTask.id, PhoneTask.resident_id, PhoneTask.about, PhoneTask.created_at)
        .where(PhoneTask.team_id.in_(whose.teams), PhoneTask.status == "open")
        .order_by(PhoneTask.created_at, PhoneTask.id)
    )
    return [
        _entry(Kind.CALL, row, clock.local(row.created_at).date(), detail=row.about)
        for row in _rows(found, PhoneTask.resident_id)
    ]


def _disputes(whose: Whose, now: datetime) -> list[Entry]:
    found = (
        select(ServiceAnswer.id, ServiceAnswer.resident_id, ServiceAnswer.answer_by_on)
        .where(
            ServiceAnswer.team_id.in_(whose.teams),
            ServiceAnswer.verdict == "disputed",
            ServiceAnswer.outcome.is_(None),
        )
        .order_by(ServiceAnswer.answer_by_on, ServiceAnswer.id)
    )
    return [_entry(Kind.DISPUTE, row, row.answer_by_on) for row in _rows(found, ServiceAnswer.resident_id)]


SOURCES: tuple[Callable[[Whose, datetime], list[Entry]], ...] = (
    _messages, _measured, _followups, _visits, _missed, _referrals, _checks, _signings, _reconfirms, _renewals, _changes,
    _calls, _disputes,
)  # fmt: skip
