"""What a doctor keeps at hand: private notes beside a conversation, replies kept ready."""

from sqlalchemy import select

from server import clock
from server.actions.messaging import steps
from server.database import db, retried, transaction
from server.errors import Invalid, NotFound
from server.models import CannedReply, Conversation, ConversationNote, Organisation, Staff, Team, audit
from server.models.actor import Actor
from server.policy import canned

LONGEST_TITLE, LONGEST_TEXT = 20, 500
_COLUMNS = {Organisation: "organisation_id", Team: "team_id", Staff: "staff_id"}
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
def keep_reply(owner: Organisation | Team | Staff, title: str, text: str, *, by: Actor) -> CannedReply:
    """Keep a reply ready for an institution, a team or one doctor.

    Raises:
        CannedInvalid, VariableUnknown.
    """
    at = clock.now()
    name, words = _checked(title, text)
    owned = {_COLUMNS[type(owner)]: owner.id}
    with transaction() as session:
        mine = select(CannedReply.id).filter_by(**owned).where(CannedReply.removed_at.is_(None))
        if len(session.scalars(mine.limit(MOST_REPLIES)).all()) >= MOST_REPLIES:
            raise CannedInvalid()
        row = CannedReply(title=name, text=words, created_at=at, created_by=by.id, **owned)
        session.add(row)
        session.flush()
        audit.record("canned_reply_saved", row, by=by, at=at)
    return row


@retried
def change_reply(reply: CannedReply, title: str, text: str, *, by: Actor) -> CannedReply:
    """Write a reply anew; what was sent with the old words stays. Raises CannedInvalid, VariableUnknown."""
    at = clock.now()
    name, words = _checked(title, text)
    with transaction():
        row = db.session.get_one(CannedReply, reply.id, with_for_update=True, populate_existing=True)
        if row.removed_at is not None:
            raise NotFound("没有找到这条常用回复")
        if (row.title, row.text) != (name, words):
            row.title, row.text = name, words
            audit.record("canned_reply_changed", row, by=by, at=at)
    return row


def _checked(title: str, text: str) -> tuple[str, str]:
    name, words = " ".join(title.split()), text.replace("\x00", "").strip()
    if not (0 < len(name) <= LONGEST_TITLE and 0 < len(words) <= LONGEST_TEXT):
        raise CannedInvalid()
    canned.check(words)
    return name, words


@retried
def remove_reply(reply: CannedReply, *, by: Actor) -> None:
    """Take a reply away; what was sent with it stays. Removing twice removes once."""
    at = clock.now()
    with transaction():
        row = db.session.get_one(CannedReply, reply.id, with_for_update=True, populate_existing=True)
        if row.removed_at is None:
            row.removed_at = at
            audit.record("canned_reply_removed", row, by=by, at=at)
