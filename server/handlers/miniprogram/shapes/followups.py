"""Follow-ups, phone tasks, reminders, consents to push, and a doctor's day."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field

from server import masking
from server.access import followups as access
from server.actions.consents import Choice
from server.actions.tasks import OUTCOME_LABELS, CallOutcome
from server.handlers.miniprogram.shapes.edges import Day, In, Out, Whole, instant
from server.models.enrolment import Programme
from server.models.followup import FollowUp, FollowUpStatus
from server.models.notification import PhoneTask
from server.models.resident import Resident
from server.policy import programmes
from server.policy.notices import KINDS

NOTHING_ELSE: dict[str, dict[str, Any]] = {
    Programme.HTN: {"symptoms": ["1"], "adr": "1", "complication": "1"},
    Programme.DISCHARGE: {"wound": "0", "drugs": "1", "symptoms": "1", "readmitted": "1"},
}
"""What pressures alone, or no values at all, say: no symptoms, no adverse reaction, nothing new."""
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
    "day_full": "当天提醒已满，不能等到明天",
}


class EnrolIn(In):
    """Into which programme, from when on; what its plan is made from; who looks after the person."""

    programme: Programme
    start_on: Day
    facts: dict[str, str] = Field(default={}, max_length=10)
    staff_id: str | None = Field(default=None, max_length=26)


class FormIn(In):
    """One programme's form of an encounter; ``values`` by the keys of GET …/form."""

    followup_id: str = Field(max_length=26)
    values: dict[str, Any] = Field(max_length=100)


class CompleteIn(In):
    """What an encounter found. Pressures alone (mmHg) say that there is nothing else to note."""

    visited_on: Day
    method: Literal["clinic", "home", "phone"]
    values: dict[str, Any] | None = Field(default=None, max_length=100)
    systolic: Whole | None = None
    diastolic: Whole | None = None
    note: str | None = Field(default=None, max_length=500)
    confirmed: bool = False
    next_on: Day | None = None
    next_reason: str | None = Field(default=None, max_length=200)
    also: list[FormIn] = Field(default=[], max_length=5)

    def form(self, programme: str) -> dict[str, Any]:
        """The values of the programme the address names."""
        if self.values is not None:
            return self.values
        taken = {"systolic": self.systolic, "diastolic": self.diastolic}
        given = {key: value for key, value in taken.items() if value is not None}
        return given | NOTHING_ELSE.get(programme, {})


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


def title_of(row: FollowUp, today: date) -> str:
    """What doctors call a follow-up: its programme, and which window of it."""
    return f"{programmes.load(row.programme, today).title} {row.title}".strip()


def neutral_title_of(row: FollowUp, today: date) -> str:
    """What residents read: names no disease."""
    return programmes.load(row.programme, today).neutral_title


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
    window_start_on: str | None
    kind_key: str
    team_name: str
    resident: ContactOut | None
    last: LastOut | None

    @classmethod
    def of(cls, row: FollowUp, today: date, last: FollowUp | None, *, for_doctor: bool) -> Self:
        """Show a follow-up to its resident or to his team."""
        planned = row.status == FollowUpStatus.PLANNED
        return cls(
            id=row.id,
            kind=row.programme,
            title=title_of(row, today) if for_doctor else neutral_title_of(row, today),
            due_on=row.due_on.isoformat(),
            window_end_on=row.window_end_on.isoformat(),
            status=row.status,
            status_label=row.status_label,
            overdue=planned and row.due_on < today,
            window_start_on=row.window_start_on.isoformat() if row.window_start_on else None,
            kind_key=row.kind_key if for_doctor else "",
            team_name=row.team.name,
            resident=ContactOut.of(row.resident) if for_doctor else None,
            last=measured(last),
        )


def measured(row: FollowUp | None) -> LastOut | None:
    """Show the measurement of a visit that took place."""
    found = access.measured(row) if row else {}
    if row is None or row.visited_on is None or not found:
        return None
    return LastOut(visited_on=row.visited_on.isoformat(), **found)


class JudgedOut(Out):
    """What follows from one programme's part of an encounter."""

    followup: FollowUpOut
    next: FollowUpOut | None
    class_label: str
    advice: str
    emergency: bool
    refer: str | None
    """Why the rule advises a referral, in words; None: no referral."""
    check_on: str | None
    """By when the team asks what became of it."""


class CompletedOut(JudgedOut):
    """A recorded encounter; ``also``: its other programmes."""

    also: list[JudgedOut]


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
