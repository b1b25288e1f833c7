"""Referral checks (转诊结果追踪): whoever was advised to see a hospital is asked what became of it (domain.md §2.0)."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.resident import Resident

if TYPE_CHECKING:
    from server.models.followup import FollowUp


class CheckResult(StrEnum):
    """What became of a referral; the last one: the person is no longer served, nobody asks."""

    ATTENDED = "attended"
    NOT_ATTENDED = "not_attended"
    ADMITTED = "admitted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


COMPLETED = (CheckResult.ATTENDED, CheckResult.ADMITTED)
"""The hospital saw him: visits are counted anew (domain.md §2.0 "Consecutive")."""
RESULT_LABELS = {
    CheckResult.ATTENDED: "已就诊",
    CheckResult.NOT_ATTENDED: "未就诊",
    CheckResult.ADMITTED: "已住院",
    CheckResult.REFUSED: "拒绝就诊",
    CheckResult.UNKNOWN: "未能核实",
    CheckResult.DROPPED: "服务已终止",
}


class ReferralCheck(Model):
    """One referral that a follow-up advised, to be asked about until ``due_on``; one per follow-up."""

    __tablename__ = "referral_check"
    __table_args__ = table(
        CheckConstraint("(result IS NULL) = (done_at IS NULL)", name="done_at"),
        CheckConstraint(
            "result IN ('attended', 'not_attended', 'admitted', 'refused', 'unknown', 'dropped')", name="result"
        ),
        Index(None, "team_id", "result", "due_on"),
        Index(None, "result", "due_on"),
        Index(None, "resident_id", "result"),
    )
    PERSONAL = ("programme", "reason_code", "result", "note")

    id: Mapped[str] = primary_key()
    followup_id: Mapped[str] = mapped_column(Id, ForeignKey("followup.id"), unique=True)
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    programme: Mapped[str] = mapped_column(String(16))
    reason_code: Mapped[str] = mapped_column(String(32))
    due_on: Mapped[date] = mapped_column(Date)
    result: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Sealed("referral_check.note"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(Code)

    followup: Mapped["FollowUp"] = relationship()
    resident: Mapped[Resident] = relationship(lazy="joined")


def drop(resident_id: str, programmes: Collection[str], *, by_id: str, at: datetime) -> None:
    """Ask nobody any more what became of a person's referrals, in the caller's transaction."""
    found = (ReferralCheck.resident_id == resident_id) & ReferralCheck.result.is_(None)
    gone = update(ReferralCheck).where(found, ReferralCheck.programme.in_(list(programmes)))
    done = {"result": CheckResult.DROPPED, "done_at": at, "done_by": by_id}
    db.session.execute(gone.values(done).execution_options(synchronize_session=False))


def of(followup_id: str) -> ReferralCheck | None:
    """Return what is known of the referral that a follow-up advised."""
    return db.session.scalar(select(ReferralCheck).where(ReferralCheck.followup_id == followup_id))
