"""Long prescriptions: what a doctor writes, what a resident sees after the login."""

from typing import Self

from pydantic import Field

from server.actions.prescriptions import Draft, words_for
from server.handlers.miniprogram.shapes.edges import Day, In, Out, Whole
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.models.prescription import DELIVERY_LABELS, STOP_REASONS, MedicineDelivery, Prescription, PrescriptionStatus
from server.policy import prescribing
from server.policy.prescribing import CLASS_LABELS, Medicine, Row


class RowIn(In):
    """One medicine: so many times a day, so much each time."""

    code: str = Field(max_length=32)
    times: Whole = Field(ge=1, le=24)
    dose: str = Field(min_length=1, max_length=20)


class PrescribeIn(In):
    """A prescription; ``evaluation`` for a first one and above the usual days."""

    client_id: str = Field(min_length=1, max_length=64)
    medicines: list[RowIn] = Field(min_length=1, max_length=10)
    days: Whole = Field(ge=1, le=366)
    start_on: Day
    evaluation: str = Field(default="", max_length=1000)
    is_extended: bool = False

    def draft(self) -> Draft:
        """Return what the action takes."""
        rows = tuple(Row(row.code, row.times, row.dose) for row in self.medicines)
        return Draft(self.client_id, rows, self.days, self.start_on, self.evaluation, self.is_extended)


class StopIn(In):
    """Why it is stopped."""

    reason: str = Field(max_length=24)
    note: str = Field(default="", max_length=500)


class KnowIn(In):
    """What was read, and the signature; without one it is a no."""

    text_sha256: str = Field(min_length=64, max_length=64)
    signature: str | None = Field(default=None, max_length=900_000)


class BringIn(In):
    """Who brings it on which day."""

    planned_on: Day
    courier: str = Field(min_length=1, max_length=32)
    note: str = Field(default="", max_length=200)


class DeliveryOut(Out):
    """Medicine brought to the door."""

    planned_on: str
    courier: str
    state: str
    state_label: str

    @classmethod
    def of(cls, row: MedicineDelivery) -> Self:
        """Show a delivery."""
        return cls(
            planned_on=row.planned_on.isoformat(), courier=row.courier, state=row.state,
            state_label=DELIVERY_LABELS[row.state],
        )  # fmt: skip


class MedicineOut(Out):
    """A medicine to choose, and why it may not be supplied for long."""

    code: str
    name: str
    is_allowed: bool
    class_label: str

    @classmethod
    def of(cls, medicine: Medicine) -> Self:
        """Show a medicine."""
        return cls(
            code=medicine.code, name=medicine.name, is_allowed=medicine.is_allowed,
            class_label=CLASS_LABELS[medicine.kind],
        )  # fmt: skip


class MedicineRowOut(Out):
    """One medicine as prescribed."""

    code: str
    name: str
    times: int
    dose: str


class PrescriptionOut(Out):
    """A prescription. ``to_sign``: what is still to be read and signed, with its hash."""

    id: str
    status: str
    status_label: str
    medicines: list[MedicineRowOut]
    days: int
    start_on: str
    end_on: str
    refill_on: str
    is_extended: bool
    doctor: str
    team_name: str
    team_phone: str
    stop_label: str
    delivery: DeliveryOut | None
    to_sign: list[str]
    text_sha256: str
    resident: ContactOut | None
    evaluation: str
    evaluate_on: str

    @classmethod
    def of(cls, row: Prescription, delivery: MedicineDelivery | None, *, for_doctor: bool = False) -> Self:
        """Show a prescription to the resident, or to his team."""
        waits = row.status == PrescriptionStatus.WAITING
        words, digest = words_for(row.team, row.supply_days)
        return cls(
            id=row.id,
            status=row.status,
            status_label=row.status_label,
            medicines=[MedicineRowOut(**one) for one in row.rows],
            days=row.supply_days,
            start_on=row.start_on.isoformat(),
            end_on=row.end_on.isoformat(),
            refill_on=prescribing.refill_days(row.end_on)[0].isoformat(),
            is_extended=row.is_extended,
            doctor=row.doctor.name,
            team_name=row.team.name,
            team_phone=row.team.phone,
            stop_label=STOP_REASONS.get(row.stop_reason or "", ""),
            delivery=DeliveryOut.of(delivery) if delivery else None,
            to_sign=words if waits else [],
            text_sha256=digest if waits else "",
            resident=ContactOut.of(row.resident) if for_doctor else None,
            evaluation=(row.evaluation or "") if for_doctor else "",
            evaluate_on=prescribing.evaluate_on(row.end_on).isoformat(),
        )


class RulesOut(Out):
    """What holds here for long prescriptions."""

    min_days: int
    usual_days: int
    max_days: int
    extended: bool
    home_delivery: bool
