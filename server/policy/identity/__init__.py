"""Identity documents and names: formats, checksums, and what a number says (domain.md §3). Pure."""

from server.policy.identity.countries import Country
from server.policy.identity.documents import Identity, check, check_identity_card, replace_by
from server.policy.identity.errors import (
    IdentityBirthDate,
    IdentityChecksum,
    IdentityFormat,
    IdentityIncomplete,
    IdentityMismatch,
    IdentityRegion,
    NameFormat,
    NationalityUnknown,
    NoDocumentTooOld,
    PhoneFormat,
    Warned,
)
from server.policy.identity.kinds import LABELS, SELF_REGISTRABLE, DocumentType
from server.policy.identity.names import check_contact_phone, check_mobile, check_name
from server.policy.identity.numbers import age_on, check_character, normalise
from server.policy.identity.stated import Facts, complete

__all__ = [
    "LABELS",
    "SELF_REGISTRABLE",
    "Country",
    "DocumentType",
    "Facts",
    "Identity",
    "IdentityBirthDate",
    "IdentityChecksum",
    "IdentityFormat",
    "IdentityIncomplete",
    "IdentityMismatch",
    "IdentityRegion",
    "NameFormat",
    "NationalityUnknown",
    "NoDocumentTooOld",
    "PhoneFormat",
    "Warned",
    "age_on",
    "check",
    "check_character",
    "check_contact_phone",
    "check_identity_card",
    "check_mobile",
    "check_name",
    "complete",
    "normalise",
    "replace_by",
]
