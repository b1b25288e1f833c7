"""What is told about referrals: never what somebody has (N-26 to N-30)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.database import db
from server.models import Discharge, Referral, WechatUser, notification
from server.models.referral import ABOUT_IT
from server.policy import referring as rules
from server.policy.schema import Policy

MORNING = time(9)
OF_DISCHARGE = ("discharge_pushed", "discharge_followup")


def tell_resident(kind: str, referral: Referral, at: datetime, *, key: str = "", **more: Any) -> None:
    """Queue one notice for the patient."""
    due_at = more.pop("due_at", None)
    expires_at = more.pop("expires_at", None)
    notification.queue(
        kind,
        dedupe_key=f"{kind}:{referral.id}{key}",
        subject_id=referral.id,
        at=at,
        resident_id=referral.resident_id,
        team_id=referral.team_id,
        facts=referral.facts | more,
        due_at=due_at,
        expires_at=expires_at,
    )


def tell_team(kind: str, referral: Referral, at: datetime, *, key: str = "", **more: Any) -> None:
    """Queue one notice for the team's leader and the doctor who referred."""
    due_at = more.pop("due_at", None)
    expires_at = more.pop("expires_at", None)
    is_urgent = more.pop("is_urgent", referral.is_urgent)
    for user_id in users_of([referral.staff_id, referral.team.lead.id if referral.team.lead else None]):
        notification.queue(
            kind,
            dedupe_key=f"{kind}:{referral.id}{key}:{user_id}",
            subject_id=referral.id,
            at=at,
            user_id=user_id,
            team_id=referral.team_id,
            facts=referral.facts | more,
            due_at=due_at,
            expires_at=expires_at,
            is_urgent=is_urgent,
        )


def tell_retro(referral: Referral, at: datetime, *, policy: Policy) -> None:
    """Call to mind until when a direct admission must be registered: at once, and at the region's hours (N-27)."""
    until = referral.retro_due_at
    if until is None or referral.admitted_at is None or until <= at:
        return
    times = [at, *(one for one in rules.retro_reminders(referral.admitted_at, policy.referral) if one > at)]
    for step, when in enumerate(times):
        more: dict[str, Any] = {"until": clock.local(until).isoformat(), "due_at": when, "expires_at": until}
        tell_resident("retro_running", referral, at, key=f":{step}", **more)
        tell_team("retro_running_for_team", referral, at, key=f":{step}", is_urgent=True, **more)


def tell_down(referral: Referral, at: datetime) -> None:
    """Ask the team to receive somebody who is sent back: at once, after one day and after three (N-30)."""
    for step, days in enumerate((0, 1, 3)):
        tell_team("down_to_accept", referral, at, key=f":{step}", due_at=_morning(at, days) if days else at)


def tell_discharge(row: Discharge, lead_id: str | None, team_name: str, at: datetime, *, policy: Policy) -> None:
    """Tell the team of a discharge now and on the region's days, and the resident on the day before the contact."""
    today = clock.local(at).date()
    days = [today, *(row.discharged_on + timedelta(days=day) for day in policy.referral.contact_reminder_days)]
    for user_id in users_of([lead_id]):
        for step, day in enumerate(days):
            if step and day <= today:
                continue
            notification.queue(
                "discharge_pushed",
                dedupe_key=f"discharge_pushed:{row.id}:{step}:{user_id}",
                subject_id=row.id,
                at=at,
                user_id=user_id,
                team_id=row.team_id,
                facts={"until": row.contact_by_on.isoformat()},
                due_at=_at_nine(day) if step else at,
            )
    eve = row.contact_by_on - timedelta(days=1)
    if eve > today:
        notification.queue(
            "discharge_followup",
            dedupe_key=f"discharge_followup:{row.id}",
            subject_id=row.id,
            at=at,
            resident_id=row.resident_id,
            team_id=row.team_id,
            facts={"team": team_name, "due_on": row.contact_by_on.isoformat()},
            due_at=_at_nine(eve),
            expires_at=_at_nine(row.contact_by_on + timedelta(days=1)),
        )


def hush(referral: Referral, *kinds: str) -> None:
    """Stop what was still to be told about a referral."""
    notification.cancel(subject_id=referral.id, kinds=kinds or ABOUT_IT)


def users_of(staff_ids: Iterable[str | None]) -> list[str]:
    """Return the WeChat users of members of staff."""
    wanted = {one for one in staff_ids if one}
    return sorted(db.session.scalars(select(WechatUser.id).where(WechatUser.staff_id.in_(wanted))))


def _morning(at: datetime, days: int) -> datetime:
    return _at_nine(clock.local(at).date() + timedelta(days=days))


def _at_nine(day: date) -> datetime:
    return datetime.combine(day, MORNING, clock.SHANGHAI)
