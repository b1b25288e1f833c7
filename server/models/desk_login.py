"""A doctor at a desk computer: what a browser asked for, and the session a confirmation on the phone gave it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Hash, Id, Model, UtcDateTime, db, primary_key, table
from server.models.doctor import Staff


class DeskLogin(Model):
    """A browser asked to be let in. Whoever confirms its code on his phone lets it in, once and only this browser.

    ``ended_at``: refused on the phone, or the browser asked again.
    """

    __tablename__ = "desk_login"
    __table_args__ = table(
        CheckConstraint("(confirmed_at IS NULL) = (staff_id IS NULL)", name="confirmed"),
        CheckConstraint("used_at IS NULL OR confirmed_at IS NOT NULL", name="used"),
        Index(None, "asked_from", "created_at"),
        Index(None, "browser_hash", "created_at"),
        Index(None, "expires_at"),
    )
    PERSONAL = ("asked_from",)

    id: Mapped[str] = primary_key()
    code_hash: Mapped[str] = mapped_column(Hash, unique=True)
    """Keyed hash of the eight digits on the screen; no code serves twice while we remember it."""
    browser_hash: Mapped[str] = mapped_column(Hash)
    """SHA-256 of the secret in the cookie of the browser that asked."""
    asked_from: Mapped[str] = mapped_column(String(64))
    """Its network address, told to whoever is about to confirm."""
    browser: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    """Who confirmed it."""
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff | None] = relationship(lazy="joined")


class DeskSession(Model):
    """A doctor's browser; only the SHA-256 of the cookie is stored.

    One confirmation makes one session (UNIQUE ``login_id``), one doctor has one at a time (``open_key`` = staff id).
    """

    __tablename__ = "desk_session"
    __table_args__ = table(
        CheckConstraint("(ended_at IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        Index(None, "expires_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    token_hash: Mapped[str] = mapped_column(Hash, unique=True)
    login_id: Mapped[str] = mapped_column(Id, ForeignKey("desk_login.id"), unique=True)
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), index=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    """In which team he worked when he came: the session ends when he leaves it."""
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When he last did something, to the minute."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    login: Mapped[DeskLogin] = relationship(lazy="joined")
    staff: Mapped[Staff] = relationship(lazy="joined")


def end_sessions(staff_id: str, *, at: datetime) -> bool:
    """End whatever session somebody has at a desk, in the caller's transaction. Returns whether there was one."""
    statement = (
        update(DeskSession)
        .where(DeskSession.open_key == staff_id)
        .values(ended_at=at, open_key=None)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
