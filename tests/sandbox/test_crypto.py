"""Published vectors of signature and encryption (wechat_platform.md D.1)."""

from __future__ import annotations

import pytest

from wechat_sandbox import crypto
from wechat_sandbox.bodies import Unreadable, cdata, read_xml, to_xml

TOKEN, KEY, APPID = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"
CIPHER = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


def test_signature_vector() -> None:
    assert crypto.sha1_signature(TOKEN, "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


def test_decryption_vector() -> None:
    assert crypto.decrypt_push(CIPHER, KEY, APPID) == '{"demo_resp":"good luck"}'


def test_message_signature_vector() -> None:
    signature = crypto.sha1_signature(TOKEN, "1713424427", "415670741", CIPHER)
    assert signature == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_round_trip_and_refusals() -> None:
    encrypted = crypto.encrypt_push("你好", KEY, APPID)

    assert crypto.decrypt_push(encrypted, KEY, APPID) == "你好"
    for broken, key, appid in (
        (encrypted, KEY, "wxother"),
        (encrypted, "B" * 43, APPID),
        (encrypted[:-8], KEY, APPID),
        ("不是密文", KEY, APPID),
        ("", KEY, APPID),
    ):
        with pytest.raises(crypto.Undecryptable):
            crypto.decrypt_push(broken, key, appid)


def test_cdata_cannot_be_broken_out_of() -> None:
    evil = "a]]><ToUserName>x</ToUserName>\x00\x08"
    assert read_xml(to_xml({"Content": evil}))["Content"] == evil[:-2]
    assert cdata("]]>") == "<![CDATA[]]]]><![CDATA[>]]>"


@pytest.mark.parametrize(
    "text", ["", "text", "<a/>", "<xml>", '<!DOCTYPE xml [<!ENTITY e "x">]><xml>&e;</xml>', "<xml>" + "a" * 1_000_001]
)
def test_answers_that_are_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        read_xml(text)
