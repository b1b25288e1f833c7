"""/api/agreements…: preview, sign, look, withdraw, renew; every refusal leaves nothing behind."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server import clock as clocks
from server.actions.signing import PNG_HEAD
from server.models import Agreement, AgreementStatus, Resident, ServicePackage, Team, WechatUser
from tests import make
from tests.conftest import Clock
from tests.handlers.problem import refused, rows

S = AgreementStatus


def drawing(size: int = 200) -> str:
    return "data:image/png;base64," + base64.b64encode(PNG_HEAD + b"0" * size).decode()


@dataclass
class Desk:
    """Lin, a team and a package, and the three calls of signing."""

    client: FlaskClient
    resident: Resident
    user: WechatUser
    headers: dict[str, str]
    team: Team
    package: ServicePackage

    def choice(self) -> dict[str, Any]:
        return {"team_id": self.team.id, "package_id": self.package.id}

    def preview(self, **changes: Any) -> TestResponse:
        return self.client.post("/api/agreements/preview", json=self.choice() | changes, headers=self.headers)

    def sign(self, **changes: Any) -> TestResponse:
        seen = self.preview().json
        body = self.choice() | {
            "text_sha256": seen["text_sha256"],
            "consents": [consent["key"] for consent in seen["consents"]],
            "signature": drawing(),
        }
        return self.client.post("/api/agreements", json=body | changes, headers=self.headers)

    def get(self, path: str = "") -> TestResponse:
        return self.client.get(f"/api/agreements{path}", headers=self.headers)

    def post(self, agreement_id: str, what: str, **body: Any) -> TestResponse:
        return self.client.post(f"/api/agreements/{agreement_id}/{what}", json=body, headers=self.headers)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    resident = make.resident(name="林秀英")
    user = make.user(resident=resident)
    return Desk(client, resident, user, make.session_of(user), make.team(), make.package())


def active(desk: Desk, **fields: Any) -> Agreement:
    return make.agreement(resident=desk.resident, team=desk.team, package=desk.package, **fields)


def near_its_end(desk: Desk, clock: Clock) -> None:
    """19 days before the agreement ends; the old session is long over."""
    clock.set("2027-02-10 10:00")
    desk.headers = make.session_of(desk.user)


def test_preview_shows_the_text_term_and_consents(desk: Desk) -> None:
    body = desk.preview().json

    assert (body["start_on"], body["end_on"]) == ("2026-03-02", "2027-03-01")
    assert body["term_label"].startswith("12个月")
    assert len(body["text_sha256"]) == 64
    assert "林秀英" in "".join(body["paragraphs"])
    assert desk.resident.identity_number not in str(body)
    assert all(consent["key"] and consent["label"] for consent in body["consents"])
    assert rows()["agreement"] == 0


def test_signing_makes_a_request_with_the_text_that_was_read(desk: Desk) -> None:
    seen = desk.preview().json
    answer = desk.sign()

    assert answer.status_code == 201
    made = answer.json
    assert (made["status"], made["status_label"], made["can_withdraw"]) == ("pending_team", "等待医生确认", True)
    assert (made["start_on"], made["answer_by_on"]) == (None, "2026-03-09")
    detail = desk.get(f"/{made['id']}").json
    assert (detail["title"], detail["paragraphs"]) == (seen["title"], seen["paragraphs"])
    assert detail["signature"] == drawing()


def test_a_double_tap_signs_once(desk: Desk) -> None:
    first, second = desk.sign(), desk.sign()

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["id"] == second.json["id"]
    assert rows()["agreement"] == 1


def test_a_second_signing_is_refused(desk: Desk) -> None:
    desk.sign()
    other = make.team()

    refused(desk.sign(team_id=other.id), 409, "agreement_overlap")

    assert rows()["agreement"] == 1


def test_signing_while_one_is_in_force_is_refused(desk: Desk) -> None:
    active(desk)

    refused(desk.sign(), 409, "agreement_overlap")


def too_long_to_be_a_drawing() -> str:
    return drawing(200_001)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"text_sha256": "0" * 64}, 409, "agreement_text_changed"),
        ({"text_sha256": "0"}, 422, "invalid_input"),
        ({"consents": []}, 400, "consent_missing"),
        ({"consents": ["😀"]}, 400, "consent_missing"),
        ({"consents": ["x"] * 21}, 422, "invalid_input"),
        ({"signature": ""}, 400, "signature_invalid"),
        ({"signature": "data:image/png;base64,"}, 400, "signature_invalid"),
        ({"signature": "data:image/png;base64,AAAA"}, 400, "signature_invalid"),
        ({"signature": "data:image/png;base64,😀"}, 400, "signature_invalid"),
        ({"signature": "data:image/png;base64,%%%"}, 400, "signature_invalid"),
        ({"signature": "data:image/svg+xml;base64," + drawing().partition(",")[2]}, 400, "signature_invalid"),
        ({"signature": "https://example.org/s.png"}, 400, "signature_invalid"),
        ({"signature": too_long_to_be_a_drawing()}, 400, "signature_invalid"),
        ({"signature": "x" * 400_001}, 422, "invalid_input"),
        ({"team_id": "x"}, 404, "not_found"),
        ({"package_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 404, "not_found"),
        ({"team_id": "x" * 27}, 422, "invalid_input"),
    ],
)
def test_a_bad_request_is_refused_and_leaves_nothing(
    desk: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    before = rows()

    refused(desk.sign(**changes), status, code)

    assert rows() == before


def test_a_text_that_changed_since_it_was_read_must_be_read_again(desk: Desk) -> None:
    old = desk.preview().json["text_sha256"]
    with make.transaction():
        desk.package.name = "新的基础服务包"

    refused(desk.sign(text_sha256=old), 409, "agreement_text_changed")

    assert desk.sign().status_code == 201


def test_a_closed_team_and_a_withdrawn_package_cannot_be_chosen(desk: Desk) -> None:
    refused(desk.preview(team_id=make.team(is_open=False).id), 404, "not_found")
    refused(desk.preview(package_id=make.package(is_offered=False).id), 404, "not_found")


def test_my_agreements_are_newest_first_and_only_mine(desk: Desk, clock: Clock) -> None:
    old = active(desk, status=S.EXPIRED, start_on=clocks.today() - timedelta(days=400))
    clock.advance(days=1)
    new = desk.sign().json["id"]
    make.agreement()

    items = desk.get().json["items"]

    assert [item["id"] for item in items] == [new, old.id]
    assert items[0]["paragraphs"] is None


def test_withdrawing_frees_the_way_for_another_team(desk: Desk) -> None:
    first = desk.sign().json["id"]

    taken_back = desk.post(first, "withdraw")
    again = desk.post(first, "withdraw")

    assert (taken_back.status_code, taken_back.json["status"]) == (200, "withdrawn")
    assert again.json["status"] == "withdrawn"
    assert desk.sign().status_code == 201


@pytest.mark.parametrize("status", [S.ACTIVE, S.SIGNED, S.REJECTED, S.EXPIRED])
def test_what_was_answered_cannot_be_withdrawn(desk: Desk, status: AgreementStatus) -> None:
    made = active(desk, status=status)

    refused(desk.post(made.id, "withdraw"), 409, "illegal_move")


def test_renewal_is_offered_in_its_window_and_asked_once(desk: Desk, clock: Clock) -> None:
    made = active(desk)
    refused(desk.post(made.id, "renew"), 409, "not_renewable")
    assert desk.get(f"/{made.id}").json["can_renew"] is False
    near_its_end(desk, clock)
    shown = desk.get(f"/{made.id}").json
    assert (shown["can_renew"], shown["renew_hint"]) == (True, "还有19天到期，现在可以续签")

    first, second = desk.post(made.id, "renew"), desk.post(made.id, "renew")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["id"] == second.json["id"]
    assert (first.json["predecessor_id"], first.json["status_label"]) == (made.id, "续签等待医生确认")
    after = desk.get(f"/{made.id}").json
    assert (after["can_renew"], after["successor_id"]) == (False, first.json["id"])


def test_a_renewal_refused_by_the_team_can_be_asked_again(desk: Desk, clock: Clock) -> None:
    made = active(desk)
    near_its_end(desk, clock)
    doctor = make.session_of(make.user(staff=desk.team.lead))
    first = desk.post(made.id, "renew").json["id"]
    said_no = {"reason_code": "data_wrong", "note": "请核对地址"}
    desk.client.post(f"/api/doctor/agreements/{first}/reject", json=said_no, headers=doctor)

    assert desk.get(f"/{first}").json["reject_reason"] == "资料有误：请核对地址"
    assert desk.get(f"/{made.id}").json["can_renew"] is True
    assert desk.post(made.id, "renew").status_code == 201


@pytest.mark.parametrize("body", [{"signature": "x"}, {"signature": "data:image/png;base64,AAAA"}])
def test_a_renewal_with_a_broken_signature_is_refused(desk: Desk, clock: Clock, body: dict[str, str]) -> None:
    made = active(desk)
    near_its_end(desk, clock)

    refused(desk.post(made.id, "renew", **body), 400, "signature_invalid")

    assert rows()["agreement"] == 1


def test_long_lists_come_in_pages(desk: Desk) -> None:
    for _ in range(23):
        active(desk, status=S.WITHDRAWN)

    first = desk.get().json
    second = desk.get(f"?cursor={first['next']}").json

    assert len({item["id"] for item in first["items"] + second["items"]}) == 23
    assert second["next"] is None
