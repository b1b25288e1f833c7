"""Medicine brought to the door, where the region has it (domain.md §1.9 row 24, N-33)."""

from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import MedicineDelivery, Prescription, PrescriptionStatus, audit, notification
from server.models.actor import Actor
from server.policy.schema import Policy

FURTHEST = timedelta(days=31)


class DeliveryNotHere(Conflict):
    """The region has no delivery to the door, or the prescription is not in use."""

    code, default_message = "delivery_not_here", "本地没有送药上门，或处方不在使用中"


class DeliveryInvalid(Invalid):
    """Day or courier cannot be meant."""

    code, default_message = "delivery_invalid", "请填写送药人，日期在今天到一个月之内"


class DeliveryOver(Conflict):
    """It was delivered or called off."""

    code, default_message = "delivery_over", "这次送药已送达或已取消"


@retried
def plan(
    prescription: Prescription, planned_on: date, courier: str, note: str, *, policy: Policy, by: Actor
) -> MedicineDelivery:
    """Plan that somebody brings the medicine, or change day and courier of what is planned; the resident hears the day before.

    Raises:
        DeliveryNotHere, DeliveryInvalid, DeliveryOver.
    Source:
        policy key prescriptions.home_delivery.
    """
    at = clock.now()
    today = clock.local(at).date()
    runs = (PrescriptionStatus.ACTIVE, PrescriptionStatus.RENEWED)  # a renewed one lasts until its last day
    if not policy.prescriptions.home_delivery or prescription.status not in runs or prescription.end_on < today:
        raise DeliveryNotHere()
    if not courier.strip() or not today <= planned_on <= today + FURTHEST:
        raise DeliveryInvalid()
    try:
        with transaction() as session:
            row = session.scalar(
                select(MedicineDelivery)
                .where(MedicineDelivery.prescription_id == prescription.id)
                .with_for_update(of=MedicineDelivery)
            )
            if row is None:
                row = MedicineDelivery(
                    prescription_id=prescription.id,
                    resident_id=prescription.resident_id,
                    team_id=prescription.team_id,
                    state="planned",
                    planned_on=planned_on,
                    courier=courier.strip(),
                    planned_by=by.id,
                    note=note.strip() or None,
                )
                session.add(row)
                session.flush()
            elif row.state != "planned":
                raise DeliveryOver()
            else:
                notification.cancel(subject_id=row.id, kinds=("delivery_planned",))
                row.planned_on, row.courier, row.note = planned_on, courier.strip(), note.strip() or None
            audit.record("delivery_planned", row, by=by, at=at)
    except IntegrityError as cause:  # a colleague planned it in the same moment
        raise DeliveryOver("同事刚刚安排了这次送药，请刷新后再看") from cause
    return row


@retried
def deliver(row: MedicineDelivery, *, by: Actor) -> MedicineDelivery:
    """Note that the medicine was handed over; the resident is told. Twice is once. Raises DeliveryOver."""
    at = clock.now()
    with transaction():
        if _close(row, "delivered", {"delivered_at": at, "delivered_by": by.id}):
            notification.cancel(subject_id=row.id, kinds=("delivery_planned",))
            audit.record("delivery_done", row, by=by, at=at)
            notification.queue(
                "delivery_done",
                dedupe_key=f"delivery_done:{row.id}",
                subject_id=row.id,
                at=at,
                resident_id=row.resident_id,
                team_id=row.team_id,
                facts={"team": row.team.name, "phone": row.team.phone, "courier": row.courier},
            )
        elif row.state != "delivered":
            raise DeliveryOver()
    return row


@retried
def call_off(row: MedicineDelivery, *, by: Actor) -> MedicineDelivery:
    """Call off a planned delivery. Twice is once. Raises DeliveryOver."""
    at = clock.now()
    with transaction():
        if _close(row, "cancelled", {}):
            notification.cancel(subject_id=row.id, kinds=("delivery_planned",))
            audit.record("delivery_cancelled", row, by=by, at=at)
        elif row.state != "cancelled":
            raise DeliveryOver()
    return row


def _close(row: MedicineDelivery, state: str, columns: dict[str, object]) -> bool:
    statement = (
        update(MedicineDelivery)
        .where(MedicineDelivery.id == row.id, MedicineDelivery.state == "planned")
        .values(state=state, **columns)
        .execution_options(synchronize_session=False)
    )
    changed: bool = db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined]
    db.session.refresh(row)
    return changed
