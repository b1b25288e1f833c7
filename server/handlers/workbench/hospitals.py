"""Hospitals: how to reach them, their departments and doctors, and the keys of their own systems."""

from flask import Response, request, url_for

from server.access import admin as access
from server.access import machines as machine_access
from server.access import supply as supply_access
from server.actions import machines
from server.actions.booking import supply
from server.actions.booking.supply import HospitalDetails
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import as_admin
from server.handlers.workbench import forms, site
from server.models import Hospital


def list_hospitals() -> Response:
    """List hospitals and specialists, with the forms to add one."""
    return _list()


def create_hospital() -> Response:
    """Register a hospital."""
    try:
        form = forms.read(forms.HospitalForm)
        supply.create_hospital(form.name, level=form.level, address=form.address, by=as_admin())
    except (Invalid, Conflict) as error:
        return _list(error, "hospital")
    return site.done(url_for("workbench.list_hospitals"), "医院已添加")


def create_specialist() -> Response:
    """Register a specialist."""
    try:
        form = forms.read(forms.SpecialistForm)
        hospital = access.hospital(form.hospital_id)
        supply.create_specialist(hospital, department=form.department, name=form.name, title=form.title, by=as_admin())
    except (Invalid, Conflict) as error:
        return _list(error, "specialist")
    return site.done(url_for("workbench.list_hospitals"), "专家已添加，可以为其安排出诊")


def show_hospital(hospital_id: str) -> Response:
    """Show a hospital: what is known of it, its departments, its system's keys."""
    return _page(access.hospital(hospital_id))


def save_hospital(hospital_id: str) -> Response:
    """Change a hospital."""
    hospital = access.hospital(hospital_id)
    try:
        form = forms.read(forms.HospitalEditForm)
        supply.edit_hospital(hospital, HospitalDetails(**form.model_dump()), by=as_admin())
    except (Invalid, Conflict) as error:
        return _page(access.hospital(hospital_id), error, "hospital")
    return site.done(_address(hospital_id), "已保存")


def keep_department(hospital_id: str) -> Response:
    """Add a department, or change where it is and what to bring."""
    hospital = access.hospital(hospital_id)
    try:
        form = forms.read(forms.DepartmentForm)
        supply.keep_department(hospital, form.department, floor=form.floor, bring=form.bring, by=as_admin())
    except (Invalid, Conflict) as error:
        return _page(hospital, error, "department")
    return site.done(_address(hospital_id), "科室已保存")


def issue_key(hospital_id: str) -> Response:
    """Make the hospital's system a key, shown once."""
    hospital = access.hospital(hospital_id)
    key, secret = machines.issue_key(hospital, by=as_admin())
    text = f"{hospital.name} 的接口密钥，编号 {key.id}（只显示这一次；原来的密钥 24 小时后停用）"
    return site.done(_address(hospital_id), text, name=secret)


def end_keys(hospital_id: str) -> Response:
    """Let no key of the hospital's system open anything any more."""
    machines.end_keys(access.hospital(hospital_id), by=as_admin())
    return site.done(_address(hospital_id), "接口密钥已全部停用")


def _address(hospital_id: str) -> str:
    return url_for("workbench.show_hospital", hospital_id=hospital_id)


def _list(error: AppError | None = None, failed: str = "") -> Response:
    return site.page(
        "hospitals.html",
        here="hospitals",
        hospitals=access.hospitals(),
        specialists=access.specialists(),
        failed=failed,
        error=error,
    )


def _page(hospital: Hospital, error: AppError | None = None, failed: str = "") -> Response:
    chosen_id = request.args.get("department", "")
    chosen = supply_access.department(chosen_id) if chosen_id else None
    return site.page(
        "hospital.html",
        here="hospitals",
        hospital=hospital,
        chosen=chosen if chosen and chosen.hospital_id == hospital.id else None,
        departments=supply_access.departments(hospital.id, site.cursor()),
        keys=machine_access.keys(hospital.id).items,
        failed=failed,
        error=error,
    )
