"""Home visits (上门访视): who comes, on which day and when, and where and when he was there (domain.md CA-04, CA-05)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.doctor import Staff
from server.models.followup import FollowUp


class Window(StrEnum):
    """The part of the day that was promised."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


WINDOW_LABELS = {
    Window.MORNING: "上午 9:00—11:30",
    Window.AFTERNOON: "下午 14:00—17:00",
    Window.EVENING: "傍晚 17:00—19:30",
}


class HomeVisit(Model):
    """The visit by which one due contact is made: planned with its visitor, then arrived.

    A visit that nobody planned has its row from the arrival on. What was found stands on the follow-up itself.
    """

    __tablename__ = "home_visit"
    __table_args__ = table(
        CheckConstraint("time_window IN ('morning', 'afternoon', 'evening')", name="time_window"),
        CheckConstraint("(arrived_at IS NULL) = (place IS NULL)", name="place"),
        CheckConstraint("(arrived_at IS NULL) = (arrival_noted_at IS NULL)", name="arrival_noted"),
        CheckConstraint("arrival_noted_at >= arrived_at", name="arrived_before_noted"),
        CheckConstraint("location IS NULL OR arrived_at IS NOT NULL", name="location"),
        Index(None, "team_id", "planned_on"),
        Index(None, "planned_on", "id"),
    )
    PERSONAL = ("place", "location")

    id: Mapped[str] = primary_key()
    followup_id: Mapped[str] = mapped_column(Id, ForeignKey("followup.id"), unique=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    visitor_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), index=True)
    """Who comes; named in what the resident is told."""
    planned_on: Mapped[date] = mapped_column(Date)
    time_window: Mapped[Window] = mapped_column(String(12))
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    arrival_noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the arrival was entered; later than ``arrived_at`` by late entry."""
    place: Mapped[str | None] = mapped_column(Sealed("home_visit.place"))
    location: Mapped[str | None] = mapped_column(Sealed("home_visit.location"))
    """Latitude and longitude (GCJ-02) as "31.467459,104.679114", where the visitor let his phone tell it."""

    followup: Mapped[FollowUp] = relationship()
    visitor: Mapped[Staff] = relationship(lazy="joined")

    @property
    def window_label(self) -> str:
        """The promised part of the day, for people."""
        return WINDOW_LABELS[Window(self.time_window)]


class StaffPhoto(Model):
    """A member of staff's portrait, taken by himself: residents see it of who is coming, after login."""

    __tablename__ = "staff_photo"
    __table_args__ = table()
    PERSONAL = ("picture",)

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), unique=True)
    picture: Mapped[str] = mapped_column(Sealed("staff_photo.picture", long=True))
    """PNG or JPEG as a data URL."""
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
