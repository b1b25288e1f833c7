"""The hospital's desk: who comes today, who did not, and objections to a pause in booking."""

from datetime import date

from flask import Response, request, url_for

from server import clock
from server.access import admin as hospitals
from server.access import bookings as access
from server.access import referrals
from server.actions import booking
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site


def list_arrivals() -> Response:
    """List who is to come to a hospital on a day, with a field for the code on the phone."""
    return _page()


def _page(error: AppError | None = None) -> Response:
    places = hospitals.hospitals()
    desk = referrals.desk_of(admin())
    own = desk.hospital_id if desk else (places[0].id if places else "")
    hospital_id = request.values.get("hospital_id") or own
    day = _day()
    return site.page(
        "arrivals.html",
        here="arrivals",
        hospitals=places,
        hospital_id=hospital_id,
        day=day,
        is_today=day == clock.today(),
        rows=access.of_the_day(hospital_id, day, site.cursor()),
        error=error,
    )


def _day() -> date:
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return clock.today()


def scan_code() -> Response:
    """Check in whose code was scanned or typed."""
    try:
        found = booking.check_in(booking.appointment_of(request.form.get("code", "")), by=as_admin())
    except (Invalid, Conflict) as error:
        return _page(error)
    text = f"{found.resident.name_masked} 已取号，第 {found.number} 号"
    return site.done(url_for("workbench.list_arrivals", hospital_id=found.slot.hospital_id), text)


def check_in(appointment_id: str) -> Response:
    """Check in from the list."""
    found = access.any_appointment(appointment_id)
    try:
        booking.check_in(found, by=as_admin())
    except Conflict as error:
        return _page(error)
    return _back(found.slot.hospital_id, "已取号")


def correct(appointment_id: str) -> Response:
    """He was there after all."""
    found = access.any_appointment(appointment_id)
    try:
        reason = request.form.get("reason", "").strip()
        if not reason:
            raise booking.AppealReasonNeeded()
        booking.correct_no_show(found, reason, policy=wiring().policy, by=as_admin())
    except (Invalid, Conflict) as error:
        return _page(error)
    return _back(found.slot.hospital_id, "已更正为就诊")


def acknowledge(appointment_id: str) -> Response:
    """The hospital takes the booking, or turns it down with a reason."""
    found = access.any_appointment(appointment_id)
    try:
        if request.form.get("answer") == "yes":
            booking.acknowledge(found, by=as_admin())
        else:
            booking.turn_down(found, request.form.get("reason", "").strip()[:200], by=as_admin())
    except Conflict as error:
        return _page(error)
    return _back(found.slot.hospital_id, "已答复，居民会收到通知")


def _back(hospital_id: str, text: str) -> Response:
    where = url_for("workbench.list_arrivals", hospital_id=hospital_id, day=request.form.get("day") or None)
    return site.done(where, text)


def list_appeals() -> Response:
    """List objections that wait for an answer."""
    return _appeals()


def decide_appeal(block_id: str) -> Response:
    """Answer one, with a reason that is kept."""
    found = access.appealed(block_id, by=admin())
    try:
        granted = request.form.get("granted") == "true"
        booking.decide_appeal(found, granted, request.form.get("reason", "")[:300], by=as_admin())
    except (Invalid, Conflict) as error:
        return _appeals(error)
    return site.done(url_for("workbench.list_appeals"), "已答复，居民会收到通知")


def _appeals(error: AppError | None = None) -> Response:
    return site.page("appeals.html", here="appeals", rows=access.appeals(site.cursor(), by=admin()), error=error)
