"""What the chatbot could not answer, what staff taught it, and which of its trainings is in use. Nobody can be told from it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Id, Model, Sealed, UtcDateTime, primary_key, table

CURRENT = "current"


class WhyAsked(StrEnum):
    """How it showed that a question was not answered."""

    UNCLEAR = "unclear"
    HANDED_OVER = "handed_over"
    DECLINED = "declined"


class ChatbotQuestion(Model):
    """A message the bot did not answer, redacted, with what it thought of; gone as soon as staff labelled it."""

    __tablename__ = "chatbot_question"
    __table_args__ = table(
        CheckConstraint("why IN ('unclear', 'handed_over', 'declined')", name="why"), Index(None, "asked_at", "id")
    )
    PERSONAL = ("text",)

    id: Mapped[str] = primary_key()
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("message.id"), unique=True)
    """So that a question is listed once and taken back when the person picks from the menu; shown to nobody."""
    text: Mapped[str] = mapped_column(Sealed("chatbot_question.text"))
    why: Mapped[WhyAsked] = mapped_column(String(12))
    guesses: Mapped[list[str]] = mapped_column(JSON)
    """Three intents, the likeliest first."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChatbotLesson(Model):
    """A sentence staff labelled: the next training learns it."""

    __tablename__ = "chatbot_lesson"
    __table_args__ = table(CheckConstraint("intent <> ''", name="intent"), Index(None, "labelled_at", "id"))
    PERSONAL = ("text",)

    id: Mapped[str] = primary_key()
    text: Mapped[str] = mapped_column(Sealed("chatbot_lesson.text"))
    intent: Mapped[str] = mapped_column(Code)
    labelled_by: Mapped[str] = mapped_column(Id, ForeignKey("admin_login.id"))
    labelled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChatbotTraining(Model):
    """One training: on the delivered sentences and those labelled until ``until_at``. At most one is in use."""

    __tablename__ = "chatbot_training"
    __table_args__ = table(
        CheckConstraint("(measured_at IS NULL) = (figures IS NULL)", name="measured"),
        CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken_by"),
        CheckConstraint("taken_at IS NULL OR measured_at IS NOT NULL", name="measured_before_taken"),
        CheckConstraint(
            f"current_key IS NULL OR (current_key = '{CURRENT}' AND taken_at IS NOT NULL)", name="current_was_taken"
        ),
        CheckConstraint("lesson_count >= 0 AND revision >= 0", name="counts"),
        Index(None, "asked_at", "id"),
        Index(None, "measured_at", "asked_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    asked_by: Mapped[str] = mapped_column(Code)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """It learns the sentences labelled until then."""
    lesson_count: Mapped[int] = mapped_column(Integer, default=0)
    measured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    figures: Mapped[dict[str, dict[str, float]] | None] = mapped_column(JSON(none_as_null=True))
    """``before`` (what was in use) and ``after``, by name (chatbot/measuring)."""
    compared_to: Mapped[str] = mapped_column(String(48), default="")
    """The version that was in use when it was measured; empty: the delivered one."""
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by: Mapped[str | None] = mapped_column(Id, ForeignKey("admin_login.id"))
    current_key: Mapped[str | None] = mapped_column(String(8), unique=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    """Grows when sentences it was trained on are deleted: every process trains again without them."""

    @property
    def version(self) -> str:
        """Name of exactly these sentences."""
        return f"{self.id}:{self.revision}"
