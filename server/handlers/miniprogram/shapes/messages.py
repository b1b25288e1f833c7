"""Messages and conversations."""

from typing import Self

from pydantic import Field

from server.access.conversations import DELIVERY_LABELS
from server.chatbot.flows import links
from server.handlers.miniprogram.shapes.edges import In, Out, instant
from server.models import MediumStatus, MessageMedium
from server.models.conversation import Conversation, Message, Sender
from server.models.medium import label_of
from server.models.promise import AnswerPromise

SENDER_NAMES = {Sender.BOT: "智能助手", Sender.SYSTEM: "系统消息"}
SHOWN_CHARACTERS = 60
OWN = "我"
"""The label under which somebody reads his own conversation: only he can open the pages it leads to."""


class MessageIn(In):
    """What to say. ``client_id`` is made by the client once per message, so that a repeated send says it once."""

    text: str = Field(max_length=4000)
    client_id: str = Field(min_length=1, max_length=40, pattern=r"^[\w.:-]+$")


class PhotoIn(In):
    """A photo to send: PNG or JPEG as a data URL."""

    photo: str = Field(max_length=900_000)
    client_id: str = Field(min_length=1, max_length=40, pattern=r"^[\w.:-]+$")


class VoiceIn(In):
    """A recording to send: MP3 or AMR as a data URL."""

    voice: str = Field(max_length=900_000)
    client_id: str = Field(min_length=1, max_length=40, pattern=r"^[\w.:-]+$")


class MediumOut(Out):
    """A picture or voice of a message; ``path`` fetches it once it is here."""

    kind: str
    status: str
    status_label: str
    path: str | None

    @classmethod
    def of(cls, medium: MessageMedium | None, base: str, message: Message) -> Self | None:
        """Show what came with a message; a failure says what its sender is to do."""
        if medium is None:
            return None
        path = f"{base}/{medium.message_id}/medium" if medium.status == MediumStatus.KEPT else None
        who = "医生" if message.sender == Sender.DOCTOR else "居民"
        label = label_of(medium.status, medium.reason, who)
        return cls(kind=medium.kind, status=medium.status, status_label=label, path=path)


class MessageOut(Out):
    """One thing said. ``held``: content safety keeps it from others."""

    id: str
    sender: str
    sender_name: str
    text: str
    at: str
    mine: bool
    delivery: str
    delivery_label: str
    held: str
    medium: MediumOut | None
    links: list[dict[str, str]]
    """Pages the assistant leads to: ``label`` and ``path``."""

    @classmethod
    def of(
        cls,
        message: Message,
        *,
        mine: bool,
        resident_label: str,
        delivery: str = "none",
        medium: MediumOut | None = None,
        held: str = "",
        instead: str = "",
    ) -> Self:
        """Show a message to one side of the conversation; ``instead`` of its words where others may not read them."""
        doctor = message.staff.name if message.staff else "医生"
        names = {Sender.RESIDENT: resident_label, Sender.DOCTOR: doctor, **SENDER_NAMES}
        # only the assistant's own lines are links: a path that somebody writes stays a text
        text, found = links.split(message.text) if message.sender == Sender.BOT else (message.text, [])
        return cls(
            id=message.id,
            sender=message.sender,
            sender_name=names[Sender(message.sender)],
            text=instead or text,
            at=instant(message.at),
            mine=mine,
            delivery=delivery,
            delivery_label=DELIVERY_LABELS.get(delivery, ""),
            held=held,
            medium=medium,
            links=[{"label": one.label, "path": one.path} for one in found] if resident_label == OWN else [],
        )


class MessagesOut(Out):
    """What was said at once: the own message and, if something was answered, the answer."""

    items: list[MessageOut]


class ConversationOut(Out):
    """A conversation in a list."""

    id: str
    status: str
    status_label: str
    urgent: bool
    resident_label: str
    resident_id: str | None
    doctor_name: str | None
    last_text: str
    last_at: str
    short_no: int
    due_at: str | None
    """By when he is to be answered; only for doctors."""

    @classmethod
    def of(
        cls,
        conversation: Conversation,
        last: Message | None,
        *,
        for_doctor: bool = False,
        instead: str = "",
        promise: AnswerPromise | None = None,
    ) -> Self:
        """Show a conversation; the person stays masked. Only doctors learn whom to call.

        Args:
            instead: of the last words, where others may not read them.
        """
        return cls(
            id=conversation.id,
            status=conversation.status,
            status_label=conversation.status_label,
            urgent=conversation.is_urgent,
            resident_label=resident_label(conversation),
            resident_id=conversation.user.resident_id if for_doctor else None,
            doctor_name=conversation.staff.name if conversation.staff else None,
            last_text=(instead or last.text)[:SHOWN_CHARACTERS] if last else "",
            last_at=instant(conversation.last_message_at),
            short_no=conversation.short_no,
            due_at=instant(promise.due_at) if promise and for_doctor else None,
        )


def resident_label(conversation: Conversation) -> str:
    """Name the person a conversation is with."""
    resident = conversation.user.resident
    return resident.name_masked if resident else "微信用户"
