"""Bodies, queries and headers that nobody should send: each refused in words, none a 500, nothing stored."""

import json
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests import make
from tests.handlers.problem import refused, rows
from tests.handlers.routes import BODIES, QUERIES, WITHOUT_BODY, Route, api

POSTS = [route for route in api() if route.method == "POST"]
WITH_BODY = [route for route in POSTS if route.endpoint in BODIES]
LISTS = [route for route in api() if route.method == "GET" and not route.arguments]
JSON = "application/json"
MEGABYTE = 1024 * 1024


@pytest.fixture
def headers(client: FlaskClient) -> dict[str, str]:
    """Somebody who may call everything: a doctor who is a registered resident too."""
    return make.session_of(make.user(resident=make.resident(), staff=make.team().lead))


def send(client: FlaskClient, route: Route, headers: dict[str, str], data: bytes, kind: str = JSON) -> Any:
    path = route.path
    for name in route.arguments:
        path = path.replace(f"<{name}>", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    return client.open(path, method=route.method, data=data, content_type=kind, headers=headers)


def test_every_post_says_whether_it_has_a_body() -> None:
    assert {route.endpoint for route in POSTS} == set(BODIES) | WITHOUT_BODY
    assert not set(BODIES) & WITHOUT_BODY


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_an_unknown_key_is_named(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    before = rows()
    body = json.dumps(BODIES[route.endpoint] | {"is_admin": True, "名字": "林秀英"}).encode()

    problem = refused(send(client, route, headers, body), 422, "invalid_input")

    assert problem["details"] == {"fields": ["is_admin", "名字"]}
    assert rows() == before


NOT_JSON = {
    "empty": b"",
    "a form": b"code=1",
    "half": b"{",
    "not utf-8": b'{"code": "\xff\xfe"}',
    "open brackets": b"[" * 100_000,
    "nested": b'{"code": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}
NO_OBJECT = {"a list": b"[1, 2]", "a text": b'"text"', "a number": b"1e400"}
OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/xml"]


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_what_is_not_a_json_object_is_refused(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    before = rows()

    for body in NOT_JSON.values():
        refused(send(client, route, headers, body), 400, "bad_request")
    for body in NO_OBJECT.values():
        refused(send(client, route, headers, body), 422, "invalid_input")

    assert rows() == before


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_another_content_type_is_refused(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    body = json.dumps(BODIES[route.endpoint] or {"signature": None}).encode()

    for kind in OTHER_TYPES:
        refused(send(client, route, headers, body, kind), 415, "unsupported_media_type")


@pytest.mark.parametrize("route", POSTS, ids=str)
def test_a_body_of_two_megabytes_is_refused_unread(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    before = rows()

    refused(send(client, route, headers, b'{"x":"' + b"x" * 2 * MEGABYTE + b'"}'), 413, "body_too_large")

    assert rows() == before


def test_two_megabytes_are_refused_before_the_session_is_looked_at(client: FlaskClient) -> None:
    refused(client.post("/api/agreements", data=b"x" * 2 * MEGABYTE), 413, "body_too_large")


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_values_of_the_wrong_kind_are_named(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    body = BODIES[route.endpoint]
    before = rows()
    for key in body:
        for wrong in ({"a": 1}, [[1]], float("nan"), "\ud800"):
            answer = send(client, route, headers, json.dumps(body | {key: wrong}).encode())
            problem = refused(answer, 422, "invalid_input")
            assert [name.split(".")[0] for name in problem["details"]["fields"]] == [key], wrong
        huge = send(client, route, headers, json.dumps(body | {key: 10**400}).encode())
        assert 400 <= huge.status_code < 500, key
    assert rows() == before


@pytest.mark.parametrize("route", LISTS, ids=str)
def test_unknown_queries_are_named_or_harmless(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    answer = client.get(route.path, query_string={"resident_id": "x", "admin": "1"}, headers=headers)

    if answer.status_code == 422:
        assert {"admin", "resident_id"} <= set(refused(answer, 422, "invalid_input")["details"]["fields"])
    else:
        assert answer.json == client.get(route.path, headers=headers).json


BAD_CURSORS = ["x", "%FF", "e30=", "bnVsbA==", "W10=", "WzFd", "WzEsMl0=", "x" * 400, "😀", "W1tdLFtdXQ=="]
NOT_IN_PAGES = {
    "identity.me",
    "consents.privacy",
    "push_consents.templates",
    "appointments.hospitals",
    "appointments.people",
    "appointments.block",
    "waiting.mine",
    "waiting.options",
    "doctor_numbers.numbers",
    "populations.my_groups",
    "areas.address",
    "doctor_home.home",
    "doctor_desk_logins.where",
    "local_rules.local_rules",
    "drafts.draft",
    "changes.transfer",
    "family.family",
    "family.signable",
    "communities.mine",
    "rights.rights",
    "rights.card",
    "handbook.read",
    "doctor_copies.signature",
    "doctor_begin.packages",
    "push_consents.running_out",
    "measurements.people",
    "measurements.trend",
    "visits.coming",
    "notice_settings.show",
    "doctor_prescriptions.medicines",
    "doctor_visits.route",
    "doctor_visits.photo",
    "doctor_desk.colleagues",
    "doctor_desk.replies",
    "doctor_desk.absences",
    "doctor_desk.figures",
}


@pytest.mark.parametrize("route", [route for route in LISTS if route.endpoint not in NOT_IN_PAGES], ids=str)
def test_a_cursor_that_is_not_ours_is_refused(client: FlaskClient, headers: dict[str, str], route: Route) -> None:
    for cursor in BAD_CURSORS:
        query = QUERIES.get(route.endpoint, {}) | {"cursor": cursor}
        refused(client.get(route.path, query_string=query, headers=headers), 400, "cursor_invalid")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("PUT", "/api/me", 405, "method_not_allowed"),
        ("DELETE", "/api/agreements", 405, "method_not_allowed"),
        ("GET", "/api/login", 405, "method_not_allowed"),
        ("GET", "/api/%F0%9F%98%80", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
    ],
)
def test_ways_that_do_not_exist(client: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    refused(client.open(path, method=method), status, code)


def test_our_own_failure_says_nothing_about_its_cause(
    app: APIFlask, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the number 510799195003150016 broke it")

    monkeypatch.setattr("server.access.resident.open_teams", broken)

    problem = refused(app.test_client().get("/api/teams", headers=headers), 500, "internal_error")

    assert "510799" not in str(problem)
    assert "RuntimeError" not in str(problem)
    assert "Unexpected error" in caplog.text
