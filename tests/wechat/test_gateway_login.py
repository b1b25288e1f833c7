from collections.abc import Callable
from typing import Any

import pytest

from server.config import Wechat
from server.wechat.gateway import (
    Gateway,
    LoginCodeInvalid,
    PhoneCodeInvalid,
    UserBlockedByWechat,
    WechatIdentity,
    WechatUnavailable,
)
from server.wechat.token_store import MemoryTokens
from tests.wechat.conftest import TOKEN, Person, RawServer, http
from wechat_sandbox.serving import Sandbox

SNS = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"


def test_exchange_code_returns_identity(gateway: Gateway, lin: Person) -> None:
    identity = gateway.exchange_code(lin.login_code())

    assert identity == WechatIdentity("miniprogram", lin.openid, lin.unionid)


def test_exchange_code_without_unionid_when_not_bound(gateway: Gateway, make_person: Callable[..., Person]) -> None:
    stranger = make_person(bound=False)

    assert gateway.exchange_code(stranger.login_code()).unionid is None


def test_exchange_code_sends_no_token_and_fetches_none(
    gateway: Gateway, lin: Person, calls: Callable[[str], list[dict[str, Any]]]
) -> None:
    gateway.exchange_code(lin.login_code())

    assert calls("/cgi-bin/stable_token") == calls("/cgi-bin/token") == []
    assert set(calls(SNS)[0]["query"]) == {"appid", "secret", "js_code", "grant_type"}


def test_exchange_code_used_twice_is_invalid(gateway: Gateway, lin: Person) -> None:
    code = lin.login_code()
    gateway.exchange_code(code)

    with pytest.raises(LoginCodeInvalid) as caught:
        gateway.exchange_code(code)

    assert (caught.value.code, caught.value.http_status) == ("login_code_invalid", 400)
    assert caught.value.message == "登录凭证已失效，请重新打开小程序"


def test_exchange_code_expired_is_invalid(gateway: Gateway, lin: Person, sandbox: Sandbox) -> None:
    code = lin.login_code()
    sandbox.control.post("clock", {"advance_seconds": 301})

    with pytest.raises(LoginCodeInvalid):
        gateway.exchange_code(code)


@pytest.mark.parametrize("code", ["", " ", "不是代码", "x" * 513, "a\nb", "unknown-code"])
def test_exchange_code_nonsense_is_invalid(gateway: Gateway, code: str) -> None:
    with pytest.raises(LoginCodeInvalid):
        gateway.exchange_code(code)


def test_exchange_code_of_blocked_user(gateway: Gateway, lin: Person, sandbox: Sandbox) -> None:
    sandbox.control.patch(f"users/{lin.id}", {"blocked": True})

    with pytest.raises(UserBlockedByWechat) as caught:
        gateway.exchange_code(lin.login_code())

    assert (caught.value.code, caught.value.http_status) == ("user_blocked", 403)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "errcode", "errcode": -1},
        {"kind": "errcode", "errcode": 40125},
        {"kind": "errcode", "errcode": 45011},
        {"kind": "http", "status": 502},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
    ],
)
def test_exchange_code_when_wechat_is_down(
    gateway: Gateway, lin: Person, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.control.post("faults", {"path": SNS, **fault})

    with pytest.raises(WechatUnavailable) as caught:
        gateway.exchange_code(lin.login_code())

    assert (caught.value.code, caught.value.http_status) == ("wechat_unavailable", 503)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"openid":null}', b'{"openid":5,"errcode":0}', b"[" * 9000]
)
def test_exchange_code_with_useless_answer_is_unavailable(
    wechat: Wechat, raw_server: Callable[..., RawServer], body: bytes
) -> None:
    server = raw_server(lambda target, sent: http(body))
    gateway = Gateway(wechat.model_copy(update={"api_base": server.url}), MemoryTokens())

    with pytest.raises(WechatUnavailable):
        gateway.exchange_code("some-code")


def test_phone_number_of_the_mainland_has_11_digits(gateway: Gateway, lin: Person) -> None:
    assert gateway.phone_number(lin.phone_code(), lin.openid) == "13800138000"


def test_phone_number_from_elsewhere_keeps_its_country(gateway: Gateway, make_person: Callable[..., Person]) -> None:
    person = make_person(phone="91234567", country_code="852")

    assert gateway.phone_number(person.phone_code(), person.openid) == "+85291234567"


def test_phone_number_accepts_country_code_as_number(wechat: Wechat, raw_server: Callable[..., RawServer]) -> None:
    answer = (
        '{"errcode":0,"phone_info":{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":86,'
        f'"watermark":{{"timestamp":1,"appid":"{wechat.miniprogram.app_id}"}}}}}}'
    )
    server = raw_server(lambda target, sent: TOKEN if "stable_token" in target else http(answer.encode()))
    gateway = Gateway(wechat.model_copy(update={"api_base": server.url}), MemoryTokens())

    assert gateway.phone_number("code", "openid") == "13800138000"


def test_phone_number_for_another_app_is_refused(wechat: Wechat, raw_server: Callable[..., RawServer]) -> None:
    answer = b'{"errcode":0,"phone_info":{"purePhoneNumber":"13800138000","watermark":{"appid":"wxother"}}}'
    server = raw_server(lambda target, sent: TOKEN if "stable_token" in target else http(answer))
    gateway = Gateway(wechat.model_copy(update={"api_base": server.url}), MemoryTokens())

    with pytest.raises(PhoneCodeInvalid):
        gateway.phone_number("code", "openid")


def test_phone_number_code_used_twice(gateway: Gateway, lin: Person) -> None:
    code = lin.phone_code()
    gateway.phone_number(code, lin.openid)

    with pytest.raises(PhoneCodeInvalid) as caught:
        gateway.phone_number(code, lin.openid)

    assert (caught.value.code, caught.value.http_status) == ("phone_code_invalid", 400)


def test_phone_number_of_somebody_else_is_refused(
    gateway: Gateway, lin: Person, make_person: Callable[..., Person]
) -> None:
    other = make_person(name="王建国", phone="13900139000")

    with pytest.raises(PhoneCodeInvalid):
        gateway.phone_number(other.phone_code(), lin.openid)


def test_phone_number_with_a_login_code_is_refused(gateway: Gateway, lin: Person) -> None:
    with pytest.raises(PhoneCodeInvalid):
        gateway.phone_number(lin.login_code(), lin.openid)


@pytest.mark.parametrize("errcode", [-1, 45011, 48001])
def test_phone_number_when_wechat_is_down(gateway: Gateway, lin: Person, sandbox: Sandbox, errcode: int) -> None:
    sandbox.control.post("faults", {"path": PHONE, "kind": "errcode", "errcode": errcode})

    with pytest.raises(WechatUnavailable):
        gateway.phone_number(lin.phone_code(), lin.openid)


def test_follower_follows_and_leaves(gateway: Gateway, lin: Person) -> None:
    from tests import configured

    assert gateway.follower(lin.service_openid).subscribe is False
    lin.post("follow", appid=configured.SERVICE_ACCOUNT)

    follower = gateway.follower(lin.service_openid)

    assert follower.subscribe is True
    assert follower.unionid == lin.unionid


def test_follower_with_an_openid_of_another_app_follows_nothing(gateway: Gateway, lin: Person) -> None:
    assert gateway.follower(lin.openid).subscribe is False


def test_follower_when_wechat_is_down(gateway: Gateway, lin: Person, sandbox: Sandbox) -> None:
    sandbox.control.post("faults", {"path": "/cgi-bin/user/info", "kind": "errcode", "errcode": -1})

    with pytest.raises(WechatUnavailable):
        gateway.follower(lin.service_openid)
