"""Where numbers come from: weekly patterns, the days on which they do not hold, and hospitals' own systems that send them."""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.hospital import Department, Hospital, Specialist
from server.models.slot import KIND_LABELS, SlotKind

WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")


class ShiftPattern(Model):
    """A session that comes back every week, or every second one. ``planned_until`` is the last day it was laid out for."""

    __tablename__ = "shift_pattern"
    __table_args__ = table(
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("every_weeks IN (1, 2)", name="every_weeks"),
        CheckConstraint("capacity > 0 AND other_capacity BETWEEN 0 AND capacity", name="capacity"),
        CheckConstraint("range_minutes >= 0", name="range_minutes"),
        CheckConstraint("ends > starts", name="ends_after_start"),
        CheckConstraint("until_on IS NULL OR until_on >= first_on", name="until"),
        CheckConstraint("kind IN ('GENERAL', 'SPECIALIST', 'EXPERT', 'EXAM', 'BED')", name="kind"),
        Index(None, "hospital_id", "weekday"),
        Index(None, "department_id", "weekday"),
        Index(None, "planned_until"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    department_id: Mapped[str] = mapped_column(Id, ForeignKey("department.id"))
    specialist_id: Mapped[str | None] = mapped_column(Id, ForeignKey("specialist.id"))
    kind: Mapped[SlotKind] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(String(64), default="")
    weekday: Mapped[int] = mapped_column(Integer)
    """1 is Monday."""
    every_weeks: Mapped[int] = mapped_column(Integer, default=1)
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    """Shanghai wall-clock times."""
    range_minutes: Mapped[int] = mapped_column(Integer, default=0)
    """How long one time range is; 0: the session is one range."""
    capacity: Mapped[int] = mapped_column(Integer)
    other_capacity: Mapped[int] = mapped_column(Integer, default=0)
    """How many of them the hospital gives out by itself."""
    first_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    planned_until: Mapped[date] = mapped_column(Date)

    hospital: Mapped[Hospital] = relationship(lazy="joined")
    department: Mapped[Department] = relationship(lazy="joined")
    specialist: Mapped[Specialist | None] = relationship(lazy="joined")

    @property
    def who(self) -> str:
        """The specialist's name, or what the session is, for people."""
        return self.specialist.name if self.specialist else self.label or KIND_LABELS[SlotKind(self.kind)]

    @property
    def when(self) -> str:
        """Weekday and times, for people."""
        often = "每周" if self.every_weeks == 1 else "隔周"
        return f"{often}{WEEKDAYS[self.weekday - 1]} {self.starts:%H:%M}–{self.ends:%H:%M}"


class ShiftException(Model):
    """Days on which patterns do not hold: holidays (``substitute_id`` None), or another doctor sits in (替诊)."""

    __tablename__ = "shift_exception"
    __table_args__ = table(
        CheckConstraint("last_on >= first_on", name="days"),
        CheckConstraint(
            "substitute_id IS NULL OR (specialist_id IS NOT NULL AND substitute_id <> specialist_id)", name="substitute"
        ),
        Index(None, "hospital_id", "last_on"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    department_id: Mapped[str | None] = mapped_column(Id, ForeignKey("department.id"))
    """None: the whole hospital."""
    specialist_id: Mapped[str | None] = mapped_column(Id, ForeignKey("specialist.id"))
    substitute_id: Mapped[str | None] = mapped_column(Id, ForeignKey("specialist.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    hospital: Mapped[Hospital] = relationship(lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")
    specialist: Mapped[Specialist | None] = relationship(foreign_keys=[specialist_id], lazy="joined")
    substitute: Mapped[Specialist | None] = relationship(foreign_keys=[substitute_id], lazy="joined")


class MachineKey(Model):
    """A secret that a hospital's system and we share; it signs that system's requests. Sealed at rest, shown once."""

    __tablename__ = "machine_key"
    __table_args__ = table(Index(None, "hospital_id", "issued_at"))
    PERSONAL = ("secret",)

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    secret: Mapped[str] = mapped_column(Sealed("machine_key.secret"))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when it opens nothing any more; None: it is the one in use."""

    hospital: Mapped[Hospital] = relationship(lazy="joined")


class MachineNonce(Model):
    """A signed request that came in: the same one is not taken again."""

    __tablename__ = "machine_nonce"
    __table_args__ = table(UniqueConstraint("key_id", "nonce"), Index(None, "at"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    key_id: Mapped[str] = mapped_column(Id)
    nonce: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class MachineAnswer(Model):
    """What a request with an idempotency key was answered: repeating it gets the same, and does nothing."""

    __tablename__ = "machine_answer"
    __table_args__ = table(UniqueConstraint("hospital_id", "idempotency_key"), Index(None, "at"))
    PERSONAL = ("body",)

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    idempotency_key: Mapped[str] = mapped_column(Code)
    request_hash: Mapped[str] = mapped_column(Hash)
    """SHA-256 of method, path and body: another request under the same key is refused."""
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Sealed("machine_answer.body", long=True))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReleaseDigest(Model):
    """That the doctors hear of numbers that go to the public at ``release_at``, so many hours before (N-24)."""

    __tablename__ = "release_digest"
    __table_args__ = table(UniqueConstraint("release_at", "hours"), Index(None, "done_at"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    release_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hours: Mapped[int] = mapped_column(Integer)
    told_until: Mapped[str] = mapped_column(String(26), default="")
    """The last doctor who was told."""
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
