"""Signing, renewal and ending (签约、续签、解约): each step of an agreement, and what the calendar does."""

from server.actions.signing.calendar import activate_next, expire_next, withdraw_overdue_next
from server.actions.signing.closing import Event, close
from server.actions.signing.deciding import accept, reject
from server.actions.signing.ending import (
    decide_termination,
    may_end,
    request_termination,
    take_back_termination,
)
from server.actions.signing.refusals import (
    AgreementOverlap,
    CapExceeded,
    ClosingDateInvalid,
    ConsentMissing,
    DecisionNoteNeeded,
    NotRenewable,
    PackageNotOffered,
    RefusalNotAllowed,
    RejectReason,
    ResidentDeceased,
    SecondPersonNeeded,
    SignatureInvalid,
    TeamClosed,
    TermNotAllowedInTerm,
    TextChanged,
)
from server.actions.signing.renewing import can_renew, offer_next_renewal, renew
from server.actions.signing.requesting import request, withdraw
from server.actions.signing.rules import rules_of
from server.actions.signing.steps import MAX_SIGNATURE_BYTES, PNG_HEAD, document, price_label, renewal_start
from server.actions.signing.voiding import confirm_void, drop_void, propose_void, void_reasons
from server.actions.signing.wish import Wish

__all__ = [
    "AgreementOverlap",
    "CapExceeded",
    "ClosingDateInvalid",
    "ConsentMissing",
    "DecisionNoteNeeded",
    "Event",
    "MAX_SIGNATURE_BYTES",
    "NotRenewable",
    "PNG_HEAD",
    "PackageNotOffered",
    "RefusalNotAllowed",
    "RejectReason",
    "ResidentDeceased",
    "SecondPersonNeeded",
    "SignatureInvalid",
    "TeamClosed",
    "TermNotAllowedInTerm",
    "TextChanged",
    "Wish",
    "accept",
    "activate_next",
    "can_renew",
    "close",
    "confirm_void",
    "decide_termination",
    "document",
    "drop_void",
    "expire_next",
    "may_end",
    "offer_next_renewal",
    "price_label",
    "propose_void",
    "reject",
    "renew",
    "renewal_start",
    "request",
    "request_termination",
    "rules_of",
    "take_back_termination",
    "void_reasons",
    "withdraw",
    "withdraw_overdue_next",
]
