"""Ending an agreement early, as residents and teams see it."""

from typing import Any, Self

from pydantic import Field

from server.actions import signing
from server.handlers.miniprogram.shapes.edges import Day, In, Out, instant
from server.models.agreement import Agreement, AgreementStatus
from server.models.ending import REASONS, Ending, EndingKind, EndingOutcome, EndingReason
from server.policy.schema import Policy


class EndIn(In):
    """A wish to end an agreement, signed by hand."""

    reason_code: EndingReason
    note: str = Field(default="", max_length=200)
    signature: str = Field(max_length=400_000)


class CloseIn(In):
    """What happened to a resident, and on which day."""

    event: signing.Event
    on: Day


class TerminationOut(Out):
    """A wish to end an agreement and what became of it."""

    reason_label: str
    note: str
    requested_at: str
    decide_by_on: str | None
    outcome: EndingOutcome | None
    outcome_label: str
    decided_at: str | None
    decision_note: str | None

    @classmethod
    def of(cls, wish: Ending) -> Self:
        """Show a wish to its resident; the promised day only while nobody has decided."""
        return cls(
            reason_label=wish.reason_label,
            note=wish.note,
            requested_at=instant(wish.requested_at),
            decide_by_on=None if wish.outcome else wish.decide_by_on.isoformat(),
            outcome=wish.outcome,
            outcome_label=wish.outcome_label,
            decided_at=instant(wish.decided_at) if wish.decided_at else None,
            decision_note=wish.decision_note,
        )


class EndingOptionsOut(Out):
    """Whether and why a resident may ask to end an agreement now."""

    can_request: bool
    reasons: list[dict[str, Any]]
    complaint_phone: str
    decide_within_workdays: int

    @classmethod
    def of(cls, agreement: Agreement, policy: Policy) -> Self:
        """Show the reasons, each with whether the region accepts it within the term."""
        return cls(
            can_request=agreement.status == AgreementStatus.ACTIVE,
            reasons=[
                {"code": code, "label": label, "allowed": signing.may_end(agreement, code)}
                for code, label in REASONS[EndingKind.TERMINATION].items()
            ],
            complaint_phone=policy.wording.complaint_phone,
            decide_within_workdays=policy.termination.decide_within_workdays,
        )
