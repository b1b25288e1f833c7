"""The hospital side: hospitals, their departments, and the doctors whose clinics can be booked."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, primary_key, table


class Hospital(Model):
    """A level-2 or level-3 hospital that reserves numbers for signed residents."""

    __tablename__ = "hospital"
    __table_args__ = table(CheckConstraint("level IN (2, 3)", name="level"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    name: Mapped[str] = mapped_column(String(128), unique=True)
    level: Mapped[int] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(String(255))
    referral_phone: Mapped[str] = mapped_column(String(32), default="")
    """Of its referral office (转诊办)."""
    must_confirm: Mapped[bool] = mapped_column(Boolean, default=False)
    """True: a booking counts only after the hospital has acknowledged it; until then it is shown as waiting."""
    checks_in: Mapped[bool] = mapped_column(Boolean, default=False)
    """True: it records who arrives, so that whoever did not is a no-show; else nobody is said to have stayed away."""


class Department(Model):
    """A department: where to go, and what to bring."""

    __tablename__ = "department"
    __table_args__ = table(UniqueConstraint("hospital_id", "name"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    name: Mapped[str] = mapped_column(String(64))
    floor: Mapped[str] = mapped_column(String(64), default="")
    """Building and floor, in words for the card."""
    bring: Mapped[str] = mapped_column(String(255), default="")
    """What to bring besides the identity card, in words for the card."""

    hospital: Mapped[Hospital] = relationship(lazy="joined")


class Specialist(Model):
    """A hospital doctor whose clinic can be booked."""

    __tablename__ = "specialist"
    __table_args__ = table(UniqueConstraint("department_id", "name"), Index(None, "hospital_id"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    department_id: Mapped[str] = mapped_column(Id, ForeignKey("department.id"))
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(64))

    # not joined: whoever loads a clinic has both already
    hospital: Mapped[Hospital] = relationship()
    department: Mapped[Department] = relationship()
