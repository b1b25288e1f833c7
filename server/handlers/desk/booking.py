"""A reserved number booked at the desk for the resident of a conversation: the mini-program's own lists and action."""

from dataclasses import dataclass

from flask import Response, request

from server import clock
from server.access import doctor_numbers as access
from server.access import free_numbers, resident
from server.actions import booking as actions
from server.actions import serving
from server.errors import AppError
from server.handlers import context
from server.handlers.desk import forms
from server.handlers.desk.conversation import after
from server.handlers.desk.leading import Lead, lead, page
from server.handlers.miniprogram.doctor.numbers import DOCTOR
from server.handlers.workbench.filters import clinic
from server.models import AppointmentStatus, Slot
from server.models.appointment import OPEN

PAGES = 3
"""A hospital's soonest numbers; of one department all that are free."""


@dataclass(frozen=True)
class Choice:
    """Which part of the numbers is shown."""

    hospital_id: str
    department_id: str


def show(conversation_id: str) -> Response:
    """List what is free, the hospital first whose numbers go to the public soonest."""
    return _page(lead(conversation_id))


def book(conversation_id: str) -> Response:
    """Book the chosen number; the resident is told. A form sent twice books once."""
    found, policy = lead(conversation_id), context.wiring().policy
    try:
        told = forms.read(forms.BookingForm)
        serving.note_seen(found.agreement, by=context.as_staff())
        made, _ = actions.reserve(told.slot_id, found.resident, policy=policy, by=context.as_staff(), origin=DOCTOR)
    except AppError as error:
        return _page(found, error)
    shift = made.slot.shift
    is_asked = made.status == AppointmentStatus.PENDING
    what = f"{clinic(made.slot.starts_at)} {shift.hospital.name} {shift.department.name} {shift.who}"
    follows = "等医院确认" if is_asked else "居民会收到通知"
    return after(found.row, f"{'已提交预约' if is_asked else '已预约'}：{what}，{follows}")


def _page(found: Lead, error: AppError | None = None) -> Response:
    policy = context.wiring().policy
    hospitals = access.quota(policy.booking.horizon_days)
    asked = _asked()
    known = {one.hospital.id: one for one in hospitals}
    here = known.get(asked.hospital_id) or (hospitals[0] if hospitals else None)
    departments = free_numbers.departments(policy.booking.horizon_days, here.hospital.id) if here else []
    department = next((one for one in departments if one.id == asked.department_id), None)
    rows = free(here.hospital.id, department.id if department else "") if here else []
    return page(
        found,
        "booking.html",
        error,
        hospitals=hospitals,
        hospital=here,
        departments=departments,
        department=department,
        slots=rows,
        chosen=request.form.get("slot_id", ""),
        booked=free_numbers.coming(found.resident, OPEN),
    )


def _asked() -> Choice:
    """What was chosen on the page before; another hospital has other departments."""
    if hospital := request.values.get("hospital"):
        return Choice(hospital, "")
    return Choice(request.form.get("at", ""), request.form.get("department", request.form.get("in", "")))


def free(hospital_id: str, department_id: str = "") -> list[Slot]:
    """Return the numbers of a hospital that can be taken, soonest first; of one of its departments where it is named."""
    at, policy = clock.now(), context.wiring().policy
    horizon = policy.booking.horizon_days
    if department_id:
        return [one for one in free_numbers.slots(department_id, horizon) if actions.why_not(one, policy, at) is None]
    rows: list[Slot] = []
    cursor = None
    for _ in range(PAGES):
        found = resident.slots(hospital_id, horizon, cursor)
        rows += [one for one in found.items if actions.why_not(one, policy, at) is None]
        if (cursor := found.next) is None:
            break
    return rows
