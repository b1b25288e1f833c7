"""What was done for a resident under an agreement."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Id, Model, UtcDateTime, primary_key, table


class ServiceRecord(Model):
    """One service given; ``source_key`` ("followup:<id>", "message:<id>") makes recording twice record once."""

    __tablename__ = "service_record"
    __table_args__ = table(Index(None, "resident_id", "served_on"), Index(None, "team_id", "served_on"))
    PERSONAL = ("kind",)

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    agreement_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    source_key: Mapped[str] = mapped_column(Code, unique=True)
    served_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
