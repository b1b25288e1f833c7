"""Whatever is sent, WeChat answers; whoever comes at once, every accept is used once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import FOLLOWUP, MP, OA, Person, Wechat
from wechat_sandbox.endpoints import ENDPOINTS
from wechat_sandbox.serving import Sandbox

JUNK: list[Any] = [None, True, 0, -1, 1.5, "", "x", "http://[", [], [[]], [{}], {}, {"value": []}, "😀" * 50]
NAMES = [
    "touser", "openid", "template_id", "data", "page", "msgtype", "text", "image", "news", "msgmenu", "command",
    "miniprogram", "button", "action_name", "action_info", "expire_seconds", "scene", "width", "content", "version",
    "media_url", "media_type", "tid", "kidList", "sceneDesc", "priTmplId", "code", "appid", "rid", "cgi_path",
    "client_msg_id", "grant_type", "secret", "force_refresh", "customservice", "music", "link", "miniprogrampage",
]  # fmt: skip
POSTS = [path for path, rules in ENDPOINTS.items() if rules.body == "json"]


@pytest.mark.parametrize("path", POSTS)
def test_junk_is_answered_with_an_errcode(sandbox: Sandbox, wechat: Wechat, follower: Person, path: str) -> None:
    follower.do("pay", OA)
    follower.login()
    app = next(appid for appid in (MP, OA) if sandbox.world.apps[appid].kind in ENDPOINTS[path].kinds)
    sane = {
        "touser": follower.mp if app == MP else follower.oa,
        "openid": follower.mp,
        "template_id": "sbx_followup" if app == MP else "sbx_oa_notice",
        "data": FOLLOWUP,
        "msgtype": "text",
        "version": 2,
        "scene": 1,
        "content": "好",
        "media_url": "https://a.cn/a.jpg",
        "media_type": 2,
        "action_name": "QR_STR_SCENE",
        "tid": "401",
        "kidList": [1, 2],
        "button": [{"type": "view", "name": "官网", "url": "http://["}],
    }
    query = {"access_token": wechat.token(app)}
    for name in NAMES:
        for junk in JUNK:
            body = json.dumps(sane | {"msgtype": name if name in ("news", "msgmenu", "image", "music") else "text"})
            data = json.dumps(json.loads(body) | {name: junk}, ensure_ascii=False).encode()
            call = sandbox.app.test_client().post(path, query_string=query, data=data)
            assert call.status_code == 200, (name, junk)


def test_ten_accepts_are_used_ten_times_by_fifty_callers(wechat: Wechat, lin: Person) -> None:
    for _ in range(10):
        lin.accept("sbx_followup")
    token = wechat.token()
    body = {"touser": lin.mp, "template_id": "sbx_followup", "data": FOLLOWUP}

    def send(_: int) -> int:
        caller = Wechat(wechat.url)
        answer = caller.post("/cgi-bin/message/subscribe/send", body, token=token)
        caller.session.close()
        return int(answer["errcode"])

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(50)))
    assert sorted(answers) == [0] * 10 + [43101] * 40
    assert len(lin.see("notices")) == 10


def test_reset_while_pushes_wait_lets_settle_end(sandbox: Sandbox, lin: Person) -> None:
    sandbox.control.patch(f"apps/{MP}", {"callback_url": "http://127.0.0.1:9/x", "verify": False})
    for _ in range(5):
        lin.accept("sbx_followup")
    sandbox.control.post("reset")
    assert sandbox.control.post("settle", {"timeout_seconds": 10})["settled"]
