"""Asking a register whether name and number belong together. A valid number alone proves nobody (domain.md §3.3).

A verifier is outside of us, like WeChat: it may be slow or silent, so it is never asked inside a transaction. A contract
with a register means one more class here and one more word of ``[identity] verifier``.
"""

from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What the register said."""

    VERIFIED = "verified"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    """No answer now: ask again later."""


class Verifier(Protocol):
    """A register of people."""

    is_online: bool
    """Whether it is worth asking at all."""

    def verify(self, name: str, document_type: str, number: str) -> Outcome:
        """Ask about one person. Never raises for an outage: that is UNAVAILABLE."""


class OfflineVerifier:
    """No register: everybody stays as he is until a doctor has seen the original."""

    is_online = False

    def verify(self, name: str, document_type: str, number: str) -> Outcome:
        """Never knows."""
        return Outcome.UNAVAILABLE


class SandboxVerifier:
    """For demos and tests, decided by the digit before the last place of the number.

    9: name and number do not belong together. 8: the register does not answer. Anything else: verified.
    """

    is_online = True
    ANSWERS = {"9": Outcome.FAILED, "8": Outcome.UNAVAILABLE}

    def verify(self, name: str, document_type: str, number: str) -> Outcome:
        """Answer the same for the same number, always."""
        return self.ANSWERS.get(number[-2:-1], Outcome.VERIFIED)


def verifier_for(choice: str) -> Verifier:
    """Return the verifier of the setting ``[identity] verifier``: none or sandbox."""
    return SandboxVerifier() if choice == "sandbox" else OfflineVerifier()
