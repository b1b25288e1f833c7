"""The institution's side of the evidence: its copy, what was changed, supplements and the seal."""

import io

import pytest

from server.access import evidence as reading
from server.database import db
from server.models import AdminLogin, Agreement, AgreementStatus, Imprint, evidence
from tests import make
from tests.handlers.workbench.browser import Browser
from tests.paper.test_drawing import drawn


@pytest.fixture
def agreement(me: AdminLogin) -> Agreement:
    return make.agreement(team=make.team(lead=make.staff(organisation=me.organisation_id)))


def test_the_institution_downloads_its_copy(browser: Browser, agreement: Agreement) -> None:
    answer = browser.get(f"/agreements/{agreement.id}/copy")

    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    page = browser.get(f"/agreements/{agreement.id}").text
    assert "存证完整" in page and "机构取得副本" in page and "/public/verify/" in page
    assert reading.files(agreement.id)[0].sha256 in page


def test_another_institution_gets_nothing(browser: Browser) -> None:
    other = make.agreement()

    for path in ("/copy", ""):
        assert browser.get(f"/agreements/{other.id}{path}").status_code == 404


def test_what_was_changed_is_shown(browser: Browser, agreement: Agreement) -> None:
    browser.get(f"/agreements/{agreement.id}/copy")
    with make.transaction() as session:
        session.get_one(Agreement, agreement.id).text_sha256 = "0" * 64

    assert "协议原文被改动" in browser.get(f"/agreements/{agreement.id}").text


def test_a_supplement_is_written_and_taken_back(browser: Browser, agreement: Agreement) -> None:
    page, path = f"/agreements/{agreement.id}", f"/agreements/{agreement.id}/supplements"

    told = browser.follow(browser.post(path, page, supplement_kind="contact", supplement_phone="13911112222"))
    assert "已发给居民签字" in told.text and "13911112222" in told.text and "等待居民签字" in told.text
    again = browser.post(path, page, supplement_kind="other", supplement_note="每周一随访")
    assert again.status_code == 409 and "已有一份补充协议" in again.text

    (row,) = reading.supplements(agreement.id)
    assert row.provider["name"] == "林主任"
    assert "补充协议已撤回" in browser.follow(browser.post(f"{path}/{row.id}/take-back", page)).text
    twice = browser.post(f"{path}/{row.id}/take-back", page)
    assert twice.status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"supplement_kind": "other"}, 400, "请填写要变更的内容"),
        ({"supplement_kind": "contact", "supplement_phone": "123"}, 400, "格式有误"),
        ({"supplement_kind": "nothing"}, 400, "请选择"),
        ({"supplement_kind": "package", "supplement_package": "x"}, 404, "没有找到这个服务包"),
    ],
)
def test_a_wrong_form_says_why(
    browser: Browser, agreement: Agreement, fields: dict[str, str], status: int, words: str
) -> None:
    answer = browser.post(f"/agreements/{agreement.id}/supplements", f"/agreements/{agreement.id}", **fields)

    assert answer.status_code == status and words in answer.text
    assert reading.supplements(agreement.id) == []


def upload(browser: Browser, content: bytes) -> str:
    data = {"form_token": browser.form_token("/seal"), "seal": (io.BytesIO(content), "seal.png")}
    answer = browser.client.post("/workbench/seal", data=data)
    return answer.text if answer.status_code != 303 else browser.follow(answer).text


def test_the_seal_is_uploaded_and_shown(browser: Browser, me: AdminLogin) -> None:
    assert "还没有印章" in browser.get("/seal").text
    assert "请上传" in upload(browser, b"no picture")

    assert "印章已保存" in upload(browser, drawn((1200, 900)))

    kept = evidence.imprint_of(me.organisation_id)
    assert kept is not None
    shown = browser.get(f"/seal/{kept.id}")
    assert shown.content_type == "image/png" and shown.data.startswith(b"\x89PNG")
    assert browser.get("/seal/another").status_code == 404
    assert db.session.query(Imprint).count() == 1


@pytest.mark.parametrize("status", ["draft", "pending_resident"])
def test_where_nobody_has_signed_nothing_is_missing(browser: Browser, agreement: Agreement, status: str) -> None:
    begun = make.agreement(status=AgreementStatus(status), team=agreement.team, text_body="", consents=[])

    page = browser.get(f"/agreements/{begun.id}").text

    assert "居民签字后开始存证" in page and "尚未存证" not in page and "签署时的原文" not in page
