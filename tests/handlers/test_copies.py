"""Copies, consents and supplements over HTTP, and the public page that proves a copy."""

import hashlib
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.database import db
from server.models import Agreement, Resident
from tests import make
from tests.handlers.problem import refused

SIGNATURE = "data:image/png;base64,iVBORw0KGgo="


class Desk:
    """A resident with an agreement in force, and her doctor."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        lead = make.staff(name="陈静")
        self.resident = make.resident(name="林秀英")
        self.agreement: Agreement = make.agreement(
            resident=self.resident,
            team=make.team(lead=lead),
            consents=["service_content", "health_data", "share_with_hospitals"],
        )
        self.lin = make.session_of(make.user(resident=self.resident))
        self.chen = make.session_of(make.user(staff=lead))
        self.mine = f"/api/agreements/{self.agreement.id}"
        self.theirs = f"/api/doctor/agreements/{self.agreement.id}"

    def propose(self, **body: Any) -> Any:
        return self.client.post(f"{self.theirs}/supplements", json={"kind": "other", **body}, headers=self.chen)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return Desk(client)


# ---------------------------------------------------------------- copies


def test_resident_and_doctor_open_the_same_bytes(client: FlaskClient, desk: Desk) -> None:
    mine = client.get(f"{desk.mine}/copy.pdf", headers=desk.lin)
    theirs = client.get(f"{desk.theirs}/copy.pdf", headers=desk.chen)

    assert (mine.status_code, mine.content_type) == (200, "application/pdf")
    assert mine.data.startswith(b"%PDF-") and mine.data == theirs.data
    assert mine.headers["X-Content-SHA256"] == hashlib.sha256(mine.data).hexdigest()
    assert desk.agreement.number in mine.headers["Content-Disposition"]
    assert mine.headers["Cache-Control"] == "no-store"


def test_who_was_handed_a_copy_and_who_read_it(client: FlaskClient, desk: Desk) -> None:
    refused(client.post(f"{desk.mine}/copy/read", headers=desk.lin), 409, "illegal_move")
    assert client.get(f"{desk.mine}/copy", headers=desk.lin).json["files"] == []
    client.get(f"{desk.mine}/copy.pdf", headers=desk.lin)

    shown = client.post(f"{desk.mine}/copy/read", headers=desk.lin).json

    assert [(one["party"], one["event"]) for one in shown["receipts"]] == [("居民", "取得副本"), ("居民", "已阅读")]
    assert shown["has_copy"] and shown["verify_url"].startswith("http://127.0.0.1:8601/public/verify/")
    assert client.get(f"{desk.theirs}/copy", headers=desk.chen).json == shown


def test_no_copy_before_both_have_signed(client: FlaskClient) -> None:
    resident = make.resident()
    agreement = make.agreement(resident=resident, status="pending_team")
    who = make.session_of(make.user(resident=resident))

    refused(client.get(f"/api/agreements/{agreement.id}/copy.pdf", headers=who), 409, "no_copy_yet")
    assert client.get(f"/api/agreements/{agreement.id}/copy", headers=who).json["has_copy"] is False


def test_the_doctor_reads_the_whole_text(client: FlaskClient, desk: Desk) -> None:
    shown = client.get(desk.theirs, headers=desk.chen).json

    assert shown["title"] == "家庭医生签约服务协议" and shown["paragraphs"] == ["第一条"]
    assert shown["resident"]["name_masked"] == "林*英"


def test_a_doctor_keeps_a_signature(client: FlaskClient, desk: Desk) -> None:
    assert client.get("/api/doctor/signature", headers=desk.chen).json == {"signature": None, "kept_at": None}

    kept = client.post("/api/doctor/signature", json={"signature": SIGNATURE}, headers=desk.chen).json

    assert kept["signature"] == SIGNATURE and kept == client.get("/api/doctor/signature", headers=desk.chen).json
    bad = client.post("/api/doctor/signature", json={"signature": "x"}, headers=desk.chen)
    refused(bad, 400, "signature_invalid")


# ---------------------------------------------------------------- consents


def test_a_resident_takes_a_consent_back_and_gives_it_again(client: FlaskClient, desk: Desk) -> None:
    def decide(key: str, stands: bool) -> Any:
        return client.post(f"{desk.mine}/consents", json={"key": key, "stands": stands}, headers=desk.lin)

    def standing() -> list[bool]:
        return [one["stands"] for one in client.get(f"{desk.mine}/consents", headers=desk.lin).json["items"]]

    assert standing() == [True, True, True]
    first = client.get(f"{desk.mine}/consents", headers=desk.lin).json["items"][1]
    assert first["effect"] and first["label"] and first["is_withdrawable"]

    assert decide("health_data", False).json["items"][1]["withdrawn_at"]
    assert standing() == [True, False, True]
    decide("health_data", True)
    assert standing() == [True, True, True]
    refused(decide("service_content", False), 409, "consent_not_withdrawable")
    refused(decide("nothing", False), 404, "not_found")


# ---------------------------------------------------------------- supplements


def test_a_supplement_goes_from_the_doctor_to_the_resident(client: FlaskClient, desk: Desk) -> None:
    proposed = desk.propose(kind="contact", phone="13911112222")
    assert proposed.status_code == 201
    (row,) = client.get(f"{desk.mine}/supplements", headers=desk.lin).json["items"]
    assert row["waits"] and row["title"] == "补充协议（第1号）" and row["provider"] == "陈静"
    before = client.get(f"{desk.mine}/copy.pdf", headers=desk.lin).data

    body = {"text_sha256": row["text_sha256"], "signature": SIGNATURE}
    signed = client.post(f"/api/supplements/{row['id']}/sign", json=body, headers=desk.lin)

    assert signed.json["status"] == "signed"
    assert db.session.get_one(Resident, desk.resident.id, populate_existing=True).phone == "13911112222"
    after = client.get(f"{desk.theirs}/copy.pdf", headers=desk.chen).data
    assert after != before and after == client.get(f"{desk.mine}/copy.pdf", headers=desk.lin).data


def test_a_resident_says_no(client: FlaskClient, desk: Desk) -> None:
    row = desk.propose(note="每周一随访").json

    assert client.post(f"/api/supplements/{row['id']}/decline", headers=desk.lin).json["status"] == "declined"
    refused(desk.propose(), 400, "supplement_empty")
    again = desk.propose(note="每周二随访").json
    assert again["number"] == 2
    refused(desk.propose(note="每周三随访"), 409, "supplement_waiting")
    taken = client.post(f"/api/doctor/supplements/{again['id']}/withdraw", headers=desk.chen)
    assert taken.json["status_label"] == "已撤回"


@pytest.mark.parametrize(
    "body", [{"kind": "contact", "phone": "123"}, {"kind": "nothing"}, {"kind": "other", "note": "长" * 501}]
)
def test_a_malformed_supplement_is_refused(desk: Desk, body: dict[str, str]) -> None:
    assert desk.propose(**body).status_code == 422


# ---------------------------------------------------------------- the public page


def verify_url(client: FlaskClient, desk: Desk) -> str:
    client.get(f"{desk.mine}/copy.pdf", headers=desk.lin)
    url: str = client.get(f"{desk.mine}/copy", headers=desk.lin).json["verify_url"]
    return url.removeprefix("http://127.0.0.1:8601")


def uploaded(client: FlaskClient, url: str, content: bytes) -> str:
    return client.post(url, data={"file": (io.BytesIO(content), "copy.pdf")}).text


def test_anybody_with_the_copy_can_check_it(client: FlaskClient, desk: Desk) -> None:
    url = verify_url(client, desk)
    content = client.get(f"{desk.mine}/copy.pdf", headers=desk.lin).data

    page = client.get(url)
    assert page.status_code == 200 and desk.agreement.number in page.text and "履约中" in page.text
    assert hashlib.sha256(content).hexdigest() in page.text and "签署后没有改动" in page.text
    assert "林*英" in page.text
    for secret in ("林秀英", desk.resident.identity_number, desk.resident.phone, desk.resident.id):
        assert str(secret) not in page.text
    assert "一致" in uploaded(client, url, content) and "不一致" not in uploaded(client, url, content)
    assert "不一致" in uploaded(client, url, content + b" ")
    assert "没有收到 PDF" in uploaded(client, url, b"hello")
    assert "没有收到 PDF" in client.post(url).text


def test_an_older_edition_is_still_ours(client: FlaskClient, desk: Desk) -> None:
    url = verify_url(client, desk)
    content = client.get(f"{desk.mine}/copy.pdf", headers=desk.lin).data
    row = desk.propose(note="每周一随访").json
    body = {"text_sha256": row["text_sha256"], "signature": SIGNATURE}
    client.post(f"/api/supplements/{row['id']}/sign", json=body, headers=desk.lin)
    client.get(f"{desk.mine}/copy.pdf", headers=desk.lin)

    assert "较早的一版" in uploaded(client, url, content)


def test_what_was_changed_afterwards_is_told(client: FlaskClient, desk: Desk) -> None:
    url = verify_url(client, desk)
    with make.transaction() as session:
        session.get_one(Agreement, desk.agreement.id).text_sha256 = "0" * 64

    assert "存证记录与协议不符" in client.get(url).text


def test_codes_cannot_be_tried_out(client: FlaskClient, desk: Desk) -> None:
    url = verify_url(client, desk)
    for n in range(20):
        assert client.get(f"/public/verify/{n:032x}").status_code == 404
    tried = client.get(f"/public/verify/{99:032x}")

    assert tried.status_code == 429 and "十分钟" in tried.text
    assert client.get(url).status_code == 429
    elsewhere = client.get(url, environ_base={"REMOTE_ADDR": "10.9.9.9"})
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("code", ["x", "0" * 31, "G" * 32, "😀", "%27%20OR%201"])
def test_what_cannot_be_a_code_is_unknown(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/public/verify/{code}")

    assert answer.status_code == 404 and "没有找到这份协议" in answer.text


def test_the_page_loads_nothing_from_elsewhere_and_leaks_no_code(client: FlaskClient, desk: Desk) -> None:
    headers = client.get(verify_url(client, desk)).headers

    assert headers["Referrer-Policy"] == "no-referrer" and headers["X-Robots-Tag"] == "noindex"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_a_huge_upload_is_refused(client: FlaskClient, desk: Desk) -> None:
    url = verify_url(client, desk)

    big = client.post(url, data=b"x" * 2_000_000, content_type="multipart/form-data; boundary=x")

    assert big.status_code == 413
