"""Every route × every kind of caller: who gets past the guard, generated from the application itself."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server import handlers
from tests import make
from tests.handlers.problem import refused
from tests.handlers.routes import Route, api, routes

CALLERS = ("nobody", "newcomer", "resident", "doctor")

NOT_LOGGED_IN, NOT_BOUND, NOT_ALLOWED = (401, "not_logged_in"), (409, "identity_needed"), (403, "not_allowed")
# What each guard says to whom it stops; who is not named here gets past it.
STOPS = {
    "open_to_all": {},
    "wechat_signed": {},
    "logged_in": {"nobody": NOT_LOGGED_IN},
    "bound_resident": {"nobody": NOT_LOGGED_IN, "newcomer": NOT_BOUND, "doctor": NOT_BOUND},
    "doctor_only": {"nobody": NOT_LOGGED_IN, "newcomer": NOT_ALLOWED, "resident": NOT_ALLOWED},
    "hospital_signed": dict.fromkeys(CALLERS, (401, "request_not_signed")),
    "admin_only": {},
    "desk_only": {},
}
# Pages for people without a session of their own lead to a login.
DOORS = {"admin_only": "/workbench/login", "desk_only": "/workbench/doctor/login"}


def session(caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    if caller == "newcomer":
        return make.session_of(make.user())
    if caller == "resident":
        return make.session_of(make.user(resident=make.resident()))
    return make.session_of(make.user(staff=make.team().lead))


def test_every_route_names_a_guard_we_know() -> None:
    assert {str(route): route.guard for route in routes() if route.guard not in STOPS} == {}


def test_every_blueprint_is_named_once() -> None:
    names = [row.blueprint.name for row in handlers.ROUTES]

    assert len(names) == len(set(names))


def verdict(answer: TestResponse) -> tuple[int, str]:
    is_problem = answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["code"] if is_problem else ""


# Red without a scheduler, and calls to WeChat, which is not there in these tests.
NEED_OTHERS = {"health.health", "login.login", "identity.phone"}


@pytest.mark.parametrize("route", [route for route in routes() if route.guard not in DOORS], ids=str)
def test_guard(client: FlaskClient, route: Route) -> None:
    for caller in CALLERS:
        answer = route.call(client, session(caller))

        stopped = STOPS[route.guard].get(caller)
        if stopped:
            refused(answer, *stopped)
        else:
            assert verdict(answer) not in (NOT_LOGGED_IN, NOT_BOUND, NOT_ALLOWED), caller
            assert answer.status_code < 500 or route.endpoint in NEED_OTHERS, caller


@pytest.mark.parametrize("route", [route for route in routes() if route.guard in DOORS], ids=str)
def test_the_workbench_sends_everybody_to_its_login(client: FlaskClient, route: Route) -> None:
    for caller in CALLERS:
        answer = route.call(client, session(caller))

        assert answer.status_code == 303, caller
        assert answer.headers["Location"].partition("?")[0] == DOORS[route.guard]


@pytest.mark.parametrize("route", [route for route in routes() if route.guard == "wechat_signed"], ids=str)
def test_the_callback_refuses_who_cannot_sign(client: FlaskClient, route: Route) -> None:
    refused(route.call(client), 403, "callback_refused")


@pytest.mark.parametrize("route", [route for route in api() if route.guard != "open_to_all"], ids=str)
def test_a_wrong_token_opens_nothing(client: FlaskClient, route: Route) -> None:
    refused(route.call(client, {"Authorization": "Bearer made-up"}), *NOT_LOGGED_IN)


def test_a_doctor_without_a_team_is_none(client: FlaskClient) -> None:
    headers = make.session_of(make.user(staff=make.staff()))

    refused(client.get("/api/doctor/home", headers=headers), *NOT_ALLOWED)


def test_an_endpoint_nobody_named_is_refused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = make.session_of(make.user())
    left = tuple(row for row in handlers.ROUTES if row.blueprint.name != "teams")
    monkeypatch.setattr(handlers, "ROUTES", left)

    answer: TestResponse = client.get("/api/teams", headers=headers)

    refused(answer, *NOT_ALLOWED)
