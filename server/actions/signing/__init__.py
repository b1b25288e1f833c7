"""Signing and renewal (签约、续签): request, accept, reject, withdraw, renew, and what the calendar does."""

from server.actions.signing.calendar import activate_next, expire_next, withdraw_overdue_next
from server.actions.signing.deciding import accept, reject
from server.actions.signing.refusals import (
    AgreementOverlap,
    CapExceeded,
    ConsentMissing,
    NotRenewable,
    PackageNotOffered,
    RejectReason,
    SignatureInvalid,
    TeamClosed,
    TextChanged,
)
from server.actions.signing.renewing import can_renew, offer_next_renewal, renew
from server.actions.signing.requesting import request, withdraw
from server.actions.signing.steps import MAX_SIGNATURE_BYTES, PNG_HEAD, document, price_label, renewal_start

__all__ = [
    "AgreementOverlap",
    "CapExceeded",
    "ConsentMissing",
    "MAX_SIGNATURE_BYTES",
    "NotRenewable",
    "PNG_HEAD",
    "PackageNotOffered",
    "RejectReason",
    "SignatureInvalid",
    "TeamClosed",
    "TextChanged",
    "accept",
    "activate_next",
    "can_renew",
    "document",
    "expire_next",
    "offer_next_renewal",
    "price_label",
    "reject",
    "renew",
    "renewal_start",
    "request",
    "withdraw",
    "withdraw_overdue_next",
]
