"""Weekly patterns, days off and substitutes, and a department's week."""

from datetime import date, timedelta
from typing import Any

from flask import Response, request, url_for

from server import clock
from server.access import admin as access
from server.access import supply as supply_access
from server.actions.booking import exceptions, patterns
from server.actions.booking.patterns import Weekly
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import Hospital, Specialist
from server.models.slot import KIND_LABELS
from server.models.supply import WEEKDAYS

WHOLE = "all"
"""Chosen in the form: all departments. Nobody closes a hospital by leaving a field alone."""


def list_patterns(hospital_id: str) -> Response:
    """List a hospital's weekly sessions, with the form for another one."""
    return _patterns(access.hospital(hospital_id))


def add_pattern(hospital_id: str) -> Response:
    """Keep a weekly session; its coming weeks are laid out at once."""
    hospital = access.hospital(hospital_id)
    try:
        form = forms.read(forms.PatternForm)
        department = supply_access.department(form.department_id)
        values = form.model_dump(exclude={"department_id", "specialist_id"})
        specialist = _specialist(form.specialist_id)
        if department.hospital_id != hospital.id:
            raise patterns.PatternInvalid()
        patterns.add_pattern(department, specialist, Weekly(**values), policy=wiring().policy, by=as_admin())
    except (Invalid, Conflict) as error:
        return _patterns(hospital, error)
    return site.done(url_for("workbench.list_patterns", hospital_id=hospital_id), "出诊规律已添加，号源已按规律生成")


def end_pattern(hospital_id: str, pattern_id: str) -> Response:
    """Let a weekly session hold up to a day."""
    pattern = supply_access.pattern(pattern_id, hospital_id)
    try:
        patterns.end_pattern(pattern, forms.read(forms.LastDayForm).last_on, by=as_admin())
    except (Invalid, Conflict) as error:
        return _patterns(access.hospital(hospital_id), error)
    text = "已停用；已经生成的号源不变，需要停诊的请在科室周历中办理"
    return site.done(url_for("workbench.list_patterns", hospital_id=hospital_id), text)


def list_exceptions(hospital_id: str) -> Response:
    """List days off and substitutes, with the form for another one."""
    return _exceptions(access.hospital(hospital_id))


def add_exception(hospital_id: str) -> Response:
    """Say whom it concerns, then call sessions off for some days, or let another doctor sit in."""
    hospital, step = access.hospital(hospital_id), request.form.get("step")
    if step == "edit":
        return _exceptions(hospital, keep=True)
    try:
        form = forms.read(forms.ExceptionForm)
        is_all = form.department_id in ("", WHOLE)
        days = exceptions.Days(
            form.first_on,
            form.last_on,
            form.reason,
            department=None if is_all else supply_access.department(form.department_id),
            specialist=_specialist(form.specialist_id),
            substitute=_specialist(form.substitute_id),
        )
        if step == "preview":
            return _confirm(hospital, days)
        exceptions.add_exception(hospital, days, by=as_admin())
    except (Invalid, Conflict) as error:
        return _exceptions(hospital, error)
    text = "已保存；已约的居民会收到通知"
    return site.done(url_for("workbench.list_exceptions", hospital_id=hospital_id), text)


def show_week(department_id: str) -> Response:
    """Show a department's week."""
    department = supply_access.department(department_id)
    monday = _monday(request.args.get("week", ""))
    return site.page(
        "week.html",
        here="hospitals",
        department=department,
        days=supply_access.week(department.id, monday),
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        now=clock.now(),
    )


def _monday(text: str) -> date:
    try:
        day = date.fromisoformat(text)
        return day - timedelta(days=day.weekday() + 7 * (day.year > 9000))
    except (ValueError, OverflowError):
        return clock.today() - timedelta(days=clock.today().weekday())


def _specialist(specialist_id: str) -> Specialist | None:
    return access.specialist(specialist_id) if specialist_id else None


def _patterns(hospital: Hospital, error: AppError | None = None) -> Response:
    return site.page(
        "patterns.html",
        here="hospitals",
        hospital=hospital,
        rows=supply_access.patterns(hospital.id, site.cursor()),
        kinds=KIND_LABELS,
        weekdays=[(index, f"星期{name}") for index, name in enumerate(WEEKDAYS, start=1)],
        **_choices(hospital),
        error=error,
    )


def _exceptions(hospital: Hospital, error: AppError | None = None, *, keep: bool = False) -> Response:
    return site.page(
        "exceptions.html",
        here="hospitals",
        hospital=hospital,
        rows=supply_access.exceptions(hospital.id, site.cursor()),
        whole=WHOLE,
        **_choices(hospital),
        error=error,
        keep=keep,
    )


def _confirm(hospital: Hospital, days: exceptions.Days) -> Response:
    touched = exceptions.foresee(hospital, days)
    return site.page(
        "exception_confirm.html",
        here="hospitals",
        hospital=hospital,
        days=days,
        sessions=len(touched),
        booked=supply_access.booked_in(touched),
        fields={name: request.form[name] for name in forms.ExceptionForm.model_fields if name in request.form},
    )


def _choices(hospital: Hospital) -> dict[str, Any]:
    people = supply_access.specialist_choices(hospital.id)
    return {
        "departments": [(one.id, one.name) for one in supply_access.department_choices(hospital.id)],
        "specialists": [(one.id, f"{one.department.name} · {one.name}") for one in people],
    }
