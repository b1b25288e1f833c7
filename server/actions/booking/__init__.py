"""Numbers and bookings (号源、预约): everything that makes, moves, takes or gives back a number."""

from server.actions.booking.acknowledging import acknowledge, turn_down
from server.actions.booking.arriving import appointment_of, check_in, correct_no_show, mark_no_show_next
from server.actions.booking.blocking import appeal, appeal_until, decide_appeal, end_block_next, may_appeal
from server.actions.booking.cancelling import cancel, expire_holds_next
from server.actions.booking.claiming import Origin, claim, confirm, hold, reserve
from server.actions.booking.moving import reschedule
from server.actions.booking.refusals import (
    AppealDecided,
    AppealOver,
    AppealReasonNeeded,
    AppointmentsOverlap,
    BookingBlocked,
    BookingNeedsRealName,
    CancelTooLate,
    CheckInCodeInvalid,
    CheckInWrongDay,
    CorrectionOver,
    HoldExpired,
    MoveNeedsHospital,
    NoActiveAgreement,
    SameDepartment,
    SameSlot,
    SharingNotAllowed,
    ShiftOver,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotTooFar,
    TooManyAppointments,
)
from server.actions.booking.rules import books_from, books_until, cancels_until, why_not
from server.actions.booking.running import finish_next, release_next
from server.actions.booking.suspending import suspend, suspend_next
from server.actions.booking.telling import facts_of

__all__ = [
    "AppealDecided", "AppealOver", "AppealReasonNeeded", "AppointmentsOverlap", "BookingBlocked",
    "BookingNeedsRealName", "CancelTooLate", "CheckInCodeInvalid", "CheckInWrongDay", "CorrectionOver", "HoldExpired",
    "MoveNeedsHospital", "NoActiveAgreement", "Origin", "SameDepartment", "SameSlot", "SharingNotAllowed", "ShiftOver",
    "SlotClosed", "SlotFull", "SlotPast", "SlotTooFar", "TooManyAppointments", "acknowledge", "appeal", "appeal_until",
    "appointment_of", "books_from", "books_until", "cancel", "cancels_until", "check_in", "claim", "confirm",
    "correct_no_show", "decide_appeal", "end_block_next", "expire_holds_next", "facts_of", "finish_next", "hold",
    "mark_no_show_next", "may_appeal", "release_next", "reschedule", "reserve", "suspend", "suspend_next", "turn_down",
    "why_not",
]  # fmt: skip
