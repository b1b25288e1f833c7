"""The entitlement ledger (权益台账): what an agreement promises, what was used of it, and what residents say about it."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.service_record import ServiceRecord

WHOLE_TERM = 0


class Entitlement(Model):
    """One item of an agreement for one of its years, or for its whole term (``year`` 0).

    An agreement that goes on silently has the same years again, from its new first day.

    ``promised`` NULL = as needed. The CHECK refuses more than promised; a minimum may be exceeded.
    """

    __tablename__ = "entitlement"
    __table_args__ = table(
        UniqueConstraint("agreement_id", "item_id", "from_on"),
        CheckConstraint("used >= 0", name="used"),
        CheckConstraint("promised IS NULL OR is_minimum = 1 OR used <= promised", name="not_overused"),
        CheckConstraint("until_on >= from_on", name="days"),
        Index(None, "resident_id", "until_on"),
    )
    PERSONAL = ("kind", "name")

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    item_id: Mapped[str] = mapped_column(Id, ForeignKey("package_item.id"))
    year: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(24))
    unit: Mapped[str] = mapped_column(String(8))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    promised: Mapped[int | None] = mapped_column(Integer)
    is_minimum: Mapped[bool] = mapped_column(Boolean, default=False)
    used: Mapped[int] = mapped_column(Integer, default=0)
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Which examinations count (policy key limits.exam_kinds, frozen); empty: no choice."""

    @property
    def remaining(self) -> int | None:
        """How often it may still be asked for; None: as needed. A minimum that is reached leaves 0."""
        return None if self.promised is None else max(self.promised - self.used, 0)


class ServiceAnswer(Model):
    """What a resident says about one service: given as recorded, or disputed with a reason and then answered."""

    __tablename__ = "service_answer"
    __table_args__ = table(
        CheckConstraint("verdict IN ('confirmed', 'disputed')", name="verdict"),
        CheckConstraint("(verdict = 'disputed') = (answer_by_on IS NOT NULL)", name="answer_by_on"),
        CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name="answered"),
        CheckConstraint("outcome IS NULL OR outcome IN ('upheld', 'kept', 'withdrawn')", name="outcome"),
        Index(None, "team_id", "verdict", "outcome", "answer_by_on"),
    )
    PERSONAL = ("reason", "reply")

    id: Mapped[str] = primary_key()
    record_id: Mapped[str] = mapped_column(Id, ForeignKey("service_record.id"), unique=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(12))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Sealed("service_answer.reason"))
    answer_by_on: Mapped[date | None] = mapped_column(Date)
    """The day by which an answer was promised."""
    outcome: Mapped[str | None] = mapped_column(String(12))
    """upheld: the record was wrong and is taken back; kept: it stands; withdrawn: the agreement ended first."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(Code)
    reply: Mapped[str | None] = mapped_column(Sealed("service_answer.reply"))

    record: Mapped[ServiceRecord] = relationship(lazy="joined")


def fitting(agreement_id: str, kind: str, day: date) -> list[Entitlement]:
    """Return the items of an agreement that a service of a kind on a day can be booked on, yearly ones first."""
    statement = select(Entitlement).where(
        Entitlement.agreement_id == agreement_id,
        Entitlement.kind == kind,
        Entitlement.from_on <= day,
        Entitlement.until_on >= day,
    )
    return list(db.session.scalars(statement.order_by(Entitlement.year.desc(), Entitlement.position)))


def use(entitlement_id: str) -> bool:
    """Use an item once, in the caller's transaction. Returns False when nothing is left of it."""
    left = or_(Entitlement.promised.is_(None), Entitlement.is_minimum, Entitlement.used < Entitlement.promised)
    statement = (
        update(Entitlement)
        .where(Entitlement.id == entitlement_id, left)
        .values(used=Entitlement.used + 1)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def give_back(entitlement_id: str) -> None:
    """Undo one use, in the caller's transaction."""
    statement = (
        update(Entitlement)
        .where(Entitlement.id == entitlement_id, Entitlement.used > 0)
        .values(used=Entitlement.used - 1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)


def book(agreement_id: str | None, kind: str, day: date) -> str | None:
    """Use the first item that fits and has something left, in the caller's transaction; None when there is none.

    For services that happen anyway, like follow-ups: what goes beyond the promise is logged and never refused.
    """
    if agreement_id is None:
        return None
    return next((row.id for row in fitting(agreement_id, kind, day) if use(row.id)), None)


def drop_disputes(resident_id: str, *, at: datetime) -> None:
    """Close what somebody disputes when he is no longer served, in the caller's transaction."""
    statement = (
        update(ServiceAnswer)
        .where(
            ServiceAnswer.resident_id == resident_id,
            ServiceAnswer.verdict == "disputed",
            ServiceAnswer.outcome.is_(None),
        )
        .values(outcome="withdrawn", answered_at=at)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)
