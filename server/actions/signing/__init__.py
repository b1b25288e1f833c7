"""Signing, renewal and ending (签约、续签、解约): each step of an agreement, and what the calendar does."""

from server.actions.signing.backfilling import enter_next
from server.actions.signing.calendar import activate_next, expire_next, withdraw_overdue_next
from server.actions.signing.closing import Event, close
from server.actions.signing.deciding import accept, accept_joint, reject, witness
from server.actions.signing.ending import (
    decide_termination,
    may_end,
    request_termination,
    take_back_termination,
)
from server.actions.signing.places import Pressure, pressure
from server.actions.signing.refusals import (
    AgreementOverlap,
    CapExceeded,
    ClosingDateInvalid,
    ConsentMissing,
    DecisionNoteNeeded,
    GuardianNeeded,
    NotPending,
    NotRenewable,
    OnePackagePerHousehold,
    OptOutOver,
    PackageNotOffered,
    RefusalNotAllowed,
    RejectReason,
    ResidentDeceased,
    SecondPersonNeeded,
    SignatureInvalid,
    SignerNotAllowed,
    TeamClosed,
    TermNotAllowedInTerm,
    TextChanged,
    WitnessNeeded,
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
    "GuardianNeeded",
    "MAX_SIGNATURE_BYTES",
    "NotPending",
    "NotRenewable",
    "OnePackagePerHousehold",
    "OptOutOver",
    "PNG_HEAD",
    "PackageNotOffered",
    "Pressure",
    "RefusalNotAllowed",
    "RejectReason",
    "ResidentDeceased",
    "SecondPersonNeeded",
    "SignatureInvalid",
    "SignerNotAllowed",
    "TeamClosed",
    "TermNotAllowedInTerm",
    "TextChanged",
    "Wish",
    "WitnessNeeded",
    "accept",
    "accept_joint",
    "activate_next",
    "can_renew",
    "close",
    "confirm_void",
    "decide_termination",
    "document",
    "drop_void",
    "enter_next",
    "expire_next",
    "may_end",
    "offer_next_renewal",
    "pressure",
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
    "witness",
]
