"""Reserved specialist numbers (号源): hospitals, specialists, shifts, and the slots a shift is split into."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, UtcDateTime, primary_key, table


class Pool(StrEnum):
    """For whom numbers are kept (domain.md §5.1)."""

    FAMILY_DOCTOR = "family_doctor"
    PUBLIC = "public"


class SlotStatus(StrEnum):
    """A slot is open, or what was left of it went to the public pool, or its clinic does not take place."""

    OPEN = "open"
    RELEASED = "released"
    SUSPENDED = "suspended"


class Hospital(Model):
    """A level-2 or level-3 hospital that reserves numbers for signed residents."""

    __tablename__ = "hospital"
    __table_args__ = table(CheckConstraint("level IN (2, 3)", name="level"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    name: Mapped[str] = mapped_column(String(128), unique=True)
    level: Mapped[int] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(String(255))


class Specialist(Model):
    """A hospital doctor whose clinic can be booked."""

    __tablename__ = "specialist"
    __table_args__ = table(UniqueConstraint("hospital_id", "department", "name"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    department: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(64))

    hospital: Mapped[Hospital] = relationship(lazy="joined")


class Shift(Model):
    """One clinic session (排班) of a specialist with all its numbers; the family doctors' share is fixed at creation."""

    __tablename__ = "shift"
    __table_args__ = table(
        UniqueConstraint("specialist_id", "starts_at"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("share_pct BETWEEN 0 AND 100", name="share_pct"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    specialist_id: Mapped[str] = mapped_column(Id, ForeignKey("specialist.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int] = mapped_column(Integer)
    share_pct: Mapped[int] = mapped_column(Integer)

    specialist: Mapped[Specialist] = relationship(lazy="joined")


class Slot(Model):
    """The places of one shift kept for one pool. ``taken`` never exceeds ``capacity``: one conditional UPDATE decides."""

    __tablename__ = "slot"
    __table_args__ = table(
        UniqueConstraint("shift_id", "pool"),
        CheckConstraint("capacity >= 0", name="capacity"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken_within_capacity"),
        Index(None, "hospital_id", "pool", "status", "starts_at"),
        Index(None, "pool", "status", "release_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    shift_id: Mapped[str] = mapped_column(Id, ForeignKey("shift.id"))
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    """Repeated from the shift, so that listing a hospital's numbers is one index range."""
    pool: Mapped[Pool] = mapped_column(String(16))
    status: Mapped[SlotStatus] = mapped_column(String(12), default=SlotStatus.OPEN)
    capacity: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    release_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When unused places of the family doctors' pool go to the public."""

    shift: Mapped[Shift] = relationship(lazy="joined")

    @property
    def places_left(self) -> int:
        """Free places as last read; the UPDATE decides, not this."""
        return self.capacity - self.taken
