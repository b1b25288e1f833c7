"""What somebody who waits is told beside the answer: who answers for whom, and by when; in the caller's transaction."""

from datetime import datetime

from server.access import answering as access
from server.actions.messaging import handing, promising, steps
from server.models import Conversation, ConversationStatus, Message
from server.models.conversation import Sender
from server.policy.business_hours import spoken
from server.policy.schema import Policy


def told(
    conversation: Conversation, answer: Message | None, *, via: str, policy: Policy, at: datetime
) -> Message | None:
    """Promise an answer to who waits, and name a stand-in: under the answer, else as a message of the system.

    An emergency's answer stays as short as it is: 120 first.
    """
    if conversation.team_id is None or conversation.status not in access.OPEN:
        return answer
    words = handing.stand_in(conversation, at=at)
    promise = promising.keep_up(conversation, policy=policy, at=at)
    if promise is not None and not promise.is_urgent and conversation.status == ConversationStatus.WAITING_DOCTOR:
        words += by_when(promise.due_at, conversation.team_id, policy=policy, at=at)
    if not words or (conversation.is_urgent and answer is not None):
        return answer
    if answer is None:
        return steps.add_message(conversation, Sender.SYSTEM, words, via=via, at=at)
    answer.text = f"{answer.text}\n{words}"
    return answer


def by_when(due_at: datetime, team_id: str, *, policy: Policy, at: datetime) -> str:
    """Return the promised time, for people."""
    closed = "" if access.hours_of(team_id, policy).is_open(at) else "现在不是工作时间，"
    return f"{closed}最迟{spoken(due_at, at)}前答复您。"
