"""The sandbox's page in Chromium: two phones and the panel, on a sandbox with two people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from wechat_sandbox import defaults, phone_proxy
from wechat_sandbox.serving import Sandbox

from .conftest import assert_steps_pass, serve
from .echo_server import create_echo

SERVICE, MINI = defaults.SERVICE_ACCOUNT_APPID, defaults.MINIPROGRAM_APPID
SECRETS = {SERVICE: defaults.SERVICE_ACCOUNT_SECRET, MINI: defaults.MINIPROGRAM_SECRET}
NOTICE = {
    "thing1": {"value": "签约申请已受理"},
    "time2": {"value": "2026年11月22日 09:00"},
    "thing3": {"value": "医生将在七天内答复"},
}
FOLLOWUP = {
    "thing1": {"value": "健康随访"},
    "time2": {"value": "2026年11月22日 09:00"},
    "thing3": {"value": "涪城家医一队"},
    "phone_number4": {"value": "0816-1234567"},
    "thing5": {"value": "请带上近期的记录"},
}
MENU = [
    {"name": "服务", "sub_button": [
        {"type": "miniprogram", "name": "我的卡片", "url": "http://x.example/", "appid": MINI,
         "pagepath": "pages/card/card?id=8"},
    ]},
    {"type": "click", "name": "找医生", "key": "doctor"},
]  # fmt: skip


class Backend:
    """Calls WeChat's paths as our server would."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, appid: str, path: str, body: dict[str, Any]) -> None:
        query = {"grant_type": "client_credential", "appid": appid, "secret": SECRETS[appid]}
        token = self._session.get(self._url + "/cgi-bin/token", params=query, timeout=10).json()["access_token"]
        raw = json.dumps(body, ensure_ascii=False).encode()  # WeChat refuses \u escapes in menus
        answer = self._session.post(self._url + path, params={"access_token": token}, data=raw, timeout=10).json()
        assert answer["errcode"] == 0, answer

    def close(self) -> None:
        self._session.close()


def prepare(sandbox: Sandbox) -> None:
    """Two people; the first has a card in the chat and a service notice."""
    control = sandbox.control
    resident = control.post("users", {"name": "林秀英", "phone": "13800138000", "follows": {SERVICE: True}})
    control.post("users", {"name": "陈医生", "phone": "13900139000"})
    page = {"appid": MINI, "pagepath": "pages/card/card?id=7"}
    backend = Backend(sandbox.url)
    backend.call(
        SERVICE,
        "/cgi-bin/message/template/send",
        {"touser": resident["openids"][SERVICE], "template_id": "sbx_oa_notice", "miniprogram": page, "data": NOTICE},
    )
    backend.call(SERVICE, "/cgi-bin/menu/create", {"button": MENU})
    subscribe = {"appid": MINI, "template_ids": ["sbx_followup"], "choices": {"sbx_followup": "accept"}}
    control.post(f"users/{resident['id']}/subscribe", subscribe)
    backend.call(
        MINI,
        "/cgi-bin/message/subscribe/send",
        {
            "touser": resident["openids"][MINI],
            "template_id": "sbx_followup",
            "page": "pages/card/card?id=9",
            "data": FOLLOWUP,
        },
    )
    backend.close()


@pytest.mark.browser
def test_page_shows_two_phones_and_the_panel_works(built: Callable[[str], Path]) -> None:
    folder = Path(__file__).parent / "fixtures" / "sandbox_app"

    with (
        Sandbox(miniprogram=folder, phone=built("sandbox_app")) as sandbox,
        serve(create_echo()) as address,
    ):
        phone_proxy.configure(sandbox.app, address)
        prepare(sandbox)
        assert_steps_pass("console_steps.mjs", sandbox.url)
