"""The fee of an agreement (签约服务费), frozen at signing: what each payer bears in each year, and what was charged."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, update
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Id, Model, UtcDateTime, db, primary_key, table

UNASSIGNED = "unassigned"
ACCOUNT_LABELS = {
    "fund": "经费",
    "outpatient_pool": "居民医保门诊统筹",
    "personal_account": "职工医保个人账户",
    "self": "本人",
    UNASSIGNED: "未指定",
}


class FeeLine(Model):
    """What one payer bears of one agreement year. Never more than that is charged: by conditional UPDATE and CHECK."""

    __tablename__ = "fee_line"
    __table_args__ = table(
        UniqueConstraint("agreement_id", "year", "payer"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("guidance_fen >= 0 AND guidance_fen <= amount_fen", name="guidance"),
        CheckConstraint("charged_fen >= 0 AND charged_fen <= amount_fen", name="not_overcharged"),
        Index(None, "organisation_id", "account", "agreement_id"),
    )
    PERSONAL = ("insurance",)

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    year: Mapped[int] = mapped_column(Integer)
    """1 = the first year of the agreement."""
    payer: Mapped[str] = mapped_column(String(24))
    account: Mapped[str] = mapped_column(String(20))
    insurance: Mapped[str | None] = mapped_column(String(12))
    """The person's insurance as it was known at signing."""
    amount_fen: Mapped[int] = mapped_column(Integer)
    guidance_fen: Mapped[int] = mapped_column(Integer, default=0)
    charged_fen: Mapped[int] = mapped_column(Integer, default=0)


class Charge(Model):
    """Money asked of a payer, once per receipt; written once."""

    __tablename__ = "charge"
    __table_args__ = table(UniqueConstraint("fee_line_id", "receipt"), CheckConstraint("amount_fen > 0", name="amount"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    fee_line_id: Mapped[str] = mapped_column(Id, ForeignKey("fee_line.id"))
    receipt: Mapped[str] = mapped_column(Code)
    amount_fen: Mapped[int] = mapped_column(Integer)
    charged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    charged_by: Mapped[str] = mapped_column(Code)


class ServedPopulation(Model):
    """How many persons an institution served in a year, where the fee goes by that and not by agreements (C-11)."""

    __tablename__ = "served_population"
    __table_args__ = table(
        UniqueConstraint("organisation_id", "year"),
        CheckConstraint("persons >= 0", name="persons"),
        CheckConstraint("amount_fen >= 0", name="amount"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    year: Mapped[int] = mapped_column(Integer)
    persons: Mapped[int] = mapped_column(Integer)
    amount_fen: Mapped[int] = mapped_column(Integer)
    """Per person, of the rules that held when it was entered."""
    entered_on: Mapped[date] = mapped_column(Date)


def take(line_id: str, amount_fen: int) -> bool:
    """Charge a line, in the caller's transaction. Returns False when it would be more than the listed price."""
    statement = (
        update(FeeLine)
        .where(FeeLine.id == line_id, FeeLine.charged_fen + amount_fen <= FeeLine.amount_fen)
        .values(charged_fen=FeeLine.charged_fen + amount_fen)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]
