"""What was told to somebody or not, and why; and how he wants to be told."""

from typing import Self

from pydantic import Field

from server import masking
from server.handlers.miniprogram.shapes.edges import Day, In, Out, instant
from server.models.notice_setting import NoticeSetting
from server.models.notification import Notification, NotificationStatus
from server.models.resident import Resident
from server.policy import relations
from server.policy.notice_topics import TOPICS
from server.policy.notices import KINDS, channel_label, render

N = NotificationStatus
WHY = {
    "opted_out": "您关闭了这类提醒，所以没有发送",
    "muted": "在您设置的住院免打扰期间，所以没有发送",
    "expired": "事情已经过去，没有再发送",
    "too_old": "系统延误过久，没有再发送",
    "no_wechat": "还没有绑定微信，团队会打电话",
    "no_channel": "微信提醒次数已用完，团队会打电话",
    "no_consent": "微信提醒次数已用完，团队会打电话",
    "day_full": "当天提醒已满，团队会打电话",
    "receipt_failed": "微信没有送到，团队会打电话",
}
"""Reasons in a resident's words; others: the team phones."""
WAITING = "还没有发送：夜间不打扰，或一天最多两条，稍后会发"
NOT_KNOWN = "微信没有答复，不知道有没有送到"


class ReminderOut(Out):
    """One thing we told somebody, or did not, and why."""

    id: str
    title: str
    text: str
    at: str
    channel_label: str
    status: str
    status_label: str
    why: str
    """In plain words, why it did not come (yet); empty when it did."""
    about_family: bool

    @classmethod
    def of(cls, row: Notification, carrier: Notification | None = None) -> Self:
        """Show a notification to its recipient; ``carrier`` told it together with others."""
        seen = carrier or row
        at = seen.sent_at or max(row.created_at, row.next_attempt_at)
        try:
            text = render(row.kind, row.facts, at).text
        except (KeyError, ValueError, TypeError, AttributeError):
            text = ""
        will_call = row.status == N.FAILED and KINDS[row.kind].needs_call and row.reason not in ("expired", "too_old")
        return cls(
            id=row.id,
            title=KINDS[row.kind].title,
            text=text,
            at=instant(at),
            channel_label="团队将电话联系您" if will_call else channel_label(seen.channel),
            status=row.status,
            status_label=row.status_label,
            why=_why(seen),
            about_family=row.about_id is not None,
        )


def _why(row: Notification) -> str:
    if row.status in (N.FAILED, N.CANCELLED):
        needs_call = KINDS[row.kind].needs_call
        return WHY.get(row.reason or "", "没有送到，团队会打电话" if needs_call else "没有送到")
    if row.status == N.CREATED:
        return WAITING
    return NOT_KNOWN if row.status == N.UNKNOWN else ""


class StaffNoticeOut(Out):
    """One line of a resident's delivery log, for his team."""

    id: str
    title: str
    at: str
    channel_label: str
    status: str
    status_label: str
    reason: str
    to_family: bool

    @classmethod
    def of(cls, row: Notification, carrier: Notification | None, reasons: dict[str, str]) -> Self:
        """Show a notification to the team."""
        seen = carrier or row
        return cls(
            id=row.id,
            title=KINDS[row.kind].title,
            at=instant(seen.sent_at or row.created_at),
            channel_label=channel_label(seen.channel),
            status=row.status,
            status_label=row.status_label,
            reason=reasons.get(seen.reason or "", ""),
            to_family=row.about_id is not None,
        )


class TopicOut(Out):
    """A group of notices that may be turned off."""

    code: str
    label: str
    is_on: bool


class ContactChoiceOut(Out):
    """Somebody of the household who may be told instead."""

    id: str
    name_masked: str
    relation: str


class NoticeSettingsOut(Out):
    """How somebody wants to be told."""

    topics: list[TopicOut]
    sms_allowed: bool
    phone_masked: str | None
    muted_from: str | None
    muted_until: str | None
    contact_id: str | None
    contacts: list[ContactChoiceOut]

    @classmethod
    def of(cls, me: Resident, row: NoticeSetting | None, contacts: list[tuple[Resident, str]]) -> Self:
        """Show a resident his own settings; without a row they are the defaults."""
        off = row.opted_out if row else []
        return cls(
            topics=[TopicOut(code=code, label=label, is_on=code not in off) for code, label in TOPICS.items()],
            sms_allowed=row.sms_allowed if row else True,
            phone_masked=masking.phone(me.phone) if me.phone else None,
            muted_from=row.muted_from.isoformat() if row and row.muted_from else None,
            muted_until=row.muted_until.isoformat() if row and row.muted_until else None,
            contact_id=row.contact_id if row else None,
            contacts=[
                ContactChoiceOut(id=who.id, name_masked=who.name_masked, relation=relations.label(relation))
                for who, relation in contacts
            ],
        )


class NoticeSettingsIn(In):
    """The settings as a whole. ``off``: codes of topics."""

    off: list[str] = Field(max_length=10)
    sms_allowed: bool
    muted_from: Day | None = None
    muted_until: Day | None = None
    contact_id: str | None = Field(default=None, max_length=26)
