"""The answer inside the five seconds."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from server.config import WechatApp
from server.wechat.callback import Inbound, InboundMessage, passive_reply
from tests import configured
from wechat_sandbox import crypto

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def account() -> WechatApp:
    return configured.settings("sqlite://").wechat.service_account


def inbound(*, encrypted: bool = False, app: str = "service_account") -> Inbound:
    message = InboundMessage("text", "您好", "1")
    return Inbound(app, "oLin", "gh_sandbox0serve", "key", AT, encrypted, message, nonce="415670741")


def fields(body: bytes) -> dict[str, str | None]:
    root = ElementTree.fromstring(body)  # noqa: S314 - our own bytes
    assert root.tag == "xml"
    return {child.tag: child.text for child in root}


def test_reply_plain_swaps_sender_and_receiver(account: WechatApp) -> None:
    body = passive_reply(account, inbound(), "您好\n请讲", at=AT)

    assert fields(body) == {
        "ToUserName": "oLin",
        "FromUserName": "gh_sandbox0serve",
        "CreateTime": str(int(AT.timestamp())),
        "MsgType": "text",
        "Content": "您好\n请讲",
    }


def test_reply_is_encrypted_when_the_request_was(account: WechatApp) -> None:
    outer = fields(passive_reply(account, inbound(encrypted=True), "您好😀", at=AT))

    encrypted, stamp, nonce = outer["Encrypt"] or "", outer["TimeStamp"] or "", outer["Nonce"] or ""
    assert (stamp, nonce) == (str(int(AT.timestamp())), "415670741")
    assert outer["MsgSignature"] == crypto.sha1_signature(configured.CALLBACK_TOKEN, stamp, nonce, encrypted)
    inner = crypto.decrypt_push(encrypted, configured.CALLBACK_AES_KEY, configured.SERVICE_ACCOUNT)
    assert fields(inner.encode())["Content"] == "您好😀"


@pytest.mark.parametrize("text", [None, "", "  \n", "\x00", "\ud800"])
def test_reply_with_nothing_to_say_is_success(account: WechatApp, text: str | None) -> None:
    assert passive_reply(account, inbound(encrypted=True), text, at=AT) == b"success"


def test_reply_to_the_miniprogram_chat_is_success(account: WechatApp) -> None:
    assert passive_reply(account, inbound(app="miniprogram"), "您好", at=AT) == b"success"


@pytest.mark.parametrize(
    "text", ["]]>", "a]]></Content><MsgType>news</MsgType><Content><![CDATA[b", "]]]]>>", "<b>&amp;</b>", "]]>]]>"]
)
def test_reply_cannot_break_out_of_its_section(account: WechatApp, text: str) -> None:
    found = fields(passive_reply(account, inbound(), text, at=AT))

    assert found["Content"] == text
    assert found["MsgType"] == "text"


def test_reply_drops_what_xml_cannot_hold(account: WechatApp) -> None:
    assert fields(passive_reply(account, inbound(), "a\x0b\x00\ufffe\ud83db", at=AT))["Content"] == "ab"


@pytest.mark.parametrize("text", ["血压" * 600, "😀" * 600, "a" * 2048, "a" * 2049, "]]>" * 800])
def test_reply_stays_within_2048_bytes_on_a_whole_character(account: WechatApp, text: str) -> None:
    content = fields(passive_reply(account, inbound(), text, at=AT))["Content"] or ""

    assert 2040 <= len(content.encode()) <= 2048
    assert content == text or (content.endswith("…") and text.startswith(content[:-1]))
