"""Numbers and bookings (号源、预约): everything that makes, moves, takes or gives back a number."""

from server.actions.booking.acknowledging import acknowledge, turn_down
from server.actions.booking.cancelling import cancel, expire_holds_next
from server.actions.booking.claiming import Origin, claim, confirm, hold, reserve
from server.actions.booking.moving import reschedule
from server.actions.booking.refusals import (
    AppointmentsOverlap,
    BookingNeedsRealName,
    CancelTooLate,
    HoldExpired,
    MoveNeedsHospital,
    NoActiveAgreement,
    SameDepartment,
    SameSlot,
    SharingNotAllowed,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotTooFar,
    TooManyAppointments,
)
from server.actions.booking.rules import books_from, books_until, cancels_until, why_not
from server.actions.booking.running import finish_next, release_next
from server.actions.booking.telling import facts_of

__all__ = [
    "AppointmentsOverlap", "BookingNeedsRealName", "CancelTooLate", "HoldExpired", "MoveNeedsHospital",
    "NoActiveAgreement", "Origin", "SameDepartment", "SameSlot", "SharingNotAllowed", "SlotClosed", "SlotFull",
    "SlotPast", "SlotTooFar", "TooManyAppointments", "acknowledge", "books_from", "books_until", "cancel",
    "cancels_until", "claim", "confirm", "expire_holds_next", "facts_of", "finish_next", "hold", "release_next",
    "reschedule", "reserve", "turn_down", "why_not",
]  # fmt: skip
