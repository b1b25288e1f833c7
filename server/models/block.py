"""Visits nobody came to (爽约), and the pause in booking online that follows from several of them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.resident import Resident
from server.models.states import StateEvent


class MarkKind(StrEnum):
    """Why a visit counts against somebody."""

    NO_SHOW = "no_show"
    LATE_CANCELS = "late_cancels"  # so many late cancels count as one


class NoShowMark(Model):
    """One visit that counts. A mark is never deleted: the hospital's correction, or staff, voids it with a reason."""

    __tablename__ = "no_show_mark"
    __table_args__ = table(
        CheckConstraint("kind IN ('no_show', 'late_cancels')", name="kind"),
        Index(None, "resident_id", "visit_on"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    appointment_id: Mapped[str] = mapped_column(Id, ForeignKey("appointment.id"), unique=True)
    kind: Mapped[MarkKind] = mapped_column(String(16))
    visit_on: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str] = mapped_column(String(128), default="")


class BlockStatus(StrEnum):
    """Where a pause stands."""

    ACTIVE = "active"
    ENDED = "ended"
    LIFTED = "lifted"  # by an appeal or a correction


B = BlockStatus
MOVES: dict[BlockStatus, frozenset[BlockStatus]] = {
    B.ACTIVE: frozenset({B.ENDED, B.LIFTED}),
    B.ENDED: frozenset(),
    B.LIFTED: frozenset(),
}
STATUS_LABELS = {B.ACTIVE: "暂停中", B.ENDED: "已到期", B.LIFTED: "已解除"}


class BlockEvent(StateEvent, Model):
    """One step of a block: never changed, never deleted."""

    __tablename__ = "block_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("booking_block.id"), index=True)


class BookingBlock(Model):
    """A pause in booking online, at most one at a time (``live_key`` = resident). It holds until before ``until_on``."""

    __tablename__ = "booking_block"
    MOVES = MOVES
    EVENT = BlockEvent
    __table_args__ = table(
        CheckConstraint("(status = 'active') = (live_key IS NOT NULL)", name="live_key"),
        CheckConstraint("until_on > from_on", name="ends_after_start"),
        CheckConstraint("(appealed_at IS NULL) = (appeal_text IS NULL)", name="appeal"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_at IS NULL OR appealed_at IS NOT NULL", name="decided_after_appeal"),
        Index(None, "status", "until_on"),
        Index(None, "resident_id"),
    )
    PERSONAL = ("appeal_text", "decision_reason")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    live_key: Mapped[str | None] = mapped_column(Id, unique=True)
    status: Mapped[BlockStatus] = mapped_column(String(12))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    count: Mapped[int] = mapped_column(Integer)
    """How many marks there were in twelve months."""
    policy_version: Mapped[str] = mapped_column(String(32))
    appeal_text: Mapped[str | None] = mapped_column(Sealed("booking_block.appeal_text"))
    appealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decision_reason: Mapped[str | None] = mapped_column(Sealed("booking_block.decision_reason"))

    resident: Mapped[Resident] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[BlockStatus(self.status)]


def active(resident_id: str, on: date) -> BookingBlock | None:
    """Return the pause that holds for somebody on a day."""
    found = db.session.scalar(select(BookingBlock).where(BookingBlock.live_key == resident_id))
    return found if found is not None and found.until_on > on else None
