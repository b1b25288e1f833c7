"""People who should be signed and are not, as doctors see them, and informed notices."""

from collections.abc import Collection
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field

from server.handlers.miniprogram.shapes.edges import Day, In, Out, instant
from server.handlers.miniprogram.shapes.people import PatientOut
from server.models.refusal import (
    REASON_LABELS,
    SIGNER_LABELS,
    SOURCE_LABELS,
    InformedNotice,
    ReasonCode,
    Signer,
    Source,
    UnsignedEntry,
    UnsignedReason,
)
from server.policy import populations, texts
from server.policy.schema import Policy


class TabIn(In):
    """Which people on the list."""

    tab: Literal["todo", "noticed", "explained"] = "todo"
    cursor: str | None = Field(default=None, max_length=500)


class ReasonIn(In):
    """Why somebody is unsigned; the day of death with reason deceased only."""

    code: ReasonCode
    note: str = Field(default="", max_length=200)
    died_on: Day | None = None


class NoticeIn(In):
    """An informed notice, signed by the resident or by a witness."""

    text_sha256: str = Field(min_length=64, max_length=64)
    signer: Signer
    signature: str = Field(max_length=400_000)
    witness_name: str = Field(default="", max_length=50)


class NoticeOut(Out):
    """An informed notice; ``paragraphs`` and ``signature`` only where it is opened."""

    id: str
    number: str
    title: str
    signed_at: str
    signer_label: str
    witness_name: str | None
    organisation: str
    team: dict[str, str]
    outcome_label: str
    paragraphs: list[str] | None = None
    signature: str | None = None

    @classmethod
    def of(cls, notice: InformedNotice, *, opened: bool = False) -> Self:
        """Show a notice."""
        text = texts.Document.from_body(notice.text_body)
        return cls(
            id=notice.id,
            number=notice.number,
            title=text.title,
            signed_at=instant(notice.signed_at),
            signer_label=SIGNER_LABELS[Signer(notice.signer)],
            witness_name=notice.witness_name,
            organisation=notice.team.organisation.name,
            team={"id": notice.team_id, "name": notice.team.name, "phone": notice.team.phone},
            outcome_label=notice.outcome_label,
            paragraphs=list(text.paragraphs) if opened else None,
            signature=notice.signature if opened else None,
        )


class UnsignedOut(Out):
    """Somebody on the list."""

    id: str
    resident: PatientOut
    month: str
    status: str
    status_label: str
    source_label: str
    group_labels: list[str]
    contacts: int
    contacted_at: str | None
    reason: dict[str, Any] | None
    notice: NoticeOut | None

    @classmethod
    def of(
        cls,
        entry: UnsignedEntry,
        groups: Collection[str],
        reason: UnsignedReason | None,
        notice: InformedNotice | None,
        policy: Policy,
        today: date,
    ) -> Self:
        """Show one, masked; groups that few may see are left out."""
        shown = [group for group in policy.groups.key if group in groups and group not in populations.RESTRICTED]
        return cls(
            id=entry.id,
            resident=PatientOut.of(entry.resident, today),
            month=entry.month,
            status=entry.status,
            status_label=entry.status_label,
            source_label=SOURCE_LABELS[Source(entry.source)],
            group_labels=[populations.label(group, today, policy.groups) for group in shown],
            contacts=entry.contacts,
            contacted_at=instant(entry.contacted_at) if entry.contacted_at else None,
            reason=_reason(reason) if reason else None,
            notice=NoticeOut.of(notice) if notice else None,
        )


def _reason(reason: UnsignedReason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "label": reason.label,
        "note": reason.note,
        "recorded_at": instant(reason.recorded_at),
        "review_on": reason.review_on.isoformat(),
    }


class NoticeDraftOut(Out):
    """What would be signed by somebody who declines, and what the region wants."""

    entry: UnsignedOut
    required: bool
    title: str
    paragraphs: list[str]
    text_sha256: str
    witnesses: list[str]
    """Colleagues who may be the witness."""


class UnsignedOptionsOut(Out):
    """Which reasons the region knows, and whether refusing needs an informed notice."""

    notice: Literal["required", "optional"]
    reasons: list[dict[str, str]]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Show a region's rules."""
        return cls(
            notice=policy.refusal.notice,
            reasons=[{"code": code, "label": REASON_LABELS[ReasonCode(code)]} for code in policy.refusal.reasons],
        )
