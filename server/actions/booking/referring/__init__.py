"""Two-way referral (双向转诊): up with a number or a bed, directly in an emergency, and back to the team."""

from server.actions.booking.referring import refusals
from server.actions.booking.referring.answering import Place, accept, reject
from server.actions.booking.referring.desks import DeskDetails, note_export, note_opened, note_withdrawal, save_desk
from server.actions.booking.referring.discharging import Push, receive
from server.actions.booking.referring.drafting import Consent, Plan, agree, in_combination, refer, words_for
from server.actions.booking.referring.emergencies import Emergency, register, report
from server.actions.booking.referring.going import admit, arrive, see, terminate
from server.actions.booking.referring.passing import escalate_next, expire_next, miss_next
from server.actions.booking.referring.returning import receive_down, send_down

__all__ = [
    "Consent", "DeskDetails", "Emergency", "Place", "Plan", "Push", "accept", "admit", "agree", "arrive",
    "escalate_next", "expire_next", "in_combination", "miss_next", "note_export", "note_opened", "note_withdrawal",
    "receive", "receive_down", "refer", "refusals", "register", "reject", "report", "save_desk", "see", "send_down",
    "terminate", "words_for",
]  # fmt: skip
