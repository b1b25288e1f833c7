"""Signing, renewal and ending (签约、续签、解约): each step of an agreement, and what the calendar does."""

from server.actions.signing.backfilling import enter_next
from server.actions.signing.calendar import activate_next, expire_next, withdraw_overdue_next
from server.actions.signing.closing import Event, close
from server.actions.signing.consenting import NotWithdrawable, give_consent, withdraw_consent
from server.actions.signing.copies import Copy, NoCopyYet, confirm_read, has_copy, issue
from server.actions.signing.deciding import accept, accept_joint, reject, witness
from server.actions.signing.declining import (
    NoticeNeeded,
    ReasonNoteNeeded,
    ReasonNotListed,
    WitnessUnnamed,
    give_reason,
    inform,
    note_contact,
    notice_text,
)
from server.actions.signing.ending import decide_termination, may_end, request_termination, take_back_termination
from server.actions.signing.entitling import open_next_ledger
from server.actions.signing.fitting import PackageNotForYou, PackagePriceWrong, check_package
from server.actions.signing.imprints import SealInvalid, keep_seal, keep_signature
from server.actions.signing.joint import Part, give_own_consent, may_opt_out, opt_out, request_jointly
from server.actions.signing.places import Pressure, pressure
from server.actions.signing.pricing import own_share_fen
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
from server.actions.signing.signers import Signing, consents_of, needs_guardian, own_consents, representative
from server.actions.signing.signers import check as check_signer
from server.actions.signing.steps import MAX_SIGNATURE_BYTES, PNG_HEAD, check_alive, document, renewal_start
from server.actions.signing.supplements import (
    Change,
    NothingChanges,
    NotInForce,
    SupplementWaiting,
    decline_supplement,
    propose,
    sign_supplement,
    take_back_supplement,
)
from server.actions.signing.unsigned import list_lapsed_next, list_next, month_of, settle_batch
from server.actions.signing.voiding import confirm_void, drop_void, propose_void, void_reasons
from server.actions.signing.wish import Wish
from server.actions.signing.wording import price_label

__all__ = [
    "AgreementOverlap",
    "CapExceeded",
    "Change",
    "ClosingDateInvalid",
    "ConsentMissing",
    "Copy",
    "DecisionNoteNeeded",
    "Event",
    "GuardianNeeded",
    "MAX_SIGNATURE_BYTES",
    "NoCopyYet",
    "NotInForce",
    "NotPending",
    "NotRenewable",
    "NotWithdrawable",
    "NothingChanges",
    "NoticeNeeded",
    "OnePackagePerHousehold",
    "OptOutOver",
    "PNG_HEAD",
    "PackageNotForYou",
    "PackageNotOffered",
    "PackagePriceWrong",
    "Part",
    "Pressure",
    "ReasonNotListed",
    "ReasonNoteNeeded",
    "RefusalNotAllowed",
    "RejectReason",
    "ResidentDeceased",
    "SealInvalid",
    "SecondPersonNeeded",
    "SignatureInvalid",
    "SignerNotAllowed",
    "Signing",
    "SupplementWaiting",
    "TeamClosed",
    "TermNotAllowedInTerm",
    "TextChanged",
    "Wish",
    "WitnessNeeded",
    "WitnessUnnamed",
    "accept",
    "accept_joint",
    "activate_next",
    "can_renew",
    "check_alive",
    "check_package",
    "check_signer",
    "close",
    "confirm_read",
    "confirm_void",
    "consents_of",
    "decide_termination",
    "decline_supplement",
    "document",
    "drop_void",
    "enter_next",
    "expire_next",
    "give_consent",
    "give_own_consent",
    "give_reason",
    "has_copy",
    "inform",
    "issue",
    "keep_seal",
    "keep_signature",
    "list_lapsed_next",
    "list_next",
    "may_end",
    "may_opt_out",
    "month_of",
    "needs_guardian",
    "note_contact",
    "notice_text",
    "offer_next_renewal",
    "open_next_ledger",
    "opt_out",
    "own_consents",
    "own_share_fen",
    "pressure",
    "price_label",
    "propose",
    "propose_void",
    "reject",
    "renew",
    "renewal_start",
    "representative",
    "request",
    "request_jointly",
    "request_termination",
    "rules_of",
    "settle_batch",
    "sign_supplement",
    "take_back_supplement",
    "take_back_termination",
    "void_reasons",
    "withdraw",
    "withdraw_consent",
    "withdraw_overdue_next",
    "witness",
]
