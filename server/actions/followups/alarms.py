"""Who is told at once when a visit found something that cannot wait."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from server.database import db
from server.models import FollowUp, Staff, WechatUser, notification

LEAD = "lead"


def tell(followup: FollowUp, alerts: Collection[str], at: datetime) -> None:
    """Alarm the team's leader, in the caller's transaction; once per encounter, whatever hour it is.

    Source:
        domain.md §2.0 Emergency action, §2.3 S6.
    """
    if not alerts:
        return
    lead: Staff | None = followup.team.lead
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if user_id:
        notification.queue(
            "emergency_alarm",
            dedupe_key=f"emergency:followup:{followup.encounter_id or followup.id}",
            subject_id=followup.id,
            at=at,
            facts={"sender": followup.resident.name_masked, "summary": "随访发现危急情况，请立即处理"},
            user_id=user_id,
            team_id=followup.team_id,
            is_urgent=True,
        )
