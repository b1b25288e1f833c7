"""Long prescriptions (长期处方) and the medicine that is brought home (送药上门). In the caller's transaction."""

import json
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import audit, notification, states
from server.models.account import WechatUser
from server.models.actor import Actor
from server.models.doctor import Staff, Team
from server.models.resident import Resident
from server.models.states import StateEvent


class PrescriptionStatus(StrEnum):
    """Where a prescription stands."""

    WAITING = "waiting"  # more than the usual days: the resident reads and signs first
    ACTIVE = "active"
    RENEWED = "renewed"  # another one follows it
    ENDED = "ended"  # the supply is used up
    STOPPED = "stopped"


P = PrescriptionStatus
MOVES: dict[PrescriptionStatus, frozenset[PrescriptionStatus]] = {
    P.WAITING: frozenset({P.ACTIVE, P.STOPPED}),
    P.ACTIVE: frozenset({P.RENEWED, P.ENDED, P.STOPPED}),
    P.RENEWED: frozenset(),
    P.ENDED: frozenset(),
    P.STOPPED: frozenset(),
}
BORN = (P.WAITING, P.ACTIVE)
OPEN = (P.WAITING, P.ACTIVE)
STATUS_LABELS = {
    P.WAITING: "待居民签字",
    P.ACTIVE: "使用中",
    P.RENEWED: "已续方",
    P.ENDED: "已用完",
    P.STOPPED: "已停止",
}
STOP_REASONS = {
    "goal_not_met": "控制未达标，需调整",
    "other_disease": "有其他病情，需换药",
    "admitted": "住院",
    "adverse": "药物不良反应",
    "declined": "居民不同意",
    "other": "其他原因",
    "service_ended": "签约服务已终止",
}
"""Why one is stopped (domain.md §7.3)."""
DUE = ("refill_due", "refill_due_for_team", "evaluation_due", "delivery_planned", "renewal_unsigned")
"""What is told ahead about a prescription."""


class PrescriptionEvent(StateEvent, Model):
    """One step of a prescription: never changed, never deleted."""

    __tablename__ = "prescription_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("prescription.id"), index=True)


class Prescription(Model):
    """One long prescription of one person; medicines are sealed. ``open_key`` allows one that is not over."""

    __tablename__ = "prescription"
    MOVES = MOVES
    BORN = BORN
    EVENT = PrescriptionEvent
    __table_args__ = table(
        CheckConstraint("(status IN ('waiting', 'active')) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("supply_days >= 1", name="supply_days"),
        CheckConstraint("end_on >= start_on", name="ends_after_start"),
        CheckConstraint(
            "status <> 'active' OR signed_at IS NOT NULL OR NOT needs_signature", name="signed_when_needed"
        ),
        CheckConstraint("status <> 'stopped' OR stop_reason IS NOT NULL", name="stopped_for_a_reason"),
        CheckConstraint("NOT is_extended OR referral_id IS NOT NULL", name="extended_after_a_referral"),
        Index(None, "status", "end_on"),
        Index(None, "team_id", "status", "end_on"),
        Index(None, "resident_id", "start_on"),
    )
    PERSONAL = ("medicines", "evaluation", "signature", "stop_note")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    issued_by: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    status: Mapped[PrescriptionStatus] = mapped_column(String(12))
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    client_key: Mapped[str] = mapped_column(String(128), unique=True)
    medicines: Mapped[str] = mapped_column(Sealed("prescription.medicines"))
    """JSON rows: code, name, times a day, dose."""
    supply_days: Mapped[int] = mapped_column(Integer)
    start_on: Mapped[date] = mapped_column(Date)
    end_on: Mapped[date] = mapped_column(Date)
    """The last day of supply."""
    evaluation: Mapped[str | None] = mapped_column(Sealed("prescription.evaluation"))
    evaluated_on: Mapped[date | None] = mapped_column(Date)
    needs_signature: Mapped[bool] = mapped_column(Boolean, default=False)
    text_sha256: Mapped[str | None] = mapped_column(Hash)
    """What the resident read and signed."""
    signature: Mapped[str | None] = mapped_column(Sealed("prescription.signature", long=True))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_extended: Mapped[bool] = mapped_column(Boolean, default=False)
    """A hospital's prescription, continued after it sent the person back."""
    referral_id: Mapped[str | None] = mapped_column(Id, ForeignKey("referral.id"))
    previous_id: Mapped[str | None] = mapped_column(Id, ForeignKey("prescription.id"), unique=True)
    stop_reason: Mapped[str | None] = mapped_column(Code)
    stop_note: Mapped[str | None] = mapped_column(Sealed("prescription.stop_note"))
    policy_version: Mapped[str] = mapped_column(Code)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    doctor: Mapped[Staff] = relationship(lazy="joined")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The medicines, opened."""
        opened: list[dict[str, Any]] = json.loads(self.medicines)
        return opened

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[PrescriptionStatus(self.status)]


class MedicineDelivery(Model):
    """Medicine brought to somebody's door: planned, then delivered or called off; one per prescription."""

    __tablename__ = "medicine_delivery"
    __table_args__ = table(
        CheckConstraint("state IN ('planned', 'delivered', 'cancelled')", name="state"),
        CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_at"),
        Index(None, "team_id", "state", "planned_on"),
        Index(None, "state", "planned_on"),
        Index(None, "resident_id"),
    )
    PERSONAL = ("note",)

    id: Mapped[str] = primary_key()
    prescription_id: Mapped[str] = mapped_column(Id, ForeignKey("prescription.id"), unique=True)
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    state: Mapped[str] = mapped_column(String(12), default="planned")
    planned_on: Mapped[date] = mapped_column(Date)
    courier: Mapped[str] = mapped_column(String(64))
    planned_by: Mapped[str] = mapped_column(Code)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_by: Mapped[str | None] = mapped_column(Code)
    note: Mapped[str | None] = mapped_column(Sealed("medicine_delivery.note"))

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    prescription: Mapped[Prescription] = relationship()


DELIVERY_LABELS = {"planned": "待送药", "delivered": "已送达", "cancelled": "已取消"}


def stop(row: Prescription, reason: str, note: str, *, by: Actor, at: datetime) -> None:
    """Stop a prescription that is not over; what was to be told or brought is called off.

    Raises:
        states.IllegalMove, states.StaleState.
    """
    states.move(row, P.STOPPED, by=by, at=at, reason=reason, stop_reason=reason, stop_note=note or None, open_key=None)
    close(row)
    audit.record("prescription_stopped", row, by=by, at=at)


def close(row: Prescription) -> None:
    """Call off what was to be told or brought."""
    notification.cancel(subject_id=row.id, kinds=DUE)
    planned = select(MedicineDelivery).where(
        MedicineDelivery.prescription_id == row.id, MedicineDelivery.state == "planned"
    )
    for delivery in db.session.scalars(planned.with_for_update(of=MedicineDelivery)).unique():
        delivery.state = "cancelled"
        notification.cancel(subject_id=delivery.id, kinds=("delivery_planned",))


def tell_unsigned(row: Prescription, step: str, *, at: datetime) -> int:
    """Tell the doctor that a renewal is not signed while the supply before it runs out; once per step. Returns how many."""
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == row.issued_by))
    if user_id is None:
        return 0
    return notification.queue(
        "renewal_unsigned",
        dedupe_key=f"renewal_unsigned:{row.id}:{step}",
        subject_id=row.id,
        at=at,
        user_id=user_id,
        team_id=row.team_id,
        facts={"team": row.team.name, "resident_id": row.resident_id},
    )


def stop_all(resident_id: str, reason: str, *, by: Actor, at: datetime) -> int:
    """Stop what somebody has open: he is in hospital, or no longer served. Returns how many."""
    mine = select(Prescription.id).where(Prescription.open_key == resident_id).with_for_update()
    ids = db.session.scalars(mine).all()
    for row_id in ids:
        stop(db.session.get_one(Prescription, row_id, populate_existing=True), reason, "", by=by, at=at)
    return len(ids)
