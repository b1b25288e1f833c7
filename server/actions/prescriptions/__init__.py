"""Long prescriptions: issued, signed, renewed, stopped; brought to the door; spoken of in time (domain.md §7.3)."""

from server.actions.prescriptions.delivering import DeliveryInvalid, DeliveryNotHere, call_off, deliver, plan
from server.actions.prescriptions.ending import end_next
from server.actions.prescriptions.issuing import (
    Draft,
    PrescriberNotQualified,
    PrescriptionOpen,
    TextChanged,
    issue,
    look,
    renew,
    sign,
    stop,
    words_for,
)

__all__ = [
    "DeliveryInvalid",
    "DeliveryNotHere",
    "Draft",
    "PrescriberNotQualified",
    "PrescriptionOpen",
    "TextChanged",
    "call_off",
    "deliver",
    "end_next",
    "issue",
    "look",
    "plan",
    "renew",
    "sign",
    "stop",
    "words_for",
]
