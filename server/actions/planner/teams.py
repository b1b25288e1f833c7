"""Lines that tell staff: one notice a day for each person, with a number; the list in the mini-program shows the rest."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from server.actions.planner.people import UNDONE, concerned, facts_of, falls, of_span
from server.database import db
from server.models import (
    Credential,
    FollowUp,
    FollowUpEvent,
    FollowUpStatus,
    HomeVisit,
    Membership,
    ReferralCheck,
    Role,
    Team,
    WechatUser,
)
from server.models.doctor import CapUnit
from server.policy.reminders import Effective
from server.policy.reminders.spans import Span

DOCTORS = (Role.FAMILY_DOCTOR, Role.VILLAGE_DOCTOR)
NURSES = (Role.NURSE, Role.PUBLIC_HEALTH, Role.MATERNAL_CHILD)
HOURS_LATE = timedelta(hours=24)
"""How long after its hour a notice that goes by hours is still left."""
HOURS_WINDOW = timedelta(days=8)
"""Due days between which something that goes by hours can lie."""
COLLEAGUE = aliased(Membership)


def notes(line: Effective, spans: tuple[Span, ...], today: date) -> Select[Any] | None:
    """Return key, user, team, subject and facts of every member of staff a line tells today; None: nobody."""
    rows = line.line.rows
    assert rows is not None
    if rows.source == "teams":
        return _near_cap(line, today)
    if not spans:
        return None
    if rows.source == "credentials":
        return _licences(line, spans)
    if rows.source == "visits":
        return _visitors(line, spans, today)
    counted = _checks(spans) if rows.source == "referral_checks" else _followups(line, spans)
    return _members(line, counted, literal(f":{today}", String()), {"count": counted.c.number})


def _followups(line: Effective, spans: tuple[Span, ...]) -> Any:
    """How many follow-ups of each team fall into any of the spans."""
    counted = select(FollowUp.team_id, func.count().label("number")).where(*concerned(line, spans))
    return counted.group_by(FollowUp.team_id).subquery()


def _checks(spans: tuple[Span, ...]) -> Any:
    """How many referrals of each team nobody has asked about (N-08)."""
    days = ReferralCheck.due_on.in_([span.first for span in spans])
    found = select(ReferralCheck.team_id, func.count().label("number")).where(ReferralCheck.result.is_(None), days)
    return found.group_by(ReferralCheck.team_id).subquery()


def is_told(line: Effective) -> ColumnElement[bool]:
    """Whether a member of a team is one of those a line tells; where nobody has the role, the leader is."""
    ways: list[ColumnElement[bool]] = []
    if "leader" in line.line.to:
        ways.append(Membership.lead_key.is_not(None))
    if "doctor" in line.line.to:
        ways += [Membership.lead_key.is_not(None), Membership.role.in_(DOCTORS)]
    if "nurse" in line.line.to:
        has_one = select(COLLEAGUE.id).where(COLLEAGUE.team_id == Membership.team_id, COLLEAGUE.role.in_(NURSES))
        ways += [Membership.role.in_(NURSES), and_(Membership.lead_key.is_not(None), ~has_one.exists())]
    return or_(*ways)


def _members(line: Effective, rows: Any, key: ColumnElement[str], facts: dict[str, Any]) -> Select[Any]:
    return (
        select(
            literal(f"{line.key}:", String()).concat(Membership.id).concat(key),
            WechatUser.id,
            Team.id,
            Team.id,
            facts_of(line, {"team": Team.name} | facts),
        )
        .select_from(rows)
        .join(Team, Team.id == rows.c.team_id)
        .join(Membership, Membership.team_id == Team.id)
        .join(WechatUser, WechatUser.staff_id == Membership.staff_id)
        .where(is_told(line))
    )


def _visitors(line: Effective, spans: tuple[Span, ...], today: date) -> Select[Any]:
    """How many homes somebody visits (N-11)."""
    days = falls(HomeVisit.planned_on, spans)
    counted = (
        select(HomeVisit.visitor_id, HomeVisit.team_id, func.count().label("number"))
        .join(FollowUp, FollowUp.id == HomeVisit.followup_id)
        .where(days, HomeVisit.arrived_at.is_(None), FollowUp.status == FollowUpStatus.PLANNED)
        .group_by(HomeVisit.visitor_id, HomeVisit.team_id)
        .subquery()
    )
    return (
        select(
            literal(f"{line.key}:", String()).concat(WechatUser.id).concat(":").concat(Team.id).concat(f":{today}"),
            WechatUser.id,
            Team.id,
            Team.id,
            facts_of(line, {"team": Team.name, "count": counted.c.number}),
        )
        .select_from(counted)
        .join(Team, Team.id == counted.c.team_id)
        .join(WechatUser, WechatUser.staff_id == counted.c.visitor_id)
    )


def _licences(line: Effective, spans: tuple[Span, ...]) -> Select[Any]:
    """Whose licence ends (N-60): he himself is told."""
    days = Credential.valid_to.in_([span.first for span in spans])
    return (
        select(
            literal(f"{line.key}:", String()).concat(Credential.id).concat(":").concat(cast(Credential.valid_to, String))
            .concat(":").concat(of_span(Credential.valid_to, spans, lambda span: literal(span.step, String()))),
            WechatUser.id,
            literal(None, String()),
            Credential.id,
            facts_of(line, {"due_on": cast(Credential.valid_to, String)}),
        )
        .join(WechatUser, WechatUser.staff_id == Credential.staff_id)
        .where(days)
    )  # fmt: skip


def _near_cap(line: Effective, today: date) -> Select[Any]:
    """Teams that reach a share of their cap, each share once a year (N-51)."""
    taken = case((Team.cap_unit == CapUnit.HOUSEHOLDS, Team.household_count), else_=Team.panel_count)
    shares = sorted(line.percents, reverse=True)
    reached = case(*((taken * 100 >= Team.panel_cap * share, share) for share in shares), else_=0)
    teams = (
        select(Team.id.label("team_id"), reached.label("share"))
        .where(Team.is_open, taken * 100 >= Team.panel_cap * shares[-1])
        .subquery()
    )
    key = literal(":", String()).concat(cast(teams.c.share, String)).concat(f":{today.year}")
    return _members(line, teams, key, {"percent": teams.c.share})


def by_hours(line: Effective, at: datetime, today: date) -> list[Select[Any]]:
    """Return the notices that are due by the hours since something was planned (N-38, N-42); most of the time none.

    Only the latest hour of each is told; one that nobody told within a day is over.
    """
    rows = line.line.rows
    assert rows is not None
    open_now = (
        FollowUp.status.in_(UNDONE),
        FollowUp.due_on.between(today - HOURS_WINDOW, today + HOURS_WINDOW),
        FollowUp.programme.in_(rows.programmes),
        FollowUp.kind_key.in_(rows.keys),
    )
    if db.session.scalar(select(FollowUp.id).where(*open_now).limit(1)) is None:
        return []
    found = []
    hours = line.hours
    for place, hour in enumerate(hours):
        until = timedelta(hours=hours[place + 1]) if place + 1 < len(hours) else timedelta(hours=hour) + HOURS_LATE
        since = and_(FollowUpEvent.at <= at - timedelta(hours=hour), FollowUpEvent.at > at - until)
        one = (
            select(FollowUp.id, FollowUp.team_id)
            .join(FollowUpEvent, FollowUpEvent.subject_id == FollowUp.id)
            .where(
                *open_now,
                FollowUpEvent.new == FollowUpStatus.PLANNED,
                since,
            )
            .subquery()
        )
        key = literal(":", String()).concat(one.c.id).concat(f":{hour}h")
        found.append(_members(line, one, key, {}))
    return found
