"""The resident's own share (个人自付): what was paid at the desk, with its receipt, and what is to be given back.

Nothing is paid online: the desk takes the money and writes down the receipt's number.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, db, primary_key, table
from server.models.actor import Actor
from server.models.agreement import Agreement, AgreementStatus


class PaymentKind(StrEnum):
    """Which way the money goes."""

    PAID = "paid"
    REFUND = "refund"


REFUND_STATES = {"due": "待退费", "done": "已办理", "none": "无需退费"}


class Payment(Model):
    """One payment of the own share, or one refund of it: at most one of each per agreement; receipts are unique."""

    __tablename__ = "payment"
    __table_args__ = table(
        UniqueConstraint("agreement_id", "kind"),
        CheckConstraint("kind IN ('paid', 'refund')", name="kind"),
        CheckConstraint("state IN ('due', 'done', 'none')", name="state"),
        CheckConstraint("kind = 'refund' OR state = 'done'", name="paid_is_done"),
        CheckConstraint("(state = 'done') = (receipt IS NOT NULL)", name="receipt"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(None, "kind", "state", "id"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    kind: Mapped[PaymentKind] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    amount_fen: Mapped[int] = mapped_column(Integer)
    """Paid; or to give back at most, and once done what was given back."""
    receipt: Mapped[str | None] = mapped_column(Code, unique=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[str] = mapped_column(Code)
    note: Mapped[str] = mapped_column(String(200), default="")

    agreement: Mapped[Agreement] = relationship(lazy="joined")

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return "已缴费" if self.kind == PaymentKind.PAID else REFUND_STATES[self.state]


def paid_for(agreement: Agreement) -> Payment | None:
    """Return what was paid for an agreement, or for the ones with other teams that it carries on."""
    seen: Agreement | None = agreement
    while seen is not None:
        found = db.session.scalar(
            select(Payment).where(Payment.agreement_id == seen.id, Payment.kind == PaymentKind.PAID)
        )
        if found is not None:
            return found
        before = db.session.get(Agreement, seen.predecessor_id) if seen.predecessor_id else None
        seen = before if before is not None and before.status == AgreementStatus.TRANSFERRED else None
    return None


def owe_refund(agreement: Agreement, *, by: Actor, at: datetime) -> None:
    """Note that the desk has to look at a refund: an agreement that was paid for has ended early. Once per payment."""
    paid = paid_for(agreement)
    if paid is None:
        return
    known = select(Payment.id).where(Payment.agreement_id == paid.agreement_id, Payment.kind == PaymentKind.REFUND)
    if db.session.scalar(known) is not None:
        return
    db.session.add(
        Payment(
            agreement_id=paid.agreement_id,
            kind=PaymentKind.REFUND,
            state="due",
            amount_fen=paid.amount_fen,
            taken_at=at,
            taken_by=by.id,
        )
    )
    db.session.flush()
