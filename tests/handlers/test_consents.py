"""GET and POST /api/consents/privacy."""

import pytest
from flask.testing import FlaskClient

from server.policy import texts
from tests import make
from tests.handlers.problem import refused, rows

URL = "/api/consents/privacy"
VERSION, _ = texts.privacy()


@pytest.fixture
def headers(client: FlaskClient) -> dict[str, str]:
    return make.session_of(make.user())


def test_the_document_is_readable_before_it_is_accepted(client: FlaskClient, headers: dict[str, str]) -> None:
    body = client.get(URL, headers=headers).json

    assert (body["version"], body["accepted_at"]) == (VERSION, None)
    assert body["title"]
    assert len(body["paragraphs"]) > 3


def test_accepting_is_remembered_with_its_time(client: FlaskClient, headers: dict[str, str]) -> None:
    me = client.post(URL, json={"version": VERSION}, headers=headers)

    assert (me.status_code, me.json["consent_needed"]) == (200, False)
    assert client.get(URL, headers=headers).json["accepted_at"] == "2026-03-02T10:00:00+08:00"


def test_accepting_twice_leaves_one_row(client: FlaskClient, headers: dict[str, str]) -> None:
    for _ in range(2):
        assert client.post(URL, json={"version": VERSION}, headers=headers).status_code == 200

    assert rows()["privacy_consent"] == 1


@pytest.mark.parametrize("version", ["2020.01", "😀", VERSION + "x"])
def test_another_version_than_the_one_in_force_is_refused(
    client: FlaskClient, headers: dict[str, str], version: str
) -> None:
    refused(client.post(URL, json={"version": version}, headers=headers), 409, "privacy_version_old")

    assert rows()["privacy_consent"] == 0
    assert client.get("/api/me", headers=headers).json["consent_needed"] is True
