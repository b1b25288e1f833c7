"""Reserved numbers (号源): shifts, the slots a shift is split into, and what became of places that were given back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, UtcDateTime, db, primary_key, table
from server.models.hospital import Department, Hospital, Specialist


class Pool(StrEnum):
    """For whom numbers are kept (domain.md §5.1)."""

    FAMILY_DOCTOR = "family_doctor"
    PUBLIC = "public"


class SlotKind(StrEnum):
    """What a number is for (domain.md §5.1); the codes are those of policy key booking.slot_types."""

    GENERAL = "GENERAL"
    SPECIALIST = "SPECIALIST"
    EXPERT = "EXPERT"
    EXAM = "EXAM"
    BED = "BED"


KIND_LABELS = {
    SlotKind.GENERAL: "普通门诊",
    SlotKind.SPECIALIST: "专科门诊",
    SlotKind.EXPERT: "专家门诊",
    SlotKind.EXAM: "检查",
    SlotKind.BED: "住院床位",
}


class SlotStatus(StrEnum):
    """A slot takes place, or its clinic is called off (停诊)."""

    OPEN = "open"
    SUSPENDED = "suspended"


_KIND = "kind IN ('GENERAL', 'SPECIALIST', 'EXPERT', 'EXAM', 'BED')"
_STATUS = "status IN ('open', 'suspended')"


class Shift(Model):
    """One session (排班) of a specialist, a machine or a ward; the family doctors' share is fixed at creation."""

    __tablename__ = "shift"
    __table_args__ = table(
        UniqueConstraint("specialist_id", "starts_at"),
        UniqueConstraint("hospital_id", "origin_key"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("share_pct BETWEEN 0 AND 100", name="share_pct"),
        # a single number cannot be shared (domain.md §5.3 rounding)
        CheckConstraint(
            "fd_places BETWEEN 0 AND capacity AND (capacity = 1 OR fd_places * 100 >= capacity * share_pct)",
            name="fd_share",
        ),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(_KIND, name="kind"),
        CheckConstraint(_STATUS, name="status"),
        Index(None, "hospital_id", "starts_at"),
        Index(None, "department_id", "starts_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    department_id: Mapped[str] = mapped_column(Id, ForeignKey("department.id"))
    specialist_id: Mapped[str | None] = mapped_column(Id, ForeignKey("specialist.id"))
    """None: nobody by name, as for an examination or a bed; then ``label`` says what it is."""
    kind: Mapped[SlotKind] = mapped_column(String(12), default=SlotKind.EXPERT)
    label: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[SlotStatus] = mapped_column(String(12), default=SlotStatus.OPEN)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int] = mapped_column(Integer)
    share_pct: Mapped[int] = mapped_column(Integer)
    fd_places: Mapped[int] = mapped_column(Integer, default=0)
    """How many of its numbers were the family doctors' when they were given out."""
    origin_key: Mapped[str | None] = mapped_column(String(100))
    """What it was made from: a pattern's day, a hospital system's own name, a row of a file. Never twice."""
    pattern_id: Mapped[str | None] = mapped_column(Id, ForeignKey("shift_pattern.id"))
    replaced_id: Mapped[str | None] = mapped_column(Id, ForeignKey("specialist.id"))
    """Who should have sat there, where somebody else does (替诊)."""

    hospital: Mapped[Hospital] = relationship(lazy="joined")
    department: Mapped[Department] = relationship(lazy="joined")
    specialist: Mapped[Specialist | None] = relationship(foreign_keys=[specialist_id], lazy="joined")

    @property
    def who(self) -> str:
        """The specialist's name, or what the session is, for people."""
        return self.specialist.name if self.specialist else self.label or KIND_LABELS[SlotKind(self.kind)]

    @property
    def title(self) -> str:
        """The specialist's title, or the kind of number, for people."""
        return self.specialist.title if self.specialist else KIND_LABELS[SlotKind(self.kind)]


class Slot(Model):
    """The places of one time range of a shift, both pools in one row: falling back moves places and can lose none.

    ``taken`` never exceeds the capacity of its pool: one conditional UPDATE decides. ``other_capacity`` counts numbers that
    the hospital gives out by itself.
    """

    __tablename__ = "slot"
    __table_args__ = table(
        UniqueConstraint("shift_id", "starts_at"),
        CheckConstraint("fd_capacity + public_capacity + other_capacity = capacity", name="pools_add_up"),
        CheckConstraint("fd_taken >= 0 AND fd_taken <= fd_capacity", name="fd_within_capacity"),
        CheckConstraint("public_taken >= 0 AND public_taken <= public_capacity", name="public_within_capacity"),
        CheckConstraint("other_capacity >= 0 AND given_over >= 0", name="counts"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(_KIND, name="kind"),
        CheckConstraint(_STATUS, name="status"),
        # a page of a list is one range of one of these, however many rows there are
        Index(None, "hospital_id", "status", "starts_at", "id"),
        Index(None, "department_id", "status", "starts_at", "id"),
        Index(None, "kind", "status", "starts_at", "id"),
        Index(None, "status", "ends_at"),
        Index(None, "released_at", "release_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    shift_id: Mapped[str] = mapped_column(Id, ForeignKey("shift.id"))
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    """Repeated from the shift, as are department and kind, so that listing numbers is one index range."""
    department_id: Mapped[str] = mapped_column(Id, ForeignKey("department.id"))
    kind: Mapped[SlotKind] = mapped_column(String(12), default=SlotKind.EXPERT)
    status: Mapped[SlotStatus] = mapped_column(String(12), default=SlotStatus.OPEN)
    capacity: Mapped[int] = mapped_column(Integer)
    fd_capacity: Mapped[int] = mapped_column(Integer)
    fd_taken: Mapped[int] = mapped_column(Integer, default=0)
    public_capacity: Mapped[int] = mapped_column(Integer)
    public_taken: Mapped[int] = mapped_column(Integer, default=0)
    other_capacity: Mapped[int] = mapped_column(Integer, default=0)
    given_over: Mapped[int] = mapped_column(Integer, default=0)
    """How many of the public places were the family doctors' before (released_from)."""
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    release_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When unused places of the family doctors' pool go to the public."""
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When they went; None: not yet."""

    shift: Mapped[Shift] = relationship(lazy="joined")

    def left(self, pool: Pool) -> int:
        """Free places of a pool as last read; the UPDATE decides, not this."""
        if pool == Pool.FAMILY_DOCTOR:
            return self.fd_capacity - self.fd_taken
        return self.public_capacity - self.public_taken

    @property
    def places_left(self) -> int:
        """Free places for signed residents as last read."""
        return self.left(Pool.FAMILY_DOCTOR)


class FreedOutcome(StrEnum):
    """What became of a place that was given back."""

    OFFERED = "offered"
    REBOOKED = "rebooked"
    PUBLIC = "public"
    EXPIRED = "expired"


class FreedPlace(Model):
    """A place that somebody gave back or lost: each is accounted for, none rots. ``outcome`` is None until it is settled."""

    __tablename__ = "freed_place"
    __table_args__ = table(
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
        CheckConstraint("outcome IN ('offered', 'rebooked', 'public', 'expired')", name="outcome"),
        Index(None, "settled_at", "due_at"),
        Index(None, "freed_at"),
        Index(None, "slot_id", "pool"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    slot_id: Mapped[str] = mapped_column(Id, ForeignKey("slot.id"))
    pool: Mapped[Pool] = mapped_column(String(16))
    freed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(String(16))
    """State the booking went to: cancelled, expired, or moved (改约)."""
    outcome: Mapped[FreedOutcome | None] = mapped_column(String(12))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(128), default="")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it is looked at next; of no meaning once it is settled."""

    slot: Mapped[Slot] = relationship()

    def settle(self, outcome: FreedOutcome, at: datetime, reason: str) -> None:
        """Write down what became of it. Args: reason: a code."""
        self.outcome, self.settled_at, self.reason = outcome, at, reason


def freed(slot_id: str, pool: Pool, why: str, at: datetime) -> None:
    """Write down, in the caller's transaction, that a place came free; whoever waits is served from these rows."""
    db.session.add(FreedPlace(slot_id=slot_id, pool=pool, freed_at=at, why=why, due_at=at))
