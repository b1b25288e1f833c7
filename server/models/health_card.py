"""The health card (健康服务卡) of a household: its value, and a ledger that only grows (domain.md PK-17)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, db, primary_key, table
from server.models.agreement import Agreement
from server.models.hospital import Hospital

ENTRY_LABELS = {"issue": "发卡", "swipe": "刷卡", "reversal": "冲正"}


class HealthCard(Model):
    """One household's card at its designated hospital; the balance never falls below nothing nor above the value."""

    __tablename__ = "health_card"
    __table_args__ = table(
        CheckConstraint("balance_fen >= 0 AND balance_fen <= value_fen", name="balance"),
        CheckConstraint("until_on >= issued_on", name="days"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    number: Mapped[str] = mapped_column(Code, unique=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    """The agreement under which it was given."""
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    value_fen: Mapped[int] = mapped_column(Integer)
    balance_fen: Mapped[int] = mapped_column(Integer)
    issued_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    """Last day on which it is taken."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agreement: Mapped[Agreement] = relationship()
    hospital: Mapped[Hospital] = relationship(lazy="joined")
    holders: Mapped[list["CardHolder"]] = relationship(order_by="CardHolder.id")


class CardHolder(Model):
    """Somebody of the household; ``open_key`` = resident id while he may use it: nobody has two cards."""

    __tablename__ = "card_holder"
    __table_args__ = table(
        UniqueConstraint("card_id", "resident_id"),
        CheckConstraint("open_key IS NULL OR open_key = resident_id", name="open_key"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    card_id: Mapped[str] = mapped_column(Id, ForeignKey("health_card.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)


class CardEntry(Model):
    """One line of the ledger, written once. ``receipt`` is the hospital's number: the same one is booked once."""

    __tablename__ = "card_entry"
    __table_args__ = table(
        UniqueConstraint("hospital_id", "receipt"),
        CheckConstraint("kind IN ('issue', 'swipe', 'reversal')", name="kind"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses"),
        Index(None, "card_id", "id"),
        Index(None, "organisation_id", "on_day"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    card_id: Mapped[str] = mapped_column(Id, ForeignKey("health_card.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    kind: Mapped[str] = mapped_column(String(12))
    amount_fen: Mapped[int] = mapped_column(Integer)
    balance_fen: Mapped[int] = mapped_column(Integer)
    """What was on the card after this line."""
    receipt: Mapped[str] = mapped_column(Code)
    on_day: Mapped[date] = mapped_column(Date)
    resident_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    """Who of the household used it."""
    reverses_id: Mapped[str | None] = mapped_column(Id, ForeignKey("card_entry.id"), unique=True)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(Code)

    @property
    def label(self) -> str:
        """What it is, for people."""
        return ENTRY_LABELS[self.kind]


@event.listens_for(CardEntry, "before_update")
@event.listens_for(CardEntry, "before_delete")
def _written_once(*_: Any) -> None:
    raise RuntimeError("the ledger of a card only grows: reverse a line by another one")


def spend(card_id: str, amount_fen: int, day: date) -> bool:
    """Take money off a card that is open and valid, in the caller's transaction. False when it has too little."""
    return _change(
        card_id,
        -amount_fen,
        HealthCard.closed_at.is_(None),
        HealthCard.until_on >= day,
        HealthCard.balance_fen >= amount_fen,
    )


def put_back(card_id: str, amount_fen: int) -> bool:
    """Put money back after a wrong line, in the caller's transaction; also on a card that is closed."""
    return _change(card_id, amount_fen, HealthCard.balance_fen + amount_fen <= HealthCard.value_fen)


def _change(card_id: str, by_fen: int, *only: Any) -> bool:
    statement = (
        update(HealthCard)
        .where(HealthCard.id == card_id, *only)
        .values(balance_fen=HealthCard.balance_fen + by_fen)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def leave(resident_id: str, *, at: datetime) -> None:
    """Take somebody off his household's card, in the caller's transaction; a card without anybody is closed."""
    card_id = db.session.scalar(select(CardHolder.card_id).where(CardHolder.open_key == resident_id))
    if card_id is None:
        return
    gone = update(CardHolder).where(CardHolder.open_key == resident_id).values(open_key=None)
    db.session.execute(gone.execution_options(synchronize_session=False))
    still = select(CardHolder.id).where(CardHolder.card_id == card_id, CardHolder.open_key.is_not(None))
    if db.session.scalar(still.limit(1)) is None:
        close = update(HealthCard).where(HealthCard.id == card_id, HealthCard.closed_at.is_(None)).values(closed_at=at)
        db.session.execute(close.execution_options(synchronize_session=False))
