"""Messages: a person writes, the bot answers or a doctor does, and never both at once.

``receive`` takes what comes from WeChat's chat, ``say`` what comes from the mini-program; ``take``, ``reply``, ``close``
and ``open_for`` are the doctor's. A doctor may also answer from his own chat with the service account.
"""

from server.actions.messaging.answering import close, close_idle_next, look_at, open_for, release, reply, take
from server.actions.messaging.checking import check_next, link, linked, record_verdict
from server.actions.messaging.desk import CannedInvalid, change_reply, keep_reply, note, remove_reply
from server.actions.messaging.facts import known
from server.actions.messaging.fetching import fetch_next
from server.actions.messaging.handing import ColleagueUnsuitable, ReasonMissing, hand_next, transfer
from server.actions.messaging.leaving import (
    AbsenceInvalid,
    HoursInvalid,
    StandInUnsuitable,
    end_absence,
    enter_absence,
    set_hours,
)
from server.actions.messaging.promising import count_next, escalate_next, promise_next, took
from server.actions.messaging.rating import RatingInvalid, RatingNotNow, rate
from server.actions.messaging.receiving import answers_residents, as_resident, enter, receive, say, send_photo, tap
from server.actions.messaging.showing import reply_photo, reply_voice
from server.actions.messaging.steps import ConversationHeld, MessageEmpty, MessageTooLong
from server.actions.messaging.talking import FlowMoved, Script

__all__ = [
    "CannedInvalid",
    "RatingInvalid",
    "RatingNotNow",
    "change_reply",
    "keep_reply",
    "note",
    "rate",
    "remove_reply",
    "AbsenceInvalid",
    "HoursInvalid",
    "StandInUnsuitable",
    "end_absence",
    "enter_absence",
    "set_hours",
    "ColleagueUnsuitable",
    "ReasonMissing",
    "count_next",
    "escalate_next",
    "hand_next",
    "promise_next",
    "took",
    "transfer",
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
    "known",
    "link",
    "linked",
    "look_at",
    "open_for",
    "receive",
    "record_verdict",
    "release",
    "reply",
    "reply_photo",
    "reply_voice",
    "say",
    "send_photo",
    "take",
    "tap",
]
