"""The doctor's side: read, take, answer, close; and what time does to a conversation nobody continues."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from server import clock
from server.actions.messaging import promising, steps
from server.actions.messaging.facts import agreement_in_force
from server.actions.messaging.steps import ConversationHeld
from server.database import db, retried, transaction
from server.models import (
    Conversation,
    ConversationStatus,
    Message,
    MessageMedium,
    ServiceRecord,
    Staff,
    audit,
    measurement,
    notification,
)
from server.models.actor import CLOCK, Actor
from server.models.conversation import Sender
from server.models.states import IllegalMove, move
from server.policy import canned

ENDED = "本次咨询已结束，如有新的问题请直接留言。"
C = ConversationStatus


@retried
def open_for(conversation: Conversation, *, by: Actor) -> Conversation:
    """Let a member of staff read a conversation that access gave him; the read is audited."""
    at = clock.now()
    with transaction():
        audit.record("conversation_read", conversation, by=by, at=at)
        _looked(conversation, by=by, at=at)
    return conversation


@retried
def take(conversation: Conversation, *, by: Actor) -> Conversation:
    """Give a conversation to one doctor; from now on the bot is silent. Taking one's own again changes nothing.

    Raises:
        ConversationHeld: a colleague holds it. IllegalMove: it is closed.
    """
    at = clock.now()
    with transaction():
        row = steps.relocked(conversation)
        hold(row, steps.staff_of(by), by=by, at=at)
        audit.record("conversation_taken", row, by=by, at=at)
    return row


@retried
@steps.settled
def reply(
    conversation: Conversation, text: str, client_id: str, *, by: Actor, most: int, via: str = "miniprogram"
) -> Message:
    """Answer a person as a doctor. Repeating a ``client_id`` returns the first message.

    Args:
        most: characters a message may have ([messaging] max_text_characters).
        via: where he writes: miniprogram or workbench.
    Raises:
        MessageEmpty, MessageTooLong, VariableMissing, ConversationHeld, IllegalMove (closed).
    """
    at = clock.now()
    words = steps.checked(text, most)
    canned.refuse_open(words)
    key = f"{by.id}:{conversation.id}:{client_id}"
    with transaction():
        row = steps.relocked(conversation)
        known = db.session.scalar(select(Message).where(Message.client_key == key))
        return known or answer(row, steps.staff_of(by), words, client_key=key, via=via, by=by, at=at)


@retried
def release(conversation: Conversation, *, by: Actor) -> Conversation:
    """Give a conversation back: answered, to the bot; with a question still open, to the team's queue.

    Raises:
        ConversationHeld: a colleague holds it. IllegalMove: nobody holds it.
    """
    at = clock.now()
    with transaction():
        row = steps.relocked(conversation)
        if row.status != C.WITH_DOCTOR:
            raise IllegalMove(old=str(row.status), new=str(C.BOT))
        hold(row, steps.staff_of(by), by=by, at=at)
        if row.waiting_since_at is None:
            move(row, C.BOT, by=by, at=at, reason="released", staff_id=None, is_urgent=False)
        else:
            move(row, C.WAITING_DOCTOR, by=by, at=at, reason="released", staff_id=None, waiting_since_at=at)
            steps.tell_waiting(row, at=at)
        audit.record("conversation_released", row, by=by, at=at)
    return row


@retried
def look_at(medium: MessageMedium, *, by: Actor) -> None:
    """Write down that a member of staff looks at a photo or listens to a voice that access gave him."""
    with transaction():
        audit.record("medium_read", medium, by=by, at=clock.now())


@retried
def close(conversation: Conversation, *, by: Actor) -> Conversation:
    """End a conversation; the next message of the person opens a new one with the bot. Closing twice closes once."""
    at = clock.now()
    with transaction():
        row = steps.relocked(conversation)
        end(row, by=by, at=at)
    return row


@retried
def close_idle_next(idle_hours: int) -> bool:
    """Tidy up one conversation in which nobody said anything for so long. Returns whether there was one.

    What waits for a team is never closed; what a doctor holds without having answered goes back to the queue.
    """
    at = clock.now()
    before = at - timedelta(hours=idle_hours)
    with transaction():
        idle = (
            (Conversation.status != C.CLOSED)
            & (Conversation.last_message_at < before)
            & or_(Conversation.status != C.WAITING_DOCTOR, Conversation.team_id.is_(None))
        )
        oldest = select(Conversation.id).where(idle).order_by(Conversation.last_message_at).limit(1)
        row = steps.locked((Conversation.id == (db.session.scalar(oldest) or "")) & idle)
        if row is None:
            return False
        if row.status == C.WITH_DOCTOR and row.waiting_since_at is not None:
            # a new waiting period, so that the team is told again
            move(row, C.WAITING_DOCTOR, by=CLOCK, at=at, reason="unanswered", staff_id=None, waiting_since_at=at)
            steps.tell_waiting(row, at=at)
        else:
            end(row, by=CLOCK, at=at, reason="idle")
    return True


def hold(conversation: Conversation, staff: Staff, *, by: Actor, at: datetime) -> None:
    """Let a doctor hold a conversation, in the caller's transaction. Raises ConversationHeld, IllegalMove."""
    if conversation.status != C.WITH_DOCTOR:
        move(conversation, C.WITH_DOCTOR, by=by, at=at, staff_id=staff.id, flow=None, flow_until_at=None)
        notification.cancel(subject_id=conversation.id, kinds=("message_waiting",))
    elif conversation.staff_id != staff.id:
        held = conversation.staff.name if conversation.staff else "其他医生"
        raise ConversationHeld(f"这位居民正由{held}接待")


def _looked(conversation: Conversation, *, by: Actor, at: datetime) -> None:
    """Whoever reads what somebody wrote has seen the values in it, too."""
    resident_id = conversation.user.resident_id
    if resident_id is not None:
        measurement.seen(resident_id, by=by, at=at)


def answer(
    conversation: Conversation, staff: Staff, text: str, *, client_key: str | None, via: str, by: Actor, at: datetime
) -> Message:
    """Say something to a person as a doctor, in the caller's transaction: message, service record, note, audit."""
    hold(conversation, staff, by=by, at=at)
    _looked(conversation, by=by, at=at)
    said = steps.add_message(conversation, Sender.DOCTOR, text, via=via, at=at, staff=staff, client_key=client_key)
    conversation.waiting_since_at, conversation.is_urgent = None, False
    promising.settle(conversation, staff_id=staff.id, outcome="answered", at=at)
    resident = conversation.user.resident
    if resident is not None and conversation.team_id is not None:
        agreement = agreement_in_force(conversation.user)
        db.session.add(
            ServiceRecord(
                resident_id=resident.id,
                agreement_id=agreement.id if agreement else None,
                team_id=conversation.team_id,
                staff_id=staff.id,
                kind="consultation",
                source_key=f"message:{said.id}",
                served_on=clock.local(at).date(),
                recorded_at=at,
            )
        )
    notification.queue(
        "doctor_reply",
        dedupe_key=f"doctor_reply:{said.id}",
        subject_id=said.id,
        user_id=conversation.user_id,
        resident_id=resident.id if resident else None,
        team_id=conversation.team_id,
        facts={"sender": staff.name},
        at=at,
    )
    audit.record("conversation_replied", conversation, by=by, at=at)
    return said


def end(conversation: Conversation, *, by: Actor, at: datetime, reason: str = "") -> None:
    """Close a conversation in the caller's transaction."""
    if conversation.status == C.CLOSED:
        return
    was_with_doctor = conversation.status == C.WITH_DOCTOR
    over = {"open_key": None, "is_urgent": False, "waiting_since_at": None, "flow": None, "flow_until_at": None}
    move(conversation, C.CLOSED, by=by, at=at, reason=reason, **over)
    notification.cancel(subject_id=conversation.id, kinds=("message_waiting",))
    promising.settle(conversation, staff_id=None, outcome="closed", at=at)
    if was_with_doctor:
        steps.add_message(conversation, Sender.SYSTEM, ENDED, via="miniprogram", at=at)
    audit.record("conversation_closed", conversation, by=by, at=at)
