"""Every way in, and who may use it: ``ROUTES``. A test fails for a route of the app that no row of it covers."""

from collections.abc import Callable
from typing import NamedTuple

from apiflask import APIBlueprint, APIFlask

from server.handlers import guards, health, problems, wechat_callback
from server.handlers.miniprogram import (
    agreements,
    appointments,
    consents,
    doctor,
    followups,
    identity,
    login,
    messages,
    teams,
)
from server.handlers.workbench import login as workbench_login
from server.handlers.workbench import pages


class Route(NamedTuple):
    """A blueprint and the guard that runs before each of its views."""

    blueprint: APIBlueprint
    guard: Callable[[], None]


ROUTES = (
    Route(health.blueprint, guards.open_to_all),
    Route(wechat_callback.blueprint, guards.wechat_signed),
    Route(login.blueprint, guards.open_to_all),
    Route(identity.blueprint, guards.logged_in),
    Route(consents.blueprint, guards.logged_in),
    Route(teams.blueprint, guards.logged_in),
    Route(messages.blueprint, guards.logged_in),
    Route(agreements.blueprint, guards.bound_resident),
    Route(appointments.blueprint, guards.bound_resident),
    Route(followups.blueprint, guards.bound_resident),
    Route(doctor.agreements.blueprint, guards.doctor_only),
    Route(doctor.conversations.blueprint, guards.doctor_only),
    Route(doctor.followups.blueprint, guards.doctor_only),
    Route(doctor.home.blueprint, guards.doctor_only),
    Route(workbench_login.blueprint, guards.open_to_all),
    Route(pages.blueprint, guards.admin_only),
)


def register(app: APIFlask) -> None:
    """Register every blueprint behind its guard, and the one shape of errors."""
    problems.register(app)
    for blueprint, guard in ROUTES:
        blueprint.before_request(guard)
        app.register_blueprint(blueprint)
