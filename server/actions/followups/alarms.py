"""Who is told at once when a visit found something that cannot wait, and what the institution hears of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from server.database import db
from server.models import FollowUp, Staff, WechatUser, followup_alarm, measurement, notification
from server.models.actor import Actor
from server.models.enrolment import RESTRICTED
from server.models.followup_alarm import UNSEEN, AlarmReason
from server.policy.programmes import Judgement

KIND = "followup_alarm"
TO_ADMIN = {"admin": AlarmReason.DANGEROUS, "report_up": AlarmReason.MISSED_DRUGS}
"""Whom the rule tables name, and why the administrator hears of it at once (N-44, N-45)."""

Found = Sequence[tuple[FollowUp, Judgement]]


def tell(found: Found, at: datetime, *, by: Actor) -> None:
    """Alarm the team and its institution, in the caller's transaction; once per encounter, whatever hour it is.

    The leader always hears of it, the family doctors of what is not restricted. An emergency value becomes the
    administrator's after 15 minutes unless a colleague looks, at once where nobody can be reached; what is to be
    reported up is his at once.

    Source:
        domain.md §2.0 Emergency action, §2.3 S6, N-09, N-44, N-45.
    """
    serious = sorted(
        ((row, judged) for row, judged in found if judged.alerts or judged.is_emergency),
        key=lambda one: one[0].programme in RESTRICTED,
    )
    if not serious:
        return
    followup = serious[0][0]
    reached = [_alarm(followup, user_id, at) for user_id in _users(followup, by)]
    for row, judged in serious:
        if judged.is_emergency:
            escalate_at = at + UNSEEN if reached else None
            followup_alarm.raise_one(row, AlarmReason.EMERGENCY, escalate_at=escalate_at, by=by, at=at)
        for name in judged.alerts:
            if name in TO_ADMIN:
                followup_alarm.raise_one(row, TO_ADMIN[name], escalate_at=None, by=by, at=at)


def _users(followup: FollowUp, by: Actor) -> list[str]:
    """WeChat users who are told: the leader, then the family doctors but the one who entered it."""
    lead: Staff | None = followup.team.lead
    mine = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == by.id))
    first = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    others = [] if followup.programme in RESTRICTED else measurement.doctors_of(followup.team)
    return ([first] if first else []) + [one for one in others if one not in (first, mine)]


def _alarm(followup: FollowUp, user_id: str, at: datetime) -> str:
    notification.queue(
        KIND,
        dedupe_key=f"{KIND}:{followup.encounter_id or followup.id}:{user_id}",
        subject_id=followup.id,
        at=at,
        facts={
            "sender": followup.resident.name_masked,
            "summary": "随访发现危急情况，请立即处理",
            "followup_id": followup.id,
        },
        user_id=user_id,
        team_id=followup.team_id,
        is_urgent=True,
    )
    return user_id
