"""Supplements (补充协议): later changes of an agreement, numbered, each with its own text and both signatures."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.agreement import Agreement
from server.models.states import StateEvent


class SupplementStatus(StrEnum):
    """Where a supplement stands."""

    PROPOSED = "proposed"  # the team or institution signed, the resident must answer
    SIGNED = "signed"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    OVERTAKEN = "overtaken"  # the agreement ended first


class SupplementKind(StrEnum):
    """What it changes."""

    CONTACT = "contact"
    PACKAGE = "package"
    OTHER = "other"


S = SupplementStatus

MOVES: dict[SupplementStatus, frozenset[SupplementStatus]] = {
    S.PROPOSED: frozenset({S.SIGNED, S.DECLINED, S.TAKEN_BACK, S.OVERTAKEN}),
    S.SIGNED: frozenset(),
    S.DECLINED: frozenset(),
    S.TAKEN_BACK: frozenset(),
    S.OVERTAKEN: frozenset(),
}

STATUS_LABELS = {
    S.PROPOSED: "等待居民签字",
    S.SIGNED: "已签署",
    S.DECLINED: "居民未同意",
    S.TAKEN_BACK: "已撤回",
    S.OVERTAKEN: "协议已终止",
}
KIND_LABELS = {
    SupplementKind.CONTACT: "变更联系方式",
    SupplementKind.PACKAGE: "变更服务包",
    SupplementKind.OTHER: "其他约定",
}


class SupplementEvent(StateEvent, Model):
    """One step of a supplement: never changed, never deleted."""

    __tablename__ = "supplement_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("supplement.id"), index=True)


class Supplement(Model):
    """One supplement; numbers count up per agreement and are never used again. One at a time may wait for an answer."""

    __tablename__ = "supplement"
    MOVES = MOVES
    EVENT = SupplementEvent
    __table_args__ = table(
        UniqueConstraint("agreement_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(status = 'proposed') = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("status <> 'signed' OR (signature IS NOT NULL AND settled_at IS NOT NULL)", name="signed"),
    )
    PERSONAL = ("text_body", "signature", "change")

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[SupplementKind] = mapped_column(String(12))
    status: Mapped[SupplementStatus] = mapped_column(String(12))
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    text_body: Mapped[str] = mapped_column(Sealed("supplement.text_body", long=True))
    """The frozen text: title and paragraphs, one per line."""
    text_sha256: Mapped[str] = mapped_column(Hash)
    change: Mapped[str] = mapped_column(Sealed("supplement.change"))
    """JSON: what signing changes, e.g. the new telephone number or the new package."""
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[str] = mapped_column(Code)
    provider: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Who signed for the provider: name, id, and which drawn signature or seal."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature: Mapped[str | None] = mapped_column(Sealed("supplement.signature", long=True))
    """PNG as a data URL, drawn by the resident."""

    agreement: Mapped[Agreement] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[SupplementStatus(self.status)]

    @property
    def kind_label(self) -> str:
        """What it changes, for people."""
        return KIND_LABELS[SupplementKind(self.kind)]
