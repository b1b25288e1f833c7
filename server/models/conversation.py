"""Conversations between a person in WeChat, the bot and a family doctor."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.account import WechatUser
from server.models.doctor import Staff, Team
from server.models.states import StateEvent


class ConversationStatus(StrEnum):
    """Who speaks: the bot, nobody yet, a doctor; or it is over."""

    BOT = "bot"
    WAITING_DOCTOR = "waiting_doctor"
    WITH_DOCTOR = "with_doctor"
    CLOSED = "closed"


C = ConversationStatus

FLOW_MINUTES = 30
"""How long an errand waits for the next word."""

MOVES: dict[ConversationStatus, frozenset[ConversationStatus]] = {
    C.BOT: frozenset({C.WAITING_DOCTOR, C.WITH_DOCTOR, C.CLOSED}),
    C.WAITING_DOCTOR: frozenset({C.WITH_DOCTOR, C.CLOSED}),
    C.WITH_DOCTOR: frozenset({C.CLOSED, C.WAITING_DOCTOR, C.BOT}),
    C.CLOSED: frozenset(),
}

STATUS_LABELS = {
    C.BOT: "智能助手答复中",
    C.WAITING_DOCTOR: "等待医生回复",
    C.WITH_DOCTOR: "医生正在沟通",
    C.CLOSED: "已结束",
}


class Sender(StrEnum):
    """Who said it."""

    RESIDENT = "resident"
    BOT = "bot"
    DOCTOR = "doctor"
    SYSTEM = "system"


class ConversationEvent(StateEvent, Model):
    """One change of who speaks in a conversation."""

    __tablename__ = "conversation_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id"), index=True)


class Conversation(Model):
    """What one person and we say to each other until it is closed; one open per person (``open_key`` = user id)."""

    __tablename__ = "conversation"
    MOVES = MOVES
    EVENT = ConversationEvent
    __table_args__ = table(
        CheckConstraint("(status = 'closed') = (open_key IS NULL)", name="open_key"),
        CheckConstraint("status <> 'with_doctor' OR staff_id IS NOT NULL", name="doctor_named"),
        Index(None, "team_id", "status", "is_urgent", "waiting_since_at"),
        Index(None, "staff_id", "status"),
        Index(None, "status", "last_message_at"),
    )
    PERSONAL = ("flow",)

    id: Mapped[str] = primary_key()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("wechat_user.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    status: Mapped[ConversationStatus] = mapped_column(String(16), default=ConversationStatus.BOT)
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    """The doctor who holds it; while one does, the bot is silent."""
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    short_no: Mapped[int] = mapped_column(Integer)
    """Small number by which a doctor names it in his own chat: "12 您好"."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_message_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_since_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a doctor last named its number in his own chat: a picture he sends there has no words beside it."""
    flow: Mapped[str | None] = mapped_column(Sealed("conversation.flow"))
    """The errand that is open (chatbot/flows/state, JSON); of no meaning from ``flow_until_at`` on."""
    flow_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[WechatUser] = relationship(lazy="joined")
    team: Mapped[Team | None] = relationship(lazy="joined")
    staff: Mapped[Staff | None] = relationship(lazy="joined", foreign_keys=[staff_id])

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[ConversationStatus(self.status)]


class Message(Model):
    """One thing said. ``client_key`` makes a repeated send say it once."""

    __tablename__ = "message"
    __table_args__ = table(
        CheckConstraint("sender IN ('resident', 'bot', 'doctor', 'system')", name="sender"),
        Index(None, "conversation_id", "id"),
    )
    PERSONAL = ("text",)

    id: Mapped[str] = primary_key()
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id"))
    sender: Mapped[Sender] = mapped_column(String(12))
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Sealed("message.text"))
    client_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    via: Mapped[str] = mapped_column(String(20))
    """miniprogram, service_account, or workbench: where it was said."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    conversation: Mapped[Conversation] = relationship()
    staff: Mapped[Staff | None] = relationship(lazy="joined")
