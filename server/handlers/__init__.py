"""Every way in, and who may use it: ``ROUTES``. A test fails for a route of the app that no row of it covers."""

from collections.abc import Callable
from typing import NamedTuple

from apiflask import APIBlueprint, APIFlask
from flask import request

from server.errors import NotAllowed
from server.handlers import bodies, docs, guards, health, media_link, problems, wechat_callback
from server.handlers.desk import door as desk_door
from server.handlers.desk import pages as desk_pages
from server.handlers.machine import appointments as machine_appointments
from server.handlers.machine import discharges as machine_discharges
from server.handlers.machine import hospital as machine_hospital
from server.handlers.machine import schedules as machine_schedules
from server.handlers.machine import signing
from server.handlers.miniprogram import (
    agreements,
    appointments,
    areas,
    changes,
    communities,
    conditions,
    consents,
    copies,
    doctor,
    drafts,
    endings,
    family,
    followups,
    handbook,
    identity,
    informed_notices,
    local_rules,
    login,
    measurements,
    messages,
    notice_settings,
    populations,
    prescriptions,
    push_consents,
    referrals,
    renewals,
    rights,
    teams,
    visits,
    waiting,
    wards,
)
from server.handlers.public import teams as public_teams
from server.handlers.public import verify
from server.handlers.workbench import login as workbench_login
from server.handlers.workbench import pages


class Route(NamedTuple):
    """A blueprint and the guard that runs before each of its views."""

    blueprint: APIBlueprint
    guard: Callable[[], None]


ROUTES = (
    Route(health.blueprint, guards.open_to_all),
    Route(docs.blueprint, guards.open_to_all),
    Route(wechat_callback.blueprint, guards.wechat_signed),
    Route(media_link.blueprint, guards.open_to_all),
    Route(login.blueprint, guards.open_to_all),
    Route(identity.blueprint, guards.logged_in),
    Route(consents.blueprint, guards.logged_in),
    Route(teams.blueprint, guards.logged_in),
    Route(messages.blueprint, guards.logged_in),
    Route(local_rules.blueprint, guards.logged_in),
    Route(push_consents.blueprint, guards.logged_in),
    Route(agreements.blueprint, guards.bound_resident),
    Route(renewals.blueprint, guards.bound_resident),
    Route(drafts.blueprint, guards.bound_resident),
    Route(changes.blueprint, guards.bound_resident),
    Route(endings.blueprint, guards.bound_resident),
    Route(copies.blueprint, guards.bound_resident),
    Route(populations.blueprint, guards.bound_resident),
    Route(family.blueprint, guards.bound_resident),
    Route(wards.blueprint, guards.bound_resident),
    Route(conditions.blueprint, guards.bound_resident),
    Route(areas.blueprint, guards.bound_resident),
    Route(appointments.blueprint, guards.bound_resident),
    Route(waiting.blueprint, guards.bound_resident),
    Route(followups.blueprint, guards.bound_resident),
    Route(measurements.blueprint, guards.bound_resident),
    Route(prescriptions.blueprint, guards.bound_resident),
    Route(visits.blueprint, guards.bound_resident),
    Route(notice_settings.blueprint, guards.bound_resident),
    Route(referrals.blueprint, guards.bound_resident),
    Route(informed_notices.blueprint, guards.bound_resident),
    Route(communities.blueprint, guards.bound_resident),
    Route(rights.blueprint, guards.bound_resident),
    Route(handbook.blueprint, guards.bound_resident),
    Route(doctor.agreements.blueprint, guards.doctor_only),
    Route(doctor.copies.blueprint, guards.doctor_only),
    Route(doctor.begin.blueprint, guards.doctor_only),
    Route(doctor.changes.blueprint, guards.doctor_only),
    Route(doctor.conversations.blueprint, guards.doctor_only),
    Route(doctor.desk.blueprint, guards.doctor_only),
    Route(doctor.desk_logins.blueprint, guards.doctor_only),
    Route(doctor.followups.blueprint, guards.doctor_only),
    Route(doctor.measurements.blueprint, guards.doctor_only),
    Route(doctor.programmes.blueprint, guards.doctor_only),
    Route(doctor.populations.blueprint, guards.doctor_only),
    Route(doctor.prescriptions.blueprint, guards.doctor_only),
    Route(doctor.home.blueprint, guards.doctor_only),
    Route(doctor.my_day.blueprint, guards.doctor_only),
    Route(doctor.visits.blueprint, guards.doctor_only),
    Route(doctor.notices.blueprint, guards.doctor_only),
    Route(doctor.numbers.blueprint, guards.doctor_only),
    Route(doctor.unsigned.blueprint, guards.doctor_only),
    Route(doctor.waiting.blueprint, guards.doctor_only),
    Route(doctor.serving.blueprint, guards.doctor_only),
    Route(machine_hospital.blueprint, signing.hospital_signed),
    Route(machine_schedules.blueprint, signing.hospital_signed),
    Route(machine_appointments.blueprint, signing.hospital_signed),
    Route(machine_discharges.blueprint, signing.hospital_signed),
    Route(doctor.referrals.blueprint, guards.doctor_only),
    Route(verify.blueprint, guards.open_to_all),
    Route(public_teams.blueprint, guards.open_to_all),
    Route(workbench_login.blueprint, guards.open_to_all),
    Route(pages.blueprint, guards.admin_only),
    Route(desk_door.blueprint, guards.open_to_all),
    Route(desk_pages.blueprint, guards.desk_only),
)


# APIFlask's own /openapi.json and Flask's static files: nothing personal is in them.
FRAMEWORK_BLUEPRINTS = {"openapi": guards.open_to_all}
FRAMEWORK_ENDPOINTS = {"static": guards.open_to_all}


def register(app: APIFlask) -> None:
    """Register every blueprint, and one check in front of them: what no row of ROUTES covers is refused."""
    problems.register(app)
    bodies.register(app)
    app.before_request(guard)
    for route in ROUTES:
        app.register_blueprint(route.blueprint)
    docs.register(app, guard_of)


def guard_of(endpoint: str) -> Callable[[], None] | None:
    """Return the guard of an endpoint, None when nobody named one."""
    name = endpoint.rpartition(".")[0]
    for route in ROUTES:
        if route.blueprint.name == name:
            return route.guard
    return FRAMEWORK_BLUEPRINTS.get(name) or FRAMEWORK_ENDPOINTS.get(endpoint)


def guard() -> None:
    """Run the guard of the requested route before its view."""
    if request.endpoint is None:
        return  # no such address: the router's 404 follows
    check = guard_of(request.endpoint)
    if check is None:
        raise NotAllowed()
    check()
