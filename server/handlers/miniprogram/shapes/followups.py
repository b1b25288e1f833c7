"""Follow-ups, phone tasks, reminders, consents to push, and a doctor's day."""

import json
from datetime import date
from typing import Literal, Self

from pydantic import Field

from server import masking
from server.actions.consents import Choice
from server.actions.tasks import OUTCOME_LABELS, CallOutcome
from server.handlers.miniprogram.shapes.edges import Day, In, Out, Whole, instant
from server.models.enrolment import Programme
from server.models.followup import FollowUp, FollowUpStatus
from server.models.notification import Notification, NotificationStatus, PhoneTask
from server.models.resident import Resident
from server.policy.notices import KINDS, channel_label, render

TITLES = {Programme.HTN: "健康随访", Programme.HOME_VISIT: "家庭医生上门访视", Programme.DISCHARGE: "出院后随访"}
DOCTOR_TITLES = {Programme.HTN: "高血压随访", Programme.HOME_VISIT: "上门访视", Programme.DISCHARGE: "出院后随访"}
REASONS = {
    "no_wechat": "未绑定微信",
    "no_channel": "没有可用的微信通知方式",
    "no_consent": "未订阅微信通知",
    "permanent": "微信拒绝发送",
    "retry": "微信多次发送失败",
    "over_quota": "微信当日发送次数用完",
    "receipt_failed": "微信通知未送达",
    "checked_not_delivered": "核实未收到通知",
    "bad_facts": "通知内容有误",
    "unknown_kind": "通知内容有误",
}


class EnrolIn(In):
    """Into which programme, from when on."""

    programme: Programme
    start_on: Day


class CompleteIn(In):
    """What a visit found; pressures in mmHg."""

    visited_on: Day
    method: Literal["clinic", "home", "phone"]
    systolic: Whole | None = None
    diastolic: Whole | None = None
    note: str | None = Field(default=None, max_length=500)


class TaskDoneIn(In):
    """What a phone call led to."""

    outcome: CallOutcome
    note: str | None = Field(default=None, max_length=500)


class ConsentsIn(In):
    """The answers of the subscribe dialog by template id."""

    results: dict[str, Choice] = Field(max_length=10)


class SceneIn(In):
    """Which dialog."""

    scene: str = Field(max_length=32)


class ContactOut(Out):
    """A resident, as his team's lists show him."""

    id: str
    name_masked: str
    phone_masked: str | None

    @classmethod
    def of(cls, resident: Resident) -> Self:
        """Show a resident, masked."""
        phone = masking.phone(resident.phone) if resident.phone else None
        return cls(id=resident.id, name_masked=resident.name_masked, phone_masked=phone)


class LastOut(Out):
    """The latest measurement, mmHg."""

    systolic: int
    diastolic: int
    visited_on: str


class FollowUpOut(Out):
    """One due contact."""

    id: str
    kind: str
    title: str
    due_on: str
    window_end_on: str
    status: str
    status_label: str
    overdue: bool
    team_name: str
    resident: ContactOut | None
    last: LastOut | None

    @classmethod
    def of(cls, row: FollowUp, today: date, last: FollowUp | None, *, for_doctor: bool) -> Self:
        """Show a follow-up to its resident or to his team."""
        planned = row.status == FollowUpStatus.PLANNED
        titles = DOCTOR_TITLES if for_doctor else TITLES
        return cls(
            id=row.id,
            kind=row.programme,
            title=titles[Programme(row.programme)],
            due_on=row.due_on.isoformat(),
            window_end_on=row.window_end_on.isoformat(),
            status=row.status,
            status_label=row.status_label,
            overdue=planned and row.due_on < today,
            team_name=row.team.name,
            resident=ContactOut.of(row.resident) if for_doctor else None,
            last=measured(last),
        )


def measured(row: FollowUp | None) -> LastOut | None:
    """Show the measurement of a visit that took place."""
    if row is None or row.result is None or row.visited_on is None:
        return None
    found = json.loads(row.result)
    if found.get("systolic") is None:
        return None
    return LastOut(systolic=found["systolic"], diastolic=found["diastolic"], visited_on=row.visited_on.isoformat())


class CompletedOut(Out):
    """A recorded visit and what follows from it."""

    followup: FollowUpOut
    next: FollowUpOut | None
    class_label: str
    advice: str
    emergency: bool


class TaskOut(Out):
    """A call to make."""

    id: str
    resident: ContactOut
    reason: str
    about: str
    created_at: str
    status: str
    outcome_label: str | None

    @classmethod
    def of(cls, task: PhoneTask) -> Self:
        """Show a phone task to the team."""
        kind = KINDS.get(task.about)
        return cls(
            id=task.id,
            resident=ContactOut.of(task.resident),
            reason=REASONS.get(task.reason, "微信通知未送达"),
            about=kind.title if kind else "健康服务通知",
            created_at=instant(task.created_at),
            status=task.status,
            outcome_label=OUTCOME_LABELS[task.outcome] if task.outcome else None,
        )


class ReminderOut(Out):
    """One thing we told somebody, and what became of it."""

    id: str
    title: str
    text: str
    at: str
    channel_label: str
    status: str
    status_label: str

    @classmethod
    def of(cls, row: Notification) -> Self:
        """Show a notification to its recipient."""
        at = row.sent_at or max(row.created_at, row.next_attempt_at)
        try:
            text = render(row.kind, row.facts, at).text
        except (KeyError, ValueError, TypeError, AttributeError):
            text = ""
        will_call = row.status == NotificationStatus.FAILED and KINDS[row.kind].needs_call and row.reason != "expired"
        return cls(
            id=row.id,
            title=KINDS[row.kind].title,
            text=text,
            at=instant(at),
            channel_label="团队将电话联系您" if will_call else channel_label(row.channel),
            status=row.status,
            status_label=row.status_label,
        )


class DoctorHomeOut(Out):
    """What awaits a doctor today."""

    name: str
    team_name: str
    pending_agreements: int
    waiting_conversations: int
    urgent_conversations: int
    due_followups: int
    overdue_followups: int
    open_tasks: int
    panel_size: int
    ending_soon: int
    disputes: int
    team_changes: int
    unsigned: int
    measurements: int
    urgent_measurements: int
    referrals: int
    """Sent back by a hospital and not received yet."""
    panel_warning: str
