"""Whom WeChat and SMS can no longer reach, and which accepts will run out: as the ledger of consents has it."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from server.access.paging import Page, page
from server.database import db
from server.models import (
    AdminLogin,
    Agreement,
    Appointment,
    Authority,
    AuthorityState,
    FollowUp,
    FollowUpStatus,
    NoticeSetting,
    PushConsent,
    Resident,
    Slot,
    Team,
    WechatAccount,
    WechatUser,
)
from server.models.agreement import IN_FORCE
from server.models.appointment import OPEN

AHEAD = timedelta(days=30)
COUNT_AT_MOST = 10_000
NEEDS = ("followup", "visit", "renewal", "appointment")
"""Templates whose need can be foreseen, the one most worth asking for first."""


def unreachable(cursor: str | None, today: date, *, sms_is_on: bool, by: AdminLogin) -> Page[Agreement]:
    """Return agreements whose resident must be told something within 30 days and cannot be, by resident.

    Somebody is reachable when he, or who may sign for him, follows the service account or has an accept left, or when an
    SMS may go to him.
    """
    return page(_statement(today, sms_is_on, by), (Agreement.id,), cursor)


def unreachable_count(today: date, *, sms_is_on: bool, by: AdminLogin) -> int:
    """Count them, at most ``COUNT_AT_MOST``."""
    some = _statement(today, sms_is_on, by).with_only_columns(Agreement.id).limit(COUNT_AT_MOST)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def with_user(resident_ids: list[str]) -> set[str]:
    """Return which of these residents use the mini-program. Args: resident_ids: at most a page of them."""
    found = select(WechatUser.resident_id).where(WechatUser.resident_id.in_(resident_ids))
    return {str(resident_id) for resident_id in db.session.scalars(found)}


def _statement(today: date, sms_is_on: bool, by: AdminLogin) -> Select[Agreement]:
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    return (
        select(Agreement)
        .join(Resident, Resident.id == Agreement.resident_id)
        .where(
            Agreement.team_id.in_(teams),
            Agreement.status.in_(IN_FORCE),
            Resident.died_on.is_(None),
            or_(_has_followup(today), Agreement.end_on.between(today, today + AHEAD)),
            ~_by_wechat(),
            *([~_by_sms()] if sms_is_on else []),
        )
    )


def _has_followup(today: date) -> ColumnElement[bool]:
    return exists().where(
        FollowUp.resident_id == Agreement.resident_id,
        FollowUp.status == FollowUpStatus.PLANNED,
        FollowUp.due_on.between(today, today + AHEAD),
    )


def _by_wechat() -> ColumnElement[bool]:
    user = aliased(WechatUser)
    agents = select(Authority.agent_id).where(
        Authority.principal_id == Agreement.resident_id, Authority.state == AuthorityState.CERTIFIED
    )
    follows = exists().where(WechatAccount.user_id == user.id, WechatAccount.follows.is_(True))
    accepts = exists().where(
        PushConsent.user_id == user.id,
        PushConsent.template.in_(("followup", "followup_long", "visit", "renewal")),
        or_(PushConsent.is_long_term.is_(True), PushConsent.one_time_left > 0),
    )
    told = or_(user.resident_id == Agreement.resident_id, user.resident_id.in_(agents))
    return select(user.id).where(told, or_(follows, accepts)).exists()


def _by_sms() -> ColumnElement[bool]:
    refused = exists().where(
        NoticeSetting.resident_id == Agreement.resident_id,
        or_(NoticeSetting.sms_allowed.is_(False), NoticeSetting.bad_phone_hash == Resident.phone_hash),
    )
    return and_(Resident.phone_hash.is_not(None), ~refused)


def running_out(user: WechatUser, today: date, at: datetime) -> list[str]:
    """Return the templates of which somebody will need more accepts within 30 days than he gave, at most three.

    Nothing is asked of somebody whom a long-term accept reaches anyway.
    """
    if user.resident_id is None:
        return []
    needed = _needed(user.resident_id, today, at)
    consents = {
        row.template: row for row in db.session.scalars(select(PushConsent).where(PushConsent.user_id == user.id))
    }
    forever = consents.get("followup_long")
    short = []
    for template in NEEDS:
        held = consents.get(template)
        left = held.one_time_left if held else 0
        covered = (held is not None and held.is_long_term) or (
            template == "followup" and forever is not None and forever.is_long_term
        )
        if needed[template] > left and not covered:
            short.append(template)
    return short[:3]


def _needed(resident_id: str, today: date, at: datetime) -> dict[str, int]:
    until = today + AHEAD
    rows = db.session.execute(
        select(FollowUp.programme, func.count())
        .where(
            FollowUp.resident_id == resident_id,
            FollowUp.status == FollowUpStatus.PLANNED,
            FollowUp.due_on.between(today, until),
        )
        .group_by(FollowUp.programme)
    )
    planned = {str(programme): int(count) for programme, count in rows}
    visits = planned.pop("home_visit", 0)
    ending = select(func.count()).where(
        Agreement.resident_id == resident_id, Agreement.status.in_(IN_FORCE), Agreement.end_on.between(today, until)
    )
    booked = (
        select(func.count())
        .select_from(Appointment)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(Appointment.resident_id == resident_id, Appointment.status.in_(OPEN), Slot.starts_at > at)
    )
    return {
        "followup": sum(planned.values()),
        "visit": visits,
        "renewal": db.session.scalar(ending) or 0,
        "appointment": db.session.scalar(booked) or 0,
    }
