"""What a doctor keeps at hand: private notes beside a conversation, replies kept ready."""

from sqlalchemy import select

from server import clock
from server.actions.messaging import steps
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import CannedReply, Conversation, ConversationNote, Staff, Team, audit
from server.models.actor import Actor
from server.policy import canned

LONGEST_TITLE, LONGEST_TEXT = 20, 500
MOST_REPLIES = 50
"""Replies one team or one doctor keeps."""


class CannedInvalid(Invalid):
    """A reply kept ready needs a title and a text, and there is an end to them."""

    code = "canned_invalid"
    default_message = f"请填写标题（最多{LONGEST_TITLE}个字）和内容（最多{LONGEST_TEXT}个字），最多保存{MOST_REPLIES}条"


@retried
@steps.settled
def note(conversation: Conversation, text: str, client_id: str, *, by: Actor, most: int) -> ConversationNote:
    """Write a note that only colleagues read, open or closed. Repeating a ``client_id`` returns the first note.

    Raises:
        MessageEmpty, MessageTooLong.
    """
    at = clock.now()
    words = steps.checked(text, most)
    key = f"note:{by.id}:{conversation.id}:{client_id}"
    with transaction() as session:
        known = session.scalar(select(ConversationNote).where(ConversationNote.client_key == key))
        if known is not None:
            return known
        row = ConversationNote(
            conversation_id=conversation.id, staff=steps.staff_of(by), text=words, client_key=key, at=at
        )
        session.add(row)
        session.flush()
        audit.record("conversation_noted", conversation, by=by, at=at)
    return row


@retried
def keep_reply(owner: Team | Staff, title: str, text: str, *, by: Actor) -> CannedReply:
    """Keep a reply ready for a team or one doctor.

    Raises:
        CannedInvalid, VariableUnknown.
    """
    at = clock.now()
    name, words = " ".join(title.split()), text.replace("\x00", "").strip()
    if not (0 < len(name) <= LONGEST_TITLE and 0 < len(words) <= LONGEST_TEXT):
        raise CannedInvalid()
    canned.check(words)
    is_team = isinstance(owner, Team)
    column = CannedReply.team_id if is_team else CannedReply.staff_id
    with transaction() as session:
        mine = select(CannedReply.id).where(column == owner.id, CannedReply.removed_at.is_(None))
        if len(session.scalars(mine.limit(MOST_REPLIES)).all()) >= MOST_REPLIES:
            raise CannedInvalid()
        row = CannedReply(title=name, text=words, created_at=at, created_by=by.id)
        row.team_id, row.staff_id = (owner.id, None) if is_team else (None, owner.id)
        session.add(row)
        session.flush()
        audit.record("canned_reply_saved", row, by=by, at=at)
    return row


@retried
def remove_reply(reply: CannedReply, *, by: Actor) -> None:
    """Take a reply away; what was sent with it stays. Removing twice removes once."""
    at = clock.now()
    with transaction():
        row = db.session.get_one(CannedReply, reply.id, with_for_update=True, populate_existing=True)
        if row.removed_at is None:
            row.removed_at = at
            audit.record("canned_reply_removed", row, by=by, at=at)
