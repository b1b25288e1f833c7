"""Wishes to end an agreement before its last day (解约申请、作废申请), and what was decided about them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import transfer
from server.models.actor import Actor
from server.models.agreement import Agreement


class EndingKind(StrEnum):
    """What is wished for."""

    TERMINATION = "termination"  # the resident asks, an administrator decides
    VOID = "void"  # an administrator proposes, another one confirms


class EndingReason(StrEnum):
    """Why. ``moved`` and ``breach`` are the exceptions that policy key termination.exceptions names."""

    MOVED = "moved"
    BREACH = "breach"
    DISSATISFIED = "dissatisfied"
    CHANGED_PROVIDER = "changed_provider"
    OTHER = "other"
    DUPLICATE = "duplicate"
    WRONG_IDENTITY = "wrong_identity"
    WRONGLY_CLOSED = "wrongly_closed"


R = EndingReason

REASONS: dict[EndingKind, dict[EndingReason, str]] = {
    EndingKind.TERMINATION: {
        R.MOVED: "搬离本地",
        R.BREACH: "团队未按协议服务",
        R.DISSATISFIED: "对服务不满意",
        R.CHANGED_PROVIDER: "改由其他机构服务",
        R.OTHER: "其他原因",
    },
    EndingKind.VOID: {
        R.DUPLICATE: "重复签约",
        R.WRONG_IDENTITY: "身份登记错误",
        R.WRONGLY_CLOSED: "误登记去世或迁出",
    },
}


class EndingOutcome(StrEnum):
    """What became of it."""

    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    OVERTAKEN = "overtaken"  # the agreement ended for another reason first


OUTCOME_LABELS = {
    EndingOutcome.APPROVED: "已同意",
    EndingOutcome.REFUSED: "未同意",
    EndingOutcome.TAKEN_BACK: "已撤回",
    EndingOutcome.OVERTAKEN: "协议已因其他原因终止",
}


class Ending(Model):
    """One wish to end one agreement; at most one open of a kind (``open_key`` "<kind>:<agreement>")."""

    __tablename__ = "ending"
    __table_args__ = table(
        CheckConstraint("(outcome IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("kind <> 'void' OR outcome <> 'approved' OR decided_by <> requested_by", name="two_persons"),
        Index(None, "kind", "outcome", "decide_by_on"),
    )
    PERSONAL = ("note", "decision_note", "signature")

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    kind: Mapped[EndingKind] = mapped_column(String(12))
    reason: Mapped[EndingReason] = mapped_column(Code)
    note: Mapped[str] = mapped_column(Sealed("ending.note"))
    signature: Mapped[str | None] = mapped_column(Sealed("ending.signature", long=True))
    """PNG as a data URL, drawn by the resident who asks."""
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by: Mapped[str] = mapped_column(Code)
    decide_by_on: Mapped[date] = mapped_column(Date)
    """The day by which a decision was promised."""
    open_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    outcome: Mapped[EndingOutcome | None] = mapped_column(String(12))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Code)
    decision_note: Mapped[str | None] = mapped_column(Sealed("ending.decision_note"))

    agreement: Mapped[Agreement] = relationship(lazy="joined")

    @property
    def reason_label(self) -> str:
        """The reason, for people."""
        return REASONS[EndingKind(self.kind)][EndingReason(self.reason)]

    @property
    def outcome_label(self) -> str:
        """What became of it, for people."""
        return OUTCOME_LABELS[EndingOutcome(self.outcome)] if self.outcome else "等待处理"


def open_key(kind: EndingKind, agreement_id: str) -> str:
    """Return the key that one open wish of a kind has."""
    return f"{kind}:{agreement_id}"


def settle(ending_id: str, outcome: EndingOutcome, *, by: Actor, at: datetime, note: str | None = None) -> bool:
    """Close a wish in the caller's transaction. Returns whether it was still open."""
    statement = (
        update(Ending)
        .where(Ending.id == ending_id, Ending.outcome.is_(None))
        .values(outcome=outcome, open_key=None, decided_at=at, decided_by=by.id, decision_note=note)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def overtake(agreement_id: str, *, by: Actor, at: datetime) -> None:
    """Close what is still wished for an agreement that has just ended, in the caller's transaction."""
    statement = (
        update(Ending)
        .where(Ending.agreement_id == agreement_id, Ending.outcome.is_(None))
        .values(outcome=EndingOutcome.OVERTAKEN, open_key=None, decided_at=at, decided_by=by.id)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)
    transfer.overtake(agreement_id, by=by, at=at)
