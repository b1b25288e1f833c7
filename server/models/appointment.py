"""Appointments (预约): a resident's place in a slot."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, case, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import sealing
from server.database import Id, Model, UtcDateTime, db, primary_key, table
from server.models import audit, waiting
from server.models.actor import Actor
from server.models.resident import Resident
from server.models.slot import Pool, Slot, freed
from server.models.states import StateEvent, move
from server.models.waiting import OfferOutcome


class AppointmentStatus(StrEnum):
    """States of domain.md §5.2, seen from the booking."""

    HELD = "held"  # until ``expires_at``
    PENDING = "pending"  # the hospital must acknowledge it
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    DONE = "done"  # seen, or the session is over
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"  # after the deadline: the number is void
    EXPIRED = "expired"  # the hold ran out
    SUSPENDED = "suspended"  # the clinic is called off; another number may be chosen


A = AppointmentStatus

MOVES: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    A.HELD: frozenset({A.BOOKED, A.PENDING, A.EXPIRED, A.CANCELLED, A.SUSPENDED}),
    A.PENDING: frozenset({A.BOOKED, A.CANCELLED, A.LATE_CANCELLED, A.SUSPENDED}),
    # to itself: another time was chosen, in the same row
    A.BOOKED: frozenset({A.BOOKED, A.CHECKED_IN, A.DONE, A.NO_SHOW, A.CANCELLED, A.LATE_CANCELLED, A.SUSPENDED}),
    A.CHECKED_IN: frozenset({A.DONE, A.SUSPENDED}),
    A.NO_SHOW: frozenset({A.DONE}),
    A.SUSPENDED: frozenset({A.BOOKED, A.PENDING, A.CANCELLED}),
    A.DONE: frozenset(),
    A.CANCELLED: frozenset(),
    A.LATE_CANCELLED: frozenset(),
    A.EXPIRED: frozenset(),
}
BORN = (A.HELD, A.PENDING, A.BOOKED)

OPEN = (A.HELD, A.PENDING, A.BOOKED)
"""Somebody means to come."""
AFFECTED = (*OPEN, A.CHECKED_IN)
"""Who is told when the clinic is called off."""
WITHOUT_PLACE = (A.CANCELLED, A.EXPIRED, A.SUSPENDED)
"""No place is taken; in every other state exactly one is."""

STATUS_LABELS = {
    A.HELD: "待您确认",
    A.PENDING: "等医院确认",
    A.BOOKED: "预约成功",
    A.CHECKED_IN: "已取号",
    A.DONE: "已结束",
    A.NO_SHOW: "未到诊",
    A.CANCELLED: "已取消",
    A.LATE_CANCELLED: "过时取消",
    A.EXPIRED: "超时未确认",
    A.SUSPENDED: "医院停诊",
}


class Channel(StrEnum):
    """Through what a number was booked."""

    SELF = "self"
    DOCTOR = "doctor"
    CHAT = "chat"
    REFERRAL = "referral"
    WAITING = "waiting"


CHANNEL_LABELS = {
    Channel.SELF: "居民自己预约",
    Channel.DOCTOR: "家庭医生代约",
    Channel.CHAT: "对话中预约",
    Channel.REFERRAL: "转诊预约",
    Channel.WAITING: "候补到号",
}


class AppointmentEvent(StateEvent, Model):
    """One step of an appointment: never changed, never deleted."""

    __tablename__ = "appointment_event"
    # hospitals' systems ask what changed since
    __table_args__ = table(Index(None, "at", "id"))
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("appointment.id"), index=True)


_HOLDS_NONE = "status IN ('cancelled', 'expired', 'suspended')"


class Appointment(Model):
    """One booking. ``active_key`` "<slot>:<resident>" makes a double tap book once; ``number_key`` "<slot>:<n>" keeps a
    number from being given twice. Both are NULL while no place is taken.
    """

    __tablename__ = "appointment"
    MOVES = MOVES
    BORN = BORN
    EVENT = AppointmentEvent
    __table_args__ = table(
        CheckConstraint(f"({_HOLDS_NONE}) = (active_key IS NULL)", name="active_key"),
        CheckConstraint(f"({_HOLDS_NONE}) = (number_key IS NULL)", name="number_key"),
        CheckConstraint("(status = 'held') = (expires_at IS NOT NULL)", name="expires_at"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("pool IN ('family_doctor', 'public')", name="pool"),
        CheckConstraint("channel IN ('self', 'doctor', 'chat', 'referral', 'waiting')", name="channel"),
        Index(None, "resident_id", "status"),
        Index(None, "slot_id", "status"),
        Index(None, "status", "slot_id"),
        Index(None, "status", "expires_at"),
        Index(None, "referral_id"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    slot_id: Mapped[str] = mapped_column(Id, ForeignKey("slot.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    status: Mapped[AppointmentStatus] = mapped_column(String(16))
    pool: Mapped[Pool] = mapped_column(String(16), default=Pool.FAMILY_DOCTOR)
    """Whose place is taken."""
    channel: Mapped[Channel] = mapped_column(String(12), default=Channel.SELF)
    booker_kind: Mapped[str] = mapped_column(String(12), default="")
    booker_id: Mapped[str] = mapped_column(String(64), default="")
    """Who booked, as models.actor.Actor."""
    referral_id: Mapped[str | None] = mapped_column(Id)
    waiting_id: Mapped[str | None] = mapped_column(Id, index=True)
    """The entry of the waiting list (models.waiting) that it came from."""
    active_key: Mapped[str | None] = mapped_column(String(53), unique=True)
    number: Mapped[int] = mapped_column(Integer)
    number_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    """How often its time was changed: the SEQUENCE of its calendar file."""
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when the place is held."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    slot: Mapped[Slot] = relationship(lazy="joined")
    resident: Mapped[Resident] = relationship(lazy="joined")

    @property
    def check_in_code(self) -> str:
        """What his phone shows as a QR code and the desk scans: the id, and a keyed hash that nobody else can make."""
        return f"{self.id}.{sealing.current().index(self.id, 'appointment.check_in')[:16]}"

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[AppointmentStatus(self.status)]


_OFFER_ENDS = {
    A.CANCELLED: OfferOutcome.DECLINED,
    A.EXPIRED: OfferOutcome.EXPIRED,
    A.SUSPENDED: OfferOutcome.CALLED_OFF,
}


def give_back(
    appointment: Appointment, to: AppointmentStatus = A.CANCELLED, *, by: Actor, at: datetime, reason: str = ""
) -> None:
    """End an appointment and free its place, in the caller's transaction, which has locked the slot's row before.

    Args:
        to: one of WITHOUT_PLACE.
    Raises:
        IllegalMove, StaleState.
    """
    slot_id, pool, had_place = appointment.slot_id, Pool(appointment.pool), appointment.active_key is not None
    columns = {"active_key": None, "number_key": None, "expires_at": None, "cancelled_at": at}
    move(appointment, to, by=by, at=at, reason=reason, **columns)
    if had_place:
        free_place(slot_id, pool)
        was_offer = appointment.waiting_id and waiting.handed_back(appointment.id, _OFFER_ENDS[to], by=by, at=at)
        if to != A.SUSPENDED and not was_offer:
            freed(slot_id, pool, to, at)


def give_all_back(
    resident_id: str, statuses: tuple[AppointmentStatus, ...] = OPEN, *, by: Actor, at: datetime, reason: str
) -> None:
    """Free what a person has in these states, slot by slot, in the caller's transaction, which locked his agreement."""
    mine = (Appointment.resident_id == resident_id) & Appointment.status.in_(statuses)
    for slot_id in sorted(set(db.session.scalars(select(Appointment.slot_id).where(mine)))):
        db.session.scalar(select(Slot.id).where(Slot.id == slot_id).with_for_update())
        here = select(Appointment.id).where(mine, Appointment.slot_id == slot_id).order_by(Appointment.id)
        for row_id in db.session.scalars(here.with_for_update()).all():
            row = db.session.get_one(Appointment, row_id, populate_existing=True)
            give_back(row, by=by, at=at, reason=reason)
            audit.record("appointment_cancelled", row, by=by, at=at)


def free_place(slot_id: str, pool: Pool) -> None:
    """Give one taken place of a slot back, in one UPDATE: to its pool, or to the public after the fall-back (§5.2)."""
    statement = update(Slot).where(Slot.id == slot_id).execution_options(synchronize_session=False)
    if pool == Pool.PUBLIC:
        db.session.execute(statement.values(public_taken=Slot.public_taken - 1))
        return
    gone = case((Slot.released_at.is_(None), 0), else_=1)
    db.session.execute(
        statement.values(
            fd_taken=Slot.fd_taken - 1,
            fd_capacity=Slot.fd_capacity - gone,
            public_capacity=Slot.public_capacity + gone,
            given_over=Slot.given_over + gone,
        )
    )
