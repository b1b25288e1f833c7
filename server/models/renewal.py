"""Steps of renewals that leave no agreement of their own: what was shown, who confirmed, which term went before."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import evidence
from server.models.actor import Actor
from server.models.agreement import Agreement
from server.models.evidence import EntryKind


class RenewalAct(StrEnum):
    """What happened."""

    SHOWN = "shown"  # the first of two taps: the text was opened
    WENT_ON = "went_on"  # the region renews silently (L13)
    RESIDENT_CONFIRMED = "resident_confirmed"
    TEAM_CONFIRMED = "team_confirmed"
    DECLINED = "declined"
    LAPSED = "lapsed"  # not both confirmed in time (L14)


SAID = (RenewalAct.RESIDENT_CONFIRMED, RenewalAct.TEAM_CONFIRMED, RenewalAct.DECLINED)
"""What somebody says, for or against."""

ACT_LABELS = {
    RenewalAct.SHOWN: "打开续签内容",
    RenewalAct.WENT_ON: "系统自动续约",
    RenewalAct.RESIDENT_CONFIRMED: "居民确认",
    RenewalAct.TEAM_CONFIRMED: "医生确认",
    RenewalAct.DECLINED: "居民不再续约",
    RenewalAct.LAPSED: "逾期未确认",
}


class RenewalStep(Model):
    """One step towards the term that begins on ``term_from_on``: never changed, never deleted; the same again is one row."""

    __tablename__ = "renewal_step"
    __table_args__ = table(
        UniqueConstraint("agreement_id", "term_from_on", "act", "text_sha256"),
        CheckConstraint(
            "act IN ('shown', 'went_on', 'resident_confirmed', 'team_confirmed', 'declined', 'lapsed')", name="act"
        ),
    )
    PERSONAL = ("text_body", "client_address")

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    """The agreement that is renewed."""
    act: Mapped[RenewalAct] = mapped_column(String(20))
    term_from_on: Mapped[date] = mapped_column(Date)
    """First day of the new term; of a renewal that begins with acceptance, the day it was shown."""
    term_until_on: Mapped[date | None] = mapped_column(Date)
    before_from_on: Mapped[date | None] = mapped_column(Date)
    """First day of the term that went before."""
    before_until_on: Mapped[date | None] = mapped_column(Date)
    text_body: Mapped[str | None] = mapped_column(Sealed("renewal_step.text_body", long=True))
    """What was read, title and paragraphs one per line; NULL where nobody read anything."""
    text_sha256: Mapped[str] = mapped_column(Hash, default="")
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(128), default="")
    client_address: Mapped[str] = mapped_column(String(64), default="")

    agreement: Mapped[Agreement] = relationship()

    @property
    def act_label(self) -> str:
        """What happened, for people."""
        return ACT_LABELS[RenewalAct(self.act)]


def note(
    agreement: Agreement,
    act: RenewalAct,
    *,
    term: tuple[date, date | None],
    by: Actor,
    at: datetime,
    text: str | None = None,
    sha256: str = "",
    before: tuple[date, date] | None = None,
    device: str = "",
) -> None:
    """Keep a step in the caller's transaction; the same step about the same text stays as it was first.

    What somebody says to a silent renewal is a link of the agreement's chain of evidence, too.
    """
    same = select(RenewalStep.id).where(
        RenewalStep.agreement_id == agreement.id,
        RenewalStep.term_from_on == term[0],
        RenewalStep.act == act,
        RenewalStep.text_sha256 == sha256,
    )
    if db.session.scalar(same) is not None:
        return
    db.session.add(
        RenewalStep(
            agreement_id=agreement.id,
            act=act,
            term_from_on=term[0],
            term_until_on=term[1],
            before_from_on=before[0] if before else None,
            before_until_on=before[1] if before else None,
            text_body=text,
            text_sha256=sha256,
            actor_kind=by.kind,
            actor_id=by.id,
            at=at,
            device=device,
            client_address=by.source,
        )
    )
    db.session.flush()
    if act in SAID:
        facts: dict[str, Any] = {
            "act": act,
            "from_on": term[0].isoformat(),
            "until_on": term[1].isoformat() if term[1] else None,
        }
        facts |= {"text_sha256": sha256, "actor": {"kind": by.kind, "id": by.id}, "device": device}
        facts |= {"client_address": by.source}
        evidence.append(evidence.package_for(agreement, at=at), EntryKind.RENEWAL, facts, at=at)


def shown_at(agreement: Agreement) -> datetime | None:
    """Return when the resident first opened the text that a renewal says; None for what was signed in full."""
    if agreement.predecessor_id is None:
        return None
    same = select(RenewalStep.at).where(
        RenewalStep.agreement_id == agreement.predecessor_id,
        RenewalStep.act == RenewalAct.SHOWN,
        RenewalStep.text_sha256 == agreement.text_sha256,
    )
    return db.session.scalar(same.order_by(RenewalStep.at).limit(1))


def steps_of(agreement_id: str) -> list[RenewalStep]:
    """Return the steps of an agreement's renewals, oldest first; a handful for each term."""
    mine = select(RenewalStep).where(RenewalStep.agreement_id == agreement_id)
    return list(db.session.scalars(mine.order_by(RenewalStep.at, RenewalStep.id).limit(200)))
