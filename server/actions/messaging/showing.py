"""A doctor sends a picture or a voice recording instead of words: from his page, or from his own chat with us.

It is an answer like any other. What becomes of it waits until the file is here and content safety has judged it
(actions.notifications.chats); what cannot be had is told to the doctor who sent it.
"""

from datetime import datetime

from sqlalchemy import select

from server import clock
from server.actions.messaging import answering, relaying, steps
from server.database import db, retried, transaction
from server.models import Conversation, ConversationStatus, Message, Staff, WechatUser, notification
from server.models.actor import Actor
from server.models.conversation import Sender
from server.policy import pictures, recordings

WORDS = {"image": "[图片]", "voice": "[语音]"}
NAMES = {"image": "照片", "voice": "语音"}


@retried
@steps.settled
def reply_photo(conversation: Conversation, photo: str, client_id: str, *, by: Actor) -> Message:
    """Answer with a photo from the mini-program, sealed; repeating a ``client_id`` returns the first message.

    Args:
        photo: PNG or JPEG as a data URL, at most 600 kB.
    Raises:
        PhotoInvalid, ConversationHeld, IllegalMove (closed).
    """
    return _reply(conversation, "image", pictures.check_photo(photo).partition(",")[2], client_id, by=by)


@retried
@steps.settled
def reply_voice(conversation: Conversation, voice: str, client_id: str, *, by: Actor) -> Message:
    """Answer with a recording from the mini-program, sealed; repeating a ``client_id`` returns the first message.

    Args:
        voice: MP3 or AMR as a data URL, at most 600 kB.
    Raises:
        RecordingInvalid, ConversationHeld, IllegalMove (closed).
    """
    return _reply(conversation, "voice", recordings.check_recording(voice), client_id, by=by)


def _reply(conversation: Conversation, kind: str, content: str, client_id: str, *, by: Actor) -> Message:
    at, key = clock.now(), f"{by.id}:{conversation.id}:{client_id}"
    with transaction():
        row = steps.relocked(conversation)
        known = db.session.scalar(select(Message).where(Message.client_key == key))
        if known is not None:
            return known
        staff = steps.staff_of(by)
        said = answering.answer(row, staff, WORDS[kind], client_key=key, via="miniprogram", by=by, at=at)
        relaying.kept(said, content, kind=kind, at=at)
        relaying.checked(said, kind, is_urgent=False, at=at)
    return said


def forward(conversation: Conversation, staff: Staff, kind: str, media_id: str, *, by: Actor, at: datetime) -> None:
    """Answer with what a doctor sent in his chat, in the caller's transaction: a job fetches it at once."""
    said = answering.answer(conversation, staff, WORDS[kind], client_key=None, via="service_account", by=by, at=at)
    relaying.wanted(said, kind, media_id, at=at)


def not_sent(said: Message, kind: str, why: str, *, at: datetime) -> None:
    """Tell a doctor that what he sent did not reach the resident, in the caller's transaction, and stop its notice.

    Where it was his last word, the resident waits again.
    """
    notification.cancel(subject_id=said.id, kinds=("doctor_reply",))
    _waits_again(said, at=at)
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == said.staff_id).limit(1))
    if user_id is None:
        return  # it stands under the message
    conversation = said.conversation
    notification.queue(
        "answer_not_sent",
        dedupe_key=f"answer_not_sent:{said.id}",
        subject_id=conversation.id,
        user_id=user_id,
        team_id=conversation.team_id,
        facts={
            "short_no": conversation.short_no,
            "summary": f"{NAMES[kind]}：{why}",
        },
        at=at,
    )


def _waits_again(said: Message, *, at: datetime) -> None:
    row = steps.relocked(said.conversation)
    later = select(Message.id).where(
        Message.conversation_id == row.id, Message.sender == Sender.DOCTOR, Message.id > said.id
    )
    if row.status != ConversationStatus.CLOSED and row.team_id and db.session.scalar(later.limit(1)) is None:
        steps.hand_over(row, at=at, urgent=False)
