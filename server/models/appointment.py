"""Appointments (预约): a resident's place in a slot."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, UtcDateTime, db, primary_key, table
from server.models.actor import Actor
from server.models.resident import Resident
from server.models.slot import Slot
from server.models.states import StateEvent, move


class AppointmentStatus(StrEnum):
    """States of domain.md §5.2 that this release serves."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    DONE = "done"  # the clinic session is over


A = AppointmentStatus

MOVES: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    A.BOOKED: frozenset({A.CANCELLED, A.DONE}),
    A.CANCELLED: frozenset(),
    A.DONE: frozenset(),
}

STATUS_LABELS = {A.BOOKED: "预约成功", A.CANCELLED: "已取消", A.DONE: "已结束"}


class AppointmentEvent(StateEvent, Model):
    """One step of an appointment: never changed, never deleted."""

    __tablename__ = "appointment_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("appointment.id"), index=True)


class Appointment(Model):
    """One booking. ``active_key`` "<slot>:<resident>" makes a double tap book once; ``number_key`` "<slot>:<n>" keeps a
    number from being given twice. Both are NULL once cancelled.
    """

    __tablename__ = "appointment"
    MOVES = MOVES
    EVENT = AppointmentEvent
    __table_args__ = table(
        CheckConstraint("(status = 'cancelled') = (active_key IS NULL)", name="active_key"),
        CheckConstraint("(status = 'cancelled') = (number_key IS NULL)", name="number_key"),
        CheckConstraint("number > 0", name="number"),
        Index(None, "resident_id", "status"),
        Index(None, "slot_id", "status"),
        Index(None, "status", "slot_id"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    slot_id: Mapped[str] = mapped_column(Id, ForeignKey("slot.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    status: Mapped[AppointmentStatus] = mapped_column(String(12))
    active_key: Mapped[str | None] = mapped_column(String(53), unique=True)
    number: Mapped[int] = mapped_column(Integer)
    number_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    slot: Mapped[Slot] = relationship(lazy="joined")
    resident: Mapped[Resident] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[AppointmentStatus(self.status)]


def give_back(appointment: Appointment, *, by: Actor, at: datetime, reason: str = "") -> None:
    """Cancel an appointment and free its place, in the caller's transaction, which has locked the slot's row before.

    Raises:
        IllegalMove, StaleState.
    """
    to = AppointmentStatus.CANCELLED
    move(appointment, to, by=by, at=at, reason=reason, active_key=None, number_key=None, cancelled_at=at)
    freed = update(Slot).where(Slot.id == appointment.slot_id).values(taken=Slot.taken - 1)
    db.session.execute(freed.execution_options(synchronize_session=False))
