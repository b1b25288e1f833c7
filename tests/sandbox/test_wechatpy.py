"""An unmodified wechatpy 1.8.18 works against the sandbox: client, crypto and parser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
import wechatpy
from requests.adapters import HTTPAdapter
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

from tests.sandbox.conftest import FOLLOWUP, MP, NOTICE, OA, PAGE, SECRETS, Person, Received, Receiver
from wechat_sandbox import defaults
from wechat_sandbox.serving import Sandbox


class ToSandbox(HTTPAdapter):
    """Rewrites scheme and host, as one does to point wechatpy somewhere else."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._parts = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit((self._parts.scheme, self._parts.netloc, parts.path, parts.query, ""))
        return super().send(request, *args, **kwargs)


@pytest.fixture
def clients(sandbox: Sandbox) -> Iterator[dict[str, wechatpy.WeChatClient]]:
    made = {}
    for appid, secret in SECRETS.items():
        client = wechatpy.WeChatClient(appid, secret, timeout=(3, 5))
        client._http.trust_env = False
        client._http.mount("https://api.weixin.qq.com/", ToSandbox(sandbox.url))
        made[appid] = client
    yield made
    for client in made.values():
        client._http.close()


@pytest.fixture
def mp(clients: dict[str, wechatpy.WeChatClient]) -> wechatpy.WeChatClient:
    return clients[MP]


@pytest.fixture
def oa(clients: dict[str, wechatpy.WeChatClient]) -> wechatpy.WeChatClient:
    return clients[OA]


def test_token(sandbox: Sandbox, oa: wechatpy.WeChatClient) -> None:
    token = oa.access_token

    assert len(token) >= 130 and oa.access_token == token
    sandbox.control.post("clock", {"advance_seconds": 7201})
    # the library notices 42001, fetches a new token and repeats the call by itself
    assert oa.menu.get() is None and oa.access_token != token


def test_wrong_secret(sandbox: Sandbox) -> None:
    client = wechatpy.WeChatClient(MP, "wrong")
    client._http.trust_env = False
    client._http.mount("https://api.weixin.qq.com/", ToSandbox(sandbox.url))
    with pytest.raises(WeChatClientException) as refused:
        client.fetch_access_token()
    client._http.close()
    assert refused.value.errcode == 40125


def test_login(mp: wechatpy.WeChatClient, lin: Person) -> None:
    code = lin.login()
    session = mp.wxa.code_to_session(code)

    assert session["openid"] == lin.mp and session["unionid"] == lin.unionid
    with pytest.raises(WeChatClientException) as refused:
        mp.wxa.code_to_session(code)
    assert refused.value.errcode == 40163


def test_phone_number_by_absolute_address(mp: wechatpy.WeChatClient, lin: Person) -> None:
    url = "https://api.weixin.qq.com/wxa/business/getuserphonenumber"
    answer = mp.post(url, data={"code": lin.do("phone-code")["code"], "openid": lin.mp})
    assert answer["phone_info"]["purePhoneNumber"] == "13800138000"


def test_subscribe_message(mp: wechatpy.WeChatClient, lin: Person) -> None:
    lin.accept("sbx_followup")
    answer = mp.wxa.send_subscribe_message(lin.mp, "sbx_followup", FOLLOWUP, page=PAGE)

    assert answer["msgid"] > 2**61 and lin.see("notices")[0]["page"] == PAGE
    with pytest.raises(WeChatClientException) as refused:
        mp.wxa.send_subscribe_message(lin.mp, "sbx_followup", FOLLOWUP)
    assert refused.value.errcode == 43101


def test_customer_message_and_media(oa: wechatpy.WeChatClient, follower: Person) -> None:
    follower.do("messages", OA, type="text", content="在吗")
    media_id = oa.media.upload("image", ("a.jpg", b"picture", "image/jpeg"))["media_id"]
    oa.message.send_text(follower.oa, "您好")
    oa.message.send_image(follower.oa, media_id)

    assert [line["type"] for line in follower.chat()] == ["text", "text", "image"]
    assert oa.media.download(media_id).content == b"picture"


def test_template_message(oa: wechatpy.WeChatClient, follower: Person) -> None:
    target = {"appid": MP, "pagepath": PAGE}
    answer = oa.message.send_template(follower.oa, "sbx_oa_notice", NOTICE, mini_program=target)

    assert answer["msgid"] > 0 and follower.chat()[-1]["template"]["page"] == PAGE
    assert len(oa.template.get_all_private_template()["template_list"]) == 2


def test_menu_and_user(oa: wechatpy.WeChatClient, follower: Person) -> None:
    oa.menu.create({"button": [{"type": "click", "name": "签约", "key": "SIGN"}]})
    assert oa.menu.get()["menu"]["button"][0]["name"] == "签约"
    oa.menu.delete()
    assert oa.menu.get() is None
    assert oa.user.get(follower.oa)["unionid"] == follower.unionid


def test_codes(oa: wechatpy.WeChatClient, mp: wechatpy.WeChatClient) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "desk"}}}
    assert oa.qrcode.create(scene)["ticket"]
    assert mp.wxa.get_wxa_code_unlimited("t=1", page=PAGE).content.startswith(b"\x89PNG")
    with pytest.raises(WeChatClientException) as refused:
        mp.wxa.get_wxa_code_unlimited("x" * 33)
    assert refused.value.errcode == 40169


def crypto(appid: str = OA) -> WeChatCrypto:
    return WeChatCrypto(defaults.CALLBACK_TOKEN, defaults.AES_KEY, appid)


def opened(push: Received, appid: str = OA) -> Any:
    query = push.query
    xml = crypto(appid).decrypt_message(push.body, query["msg_signature"], query["timestamp"], query["nonce"])
    return wechatpy.parse_message(xml)


def test_callback_is_read_and_answered(follower: Person, connected: Receiver) -> None:
    verification = connected.received[0].query
    check_signature(
        defaults.CALLBACK_TOKEN, verification["signature"], verification["timestamp"], verification["nonce"]
    )

    def answer(push: Received) -> tuple[int, bytes]:
        reply = TextReply(content="您好，家庭医生在", message=opened(push))
        sealed = crypto().encrypt_message(reply.render(), push.query["nonce"], push.query["timestamp"])
        return 200, sealed.encode()

    connected.answer = answer
    delivery = follower.do("messages", OA, type="text", content="找医生")["delivery"]
    message = opened(connected.pushes()[0])

    assert (message.type, message.content, message.source) == ("text", "找医生", follower.oa)
    assert message.id > 2**53
    assert delivery["reply"]["text"] == "您好，家庭医生在" and delivery["tries"][0]["status"] == 200


def test_events_are_parsed(sandbox: Sandbox, oa: wechatpy.WeChatClient, lin: Person, connected: Receiver) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "desk"}}}
    ticket = oa.qrcode.create(scene)["ticket"]
    lin.do("scan", OA, ticket=ticket)
    lin.do("scan", OA, ticket=ticket)
    oa.menu.create({"button": [{"type": "click", "name": "签约", "key": "SIGN"}]})
    lin.do("menu", OA, key="SIGN")
    msgid = oa.message.send_template(lin.oa, "sbx_oa_notice", NOTICE)["msgid"]
    sandbox.settle()
    lin.do("unfollow", OA)
    followed, scanned, clicked, finished, left = (opened(push) for push in connected.pushes())

    assert (followed.event, followed.scene_id, followed.ticket) == ("subscribe_scan", "desk", ticket)
    assert (scanned.event, scanned.scene_id) == ("scan", "desk")
    assert (clicked.event, clicked.key) == ("click", "SIGN")
    assert (finished.event, finished.id, finished.status) == ("templatesendjobfinish", msgid, "success")
    assert left.event == "unsubscribe"


def test_json_pushes_are_decrypted(sandbox: Sandbox, lin: Person, connected: Receiver) -> None:
    sandbox.control.patch(f"apps/{MP}", {"format": "json"})
    lin.do("messages", type="text", content="在吗")
    push = connected.pushes()[0]
    query = push.query
    text = crypto(MP).decrypt_message(json.loads(push.body), query["msg_signature"], query["timestamp"], query["nonce"])
    assert json.loads(text)["Content"] == "在吗"


def test_bad_signature_is_refused(follower: Person, connected: Receiver) -> None:
    follower.do("raw-callback", OA, fault="wrong_signature")
    with pytest.raises(InvalidSignatureException):
        opened(connected.pushes()[0])
