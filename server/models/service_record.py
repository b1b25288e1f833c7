"""What was done for a resident under an agreement (履约记录): written once, never changed (domain.md DA-05)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.doctor import Staff

PLACES = {"clinic": "门诊", "home": "家中", "phone": "电话", "online": "线上", "hospital": "医院"}


class ServiceRecord(Model):
    """One service given; ``source_key`` ("followup:<id>", "message:<id>") makes recording twice record once.

    A mistake is not corrected but taken back by a second record (``reverses_id``), once. ``source_key`` also is the
    proof of what another part of the system holds; otherwise the proof is the note or the picture.
    """

    __tablename__ = "service_record"
    __table_args__ = table(
        CheckConstraint("participants >= 1", name="participants"),
        Index(None, "resident_id", "served_on"),
        Index(None, "team_id", "served_on"),
        Index(None, "team_id", "kind", "served_on"),
    )
    PERSONAL = ("kind", "detail", "note", "photo")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    agreement_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    source_key: Mapped[str] = mapped_column(Code, unique=True)
    served_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entitlement_id: Mapped[str | None] = mapped_column(Id, ForeignKey("entitlement.id"), index=True)
    """What it was booked on; None: beyond what was promised, or nothing in the package fits it."""
    detail: Mapped[str | None] = mapped_column(Code)
    """Which examination."""
    place: Mapped[str | None] = mapped_column(String(12))
    performer: Mapped[str | None] = mapped_column(Code)
    """Who gave it, when somebody else wrote it down: the hospital's doctor."""
    participants: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    note: Mapped[str | None] = mapped_column(Sealed("service_record.note", long=True))
    """What was done; the text itself of a health prescription."""
    photo: Mapped[str | None] = mapped_column(Sealed("service_record.photo", long=True))
    """A picture as a data URL."""
    reverses_id: Mapped[str | None] = mapped_column(Id, ForeignKey("service_record.id"), unique=True)
    """The record that this one takes back."""

    staff: Mapped[Staff] = relationship()

    @property
    def place_label(self) -> str:
        """Where, for people."""
        return PLACES.get(self.place or "", "")


@event.listens_for(ServiceRecord, "before_update")
@event.listens_for(ServiceRecord, "before_delete")
def _written_once(*_: Any) -> None:
    raise RuntimeError("a service record is never changed: take it back by another one")
