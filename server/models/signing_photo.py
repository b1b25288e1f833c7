"""A picture of somebody signing on a doctor's telephone: sealed evidence, seen by nobody in lists."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Id, Model, Sealed, UtcDateTime, primary_key, table


class SigningPhoto(Model):
    """At most one per agreement, taken when it was signed in front of a member of staff."""

    __tablename__ = "signing_photo"
    __table_args__ = table()
    PERSONAL = ("picture",)

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), unique=True)
    picture: Mapped[str] = mapped_column(Sealed("signing_photo.picture", long=True))
    """PNG or JPEG as a data URL."""
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[str] = mapped_column(Id)
