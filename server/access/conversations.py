"""Conversations: a person sees his own, a member of staff those of his team."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, true

from server.access.answering import reachable_by
from server.access.paging import PAGE_ROWS, CursorInvalid, Page, page
from server.database import db
from server.errors import Conflict, NotFound
from server.models import (
    ContentCheck,
    Conversation,
    ConversationStatus,
    Message,
    Notification,
    NotificationStatus,
    Staff,
    Verdict,
    WechatUser,
)
from server.models.conversation import Sender
from server.policy.notices import CHATS

OPEN_FOR_DOCTORS = (ConversationStatus.WAITING_DOCTOR, ConversationStatus.WITH_DOCTOR)

DELIVERY_LABELS = {
    "waiting": "正在发送",
    "chat": "已送达聊天",
    "reminded": "已改用提醒",
    "unsure": "已发出，结果待核实",
    "phoned": "已电话告知",
    "failed": "未送达，医生可电话联系",
    "stopped": "没有发出",
}
"""What became of an answer, for both sides; "none": there was nothing to deliver."""

OUT = (NotificationStatus.SENT, NotificationStatus.DELIVERED)
DELIVERIES = {
    NotificationStatus.CREATED: "waiting",
    NotificationStatus.SENDING: "waiting",
    NotificationStatus.UNKNOWN: "unsure",
    NotificationStatus.FAILED: "failed",
    NotificationStatus.PHONED: "phoned",
    NotificationStatus.CANCELLED: "stopped",
}


class ConversationNotFound(NotFound):
    """Absent, or of another team."""

    code, default_message = "not_found", "没有找到这个会话"


class NumberAmbiguous(Conflict):
    """Two residents of different teams have the same number: nobody is answered by mistake."""

    code, default_message = "number_ambiguous", "有两位居民是这个编号（您在为其他团队代班），请在小程序里回复"


def own_open(user: WechatUser) -> Conversation | None:
    """Return somebody's conversation that is not closed, if any."""
    return db.session.scalar(select(Conversation).where(Conversation.open_key == user.id))


def own_messages(user: WechatUser, cursor: str | None) -> Page[Message]:
    """Return everything said with somebody, in all his conversations, newest first."""
    mine = select(Conversation.id).where(Conversation.user_id == user.id)
    return page(select(Message).where(Message.conversation_id.in_(mine)), (Message.id,), cursor, newest_first=True)


def of_team(conversation_id: str, staff: Staff) -> Conversation:
    """Return a conversation of the member of staff's team, one he holds or answers in for somebody who is away.

    Raises:
        ConversationNotFound: also for another team's.
    """
    found = db.session.scalar(select(Conversation).where(Conversation.id == conversation_id, reachable_by(staff)))
    if found is None:
        raise ConversationNotFound()
    return found


def numbered(short_no: int, staff: Staff) -> Conversation:
    """Return the open conversation with a number. Raises ConversationNotFound, NumberAmbiguous."""
    mine = open_of(staff).where(Conversation.short_no == short_no).order_by(Conversation.created_at)
    found = list(db.session.scalars(mine.limit(2)))
    if not found:
        raise ConversationNotFound(f"没有 {short_no} 号会话，回复“列表”查看")
    if len(found) > 1:
        raise NumberAmbiguous()
    return found[0]


def held_by(staff: Staff) -> list[Conversation]:
    """Return the conversations a doctor holds himself, oldest first; 20 at most."""
    mine = open_of(staff).where(Conversation.staff_id == staff.id)
    return list(db.session.scalars(mine.order_by(Conversation.created_at).limit(PAGE_ROWS)))


def for_staff(staff: Staff, cursor: str | None, which: tuple[ColumnElement[bool], ...] = ()) -> Page[Conversation]:
    """Return the team's conversations that wait for or are with a doctor, or only those ``which`` names.

    Urgent ones first, then those whose resident waits, each by how long; then the answered ones, oldest first.
    """
    base = open_of(staff).where(*which)
    waits = Conversation.waiting_since_at.is_not(None)
    oldest, quietest = (Conversation.waiting_since_at, Conversation.id), (Conversation.last_message_at, Conversation.id)
    sections = (
        (base.where(waits, Conversation.is_urgent), oldest),
        (base.where(waits, ~Conversation.is_urgent), oldest),
        (base.where(~waits), quietest),
    )
    number, inner = _section(cursor, len(sections))
    items: list[Conversation] = []
    while number < len(sections):
        statement, keys = sections[number]
        found = page(statement, keys, inner, rows=PAGE_ROWS - len(items))
        items += found.items
        if found.next:
            return Page(items, f"{number}.{found.next}")
        number, inner = number + 1, None
        if len(items) == PAGE_ROWS:
            return Page(items, f"{number}." if number < len(sections) else None)
    return Page(items, None)


def messages(conversation: Conversation, cursor: str | None) -> Page[Message]:
    """Return what was said in a conversation the caller was given, newest first."""
    statement = select(Message).where(Message.conversation_id == conversation.id)
    return page(statement, (Message.id,), cursor, newest_first=True)


def by_resident(conversation: Conversation, message_id: str) -> Message | None:
    """Return what the resident said in a conversation the caller was given: this message, else his last one."""
    own = select(Message).where(Message.conversation_id == conversation.id, Message.sender == Sender.RESIDENT)
    chosen = db.session.scalar(own.where(Message.id == message_id)) if message_id else None
    return chosen or db.session.scalar(own.order_by(Message.id.desc()).limit(1))


def last_messages(conversations: Sequence[Conversation], *, of_people: bool = False) -> dict[str, Message]:
    """Return the last message of each conversation, by conversation id.

    Args:
        of_people: what resident or doctor said last: what the bot added tells a doctor nothing.
    """
    spoken = Message.sender.in_((Sender.RESIDENT, Sender.DOCTOR)) if of_people else true()
    newest = select(Message.id).where(Message.conversation_id == Conversation.id, spoken)
    last = newest.order_by(Message.id.desc()).limit(1).correlate(Conversation).scalar_subquery()
    chosen = select(last).where(Conversation.id.in_([conversation.id for conversation in conversations]))
    ids = [found for found in db.session.scalars(chosen) if found]
    return {
        message.conversation_id: message for message in db.session.scalars(select(Message).where(Message.id.in_(ids)))
    }


def deliveries(said: Sequence[Message]) -> dict[str, str]:
    """Return what became of doctors' answers, by message id: a key of DELIVERY_LABELS, or none."""
    ids = [message.id for message in said if message.sender == Sender.DOCTOR]
    if not ids:
        return {}
    notes = select(Notification.subject_id, Notification.status, Notification.channel).where(
        Notification.subject_id.in_(ids), Notification.kind == "doctor_reply"
    )
    return {
        subject_id: _delivery(NotificationStatus(status), channel)
        for subject_id, status, channel in db.session.execute(notes)
    }


def _delivery(status: NotificationStatus, channel: str | None) -> str:
    if status in OUT:
        return "chat" if channel in CHATS else "reminded"
    return DELIVERIES.get(status, "none")


HELD_BACK = "［这条消息没有通过内容安全检查，不显示］"
REFUSED = "没有通过内容安全检查，{other}看不到"
OTHERS = {Sender.RESIDENT: "医生", Sender.DOCTOR: "居民"}
NOT_YET = "［正在做内容安全检查，马上显示］"


def checks_of(message_ids: Sequence[str]) -> dict[str, ContentCheck]:
    """Return what content safety says about these messages, by message id."""
    if not message_ids:
        return {}
    rows = db.session.scalars(select(ContentCheck).where(ContentCheck.message_id.in_(message_ids)))
    return {row.message_id: row for row in rows}


def held_back(said: Sequence[Message], at: datetime, *, by: Sender = Sender.RESIDENT) -> dict[str, str]:
    """Return what the other side reads instead of messages that content safety holds back, by message id.

    Args:
        by: whose messages. Of a doctor's only pictures and voice are checked.
    """
    checks = checks_of([message.id for message in said if message.sender == by])
    return {
        message_id: HELD_BACK if check.verdict == Verdict.RISKY else NOT_YET
        for message_id, check in checks.items()
        if check.holds_back(at)
    }


def refused(said: Sequence[Message], *, by: Sender = Sender.RESIDENT) -> dict[str, str]:
    """Return what their sender is told about messages that others may not read, by message id."""
    checks = checks_of([message.id for message in said if message.sender == by])
    return {
        message_id: REFUSED.format(other=OTHERS[by])
        for message_id, check in checks.items()
        if check.verdict == Verdict.RISKY and not check.is_urgent
    }


def open_of(staff: Staff) -> Select[Conversation]:
    """Return the statement of the open conversations a member of staff may see, for other reads to narrow."""
    return select(Conversation).where(reachable_by(staff), Conversation.status.in_(OPEN_FOR_DOCTORS))


def _section(cursor: str | None, count: int) -> tuple[int, str | None]:
    if not cursor:
        return 0, None
    number, dot, inner = cursor.partition(".")
    if not dot or number not in {str(known) for known in range(count)}:
        raise CursorInvalid()
    return int(number), inner or None
