"""The waiting list (候补): who waits, what is offered to whom, and an account of every number given back."""

from server.actions.booking.waiting.joining import Wish, join, leave, set_priority
from server.actions.booking.waiting.offering import accept, decline, end_next, offer_free_next, offer_next
from server.actions.booking.waiting.refusals import (
    NothingOffered,
    PlacesFree,
    PriorityReasonNeeded,
    TooManyLists,
    WaitingDaysInvalid,
    WaitingOver,
)

__all__ = [
    "NothingOffered", "PlacesFree", "PriorityReasonNeeded", "TooManyLists", "WaitingDaysInvalid", "WaitingOver", "Wish",
    "accept", "decline", "end_next", "join", "leave", "offer_free_next", "offer_next", "set_priority",
]  # fmt: skip
