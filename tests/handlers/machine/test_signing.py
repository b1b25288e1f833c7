"""Only a hospital's own system gets in, each request once, and not later than five minutes after it was signed."""

import hashlib

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from server import clock as clocks
from server.actions import housekeeping, machines
from server.database import db
from server.handlers.machine.signing import signature_of
from server.models import MachineNonce
from server.models.actor import CLOCK
from tests import source
from tests.conftest import Clock
from tests.handlers.machine.calling import System, system
from tests.handlers.problem import refused, rows

WHO = "/machine/Organization"


@pytest.fixture
def his(client: FlaskClient) -> System:
    return system(client, name="绵阳市中心医院")


def test_a_signed_request_tells_whose_it_is(his: System) -> None:
    answer = his.call("GET", WHO)

    assert answer.status_code == 200 and answer.json["name"] == "绵阳市中心医院"


@pytest.mark.parametrize("gone", ["X-Key", "X-Timestamp", "X-Nonce", "X-Signature"])
def test_without_one_of_the_headers_nobody_gets_in(his: System, gone: str) -> None:
    headers = his.headers("GET", WHO)
    del headers[gone]

    refused(his.client.get(WHO, headers=headers), 401, "request_not_signed")


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Nonce": "another-nonce-0000001"},
        {"X-Timestamp": "1"},
        {"X-Signature": "0" * 64},
        {"X-Signature": "签名"},
        {"X-Key": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"X-Timestamp": "9" * 40},
        {"X-Nonce": "short"},
    ],
)
def test_whatever_is_changed_the_signature_no_longer_fits(his: System, changed: dict[str, str]) -> None:
    headers = {key: value.encode().decode("latin-1") for key, value in (his.headers("GET", WHO) | changed).items()}
    before = rows()

    refused(his.client.get(WHO, headers=headers), 401, "request_not_signed")

    assert rows() == before


def test_method_path_query_and_body_are_signed(his: System) -> None:
    for target, method, data in (
        (f"{WHO}?since=1", "GET", b""),
        ("/machine/Other", "GET", b""),
        (WHO, "POST", b""),
        (WHO, "GET", b"x"),
    ):
        headers = his.headers(method, target, data)
        refused(his.client.get(WHO, headers=headers), 401, "request_not_signed")


def test_the_same_request_is_taken_once(his: System) -> None:
    headers = his.headers("GET", WHO)

    assert his.client.get(WHO, headers=headers).status_code == 200
    refused(his.client.get(WHO, headers=headers), 409, "request_replayed")


def test_five_minutes_are_the_limit_on_both_sides(his: System) -> None:
    now = int(clocks.now().timestamp())

    for seconds, expected in ((-295, 200), (-310, 401), (295, 200), (310, 401)):
        answer = his.call("GET", WHO, timestamp=str(now + seconds))
        assert answer.status_code == expected, seconds
    refused(his.call("GET", WHO, timestamp=str(now - 310)), 401, "request_stale")


def test_the_old_key_opens_a_day_longer_than_the_new_one_exists(his: System, clock: Clock) -> None:
    key, secret = machines.issue_key(his.hospital, by=CLOCK)
    new = System(his.client, his.hospital, key.id, secret)

    clock.advance(hours=23)
    assert (his.call("GET", WHO).status_code, new.call("GET", WHO).status_code) == (200, 200)
    clock.advance(hours=2)
    refused(his.call("GET", WHO), 401, "request_not_signed")
    assert new.call("GET", WHO).status_code == 200


def test_a_hospital_whose_keys_ended_is_out_at_once(his: System) -> None:
    assert machines.end_keys(his.hospital, by=CLOCK) == 1

    refused(his.call("GET", WHO), 401, "request_not_signed")


def test_the_secret_is_sealed_in_the_database(his: System) -> None:
    stored = db.session.scalar(text("SELECT secret FROM machine_key"))

    assert stored and his.secret not in stored


def test_old_nonces_are_deleted(his: System, clock: Clock) -> None:
    his.call("GET", WHO)
    clock.advance(hours=1)

    while housekeeping.delete_next_batch():
        pass

    assert db.session.query(MachineNonce).count() == 0


def test_the_documents_example_is_what_we_compute() -> None:
    page = source.text("docs/machine-api.md")
    secret = page.split("with the secret `", 1)[1].split("`", 1)[0]
    head, body = page.split("```\n", 2)[1].split("\n\n", 1)
    first, *headers = head.splitlines()
    method, target = first.split(" ")
    said = dict(line.split(": ", 1) for line in headers)
    body_bytes = body.strip().encode()

    assert hashlib.sha256(body_bytes).hexdigest() in page
    assert signature_of(secret, method, target, said["X-Timestamp"], said["X-Nonce"], body_bytes) in page
