"""What is said about a supply of medicine before it ends: N-31, N-32, N-33 of domain.md §7.2."""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from server import clock
from server.actions.ahead.walking import KeepGoing, walked
from server.database import db
from server.models import MedicineDelivery, Prescription, PrescriptionStatus, WechatUser, notification, prescription
from server.policy.prescribing import EVALUATE_DAYS, REFILL_DAYS


def tell_supplies(keep_going: KeepGoing) -> int:
    """Tell residents and doctors of supplies that end in 7, 3 and 0 days, doctors of those to evaluate 14 days ahead, and
    residents of medicine brought tomorrow. Each is told once, also when a day was missed.

    Returns:
        How many notes are new.
    """
    today, told, before = clock.today(), 0, 0
    for days in sorted(REFILL_DAYS):
        due = _ending(today + timedelta(days=before), today + timedelta(days=days))

        def refill(row: Prescription, at: datetime, days: int = days) -> int:
            return _refill(row, days, at)

        told += walked(due, Prescription, refill, keep_going)
        before = days + 1
    due = _ending(today + timedelta(days=before), today + timedelta(days=EVALUATE_DAYS))
    told += walked(due, Prescription, _evaluate, keep_going)
    told += _tell_unsigned(today, keep_going)
    brought = select(MedicineDelivery).where(
        MedicineDelivery.state == "planned",
        MedicineDelivery.planned_on >= today,
        MedicineDelivery.planned_on <= today + timedelta(days=1),
    )
    return told + walked(brought, MedicineDelivery, _brought, keep_going)


def _tell_unsigned(today: date, keep_going: KeepGoing) -> int:
    """Tell doctors of renewals nobody has signed while the supply before them ends in 7, 3 and 0 days (N-31)."""
    told, before = 0, 0
    for days in sorted(REFILL_DAYS):
        running = aliased(Prescription)
        waiting = (
            select(Prescription)
            .join(running, running.id == Prescription.previous_id)
            .where(
                Prescription.status == PrescriptionStatus.WAITING,
                running.end_on.between(today + timedelta(days=before), today + timedelta(days=days)),
            )
        )

        def unsigned(row: Prescription, at: datetime, days: int = days) -> int:
            return prescription.tell_unsigned(row, str(days), at=at)

        told += walked(waiting, Prescription, unsigned, keep_going)
        before = days + 1
    return told


def _ending(first: date, last: date) -> Select[Prescription]:
    return select(Prescription).where(
        Prescription.status == PrescriptionStatus.ACTIVE, Prescription.end_on >= first, Prescription.end_on <= last
    )


def _refill(row: Prescription, days: int, at: datetime) -> int:
    facts = {"team": row.team.name, "phone": row.team.phone, "due_on": row.end_on.isoformat()}
    expires = clock.midnight(row.end_on + timedelta(days=1))
    new = notification.queue(
        "refill_due", dedupe_key=f"refill_due:{row.id}:{days}", subject_id=row.id, at=at, resident_id=row.resident_id,
        team_id=row.team_id, expires_at=expires, facts=facts,
    )  # fmt: skip
    return new + _tell_doctor(row, "refill_due_for_team", str(days), at)


def _evaluate(row: Prescription, at: datetime) -> int:
    return _tell_doctor(row, "evaluation_due", "14", at)


def _tell_doctor(row: Prescription, kind: str, step: str, at: datetime) -> int:
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == row.issued_by))
    if user_id is None:
        return 0
    return notification.queue(
        kind, dedupe_key=f"{kind}:{row.id}:{step}", subject_id=row.id, at=at, user_id=user_id, team_id=row.team_id,
        facts={"team": row.team.name, "resident_id": row.resident_id},
    )  # fmt: skip


def _brought(row: MedicineDelivery, at: datetime) -> int:
    return notification.queue(
        "delivery_planned",
        dedupe_key=f"delivery_planned:{row.id}:{row.planned_on}:{row.courier[:20]}",
        subject_id=row.id,
        at=at,
        resident_id=row.resident_id,
        team_id=row.team_id,
        expires_at=clock.midnight(row.planned_on + timedelta(days=1)),
        facts={
            "team": row.team.name, "phone": row.team.phone, "due_on": row.planned_on.isoformat(),
            "courier": row.courier,
        },
    )  # fmt: skip
