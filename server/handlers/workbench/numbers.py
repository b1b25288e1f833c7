"""Hospitals, specialists, and the numbers of their clinics."""

from flask import Response, request, url_for

from server import clock
from server.access import admin as access
from server.actions.booking import supply
from server.actions.booking.supply import ShiftPlan
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import Specialist


def list_slots() -> Response:
    """List the coming numbers, of one hospital or all."""
    hospital_id = request.args.get("hospital_id", "")
    rows = access.coming_slots(hospital_id or None, site.cursor())
    return site.page("slots.html", here="numbers", rows=rows, hospitals=access.hospitals(), hospital_id=hospital_id)


def list_hospitals() -> Response:
    """List hospitals and specialists, with the forms to add one."""
    return _hospitals()


def create_hospital() -> Response:
    """Register a hospital."""
    try:
        form = forms.read(forms.HospitalForm)
        supply.create_hospital(form.name, level=form.level, address=form.address, by=as_admin())
    except (Invalid, Conflict) as error:
        return _hospitals(error, "hospital")
    return site.done(url_for("workbench.list_hospitals"), "医院已添加")


def create_specialist() -> Response:
    """Register a specialist."""
    try:
        form = forms.read(forms.SpecialistForm)
        hospital = access.hospital(form.hospital_id)
        supply.create_specialist(hospital, department=form.department, name=form.name, title=form.title, by=as_admin())
    except (Invalid, Conflict) as error:
        return _hospitals(error, "specialist")
    return site.done(url_for("workbench.list_hospitals"), "专家已添加，可以为其安排出诊")


def new_shift() -> Response:
    """Show the empty form."""
    return _shift_form()


def create_shift() -> Response:
    """Show how a shift would be split; save it when that was confirmed."""
    if request.form.get("step") == "edit":
        return _shift_form(keep=True)
    try:
        form = forms.read(forms.ShiftForm)
        specialist = access.specialist(form.specialist_id)
        rules = wiring().policy.booking
        plan = supply.plan_shift(form.day, form.starts, form.ends, form.capacity, rules=rules)
        if request.form.get("step") != "save":
            return _confirm(specialist, plan)
        supply.create_shift(specialist, plan, by=as_admin())
    except (Invalid, Conflict) as error:
        return _shift_form(error)
    text = f"排班已保存：家庭医生号源 {plan.family_doctor_places} 个，公开号源 {plan.public_places} 个"
    return site.done(url_for("workbench.list_slots", hospital_id=specialist.hospital_id), text)


def _shift_form(error: AppError | None = None, *, keep: bool = False) -> Response:
    return site.page(
        "shift_form.html",
        here="numbers",
        specialists=access.specialists(),
        rules=wiring().policy.booking,
        error=error,
        keep=keep,
    )


def _confirm(specialist: Specialist, plan: ShiftPlan) -> Response:
    is_released = plan.release_at <= clock.now()
    fields = {name: request.form[name] for name in forms.ShiftForm.model_fields}
    return site.page(
        "shift_confirm.html", here="numbers", specialist=specialist, plan=plan, fields=fields, is_released=is_released
    )


def _hospitals(error: AppError | None = None, failed: str = "") -> Response:
    return site.page(
        "hospitals.html",
        here="hospitals",
        hospitals=access.hospitals(),
        specialists=access.specialists(),
        failed=failed,
        error=error,
    )
