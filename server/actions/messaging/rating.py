"""A resident says once what he thinks of a conversation that is over."""

from sqlalchemy import select

from server import clock
from server.access import desk as access
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import Conversation, ConversationRating, audit
from server.models.actor import Actor

MOST_STARS = 5
LONGEST_WORDS = 200


class RatingInvalid(Invalid):
    """Not a number of stars, or too many words."""

    code, default_message = "rating_invalid", f"请选 1 到 5 颗星，最多写{LONGEST_WORDS}个字"


class RatingNotNow(Conflict):
    """It is not over, no doctor answered in it, or it was rated."""

    code, default_message = "rating_not_now", "这次咨询已经评价过，或还不能评价"


@retried
def rate(conversation: Conversation, stars: int, words: str, *, by: Actor) -> ConversationRating:
    """Keep what the person of a closed conversation thinks of it, once; the same again changes nothing.

    Raises:
        RatingInvalid, RatingNotNow.
    """
    at = clock.now()
    said = words.replace("\x00", "").strip()
    if not 1 <= stars <= MOST_STARS or len(said) > LONGEST_WORDS:
        raise RatingInvalid()
    with transaction() as session:
        session.scalar(select(Conversation.id).where(Conversation.id == conversation.id).with_for_update())
        known = db.session.scalar(
            select(ConversationRating).where(ConversationRating.conversation_id == conversation.id)
        )
        if known is not None and (known.stars, known.words) == (stars, said):
            return known
        if known is not None or conversation.team_id is None or not access.may_be_rated(conversation):
            raise RatingNotNow()
        row = ConversationRating(
            conversation_id=conversation.id, team_id=conversation.team_id, stars=stars, words=said, at=at
        )
        session.add(row)
        session.flush()
        audit.record("conversation_rated", row, by=by, at=at)
    return row
