"""Hospitals, specialists, and the numbers of their clinics."""

from flask import Response, request, url_for

from server import clock
from server.access import admin as access
from server.access import supply as supply_access
from server.actions import booking
from server.actions.booking import supply
from server.actions.booking.supply import ShiftPlan
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import Department, Hospital, Specialist
from server.models.slot import KIND_LABELS


def list_slots() -> Response:
    """List the coming numbers, of one hospital or all."""
    hospital_id = request.args.get("hospital_id", "")
    rows = access.coming_slots(hospital_id or None, site.cursor())
    return site.page("slots.html", here="numbers", rows=rows, hospitals=access.hospitals(), hospital_id=hospital_id)


def new_shift() -> Response:
    """Show the empty form."""
    return _shift_form()


def create_shift() -> Response:
    """Show how a shift would be split; save it when that was confirmed."""
    if request.form.get("step") == "edit":
        return _shift_form(keep=True)
    try:
        form = forms.read(forms.ShiftForm)
        who = supply_access.who_sits(form.specialist_id)
        hospital = access.hospital(who.hospital_id)
        if isinstance(who, Department) and not form.label:
            raise forms.FormInvalid(fields={"label": "没有专家出诊时，请填写项目名称，居民会看到"})
        rules = wiring().policy.booking
        plan = supply.plan_shift(
            form.day,
            form.starts,
            form.ends,
            form.capacity,
            rules=rules,
            hospital=hospital,
            kind=form.kind,
            label=form.label if isinstance(who, Department) else "",
            other=form.other,
            minutes=form.minutes,
        )
        if request.form.get("step") != "save":
            return _confirm(who, hospital, plan)
        supply.create_shift(who, plan, by=as_admin())
    except (Invalid, Conflict) as error:
        return _shift_form(error)
    text = f"排班已保存：家庭医生号源 {plan.family_doctor_places} 个，公开号源 {plan.public_places} 个"
    return site.done(url_for("workbench.list_slots", hospital_id=hospital.id), text)


def suspend_shift(shift_id: str) -> Response:
    """Say whom it concerns, then call a session off; everybody who has a number is told."""
    shift = supply_access.shift(shift_id)
    week = clock.local(shift.starts_at).date().isoformat()
    back = url_for("workbench.show_week", department_id=shift.department_id, week=week)
    if request.form.get("step") == "preview":
        booked = supply_access.booked_in([shift.id])
        return site.page("suspend_confirm.html", here="hospitals", shift=shift, booked=booked, back=back)
    try:
        booking.suspend(shift, by=as_admin())
    except Conflict as error:
        return site.done(back, error.message)
    return site.done(back, "已停诊，已约的居民会收到通知并可另选时间")


def _shift_form(error: AppError | None = None, *, keep: bool = False) -> Response:
    return site.page(
        "shift_form.html",
        here="numbers",
        specialists=access.specialists(),
        rules=wiring().policy.booking,
        departments=supply_access.all_departments(),
        kinds=KIND_LABELS.items(),
        error=error,
        keep=keep,
    )


def _confirm(who: Specialist | Department, hospital: Hospital, plan: ShiftPlan) -> Response:
    is_released = plan.release_at <= clock.now()
    fields = {name: request.form[name] for name in forms.ShiftForm.model_fields if name in request.form}
    return site.page(
        "shift_confirm.html",
        here="numbers",
        who=who,
        is_doctor=isinstance(who, Specialist),
        hospital=hospital,
        kind=KIND_LABELS[plan.kind],
        plan=plan,
        fields=fields,
        is_released=is_released,
    )
