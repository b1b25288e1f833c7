"""Messages: a person writes, the bot answers or a doctor does, and never both at once.

``receive`` takes what comes from WeChat's chat, ``say`` what comes from the mini-program; ``take``, ``reply``, ``close``
and ``open_for`` are the doctor's. A doctor may also answer from his own chat with the service account.
"""

from server.actions.messaging.answering import close, close_idle_next, open_for, reply, take
from server.actions.messaging.checking import check_next, link, linked, record_verdict
from server.actions.messaging.fetching import fetch_next
from server.actions.messaging.receiving import answers_residents, as_resident, enter, receive, say, tap
from server.actions.messaging.steps import ConversationHeld, MessageEmpty, MessageTooLong
from server.actions.messaging.talking import FlowMoved, Script

__all__ = [
    "ConversationHeld",
    "FlowMoved",
    "MessageEmpty",
    "MessageTooLong",
    "Script",
    "answers_residents",
    "as_resident",
    "check_next",
    "close",
    "close_idle_next",
    "enter",
    "fetch_next",
    "link",
    "linked",
    "open_for",
    "receive",
    "record_verdict",
    "reply",
    "say",
    "take",
    "tap",
]
