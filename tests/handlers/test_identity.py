"""/api/me…: who somebody says he is. Numbers, names and codes that are wrong are refused and nothing is stored."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from server import clock as clocks
from server import sealing
from server.actions.accounts import BIND_CODE_PURPOSE
from server.database import db
from server.models import Resident, WechatUser
from server.policy import texts
from server.policy.identity import check_character
from tests import make
from tests.conftest import Clock
from tests.handlers.conftest import Phone
from tests.handlers.problem import refused, rows, without_request_id
from wechat_sandbox.serving import Sandbox

VERSION, _ = texts.privacy()
HEAD = "51079919500315123"
NUMBER = HEAD + check_character(HEAD)


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def headers(client: FlaskClient) -> dict[str, str]:
    """Somebody who accepted the privacy document and has not said who he is."""
    return make.session_of(make.user(consent=VERSION))


def bind(client: FlaskClient, headers: dict[str, str], name: str = "林秀英", number: str = NUMBER) -> Any:
    return client.post(
        "/api/me/identity", json={"name": name, "document_type": "01", "number": number}, headers=headers
    )


def test_me_of_somebody_new(client: FlaskClient) -> None:
    me = client.get("/api/me", headers=make.session_of(make.user())).json

    assert me == {
        "bound": False,
        "name_masked": None,
        "phone_masked": None,
        "identity_masked": None,
        "real_name_label": None,
        "consent_needed": True,
        "follows_service_account": True,
        "staff": None,
    }


def test_binding_masks_everywhere_and_stores_sealed(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = bind(client, headers)

    assert answer.status_code == 200
    assert (answer.json["bound"], answer.json["name_masked"]) == (True, "林*英")
    assert answer.json["identity_masked"] == "510***********" + NUMBER[-4:]
    assert NUMBER not in answer.text
    resident = db.session.scalars(select(Resident)).one()
    assert (resident.identity_number, resident.birth_on.isoformat(), resident.sex) == (NUMBER, "1950-03-15", 1)
    raw = db.session.execute(text("SELECT * FROM resident")).mappings().one()
    assert NUMBER not in str(dict(raw))


def test_binding_twice_is_binding_once(client: FlaskClient, headers: dict[str, str]) -> None:
    first = bind(client, headers)

    assert bind(client, headers, number=f" {NUMBER[:6]} {NUMBER[6:]} ").json == first.json
    assert rows()["resident"] == 1


def test_without_consent_nothing_is_taken(client: FlaskClient) -> None:
    headers = make.session_of(make.user())

    refused(bind(client, headers), 409, "privacy_consent_needed")

    assert rows()["resident"] == 0


def test_an_old_consent_is_none(client: FlaskClient) -> None:
    refused(bind(client, make.session_of(make.user(consent="2020.01"))), 409, "privacy_consent_needed")


def swapped(number: str) -> str:
    """Two neighbouring digits that differ, exchanged."""
    at = next(i for i in range(6, 16) if number[i] != number[i + 1] and i >= 14)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        (HEAD + str((int(NUMBER[-1].replace("X", "0")) + 1) % 10), 400, "id_checksum"),
        (swapped(NUMBER), 400, "id_checksum"),
        (HEAD, 400, "id_format"),
        (NUMBER + "0", 400, "id_format"),
        ("130503670401001", 400, "id_format"),
        ("我的身份证", 400, "id_format"),
        ("😀" * 18, 400, "id_format"),
        ("99" + NUMBER[2:], 400, "id_region"),
        (NUMBER[:6] + "19500230" + NUMBER[14:], 400, "id_birthdate"),
        (NUMBER[:6] + "20990101" + NUMBER[14:], 400, "id_birthdate"),
        ("", 422, "invalid_input"),
        ("1" * 41, 422, "invalid_input"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(
    client: FlaskClient, headers: dict[str, str], number: str, status: int, code: str
) -> None:
    before = rows()

    problem = refused(bind(client, headers, number=number), status, code)

    assert number == "" or number not in str(problem)
    assert rows() == before
    assert client.get("/api/me", headers=headers).json["bound"] is False


@pytest.mark.parametrize("name", ["林秀英😀", "😀😀", "A", "林", "林1", "<b>林</b>", "林\u202e英", "林\x00英", "·"])
def test_what_is_no_name_is_refused(client: FlaskClient, headers: dict[str, str], name: str) -> None:
    refused(bind(client, headers, name=name), 400, "name_format")

    assert rows()["resident"] == 0


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("𠮷野", "𠮷*"),
        ("㐂𪚥龙", "㐂*龙"),
        ("𰻞𰻞𰻞", "𰻞*𰻞"),
        ("阿卜杜勒·买买提", "阿**提"),
        ("John O'Neil-Smith", "J***"),
        ("  林秀英  ", "林*英"),
    ],
)
def test_rare_and_foreign_names_are_kept(client: FlaskClient, headers: dict[str, str], name: str, masked: str) -> None:
    answer = bind(client, headers, name=name)

    assert (answer.status_code, answer.json["name_masked"]) == (200, masked)
    db.session.rollback()
    db.session.expire_all()
    assert db.session.scalars(select(Resident)).one().name == name.strip()


def test_another_person_on_the_same_wechat_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    bind(client, headers)
    other = "51079919600101222"

    refused(bind(client, headers, "王建国", other + check_character(other)), 409, "already_bound")

    assert rows()["resident"] == 1


def test_a_person_registered_elsewhere_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    bind(client, headers)
    thief = make.session_of(make.user(consent=VERSION))

    same_name = bind(client, thief)
    other_name = bind(client, thief, name="王建国")

    refused(same_name, 409, "identity_taken")
    assert without_request_id(same_name) == without_request_id(other_name)
    assert client.get("/api/me", headers=thief).json["bound"] is False


def test_somebody_the_centre_registered_joins_his_own_record(client: FlaskClient, headers: dict[str, str]) -> None:
    known = make.resident(name="林秀英", identity_number=NUMBER)

    assert bind(client, headers).json["bound"] is True

    assert db.session.scalars(select(Resident)).one().id == known.id


def test_the_name_must_fit_the_known_number(client: FlaskClient, headers: dict[str, str]) -> None:
    make.resident(name="王建国", identity_number=NUMBER)

    refused(bind(client, headers, name="林秀英"), 409, "identity_taken")


# ---------------------------------------------------------------- phone


def phone(client: FlaskClient, headers: dict[str, str], code: str) -> Any:
    return client.post("/api/me/phone", json={"code": code}, headers=headers)


def stored_phone() -> str | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(WechatUser)).one().phone


def test_the_phone_wechat_confirms_is_kept_masked(client: FlaskClient, lin: Phone) -> None:
    answer = phone(client, lin.open(), lin.phone_code())

    assert (answer.status_code, answer.json["phone_masked"]) == (200, "138****8000")
    assert stored_phone() == "13800138000"


@pytest.mark.parametrize(
    ("number", "more"),
    [
        ("1380013800012", {}),
        ("1440013800012", {}),
        ("12345678901", {}),
        ("2025550123", {"country_code": "1"}),
        ("61234567", {"country_code": "852"}),
    ],
)
def test_a_number_we_cannot_call_is_refused(
    client: FlaskClient, make_phone: Callable[..., Phone], number: str, more: dict[str, str]
) -> None:
    machine = make_phone(phone=number, **more)
    headers = machine.open()

    problem = refused(phone(client, headers, machine.phone_code()), 400, "phone_format")

    assert number not in str(problem)
    assert stored_phone() is None


def test_a_used_wrong_or_foreign_phone_code_is_refused(
    client: FlaskClient, lin: Phone, make_phone: Callable[..., Phone]
) -> None:
    headers, used = lin.open(), lin.phone_code()
    assert phone(client, headers, used).status_code == 200
    wang = make_phone("王建国", "13900139000")

    for code in (used, "made-up", "代码", lin.login_code(), wang.phone_code()):
        refused(phone(client, headers, code), 400, "phone_code_invalid")

    assert stored_phone() == "13800138000"


@pytest.mark.parametrize("read_seconds", [2.0])
def test_the_phone_survives_wechats_trouble(client: FlaskClient, lin: Phone, sandbox: Sandbox) -> None:
    headers = lin.open()
    path = "/wxa/business/getuserphonenumber"
    sandbox.control.post("faults", {"path": path, "kind": "timeout", "seconds": 8, "count": 1})

    refused(phone(client, headers, lin.phone_code()), 503, "wechat_unavailable")

    assert stored_phone() is None
    sandbox.control.delete("faults")
    assert phone(client, headers, lin.phone_code()).json["phone_masked"] == "138****8000"


def test_the_phone_needs_the_mini_program(client: FlaskClient) -> None:
    headers = make.session_of(make.user(openids=False))

    refused(phone(client, headers, "made-up"), 409, "miniprogram_needed")


# ---------------------------------------------------------------- staff


def with_bind_code(code: str = "12345678", minutes: int = 30, **fields: Any) -> Any:
    hashed = sealing.current().index(code, BIND_CODE_PURPOSE)
    until = clocks.now() + timedelta(minutes=minutes)
    return make.staff(bind_code_hash=hashed, bind_code_expires_at=until, **fields)


def join(client: FlaskClient, headers: dict[str, str], code: str = "12345678") -> Any:
    return client.post("/api/me/staff", json={"code": code}, headers=headers)


def test_a_bind_code_makes_somebody_a_doctor_once(client: FlaskClient, headers: dict[str, str]) -> None:
    chen = with_bind_code(name="陈静")
    team = make.team(lead=chen)

    staff = join(client, headers).json["staff"]

    assert (staff["id"], staff["name"], staff["team_id"]) == (chen.id, "陈静", team.id)
    assert client.get("/api/doctor/home", headers=headers).status_code == 200
    refused(join(client, make.session_of(make.user())), 400, "bind_code_invalid")


def test_wrong_and_old_bind_codes_look_the_same(client: FlaskClient, headers: dict[str, str], clock: Clock) -> None:
    with_bind_code()

    wrong = join(client, headers, "00000000")
    clock.advance(minutes=31)
    old = join(client, headers)

    refused(old, 400, "bind_code_invalid")
    assert without_request_id(wrong) == without_request_id(old)
    assert client.get("/api/me", headers=headers).json["staff"] is None
