"""The doctor's side of the relay: hours, absences, who took over from whom, private notes, ready-made replies, ratings."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.doctor import Staff

DAY_MINUTES = 24 * 60


class TeamHours(Model):
    """One period in which a team answers; minutes after local midnight. A team without any has those of its region."""

    __tablename__ = "team_hours"
    __table_args__ = table(
        CheckConstraint(
            f"from_minute >= 0 AND from_minute < until_minute AND until_minute <= {DAY_MINUTES}", name="period"
        ),
        UniqueConstraint("team_id", "on_workdays", "from_minute"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    on_workdays: Mapped[bool] = mapped_column(Boolean)
    """On working days of the Chinese calendar, else on all other days."""
    from_minute: Mapped[int] = mapped_column(Integer)
    until_minute: Mapped[int] = mapped_column(Integer)


class Absence(Model):
    """A doctor is away and another one answers for him, ``from_at`` until just before ``until_at``."""

    __tablename__ = "absence"
    __table_args__ = table(
        CheckConstraint("until_at >= from_at", name="ends_after_begin"),
        CheckConstraint("staff_id <> stand_in_id", name="somebody_else"),
        Index(None, "staff_id", "until_at"),
        Index(None, "stand_in_id", "until_at"),
        Index(None, "returned_at", "from_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    stand_in_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Code)
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the conversations he held went to his stand-in."""
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When those that were still open came back."""

    staff: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[staff_id])
    stand_in: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[stand_in_id])


SHIFT_LABELS = {"transfer": "转交", "stand_in": "代班", "back": "交还"}


class ConversationShift(Model):
    """A conversation went from one doctor to another, and the resident was told so."""

    __tablename__ = "conversation_shift"
    __table_args__ = table(
        CheckConstraint("kind IN ('transfer', 'stand_in', 'back')", name="kind"),
        CheckConstraint("(kind = 'transfer') = (absence_id IS NULL)", name="absence"),
        UniqueConstraint("absence_id", "conversation_id", "kind"),
    )
    PERSONAL = ("reason",)

    id: Mapped[str] = primary_key()
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    from_staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    to_staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    absence_id: Mapped[str | None] = mapped_column(Id, ForeignKey("absence.id"))
    reason: Mapped[str] = mapped_column(Sealed("conversation_shift.reason"))
    by: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    from_staff: Mapped[Staff | None] = relationship(lazy="joined", foreign_keys=[from_staff_id])
    to_staff: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[to_staff_id])


class ConversationNote(Model):
    """What colleagues tell each other about a conversation. Never shown to the resident."""

    __tablename__ = "conversation_note"
    __table_args__ = table(Index(None, "conversation_id", "id"))
    PERSONAL = ("text",)

    id: Mapped[str] = primary_key()
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id"))
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Sealed("conversation_note.text"))
    client_key: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship(lazy="joined")


class CannedReply(Model):
    """A reply an institution, a team or one doctor keeps ready; its variables are known ones (server/policy/canned.py)."""

    __tablename__ = "canned_reply"
    __table_args__ = table(
        CheckConstraint(
            "(CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN team_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_owner",
        ),
        Index(None, "organisation_id", "removed_at"),
        Index(None, "team_id", "removed_at"),
        Index(None, "staff_id", "removed_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    title: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Code)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def owner(self) -> str:
        """Whose it is: institution, team or own."""
        if self.organisation_id is not None:
            return "institution"
        return "team" if self.team_id is not None else "own"


class ConversationRating(Model):
    """What a resident thinks of one closed conversation. Says nothing about which doctor."""

    __tablename__ = "conversation_rating"
    __table_args__ = table(
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        Index(None, "team_id", "at"),
    )
    PERSONAL = ("words",)

    id: Mapped[str] = primary_key()
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id"), unique=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    stars: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Sealed("conversation_rating.words"), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
