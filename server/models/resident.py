"""Residents (居民) and their identity documents."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from server import masking, sealing
from server.database import Hash, Id, Model, Sealed, UtcDateTime, primary_key, table


class RealNameState(StrEnum):
    """A valid number is not yet a proven person (domain.md §3.3)."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    FAILED = "failed"
    STAFF_SEEN = "staff_seen"


LONG_AGO = date(1970, 1, 1)

REAL_NAME_LABELS = {
    RealNameState.UNVERIFIED: "待核验",
    RealNameState.VERIFIED: "已核验",
    RealNameState.FAILED: "核验未通过",
    RealNameState.STAFF_SEEN: "医生已核对原件",
}


INSURANCE_LABELS = {"resident": "居民医保", "employee": "职工医保", "other": "其他医保", "uninsured": "没有医保"}
"""By the codes of policy parts.kinds.Insurance."""


class Resident(Model):
    """A person who can be served. Name, number and phone are encrypted; the number is found by its keyed hash."""

    __tablename__ = "resident"
    __table_args__ = table(
        CheckConstraint("sex IN (0, 1, 2, 9)", name="sex"),
        CheckConstraint(
            "real_name_state IN ('unverified', 'verified', 'failed', 'staff_seen')", name="real_name_state"
        ),
        CheckConstraint("insurance IN ('resident', 'employee', 'other', 'uninsured')", name="insurance"),
    )
    PERSONAL = (
        "name", "identity_number", "phone", "birth_on", "sex", "nationality", "died_on", "address", "insurance",
    )  # fmt: skip

    id: Mapped[str] = primary_key()
    name: Mapped[str] = mapped_column(Sealed("resident.name"))
    document_type: Mapped[str] = mapped_column(String(4))
    identity_number: Mapped[str] = mapped_column(Sealed("resident.identity_number"))
    identity_hash: Mapped[str] = mapped_column(Hash, unique=True)
    birth_on: Mapped[date] = mapped_column(Date)
    sex: Mapped[int] = mapped_column(Integer)
    """GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated."""
    nationality: Mapped[str] = mapped_column(String(3), default="CHN")
    """ISO 3166-1 alpha-3."""
    phone: Mapped[str | None] = mapped_column(Sealed("resident.phone"))
    phone_hash: Mapped[str | None] = mapped_column(Hash, index=True)
    """Keyed hash of the phone, kept with it: how many people one number serves is a look-up."""
    real_name_state: Mapped[RealNameState] = mapped_column(String(12), default=RealNameState.UNVERIFIED)
    verify_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When the register is asked next; while somebody asks, when it counts as forgotten. None: nothing to ask."""
    verify_tries: Mapped[int] = mapped_column(Integer, default=0)
    died_on: Mapped[date | None] = mapped_column(Date)
    """From the moment it is known nothing is told to this person any more, and he can sign nothing."""
    area_id: Mapped[str | None] = mapped_column(Id, ForeignKey("area.id"), index=True)
    """Where this person lives; None: not told."""
    address: Mapped[str | None] = mapped_column(Sealed("resident.address"))
    """The rest of the address: street and house."""
    groups_due_on: Mapped[date | None] = mapped_column(Date, index=True, default=LONG_AGO)
    """When age changes a derived group next; None: never again."""
    groups_elderly_age: Mapped[int] = mapped_column(Integer, index=True, default=0)
    """The age from which somebody was elderly when the groups were derived last; 0: they never were."""
    insurance: Mapped[str | None] = mapped_column(String(12))
    """His basic medical insurance as he declared it; None: not yet."""
    insurance_declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @staticmethod
    def hash_of(document_type: str, number: str) -> str:
        """Return the keyed hash by which a document is found and kept unique."""
        return sealing.current().index(f"{document_type}:{number}", "resident.identity")

    @staticmethod
    def phone_hash_of(phone: str) -> str:
        """Return the keyed hash by which people with one number are found."""
        return sealing.current().index(phone, "resident.phone")

    @validates("phone")
    def _hash_phone(self, _key: str, phone: str | None) -> str | None:
        self.phone_hash = self.phone_hash_of(phone) if phone else None
        return phone

    @property
    def name_masked(self) -> str:
        """The name as others see it."""
        return masking.name(self.name)

    def age_on(self, day: date) -> int:
        """Return full years (周岁), domain.md §0.4."""
        return day.year - self.birth_on.year - ((day.month, day.day) < (self.birth_on.month, self.birth_on.day))
