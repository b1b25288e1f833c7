"""Weekly notices that a hospital's family-doctor numbers were little used (N-25)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, primary_key, table
from server.models.hospital import Hospital


class UseNotice(Model):
    """What one organisation's administrators are told of one hospital's week; it stands before them until one has read it."""

    __tablename__ = "use_notice"
    __table_args__ = table(
        UniqueConstraint("organisation_id", "hospital_id", "week_on"),
        CheckConstraint("used >= 0 AND used <= offered", name="used"),
        CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name="was_read"),
        Index(None, "organisation_id", "read_at"),
        Index(None, "hospital_id", "week_on"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    week_on: Mapped[date] = mapped_column(Date)
    """The Monday of the week it speaks of."""
    offered: Mapped[int] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_by: Mapped[str | None] = mapped_column(Code)

    hospital: Mapped[Hospital] = relationship(lazy="joined")

    @property
    def pct(self) -> int:
        """Used of offered, rounded down."""
        return self.used * 100 // self.offered if self.offered else 0
