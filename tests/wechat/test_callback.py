"""Reading callbacks: signatures, encryption, forms, and everything that must be refused without a 500."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from server.config import WechatApp
from server.wechat import envelope
from server.wechat.callback import (
    CallbackRefused,
    CallbackRequest,
    CallbackTooLarge,
    ConsentChange,
    EnterChat,
    Inbound,
    InboundMessage,
    MediaVerdict,
    MenuClick,
    Other,
    PushReceipt,
    Subscription,
    read,
    verify_url,
)
from tests import configured
from wechat_sandbox import crypto

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
OPENID, OURS = "oLin-0000000000000000000_001", "gh_sandbox0serve"
WINDOW, MAX_BYTES = 600, 65536
HEAD = f"<ToUserName><![CDATA[{OURS}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
TEXT = "<MsgType>text</MsgType><Content><![CDATA[头晕]]></Content><MsgId>23456789012345678</MsgId>"


def account(mode: str = "secure", **fields: Any) -> WechatApp:
    app = configured.settings("sqlite://").wechat.service_account
    return app.model_copy(update={"callback_mode": mode, **fields})


def xml(inner: str) -> bytes:
    return f"<xml>{HEAD}<CreateTime>{SECONDS}</CreateTime>{inner}</xml>".encode()


def query(body: str = "", *, at: int = SECONDS, nonce: str = "415670741") -> dict[str, str]:
    token = configured.CALLBACK_TOKEN
    args = {"timestamp": str(at), "nonce": nonce, "signature": crypto.sha1_signature(token, str(at), nonce)}
    if body:
        args |= {"encrypt_type": "aes", "msg_signature": crypto.sha1_signature(token, str(at), nonce, body)}
    return args


def plain(body: bytes, **changed: str) -> CallbackRequest:
    return CallbackRequest("service_account", query() | changed, body)


def secure(body: bytes, *, appid: str = configured.SERVICE_ACCOUNT, extra: str = "", **changed: str) -> CallbackRequest:
    encrypted = crypto.encrypt_push(body.decode(), configured.CALLBACK_AES_KEY, appid)
    outer = f"<xml><ToUserName>{OURS}</ToUserName>{extra}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return CallbackRequest("service_account", query(encrypted) | changed, outer.encode())


def got(request: CallbackRequest, app: WechatApp | None = None) -> Inbound:
    return read(app or account(), request, at=AT, window_seconds=WINDOW, max_bytes=MAX_BYTES)


def event(inner: str) -> Any:
    return got(secure(xml(f"<MsgType>event</MsgType>{inner}"))).event


def refused(request: CallbackRequest, app: WechatApp | None = None) -> str:
    with pytest.raises(CallbackRefused) as caught:
        got(request, app)
    assert caught.value.code == "callback_refused"
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, CallbackRefused)
    return str(caught.value.details["reason"])


# ------------------------------------------------------------ published vectors


def test_signature_vector() -> None:
    assert envelope.signature("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


def test_decryption_vector() -> None:
    app = account(app_id="wxba5fad812f8e6fb9", callback_token="AAAAA", callback_aes_key="A" * 43)
    encrypted = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="

    assert json.loads(envelope.decrypt(app, encrypted)) == {"demo_resp": "good luck"}
    signed = "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    assert envelope.is_signed(signed, "AAAAA", "1713424427", "415670741", encrypted)


# ------------------------------------------------------------ GET


def test_verify_url_returns_the_echo() -> None:
    assert verify_url(account(), query() | {"echostr": "5927782489442352469"}, AT, WINDOW) == "5927782489442352469"


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": "签名"},
        {"nonce": ""},
        {"timestamp": ""},
        {"timestamp": "1e9"},
        {"timestamp": "٣" * 10},
        {"timestamp": "9" * 400},
        {"timestamp": str(SECONDS - 601)},
        {"timestamp": str(SECONDS + 601)},
        {"echostr": ""},
        {"echostr": "<script>"},
        {"echostr": "x" * 600},
    ],
)
def test_verify_url_refuses(changed: dict[str, str]) -> None:
    args = query() | {"echostr": "1"}
    if "timestamp" in changed and changed["timestamp"].isdigit() and len(changed["timestamp"]) == 10:
        args |= query(at=int(changed["timestamp"]))  # rightly signed, only too old or too new

    with pytest.raises(CallbackRefused):
        verify_url(account(), args | changed, AT, WINDOW)


# ------------------------------------------------------------ modes


def test_read_secure_text() -> None:
    inbound = got(secure(xml(TEXT)))

    assert inbound.event == InboundMessage("text", "头晕", "23456789012345678")
    assert (inbound.app, inbound.openid, inbound.to) == ("service_account", OPENID, OURS)
    assert inbound.dedupe_key == "service_account:msg:23456789012345678"
    assert (inbound.created_at, inbound.encrypted, inbound.receipts) == (AT, True, ())


def test_read_secure_needs_no_plain_signature() -> None:
    assert got(secure(xml(TEXT), signature="")).encrypted


def test_read_secure_mode_refuses_a_plain_body() -> None:
    assert refused(plain(xml(TEXT))) == "not encrypted"


def test_read_plain_mode() -> None:
    inbound = got(plain(xml(TEXT)), account("plain"))

    assert isinstance(inbound.event, InboundMessage)
    assert inbound.encrypted is False


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_read_plain_body_with_wrong_signature_is_refused(mode: str) -> None:
    assert refused(plain(xml(TEXT), signature="0" * 40), account(mode)) == "signature"


def test_read_compatible_mode_takes_both() -> None:
    app = account("compatible")

    assert got(plain(xml(TEXT)), app).encrypted is False
    assert got(secure(xml(TEXT)), app).encrypted is True


def test_read_compatible_mode_believes_the_encrypted_part() -> None:
    request = secure(xml(TEXT), extra="<Content>别的内容</Content><FromUserName>oSomebodyElse</FromUserName>")

    inbound = got(request, account("compatible"))

    assert inbound.openid == OPENID
    assert isinstance(inbound.event, InboundMessage)
    assert inbound.event.text == "头晕"


def test_read_compatible_mode_checks_the_encrypted_part_when_there_is_one() -> None:
    assert refused(secure(xml(TEXT), msg_signature="0" * 40), account("compatible")) == "signature"


# ------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    "changed", [{"msg_signature": "0" * 40}, {"msg_signature": ""}, {"msg_signature": "é"}, {"nonce": ""}]
)
def test_read_wrong_msg_signature_is_refused(changed: dict[str, str]) -> None:
    assert refused(secure(xml(TEXT), **changed)) == "signature"


def test_read_plain_signature_does_not_cover_the_body() -> None:
    request = secure(xml(TEXT))
    args = {name: value for name, value in request.args.items() if name != "msg_signature"}

    assert refused(CallbackRequest(request.app, args, request.body)) == "signature"


def test_read_tampered_ciphertext_is_refused() -> None:
    request = secure(xml(TEXT))
    tampered = request.body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA")

    assert refused(CallbackRequest(request.app, request.args, tampered)) == "signature"


def test_read_other_appid_inside_is_refused() -> None:
    assert refused(secure(xml(TEXT), appid=configured.MINIPROGRAM)) == "encryption"


@pytest.mark.parametrize("ciphertext", ["AAAA", "!!!!", "A" * 64, "=", "中文", "QUJD" * 8])
def test_read_signed_rubbish_is_refused(ciphertext: str) -> None:
    body = f"<xml><ToUserName>{OURS}</ToUserName><Encrypt>{ciphertext}</Encrypt></xml>".encode()

    assert refused(CallbackRequest("service_account", query(ciphertext), body)) == "encryption"


def test_read_for_another_account_is_refused() -> None:
    assert refused(secure(xml(TEXT).replace(OURS.encode(), b"gh_somebody_else"))) == "another account"


@pytest.mark.parametrize("shift", [-601, 601])
def test_read_outside_the_replay_window_is_refused(shift: int) -> None:
    assert (
        refused(CallbackRequest("service_account", query(at=SECONDS + shift), xml(TEXT)), account("plain")) == "stale"
    )


def test_read_retry_near_the_edge_of_the_window_is_accepted() -> None:
    request = CallbackRequest("service_account", query(at=SECONDS - 600), xml(TEXT))

    assert got(request, account("plain")).created_at == AT


def test_read_too_large_is_413() -> None:
    with pytest.raises(CallbackTooLarge) as caught:
        got(plain(b"x" * (MAX_BYTES + 1)), account("plain"))

    assert (caught.value.http_status, caught.value.code) == (413, "callback_refused")


BOMB = '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
FILE = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"<xml>",
        b"<xml/>",
        b"<xml>text</xml>",
        b"<other><a/></other>",
        b"\xff\xfe<\x00x\x00",
        b"<xml>\xff</xml>",
        "<?xml version='1.0' encoding='utf-16'?><xml></xml>".encode("utf-16"),
        BOMB.encode() + b"<xml><ToUserName>&c;</ToUserName></xml>",
        b"<?xml version='1.0'?>" + FILE.encode() + b"<xml><ToUserName>&a;</ToUserName></xml>",
        b"<!-- x -->" + FILE.encode() + b"<xml><ToUserName>&a;</ToUserName></xml>",
        b"<xml><ToUserName>&a;</ToUserName></xml>",
        b"<xml>" + b"<a>" * 9000,
        b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
        b"{}",
        b"[]",
        b"{" * 9000,
        b'{"ToUserName":' + b"[" * 60000,
        b'{"ToUserName":' + b"9" * 5000 + b"}",
        xml("<MsgType>text</MsgType><Content><b>x</b></Content>"),
        xml("<MsgType>text</MsgType><MsgType>event</MsgType>"),
        xml(""),
        xml(TEXT).replace(OPENID.encode(), b""),
        xml(TEXT).replace(OPENID.encode(), b"o" * 65),
        xml(TEXT).replace(OPENID.encode(), "o中文".encode()),
        xml(TEXT).replace(f"<CreateTime>{SECONDS}".encode(), b"<CreateTime>soon"),
        xml(TEXT).replace(f"<CreateTime>{SECONDS}".encode(), b"<CreateTime>"),
        xml(TEXT).replace(f"<CreateTime>{SECONDS}".encode(), b"<CreateTime>99999999999"),
        xml("<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><List>text</List>"),
    ],
)
@pytest.mark.parametrize("place", ["plain", "envelope", "inside"])
def test_read_malformed_body_is_refused(body: bytes, place: str) -> None:
    if place == "plain":
        refused(plain(body), account("plain"))
        return
    if place == "inside":
        refused(secure(body.decode("utf-8", "replace").encode()))
        return
    encrypted = crypto.encrypt_push("", configured.CALLBACK_AES_KEY, configured.SERVICE_ACCOUNT)
    refused(CallbackRequest("service_account", query(encrypted), body))


@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda inner: xml(inner.replace("\ud800", ""))))
@hypothesis_settings(deadline=None)
def test_read_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        inbound = got(plain(body), account("plain"))
    except CallbackRefused:
        return

    assert inbound.openid == OPENID


@given(
    tree=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["List", "Event", "Content", "MsgId", "EventKey", "SubscribeMsgSentEvent"]), inner
            )
        ),
        max_leaves=8,
    )
)
@hypothesis_settings(deadline=None)
def test_read_any_json_is_read_or_refused(tree: Any) -> None:
    fields = {"ToUserName": OURS, "FromUserName": OPENID, "CreateTime": SECONDS, "MsgType": "event"}
    body = json.dumps({**fields, **(tree if isinstance(tree, dict) else {"List": tree})}).encode()
    try:
        inbound = got(plain(body), account("plain"))
    except CallbackRefused:
        return

    assert inbound.dedupe_key.encode()


# ------------------------------------------------------------ messages


def test_read_empty_text_is_an_empty_string() -> None:
    assert event_of("<MsgType>text</MsgType><Content></Content><MsgId>1</MsgId>") == InboundMessage("text", "", "1")


def event_of(inner: str) -> Any:
    return got(secure(xml(inner))).event


@pytest.mark.parametrize(
    ("inner", "kind", "text"),
    [
        ("<MsgType>image</MsgType><PicUrl>http://x</PicUrl><MediaId>m</MediaId>", "image", ""),
        ("<MsgType>voice</MsgType><MediaId>m</MediaId><MediaId16K>n</MediaId16K><Format>amr</Format>", "voice", ""),
        ("<MsgType>voice</MsgType><Recognition>头疼</Recognition>", "voice", "头疼"),
        ("<MsgType>shortvideo</MsgType><MediaId>m</MediaId>", "video", ""),
        ("<MsgType>location</MsgType><Location_X>31.4</Location_X><Label>涪城区</Label>", "location", "涪城区"),
        ("<MsgType>link</MsgType><Title>文章</Title><Url>http://x</Url>", "link", "文章"),
        ("<MsgType>miniprogrampage</MsgType><Title>页</Title>", "other", ""),
        ("<MsgType>text</MsgType><Content><![CDATA[<!DOCTYPE x> & 😀]]></Content>", "text", "<!DOCTYPE x> & 😀"),
    ],
)  # fmt: skip
def test_read_kinds_of_messages(inner: str, kind: str, text: str) -> None:
    kept = "m" if kind in ("image", "voice") and "MediaId" in inner else ""

    assert event_of(inner + "<MsgId>7</MsgId>") == InboundMessage(kind, text, "7", kept)  # type: ignore[arg-type]


def test_read_a_sticker_which_wechat_does_not_hand_on() -> None:
    inner = "<MsgType>text</MsgType><Content>【收到不支持的消息类型，暂无法显示】</Content><MsgId>7</MsgId>"

    assert event_of(inner) == InboundMessage("sticker", "", "7")


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("<detail><errcode>0</errcode><suggest>risky</suggest></detail>", MediaVerdict("t", "risky", 20002, 0)),
        ("<detail><errcode>-1008</errcode></detail>", MediaVerdict("t", "risky", 20002, -1008)),
        ("", MediaVerdict("t", "risky", 20002, 0)),
    ],
)
def test_read_a_verdict_about_a_picture(detail: str, expected: MediaVerdict) -> None:
    inner = (
        "<MsgType>event</MsgType><Event>wxa_media_check</Event><trace_id>t</trace_id><version>2</version>"
        f"{detail}<result><suggest>risky</suggest><label>20002</label></result>"
    )

    assert event_of(inner) == expected


def test_two_verdicts_in_one_second_are_two() -> None:
    head = "<MsgType>event</MsgType><Event>wxa_media_check</Event>"

    assert (
        got(secure(xml(f"{head}<trace_id>a</trace_id>"))).dedupe_key
        != got(secure(xml(f"{head}<trace_id>b</trace_id>"))).dedupe_key
    )


def json_request(fields: Mapping[str, Any]) -> CallbackRequest:
    head = {"ToUserName": OURS, "FromUserName": OPENID, "CreateTime": SECONDS}
    body = json.dumps({**head, **fields}).encode()
    encrypted = crypto.encrypt_push(body.decode(), configured.CALLBACK_AES_KEY, configured.SERVICE_ACCOUNT)
    outer = json.dumps({"ToUserName": OURS, "Encrypt": encrypted}).encode()
    return CallbackRequest("miniprogram", query(encrypted), outer)


def test_read_json_message() -> None:
    inbound = got(json_request({"MsgType": "text", "Content": "您好", "MsgId": 1234567890123456789}))

    assert inbound.event == InboundMessage("text", "您好", "1234567890123456789")
    assert inbound.dedupe_key == "miniprogram:msg:1234567890123456789"


def test_read_json_lone_surrogate_and_nul_do_not_reach_the_database() -> None:
    inbound = got(json_request({"MsgType": "text", "Content": "a\ud800\x00b", "MsgId": "1"}))

    assert isinstance(inbound.event, InboundMessage)
    assert inbound.event.text == "ab"


# ------------------------------------------------------------ events


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<Event>subscribe</Event><EventKey></EventKey>", Subscription(True, None)),
        ("<Event>subscribe</Event><EventKey>qrscene_team=1</EventKey><Ticket>t</Ticket>", Subscription(True, "team=1")),
        ("<Event>SCAN</Event><EventKey>team=1</EventKey>", Subscription(True, "team=1", is_new=False)),
        ("<Event>unsubscribe</Event>", Subscription(False)),
        ("<Event>CLICK</Event><EventKey>doctor</EventKey>", MenuClick("doctor")),
        ("<Event>user_enter_tempsession</Event><SessionFrom>x</SessionFrom>", EnterChat()),
        ("<Event>VIEW</Event><EventKey>http://x</EventKey>", Other("view")),
        ("<Event>view_miniprogram</Event>", Other("view_miniprogram")),
        ("<Event>debug_demo</Event><debug_str>x</debug_str>", Other("debug_demo")),
        ("<Event>user_authorization_revoke</Event><OpenID>o</OpenID>", Other("user_authorization_revoke")),
        ("<Event>wxa_media_check</Event>", Other("wxa_media_check")),
        ("<Event>something_new_of_2027</Event>", Other("something_new_of_2027")),
        ("", Other("")),
    ],
)
def test_read_events(inner: str, expected: Any) -> None:
    assert event(inner) == expected


@pytest.mark.parametrize(
    ("status", "errcode"), [("success", 0), ("failed:user block", -1), ("failed: system failed", -1), ("", -1)]
)
def test_read_template_receipt(status: str, errcode: int) -> None:
    inner = f"<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>{status}</Status>"

    assert event(inner) == PushReceipt("template", "200163836", errcode, status)


ITEM = (
    "<List><TemplateId>t{n}</TemplateId><MsgID>{n}</MsgID>"
    "<ErrorCode>{code}</ErrorCode><ErrorStatus>{status}</ErrorStatus></List>"
)


def test_read_subscribe_receipt_single_item_in_xml() -> None:
    items = ITEM.format(n=3395159288267931652, code=0, status="success")
    inbound = got(
        secure(
            xml(
                f"<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent>{items}</SubscribeMsgSentEvent>"
            )
        )
    )

    assert inbound.receipts == (PushReceipt("subscribe", "3395159288267931652", 0, "success"),)
    assert inbound.event == inbound.receipts[0]


def test_read_subscribe_receipt_many_items_in_xml() -> None:
    items = ITEM.format(n=1, code=0, status="success") + ITEM.format(n=2, code=43101, status="rejected")
    inbound = got(
        secure(
            xml(
                f"<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent>{items}</SubscribeMsgSentEvent>"
            )
        )
    )

    assert [(receipt.ref, receipt.errcode) for receipt in inbound.receipts] == [("1", 0), ("2", 43101)]


@pytest.mark.parametrize("shape", ["object", "array"])
def test_read_subscribe_receipt_in_json_without_wrapper(shape: str) -> None:
    item = {"TemplateId": "t", "MsgID": "3395159288267931652", "ErrorCode": "0", "ErrorStatus": "success"}
    fields = {"CreateTime": str(SECONDS), "MsgType": "event", "Event": "subscribe_msg_sent_event"}
    request = json_request({**fields, "List": item if shape == "object" else [item]})

    assert got(request).receipts == (PushReceipt("subscribe", "3395159288267931652", 0, "success"),)


def test_read_receipt_event_without_items_is_other() -> None:
    assert event("<Event>subscribe_msg_sent_event</Event>") == Other("subscribe_msg_sent_event")


@pytest.mark.parametrize(
    ("name", "wrapper", "popup"),
    [
        ("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", True),
        ("subscribe_msg_change_event", "SubscribeMsgChangeEvent", False),
    ],
)
def test_read_consent_changes(name: str, wrapper: str, popup: bool) -> None:
    answers = [("t1", "accept"), ("t2", "reject"), ("t3", "acceptWithAudio"), ("t4", "ban"), ("t5", "filter")]
    items = "".join(
        f"<List><TemplateId>{template}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString></List>"
        for template, status in answers
    )

    changes = (("t1", True), ("t2", False), ("t3", True), ("t4", False), ("t5", False))
    assert event(f"<Event>{name}</Event><{wrapper}>{items}</{wrapper}>") == ConsentChange(changes, popup)


# ------------------------------------------------------------ the same thing twice


def key(inner: str, app: str = "service_account", seconds: int = SECONDS) -> str:
    body = xml(inner).replace(f"<CreateTime>{SECONDS}".encode(), f"<CreateTime>{seconds}".encode())
    request = secure(body)
    return got(CallbackRequest(app, request.args, request.body)).dedupe_key


CLICK = "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>{}</EventKey>"


def test_dedupe_key_is_the_same_for_a_retry_with_a_fresh_signature() -> None:
    later = secure(xml(CLICK.format("a")), nonce="other")
    encrypted = later.body.decode().split("CDATA[")[1].split("]]")[0]
    retry = CallbackRequest("service_account", query(encrypted, at=SECONDS + 5, nonce="other"), later.body)

    assert got(retry).dedupe_key == key(CLICK.format("a"))


def test_dedupe_key_tells_events_of_one_second_apart() -> None:
    popup = "<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><List><TemplateId>{}</TemplateId></List>"
    keys = [
        key(CLICK.format("a")),
        key(CLICK.format("b")),
        key(CLICK.format("a"), "miniprogram"),
        key(CLICK.format("a"), seconds=SECONDS + 1),
        key("<MsgType>event</MsgType><Event>unsubscribe</Event>"),
        key(popup.format("t1")),
        key(popup.format("t2")),
        key("<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID><Status>success</Status>"),
        key("<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>2</MsgID><Status>success</Status>"),
    ]

    assert len(set(keys)) == len(keys)
    assert all(len(one) <= 190 for one in keys)


def test_dedupe_key_ignores_a_zero_message_id_of_an_event() -> None:
    assert ":event:" in key(CLICK.format("a") + "<MsgId>0</MsgId>")


def test_inbound_shows_no_person_in_its_repr() -> None:
    shown = repr(got(secure(xml(TEXT))))

    assert OPENID not in shown
    assert "头晕" not in shown
    assert repr(AT - timedelta(0)) in shown
