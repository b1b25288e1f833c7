"""Checklist L1–L4, with the published HMAC vector."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from wechatpy.crypto import WeChatWxaCrypto
from wechatpy.utils import check_wxa_signature

from tests.sandbox.conftest import MP, OA, SECRETS, Person, Wechat
from wechat_sandbox.crypto import session_signature
from wechat_sandbox.serving import ControlFailed, Sandbox

PHONE = "/wxa/business/getuserphonenumber"


def test_login_code_gives_session_as_plain_text(wechat: Wechat, lin: Person) -> None:
    query = {"appid": MP, "secret": SECRETS[MP], "js_code": lin.login(), "grant_type": "authorization_code"}
    response = wechat.raw("GET", "/sns/jscode2session", query=query | {"access_token": "superfluous"})
    session = response.json()

    assert response.headers["Content-Type"].startswith("text/plain")
    assert session["openid"] == lin.mp and session["unionid"] == lin.unionid and "errcode" not in session
    assert len(base64.b64decode(session["session_key"])) == 16 and session["session_key"].endswith("==")


def test_login_code_works_once_and_for_five_minutes(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    used, old = lin.login(), lin.login()
    first = wechat.code_to_session(used)
    second = wechat.code_to_session(used)
    sandbox.control.post("clock", {"advance_seconds": 301})

    assert "openid" in first
    assert second["errcode"] == 40163 and second["errmsg"].startswith("code been used")
    assert wechat.code_to_session(old)["errcode"] == 40029
    assert wechat.code_to_session("invented")["errcode"] == 40029


def test_login_code_of_another_app_is_invalid(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    fields = {"appid": "wxother", "secret": "s", "original_id": "gh_other", "kind": "miniprogram"}
    sandbox.control.post("apps", fields)
    code = lin.do("login", "wxother")["code"]

    assert wechat.code_to_session(code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"secret": "wrong"}, 40125),
        ({"appid": "wxunknown"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"js_code": ""}, 41008),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
def test_wrong_login_call(wechat: Wechat, lin: Person, change: dict[str, str], errcode: int) -> None:
    query = {"appid": MP, "secret": SECRETS[MP], "js_code": lin.login(), "grant_type": "authorization_code"}
    assert wechat.get("/sns/jscode2session", token=None, **(query | change))["errcode"] == errcode


def test_blocked_person_gets_40226(wechat: Wechat, lin: Person) -> None:
    lin.flag(blocked=True)
    assert wechat.code_to_session(lin.login())["errcode"] == 40226


def test_more_than_a_hundred_calls_a_minute_per_person(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("clock", {"advance_seconds": 61 - sandbox.control.get("clock")["epoch"] % 60})
    code = lin.login()
    answers = [wechat.code_to_session(code).get("errcode", 0) for _ in range(101)]
    assert answers == [0] + [40163] * 99 + [45011]


def test_unionid_only_when_bound(
    sandbox: Sandbox, wechat: Wechat, make_person: Callable[..., Person], lin: Person
) -> None:
    loner = make_person("未绑定", bound=False)
    assert "unionid" not in wechat.code_to_session(loner.login())
    sandbox.control.patch(f"apps/{MP}", {"bound_to_open_platform": False})
    assert "unionid" not in wechat.code_to_session(lin.login())


def test_session_key_changes_only_after_the_interval(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    first = wechat.code_to_session(lin.login())["session_key"]
    again = wechat.code_to_session(lin.login())["session_key"]
    sandbox.control.post("clock", {"advance_seconds": 601})
    later = wechat.code_to_session(lin.login())["session_key"]

    assert first == again != later


def test_hmac_vector_uses_the_text_of_the_key() -> None:
    key = "o0q0otL8aEzpcZL/FT9WsQ=="
    assert session_signature(key, '{"foo":"bar"}') == "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
    assert session_signature(key) == "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"


def test_checksession_and_reset(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    key = wechat.code_to_session(lin.login())["session_key"]

    def ask(path: str, signature: str, method: str = "hmac_sha256", openid: str = lin.mp) -> dict[str, object]:
        return wechat.get(f"/wxa/{path}", openid=openid, signature=signature, sig_method=method)

    assert ask("checksession", session_signature(key))["errcode"] == 0
    assert ask("checksession", session_signature("x"))["errcode"] == 87009
    assert ask("checksession", session_signature(key), method="md5")["errcode"] == 87008
    assert ask("checksession", session_signature(key), openid=lin.oa)["errcode"] == 40003
    fresh = ask("resetusersessionkey", session_signature(key))
    assert fresh["openid"] == lin.mp and fresh["session_key"] != key
    assert ask("checksession", session_signature(key))["errcode"] == 87009
    assert ask("checksession", session_signature(str(fresh["session_key"])))["errcode"] == 0
    sandbox.control.post("clock", {"advance_seconds": 259_201})
    signature = session_signature(str(fresh["session_key"]))
    token = wechat.new_token()
    answer = wechat.get("/wxa/checksession", token=token, openid=lin.mp, signature=signature, sig_method="hmac_sha256")
    assert answer["errcode"] == 87009


def test_phone_code_is_not_the_login_code(wechat: Wechat, lin: Person) -> None:
    login_code, phone_code = lin.login(), lin.do("phone-code")["code"]

    assert wechat.post(PHONE, {"code": login_code})["errcode"] == 40029
    info = wechat.post(PHONE, {"code": phone_code, "openid": lin.mp})["phone_info"]
    assert (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"]) == ("13800138000", "13800138000", "86")
    assert info["watermark"]["appid"] == MP
    assert wechat.post(PHONE, {"code": phone_code})["errcode"] == 40029


def test_phone_code_expires_and_belongs_to_one_person(
    sandbox: Sandbox, wechat: Wechat, lin: Person, follower: Person
) -> None:
    mine, late = lin.do("phone-code")["code"], lin.do("phone-code")["code"]

    assert wechat.post(PHONE, {"code": mine, "openid": follower.mp})["errcode"] == 40029
    assert wechat.post(PHONE, {"code": mine, "openid": lin.mp})["errcode"] == 0
    sandbox.control.post("clock", {"advance_seconds": 301})
    assert wechat.post(PHONE, {"code": late})["errcode"] == 40029


def test_phone_switches(sandbox: Sandbox, wechat: Wechat, lin: Person, follower: Person) -> None:
    sandbox.control.patch("switches", {"phone_country_code_is_number": True, "phone_openid_mismatch_errcode": 40003})
    code = lin.do("phone-code")["code"]

    assert wechat.post(PHONE, {"code": code, "openid": follower.mp})["errcode"] == 40003
    assert wechat.post(PHONE, {"code": code})["phone_info"]["countryCode"] == 86


def test_number_from_elsewhere_has_its_area_code(wechat: Wechat, make_person: Callable[..., Person]) -> None:
    person = make_person("香港居民", phone="51234567", country_code="852")
    info = wechat.post(PHONE, {"code": person.do("phone-code")["code"]})["phone_info"]
    assert (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"]) == ("+85251234567", "51234567", "852")


def test_phone_quota_used_up_and_no_number(sandbox: Sandbox, lin: Person, make_person: Callable[..., Person]) -> None:
    nobody = make_person("没有手机号", phone="")
    sandbox.control.patch("switches", {"phone_free_calls": 1})

    assert nobody.do("phone-code")["errno"] == 1
    assert "code" in lin.do("phone-code")
    assert lin.do("phone-code")["errno"] == 1400001


def test_open_data_verifies_and_decrypts_with_wechatpy(wechat: Wechat, lin: Person) -> None:
    key = wechat.code_to_session(lin.login())["session_key"]
    data = lin.do("open-data")

    check_wxa_signature(key, data["rawData"], data["signature"])
    opened = WeChatWxaCrypto(key, data["iv"], MP).decrypt_message(data["encryptedData"])
    assert opened["openId"] == lin.mp and opened["unionId"] == lin.unionid
    assert opened["watermark"]["appid"] == MP
    assert json.loads(data["rawData"])["nickName"] == "微信用户"


def test_open_data_needs_a_login_and_a_service_account_has_none(lin: Person) -> None:
    with pytest.raises(ControlFailed):
        lin.do("open-data")
    with pytest.raises(ControlFailed):
        lin.do("login", OA)
