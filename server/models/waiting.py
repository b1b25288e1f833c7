"""The waiting list (候补): who waits for a number, what was offered to whom, and why somebody was passed over once."""

from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import clock
from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import audit
from server.models import notification as notifications
from server.models.actor import Actor
from server.models.hospital import Department, Specialist
from server.models.resident import Resident
from server.models.slot import FreedOutcome, FreedPlace, Slot, SlotKind
from server.models.states import StateEvent, move


class WaitingStatus(StrEnum):
    """Where somebody stands."""

    WAITING = "waiting"
    OFFERED = "offered"  # a place is held for him
    BOOKED = "booked"
    GIVEN_UP = "given_up"  # he left
    EXPIRED = "expired"  # his last day is over, or too many offers were not taken
    REMOVED = "removed"  # death, moving away, end of the agreement


W = WaitingStatus
MOVES: dict[WaitingStatus, frozenset[WaitingStatus]] = {
    W.WAITING: frozenset({W.OFFERED, W.BOOKED, W.GIVEN_UP, W.EXPIRED, W.REMOVED}),
    W.OFFERED: frozenset({W.WAITING, W.BOOKED}),
    # the hospital had the last word and said no: he stands where he stood
    W.BOOKED: frozenset({W.WAITING}),
    W.GIVEN_UP: frozenset(),
    W.EXPIRED: frozenset(),
    W.REMOVED: frozenset(),
}
OPEN = (W.WAITING, W.OFFERED)

STATUS_LABELS = {
    W.WAITING: "候补中",
    W.OFFERED: "有号，待您确认",
    W.BOOKED: "已约到",
    W.GIVEN_UP: "已退出",
    W.EXPIRED: "已结束",
    W.REMOVED: "已停止",
}


class Priority(IntEnum):
    """Who goes first: a smaller number; within one, whoever came first."""

    URGENT = 1
    PREFERRED = 2
    NORMAL = 3


PRIORITY_LABELS = {Priority.URGENT: "急需", Priority.PREFERRED: "优先", Priority.NORMAL: "普通"}
CLINIC_CALLED_OFF = "医院停诊"
"""Why somebody goes before others without anybody's decision."""


class WaitingEvent(StateEvent, Model):
    """One step of an entry: never changed, never deleted."""

    __tablename__ = "waiting_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("waiting_entry.id"), index=True)


_OPEN = "status IN ('waiting', 'offered')"


class WaitingEntry(Model):
    """One person waits for a number of one department; ``open_key`` "<resident>:<department>" lets him do so once."""

    __tablename__ = "waiting_entry"
    MOVES = MOVES
    EVENT = WaitingEvent
    __table_args__ = table(
        CheckConstraint(f"({_OPEN}) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("status IN ('waiting', 'offered', 'booked', 'given_up', 'expired', 'removed')", name="status"),
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority"),
        CheckConstraint("priority = 3 OR priority_reason IS NOT NULL", name="priority_reason"),
        CheckConstraint("until_at > from_at", name="ends_after_start"),
        CheckConstraint("offers >= 0", name="offers"),
        CheckConstraint("kind IS NULL OR kind IN ('GENERAL', 'SPECIALIST', 'EXPERT', 'EXAM', 'BED')", name="kind"),
        # next in line, and how many stand before somebody, are one range of this each
        Index(None, "department_id", "status", "priority", "arrived_at", "id"),
        Index(None, "resident_id", "status"),
        Index(None, "status", "until_at"),
        Index(None, "status", "department_id"),
        Index(None, "status", "offers"),
    )
    PERSONAL = ("priority_reason",)

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    department_id: Mapped[str] = mapped_column(Id, ForeignKey("department.id"))
    specialist_id: Mapped[str | None] = mapped_column(Id, ForeignKey("specialist.id"))
    """None: any specialist of the department."""
    kind: Mapped[SlotKind | None] = mapped_column(String(12))
    """None: any kind of number."""
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Midnight in Shanghai of the first day that suits him."""
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Midnight after the last one."""
    status: Mapped[WaitingStatus] = mapped_column(String(12), default=WaitingStatus.WAITING)
    open_key: Mapped[str | None] = mapped_column(String(53), unique=True)
    priority: Mapped[int] = mapped_column(Integer, default=Priority.NORMAL)
    priority_reason: Mapped[str | None] = mapped_column(Sealed("waiting_entry.priority_reason"))
    priority_by: Mapped[str] = mapped_column(String(64), default="")
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offers: Mapped[int] = mapped_column(Integer, default=0)
    """How many places were offered to him."""
    booker_kind: Mapped[str] = mapped_column(String(12), default="")
    booker_id: Mapped[str] = mapped_column(String(64), default="")
    """Who put him on the list, as models.actor.Actor."""

    resident: Mapped[Resident] = relationship(lazy="joined")
    department: Mapped[Department] = relationship(lazy="joined")
    specialist: Mapped[Specialist | None] = relationship(lazy="joined")

    @property
    def from_on(self) -> date:
        """The first day that suits him."""
        return clock.local(self.from_at).date()

    @property
    def until_on(self) -> date:
        """The last one."""
        return clock.local(self.until_at - timedelta(seconds=1)).date()

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[WaitingStatus(self.status)]

    @property
    def priority_label(self) -> str:
        """How urgent it is, for people."""
        return PRIORITY_LABELS[Priority(self.priority)]


class OfferOutcome(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CALLED_OFF = "called_off"  # the clinic does not take place


class WaitingOffer(Model):
    """A place held for somebody who waits. One open offer per entry, and one offer of a slot per entry, ever."""

    __tablename__ = "waiting_offer"
    __table_args__ = table(
        UniqueConstraint("entry_id", "slot_id"),
        CheckConstraint("(outcome IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
        CheckConstraint("outcome IN ('accepted', 'declined', 'expired', 'called_off')", name="outcome"),
        CheckConstraint("expires_at > offered_at", name="expires_after"),
        Index(None, "slot_id"),
        Index(None, "freed_place_id"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("waiting_entry.id"))
    slot_id: Mapped[str] = mapped_column(Id, ForeignKey("slot.id"))
    appointment_id: Mapped[str] = mapped_column(Id, ForeignKey("appointment.id"), unique=True)
    freed_place_id: Mapped[str | None] = mapped_column(Id, ForeignKey("freed_place.id"))
    """None: the place was new, nobody gave it back."""
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    """The entry, while it is open."""
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[OfferOutcome | None] = mapped_column(String(12))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    slot: Mapped[Slot] = relationship(lazy="joined")


class WaitingSkip(Model):
    """Somebody could not take a place when it was his turn. He keeps his place in line; the reason is kept, too."""

    __tablename__ = "waiting_skip"
    __table_args__ = table(UniqueConstraint("entry_id", "slot_id"), Index(None, "slot_id"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("waiting_entry.id"))
    slot_id: Mapped[str] = mapped_column(Id, ForeignKey("slot.id"))
    reason: Mapped[str] = mapped_column(String(40))
    """Code of the refusal."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    again_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When this place may be tried for him again."""


def key_of(resident_id: str, department_id: str) -> str:
    """Return the key that a person's open entry in a department has."""
    return f"{resident_id}:{department_id}"


def open_offer(appointment_id: str) -> WaitingOffer | None:
    """Return the offer that a held appointment is."""
    found = select(WaitingOffer).where(WaitingOffer.appointment_id == appointment_id, WaitingOffer.outcome.is_(None))
    return db.session.scalar(found)


def taken(appointment_id: str, *, by: Actor, at: datetime) -> None:
    """The held place is booked: entry, offer and freed place are settled, in the caller's transaction."""
    offer = open_offer(appointment_id)
    if offer is None:
        return
    _settle(offer, OfferOutcome.ACCEPTED, at)
    move(db.session.get_one(WaitingEntry, offer.entry_id), W.BOOKED, by=by, at=at, open_key=None)
    if (freed := _freed(offer)) is not None:
        freed.settle(FreedOutcome.REBOOKED, at, "waiting_list")


def handed_back(appointment_id: str, outcome: OfferOutcome, *, by: Actor, at: datetime) -> bool:
    """The held place is free again: he stands where he stood, and the place goes to whoever is next.

    In the caller's transaction.

    Returns:
        Whether the account of that place goes on in the row it has already.
    """
    offer = open_offer(appointment_id)
    if offer is None:
        return False
    _settle(offer, outcome, at)
    entry = db.session.get_one(WaitingEntry, offer.entry_id)
    move(entry, W.WAITING, by=by, at=at, reason=outcome)
    freed = _freed(offer)
    if freed is None:
        return False
    if outcome == OfferOutcome.CALLED_OFF:
        freed.settle(FreedOutcome.EXPIRED, at, "suspended")
    else:
        freed.outcome, freed.settled_at, freed.reason, freed.due_at = None, None, "", at
    return True


def turned_down(entry_id: str, *, by: Actor, at: datetime) -> None:
    """The hospital did not acknowledge what came from the list: he waits on, unless he waits anew or it is too late."""
    entry = db.session.get(WaitingEntry, entry_id)
    if entry is None or entry.status != W.BOOKED or entry.until_at <= at:
        return
    key = key_of(entry.resident_id, entry.department_id)
    if db.session.scalar(select(WaitingEntry.id).where(WaitingEntry.open_key == key)) is None:
        move(entry, W.WAITING, by=by, at=at, reason="turned_down", open_key=key)


def remove_all(resident_id: str, *, by: Actor, at: datetime, reason: str) -> None:
    """Take somebody off every list, in the caller's transaction, which has given back what was held for him.

    He is told, unless the caller stops all that is to be told to him.
    """
    mine = select(WaitingEntry.id).where(WaitingEntry.resident_id == resident_id, WaitingEntry.status == W.WAITING)
    for entry_id in db.session.scalars(mine.order_by(WaitingEntry.id).with_for_update()).all():
        entry = db.session.get_one(WaitingEntry, entry_id, populate_existing=True)
        move(entry, W.REMOVED, by=by, at=at, reason=reason, open_key=None)
        audit.record("waiting_removed", entry, by=by, at=at)
        where = {"hospital": entry.department.hospital.name, "department": entry.department.name}
        notifications.queue(
            "waiting_ended",
            dedupe_key=f"waiting_ended:{entry.id}",
            subject_id=entry.id,
            at=at,
            resident_id=resident_id,
            facts=where,
        )


def _settle(offer: WaitingOffer, outcome: OfferOutcome, at: datetime) -> None:
    offer.outcome, offer.settled_at, offer.open_key = outcome, at, None
    db.session.flush()
    notifications.cancel(subject_id=offer.entry_id, kinds=("waiting_offer",))


def _freed(offer: WaitingOffer) -> FreedPlace | None:
    return db.session.get(FreedPlace, offer.freed_place_id) if offer.freed_place_id else None
