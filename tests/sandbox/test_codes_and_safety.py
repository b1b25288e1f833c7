"""Checklist M1 and M4: getwxacodeunlimit and content safety."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import MP, PAGE, Person, Receiver, Wechat
from wechat_sandbox.serving import Sandbox

CODE = "/wxa/getwxacodeunlimit"
TEXT = "/wxa/msg_sec_check"
MEDIA = "/wxa/media_check_async"


def code(wechat: Wechat, **body: Any) -> int:
    """errcode, 0 for a picture."""
    data = json.dumps({"scene": "t=1", "page": PAGE} | body, ensure_ascii=False).encode()
    response = wechat.raw("POST", CODE, query={"access_token": wechat.token()}, data=data)
    if response.content.startswith(b"\x89PNG"):
        return 0
    return int(response.json()["errcode"])


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 0),
        ({"page": ""}, 0),
        ({"scene": "!#$&'()*+,/:;=?@-._~"}, 0),
        ({"scene": "x" * 32}, 0),
        ({"scene": "x" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": 7}, 40169),
        ({"scene": "100%"}, 40129),
        ({"scene": "团队"}, 40129),
        ({"page": f"/{PAGE}"}, 41030),
        ({"page": f"{PAGE}?a=1"}, 41030),
        ({"page": "pages/none/none"}, 41030),
        ({"page": "pages/none/none", "check_path": False}, 0),
        ({"width": 279}, 40097),
        ({"width": 1280}, 0),
        ({"env_version": "formal"}, 40097),
    ],
)
def test_code_rules(wechat: Wechat, body: dict[str, Any], errcode: int) -> None:
    assert code(wechat, **body) == errcode


def test_code_of_an_unreleased_app_and_minute_cap(sandbox: Sandbox, wechat: Wechat) -> None:
    sandbox.control.patch(f"apps/{MP}", {"released": False})
    assert (code(wechat), code(wechat, check_path=False)) == (41030, 0)
    sandbox.control.post("clock", {"advance_seconds": 61 - sandbox.control.get("clock")["epoch"] % 60})
    sandbox.control.patch("quotas", {"path": CODE, "minute": 1})
    assert [code(wechat, check_path=False) for _ in range(2)] == [0, 45009]


def test_made_codes_are_listed_with_their_encoded_scene(sandbox: Sandbox, wechat: Wechat) -> None:
    code(wechat, scene="team=1&d=2")
    made = sandbox.control.get("codes")["wxacodes"][0]
    assert (made["page"], made["scene"], made["query"]) == (PAGE, "team=1&d=2", {"scene": "team%3D1%26d%3D2"})


def check(wechat: Wechat, person: Person, content: str, **more: Any) -> dict[str, Any]:
    return wechat.post(TEXT, {"version": 2, "scene": 2, "openid": person.mp, "content": content} | more)


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [("一切正常", "pass", 100), ("含违规测试的话", "risky", 20006), ("含待审测试的话", "review", 21000)],
)
def test_version_two_answers_zero_even_for_risky_text(
    wechat: Wechat, lin: Person, content: str, suggest: str, label: int
) -> None:
    lin.login()
    answer = check(wechat, lin, content)

    assert answer["errcode"] == 0 and answer["trace_id"]
    assert answer["result"] == {"suggest": suggest, "label": label}
    assert answer["detail"][0]["strategy"] == "content_model"


def test_old_version_answers_87014(wechat: Wechat) -> None:
    assert wechat.post(TEXT, {"content": "违规测试"})["errcode"] == 87014
    assert wechat.post(TEXT, {"content": "正常"})["errcode"] == 0


def test_text_check_refuses(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    assert check(wechat, lin, "好")["errcode"] == 61010
    lin.login()
    assert check(wechat, lin, "好", openid=lin.oa)["errcode"] == 40003
    assert check(wechat, lin, "好", scene=5)["errcode"] == 40129
    assert check(wechat, lin, "长" * 2501)["errcode"] == 45002
    assert check(wechat, lin, "好")["errcode"] == 0
    sandbox.control.post("clock", {"advance_seconds": 7201})
    wechat._tokens.clear()
    assert check(wechat, lin, "好")["errcode"] == 61010


def media(wechat: Wechat, person: Person, url: str, **more: Any) -> dict[str, Any]:
    body = {"version": 2, "scene": 1, "openid": person.mp, "media_url": url, "media_type": 2}
    return wechat.post(MEDIA, body | more)


def test_picture_check_answers_by_push_later(
    sandbox: Sandbox, wechat: Wechat, lin: Person, connected: Receiver
) -> None:
    lin.login()
    sandbox.control.patch(f"apps/{MP}", {"format": "json"})
    urls = ["https://img.a.cn/ok.jpg", "https://img.a.cn/违规测试.jpg", "http://127.0.0.1:9/gone.jpg"]
    traces = [media(wechat, lin, url)["trace_id"] for url in urls]
    sandbox.settle()
    early = len(connected.pushes())
    sandbox.control.post("clock", {"advance_seconds": 61})
    sandbox.settle()
    pushes = [json.loads(push.text(MP)) for push in connected.pushes()]

    assert early == 0
    assert [(push["Event"], push["version"]) for push in pushes] == [("wxa_media_check", 2)] * 3
    assert [push["trace_id"] for push in pushes] == traces
    assert [push["result"]["suggest"] for push in pushes] == ["pass", "risky", "review"]
    assert [push["detail"][0]["errcode"] for push in pushes] == [0, 0, -1008]


def test_picture_check_refuses(wechat: Wechat, lin: Person) -> None:
    url = "https://img.a.cn/ok.jpg"
    assert media(wechat, lin, url)["errcode"] == 61010
    lin.login()
    assert media(wechat, lin, url, media_type=3)["errcode"] == 47001
    assert media(wechat, lin, "nowhere")["errcode"] == 47001
    assert media(wechat, lin, url, version=1)["errcode"] == 47001
