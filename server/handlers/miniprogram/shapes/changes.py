"""Drafts, changes of team and mass transfers."""

from datetime import date
from typing import Literal, Self

from pydantic import Field

from server.actions import signing
from server.handlers.miniprogram.shapes.agreements import Choice
from server.handlers.miniprogram.shapes.edges import In, Out, Whole, instant
from server.handlers.miniprogram.shapes.people import IdentityIn, PatientOut
from server.models import (
    Agreement,
    AgreementStatus,
    ChangeReason,
    ChangeState,
    Resident,
    ServicePackage,
    Team,
    TeamChange,
    TransferEntry,
)
from server.models.transfer import CHANGE_REASONS
from server.policy import texts
from server.policy.schema import Policy

Months = Whole


class DraftIn(Choice):
    """How far somebody has come with signing; never the signature."""

    consents: list[str] = Field(default_factory=list, max_length=20)
    step: Literal["read", "consent", "sign"] = "read"

    def draft(self, team: Team, package: ServicePackage) -> signing.Draft:
        """What is to be kept, with the things the ids stand for."""
        return signing.Draft(
            team=team,
            package=package,
            term_months=self.term_months,
            is_extended=self.is_extended,
            consents=tuple(self.consents),
            step=self.step,
        )


class DraftOut(Out):
    """What was begun and not signed; ``begun_by_staff``: the team began it."""

    id: str
    team: dict[str, str]
    package: dict[str, str]
    term_months: int | None
    is_extended: bool
    consents: list[str]
    step: str
    begun_by_staff: bool
    keep_until_on: str

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Show a draft to its resident."""
        return cls(
            id=agreement.id,
            team={"id": agreement.team_id, "name": agreement.team.name},
            package={"id": agreement.package_id, "name": agreement.package.name},
            term_months=agreement.term_months,
            is_extended=agreement.is_extended,
            consents=list(agreement.consents),
            step=agreement.draft_step or "read",
            begun_by_staff=agreement.status == AgreementStatus.PENDING_RESIDENT,
            keep_until_on=agreement.answer_by_on.isoformat(),
        )


class TeamIn(In):
    """Another team."""

    team_id: str = Field(max_length=26)


class ChangeIn(TeamIn):
    """Asking for another team: why, the text read, the signature where the region wants one."""

    reason_code: ChangeReason
    note: str = Field(default="", max_length=200)
    text_sha256: str = Field(min_length=64, max_length=64)
    signature: str | None = Field(default=None, max_length=400_000)


class ChangePreviewOut(Out):
    """What is to be read before asking for another team."""

    title: str
    paragraphs: list[str]
    text_sha256: str
    signature_needed: bool
    answer_within_days: int
    reasons: list[dict[str, str]]

    @classmethod
    def of(cls, text: texts.Document, policy: Policy) -> Self:
        """Show the text and what is asked for."""
        return cls(
            title=text.title,
            paragraphs=list(text.paragraphs),
            text_sha256=text.sha256,
            signature_needed=signing.signature_needed(policy),
            answer_within_days=policy.signing.answer_within_days,
            reasons=[{"code": str(code), "label": label} for code, label in CHANGE_REASONS.items()],
        )


class ChangeOut(Out):
    """A wish for another team as its resident sees it."""

    id: str
    state: str
    state_label: str
    from_team: str
    to_team: str
    reason_label: str
    requested_at: str
    answer_by_on: str | None
    old_agreed: bool
    new_agreed: bool
    refusal_note: str | None
    successor_id: str | None

    @classmethod
    def of(cls, change: TeamChange) -> Self:
        """Show a wish."""
        is_open = change.state == ChangeState.WAITING
        return cls(
            id=change.id,
            state=change.state,
            state_label=change.state_label,
            from_team=change.from_team.name,
            to_team=change.to_team.name,
            reason_label=CHANGE_REASONS[ChangeReason(change.reason)],
            requested_at=instant(change.requested_at),
            answer_by_on=change.answer_by_on.isoformat() if is_open else None,
            old_agreed=change.old_by is not None,
            new_agreed=change.new_by is not None,
            refusal_note=change.refusal_note or None,
            successor_id=change.successor_id,
        )


class DoctorChangeOut(ChangeOut):
    """The same for the two teams."""

    resident: PatientOut
    note: str
    handover_note: str
    direction: str
    """out: he wants to leave the caller's team; in: he wants to come."""
    is_late: bool

    @classmethod
    def for_team(cls, change: TeamChange, team_ids: set[str], today: date) -> Self:
        """Show a wish to a member of one of the teams."""
        shown = ChangeOut.of(change)
        return cls(
            **shown.model_dump(),
            resident=PatientOut.of(change.agreement.resident, today),
            note=change.note,
            handover_note=change.handover_note,
            direction="out" if change.from_team_id in team_ids else "in",
            is_late=change.state == ChangeState.WAITING and change.answer_by_on < today,
        )


class AgreeIn(In):
    """Yes, with what the new team should know."""

    handover_note: str = Field(default="", max_length=500)


class RefuseIn(In):
    """No, with a reason the resident reads."""

    note: str = Field(min_length=1, max_length=200)


class TransferOut(Out):
    """My team closes: who takes over, when, and what I said to it."""

    id: str
    from_team: str
    to_team: str | None
    reason_label: str
    move_on: str
    choice: str
    choice_label: str
    has_answered: bool
    """Who says nothing goes along: that is no answer of his."""
    can_answer: bool

    @classmethod
    def of(cls, entry: TransferEntry, today: date) -> Self:
        """Show an entry to its resident."""
        return cls(
            id=entry.id,
            from_team=entry.transfer.team.name,
            to_team=entry.to_team.name if entry.to_team else None,
            reason_label=entry.transfer.reason_label,
            move_on=entry.transfer.move_on.isoformat(),
            choice=entry.choice,
            choice_label=entry.choice_label,
            has_answered=entry.chosen_at is not None,
            can_answer=entry.transfer.move_on > today,
        )


class AnswerIn(In):
    """ "" content after all; "end"; or "other_team" with a team."""

    choice: Literal["", "end", "other_team"]
    team_id: str | None = Field(default=None, max_length=26)
    note: str = Field(default="", max_length=200)


class FindIn(In):
    """A document, typed from the original."""

    document_type: Literal["01", "03C", "03F", "06", "06N", "07", "08", "09"] = "01"
    number: str = Field(min_length=1, max_length=40)


class RegisterIn(IdentityIn):
    """Somebody whose original is in the hands of a member of staff."""

    phone: str | None = Field(default=None, max_length=20)


class FoundOut(Out):
    """Somebody found by his document, and whether a signing can be begun for him."""

    resident: PatientOut
    can_begin: bool
    why_not: str | None
    agreement_id: str | None
    """Set when this team has begun one that he can sign now."""

    @classmethod
    def of(cls, resident: Resident, standing: Agreement | None, team_id: str, today: date) -> Self:
        """Show a person, masked, with no more of his agreement than that there is one."""
        mine = standing is not None and standing.team_id == team_id
        begun = mine and standing is not None and standing.status == AgreementStatus.PENDING_RESIDENT
        return cls(
            resident=PatientOut.of(resident, today),
            can_begin=standing is None and resident.died_on is None,
            why_not=None if standing is None else "这位居民已有签约或待办的签约，不能重复签约",
            agreement_id=standing.id if standing is not None and begun else None,
        )


class ForIn(In):
    """For whom."""

    for_resident: str | None = Field(default=None, max_length=26)


class BeginIn(In):
    """What a member of staff begins for somebody he found; ``seen``: he has compared the original now."""

    resident_id: str = Field(max_length=26)
    package_id: str = Field(max_length=26)
    term_months: Months | None = Field(default=None, ge=1, le=120)
    seen: bool = False


class BegunOut(Out):
    """A signing that waits for its resident."""

    id: str
    resident: PatientOut
    package: dict[str, str]
    term_months: int | None
    sign_by_on: str

    @classmethod
    def of(cls, agreement: Agreement, today: date) -> Self:
        """Show a begun signing to the team."""
        return cls(
            id=agreement.id,
            resident=PatientOut.of(agreement.resident, today),
            package={"id": agreement.package_id, "name": agreement.package.name},
            term_months=agreement.term_months,
            sign_by_on=agreement.answer_by_on.isoformat(),
        )


class SignHereIn(In):
    """The resident's own signature on the doctor's phone, and a picture of it if somebody took one."""

    text_sha256: str = Field(min_length=64, max_length=64)
    consents: list[str] = Field(max_length=20)
    signature: str = Field(max_length=400_000)
    photo: str | None = Field(default=None, max_length=420_000)
    is_mark: bool = False
    """He cannot write: the drawing is his mark, which two members of staff witness before it is accepted."""
