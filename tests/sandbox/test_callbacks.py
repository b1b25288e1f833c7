"""Checklist C1–C5: verification, modes, tries, replies, events, and pushes that must be refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import MP, OA, ORIGINAL_IDS, Person, Received, Receiver
from tests.tools.watching import wait_until
from wechat_sandbox import crypto, defaults
from wechat_sandbox.bodies import read_xml, to_xml
from wechat_sandbox.serving import ControlFailed, Sandbox

UNAVAILABLE = "该服务号提供的服务出现故障，请稍后再试"
TOKEN, KEY = defaults.CALLBACK_TOKEN, defaults.AES_KEY


def say(person: Person, content: str = "你好", **more: Any) -> dict[str, Any]:
    return dict(person.do("messages", OA, type="text", content=content, **more)["delivery"])


def reply_fields(person: Person, **fields: Any) -> dict[str, Any]:
    head = {"ToUserName": person.oa, "FromUserName": ORIGINAL_IDS[OA], "CreateTime": 1}
    return head | {"MsgType": "text", "Content": "收到"} | fields


def encrypted(text: str, *, token: str = TOKEN, key: str = KEY, appid: str = OA, nonce: str = "n") -> bytes:
    cipher = crypto.encrypt_push(text, key, appid)
    signature = crypto.sha1_signature(token, "1", nonce, cipher)
    return to_xml({"Encrypt": cipher, "MsgSignature": signature, "TimeStamp": 1, "Nonce": nonce}).encode()


def answering(body: bytes, status: int = 200) -> Callable[[Received], tuple[int, bytes]]:
    return lambda _: (status, body)


# ---- C1 ----------------------------------------------------------------------------------------------------------


def test_address_is_checked_when_it_is_entered(sandbox: Sandbox, receiver: Receiver) -> None:
    app = sandbox.control.patch(f"apps/{OA}", {"callback_url": receiver.url})
    query = receiver.received[0].query

    assert app["verification"]["ok"] and app["callback_url"] == receiver.url
    assert set(query) == {"signature", "timestamp", "nonce", "echostr"}
    assert query["signature"] == crypto.sha1_signature(TOKEN, query["timestamp"], query["nonce"])


@pytest.mark.parametrize("echo", [lambda echostr: echostr + "\n", lambda echostr: f'"{echostr}"', lambda _: "success"])
def test_only_the_exact_echostr_is_accepted(sandbox: Sandbox, receiver: Receiver, echo: Callable[[str], str]) -> None:
    receiver.echo = echo
    with pytest.raises(ControlFailed) as refused:
        sandbox.control.patch(f"apps/{OA}", {"callback_url": receiver.url, "callback_token": "new"})

    app = sandbox.control.get("apps")[1]
    assert refused.value.status == 422
    assert (app["callback_url"], app["callback_token"]) == ("", TOKEN)


def test_check_can_be_left_out_and_made_later(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control.patch(f"apps/{OA}", {"callback_url": receiver.url, "verify": False})

    assert receiver.received == []
    assert sandbox.control.post(f"apps/{OA}/verify")["ok"]


# ---- C2 ----------------------------------------------------------------------------------------------------------


def test_secure_mode_shows_only_the_cipher(follower: Person, connected: Receiver) -> None:
    say(follower, "我头晕")
    push = connected.pushes()[0]
    outer, query = read_xml(push.body), push.query

    assert set(outer) == {"ToUserName", "Encrypt"} and query["encrypt_type"] == "aes"
    assert query["msg_signature"] == crypto.sha1_signature(TOKEN, query["timestamp"], query["nonce"], outer["Encrypt"])
    assert query["signature"] == crypto.sha1_signature(TOKEN, query["timestamp"], query["nonce"])
    inner = push.plain(OA)
    assert query["openid"] == inner["FromUserName"] == follower.oa
    assert (inner["MsgType"], inner["Content"]) == ("text", "我头晕")
    assert int(inner["MsgId"]) > 2**53


def test_compatible_mode_shows_both(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    sandbox.control.patch(f"apps/{OA}", {"mode": "compatible"})
    say(follower, "两种")
    outer = read_xml(connected.pushes()[0].body)

    assert outer["Content"] == "两种"
    assert read_xml(crypto.decrypt_push(outer["Encrypt"], KEY, OA))["MsgId"] == outer["MsgId"]


def test_plain_mode_has_no_cipher(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    sandbox.control.patch(f"apps/{OA}", {"mode": "plain"})
    say(follower, "明文 ]]> <b>")
    push = connected.pushes()[0]

    assert read_xml(push.body)["Content"] == "明文 ]]> <b>"
    assert "msg_signature" not in push.query and push.content_type.startswith("text/xml")


def test_json_is_for_mini_programs_only(sandbox: Sandbox, lin: Person, follower: Person, connected: Receiver) -> None:
    for appid in (MP, OA):
        sandbox.control.patch(f"apps/{appid}", {"format": "json", "mode": "plain"})
    lin.do("messages", type="text", content="客服")
    say(follower, "服务号")
    to_miniprogram, to_account = connected.pushes()

    assert json.loads(to_miniprogram.body)["Content"] == "客服"
    assert to_miniprogram.content_type == "application/json"
    assert read_xml(to_account.body)["Content"] == "服务号"


def bad(person: Person, fault: str, appid: str = OA) -> dict[str, Any]:
    return dict(person.do("raw-callback", appid, fault=fault))


def test_wrong_signature(follower: Person, connected: Receiver) -> None:
    bad(follower, "wrong_signature")
    push = connected.pushes()[0]
    cipher = read_xml(push.body)["Encrypt"]
    right = crypto.sha1_signature(TOKEN, push.query["timestamp"], push.query["nonce"], cipher)
    assert push.query["msg_signature"] != right


def test_wrong_appid_and_tampered_cipher(follower: Person, connected: Receiver) -> None:
    bad(follower, "wrong_appid")
    bad(follower, "tampered")
    foreign, tampered = connected.pushes()

    for push, signed in ((foreign, True), (tampered, False)):
        cipher = read_xml(push.body)["Encrypt"]
        right = crypto.sha1_signature(TOKEN, push.query["timestamp"], push.query["nonce"], cipher)
        assert (push.query["msg_signature"] == right) is signed
        with pytest.raises(crypto.Undecryptable):
            push.plain(OA)


def test_stale_and_replay(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    answer = bad(follower, "stale")
    bad(follower, "replay")
    stale, first, second = connected.pushes()

    assert sandbox.control.get("clock")["epoch"] - int(stale.query["timestamp"]) > 3000
    assert stale.plain(OA)["MsgId"] == answer["msg_id"]
    assert (first.query, first.body) == (second.query, second.body)


def test_oversize_entity_bomb_and_malformed(follower: Person, connected: Receiver) -> None:
    for fault in ("oversize", "entity_bomb", "malformed"):
        bad(follower, fault)
    oversize, bomb, malformed = connected.pushes()

    assert len(oversize.body) > 3_000_000
    assert "<!ENTITY e9" in bomb.text(OA)
    assert malformed.text(OA).endswith("未完")
    assert follower.chat() == []


@pytest.mark.parametrize("fault", ["wrong_signature", "tampered", "stale", "malformed", "entity_bomb"])
def test_bad_pushes_in_plain_mode(sandbox: Sandbox, follower: Person, connected: Receiver, fault: str) -> None:
    sandbox.control.patch(f"apps/{OA}", {"mode": "plain"})
    answer = bad(follower, fault)
    push = connected.pushes()[0]
    right = crypto.sha1_signature(TOKEN, push.query["timestamp"], push.query["nonce"])

    assert answer["tries"][0]["status"] == 200
    assert (push.query["signature"] == right) is (fault not in ("wrong_signature", "tampered"))


def test_unknown_fault_is_refused(follower: Person, connected: Receiver) -> None:
    with pytest.raises(ControlFailed):
        bad(follower, "something")


# ---- C3 ----------------------------------------------------------------------------------------------------------


def test_slow_callback_gets_three_tries_with_the_same_message(
    sandbox: Sandbox, follower: Person, connected: Receiver
) -> None:
    sandbox.control.patch("switches", {"callback_timeout_seconds": 0.15})
    released = threading.Event()

    def slow(_: Received) -> tuple[int, bytes]:
        released.wait(5)
        return 200, b"success"

    connected.answer = slow
    delivery = say(follower)
    released.set()
    wait_until(lambda: len(connected.pushes()) == 3)  # nobody waited until it had read the last one
    messages = [push.plain(OA) for push in connected.pushes()]

    assert [entry["error"] for entry in delivery["tries"]] == ["timeout"] * 3
    assert delivery["unavailable"] and follower.chat()[-1]["text"] == UNAVAILABLE
    assert follower.chat()[-1]["direction"] == "system"
    assert len({(entry["MsgId"], entry["CreateTime"]) for entry in messages}) == 1 and len(messages) == 3
    assert len({entry.query["nonce"] for entry in connected.pushes()}) == 3  # signed again each time


def test_answer_on_the_third_try_counts(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    connected.answer = lambda _: (200, b"success") if len(connected.pushes()) == 3 else (500, b"")
    delivery = say(follower)

    assert [entry["status"] for entry in delivery["tries"]] == [500, 500, 200]
    assert delivery["outcome"] == "ok" and not delivery["unavailable"]


def test_retry_switches(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    connected.answer = answering(b"", 500)
    sandbox.control.patch("switches", {"callback_tries": 2, "callback_retry_signs_again": False})
    twice = say(follower)
    sandbox.control.patch("switches", {"callback_retry_on_http_error": False})
    once = say(follower)

    assert len({entry["nonce"] for entry in twice["tries"]}) == 1 and len(twice["tries"]) == 2
    assert len(once["tries"]) == 1


def test_nobody_listens(sandbox: Sandbox, follower: Person) -> None:
    sandbox.control.patch(f"apps/{OA}", {"callback_url": "http://127.0.0.1:9/x", "verify": False})
    delivery = say(follower)

    assert [entry["error"] for entry in delivery["tries"]] == ["ConnectionRefusedError"] * 3
    assert follower.chat()[-1]["text"] == UNAVAILABLE


def test_without_a_callback_nothing_is_delivered(follower: Person) -> None:
    assert say(follower)["outcome"] == "no_callback"
    assert [line["direction"] for line in follower.chat()] == ["out"]


def test_deliveries_are_recorded(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    first, second = say(follower), say(follower)
    found = sandbox.control.get(f"deliveries?user={follower.id}&since={first['n']}")
    assert [entry["n"] for entry in found] == [second["n"]] and found[0]["tries"][0]["answer"] == "success"


# ---- C4 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"success", b""])
def test_success_and_empty_show_nothing(follower: Person, connected: Receiver, body: bytes) -> None:
    connected.answer = answering(body)
    delivery = say(follower)

    assert delivery["reply"] is None and not delivery["unavailable"]
    assert len(follower.chat()) == 1


def test_encrypted_reply_is_shown(follower: Person, connected: Receiver) -> None:
    connected.answer = answering(encrypted(to_xml(reply_fields(follower, Content="请到一楼\n挂号"))))
    delivery = say(follower)
    line = follower.chat()[-1]

    assert (line["direction"], line["via"], line["text"]) == ("in", "passive", "请到一楼\n挂号")
    assert delivery["reply"]["id"] == line["id"]


def test_broken_replies_show_the_line(follower: Person, connected: Receiver) -> None:
    good = to_xml(reply_fields(follower))
    broken = {
        "plain in secure mode": good.encode(),
        "json": json.dumps({"Content": "收到"}).encode(),
        "half": b"<xml><ToUserName>",
        "html": b"<html><body>500</body></html>",
        "wrong token": encrypted(good, token="other"),
        "wrong key": encrypted(good, key="B" * 43),
        "wrong appid": encrypted(good, appid=MP),
        "empty text": encrypted(to_xml(reply_fields(follower, Content=""))),
        "too long": encrypted(to_xml(reply_fields(follower, Content="长" * 700))),
        "no such type": encrypted(to_xml(reply_fields(follower, MsgType="sticker"))),
        "no such media": encrypted(to_xml(reply_fields(follower, MsgType="image", Image={"MediaId": "none"}))),
        "no articles": encrypted(to_xml(reply_fields(follower, MsgType="news"))),
    }
    for name, body in broken.items():
        connected.answer = answering(body)
        delivery = say(follower)
        assert delivery["unavailable"] and delivery["outcome"] == "broken", name
        assert len(delivery["tries"]) == 1, name
        assert follower.chat()[-1]["text"] == UNAVAILABLE, name


def test_swapped_names_are_dropped_silently(follower: Person, connected: Receiver) -> None:
    swapped = reply_fields(follower, ToUserName=ORIGINAL_IDS[OA], FromUserName=follower.oa)
    connected.answer = answering(encrypted(to_xml(swapped)))
    delivery = say(follower)

    assert "ToUserName" in delivery["dropped"] and not delivery["unavailable"]
    assert len(follower.chat()) == 1


def test_plain_and_compatible_modes_take_plain_replies(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    for mode in ("plain", "compatible"):
        sandbox.control.patch(f"apps/{OA}", {"mode": mode})
        connected.answer = answering(to_xml(reply_fields(follower, Content=mode)).encode())
        say(follower)
        assert follower.chat()[-1]["text"] == mode
    connected.answer = answering(encrypted(to_xml(reply_fields(follower, Content="密文"))))
    say(follower)
    assert follower.chat()[-1]["text"] == "密文"


def test_only_one_article_answers_a_message(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    items = [{"Title": f"第{n}条", "Description": "", "PicUrl": "", "Url": "http://a.cn"} for n in range(3)]
    news = reply_fields(follower, MsgType="news", ArticleCount=3, Articles={"item": items})
    connected.answer = answering(encrypted(to_xml(news)))
    say(follower)

    assert [entry["title"] for entry in follower.chat()[-1]["articles"]] == ["第0条"]


def test_handing_over_to_agents_shows_nothing(follower: Person, connected: Receiver) -> None:
    fields = reply_fields(follower, MsgType="transfer_customer_service")
    connected.answer = answering(encrypted(to_xml(fields)))
    assert say(follower)["reply"] is None and len(follower.chat()) == 1


def test_nonce_check_is_a_switch(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    sandbox.control.patch("switches", {"passive_reply_checks_nonce": True})
    connected.answer = answering(encrypted(to_xml(reply_fields(follower)), nonce="other"))
    assert say(follower)["unavailable"]
    connected.answer = lambda push: (200, encrypted(to_xml(reply_fields(follower)), nonce=push.query["nonce"]))
    assert say(follower)["reply"]["text"] == "收到"


def test_mini_program_chat_takes_no_passive_reply(lin: Person, connected: Receiver) -> None:
    fields = reply_fields(lin, ToUserName=lin.mp, FromUserName=ORIGINAL_IDS[MP])
    connected.answer = answering(encrypted(to_xml(fields), appid=MP))
    delivery = lin.do("messages", type="text", content="在吗")["delivery"]

    assert delivery["unavailable"] and lin.chat(MP)[-1]["text"].startswith("该小程序客服")


# ---- C5 ----------------------------------------------------------------------------------------------------------


def test_every_kind_of_message(sandbox: Sandbox, follower: Person, connected: Receiver) -> None:
    kinds = ["text", "image", "voice", "video", "shortvideo", "location", "link"]
    for kind in kinds:
        follower.do("messages", OA, type=kind, content="文字", title="标题", url="http://a.cn")
    found = {event["MsgType"]: event for event in connected.events(OA)}

    assert list(found) == kinds
    assert "MediaId16K" in found["voice"] and "Recognition" not in found["voice"]
    assert found["location"]["Location_X"] and found["link"]["Url"] == "http://a.cn"
    assert all("ThumbMediaId" in found[kind] for kind in ("video", "shortvideo"))
    assert [line["type"] for line in follower.chat()] == kinds
    with pytest.raises(ControlFailed):
        follower.do("messages", OA, type="miniprogrampage")


def test_mini_program_chat_messages_and_entering(lin: Person, connected: Receiver) -> None:
    lin.do("enter-chat", session_from="page=followup")
    lin.do("messages", type="miniprogrampage", title="我的随访", page="pages/index/index")
    entered, page = connected.events(MP)

    assert (entered["Event"], entered["SessionFrom"]) == ("user_enter_tempsession", "page=followup")
    assert "MsgId" not in entered
    assert (page["AppId"], page["PagePath"]) == (MP, "pages/index/index")


def test_follow_unfollow_and_messages_of_strangers(sandbox: Sandbox, lin: Person, connected: Receiver) -> None:
    with pytest.raises(ControlFailed) as refused:
        say(lin)
    lin.do("follow", OA)
    again = lin.do("follow", OA)
    lin.do("unfollow", OA)

    assert refused.value.status == 409 and again["delivery"] is None
    assert [event["Event"] for event in connected.events(OA)] == ["subscribe", "unsubscribe"]
    assert sandbox.control.get(f"users/{lin.id}")["follows"] == {OA: False}


def test_reply_to_somebody_who_left_is_not_shown(lin: Person, connected: Receiver) -> None:
    lin.do("follow", OA)
    connected.answer = answering(encrypted(to_xml(reply_fields(lin))))
    lin.do("unfollow", OA)
    assert lin.chat() == []


def test_duplicates_and_out_of_order(follower: Person, connected: Receiver) -> None:
    follower.do("messages", OA, type="text", content="一次", duplicates=1)
    messages = [{"type": "text", "content": text} for text in ("甲", "乙", "丙")]
    follower.do("burst", OA, messages=messages, order=[2, 0, 1])
    once, twice, *burst = connected.events(OA)

    assert once["MsgId"] == twice["MsgId"]
    assert [event["Content"] for event in burst] == ["丙", "甲", "乙"]
    assert len({event["CreateTime"] for event in burst}) == 1
    assert [line["text"] for line in follower.chat()] == ["一次", "甲", "乙", "丙"]


def test_other_events_by_name(follower: Person, connected: Receiver) -> None:
    follower.do("event", OA, event="user_authorization_revoke", fields={"OpenID": follower.oa, "RevokeInfo": "1"})
    assert connected.events(OA)[0]["RevokeInfo"] == "1"


def test_events_of_one_person_keep_their_order_and_others_do_not_wait(
    sandbox: Sandbox, lin: Person, follower: Person, connected: Receiver
) -> None:
    order: list[str] = []
    the_other_came = threading.Event()

    def answer(push: Received) -> tuple[int, bytes]:
        event = push.plain(MP)
        if event["FromUserName"] == lin.mp:
            the_other_came.wait(20)  # whoever stood behind her would come too late
        order.append(event["SubscribeMsgPopupEvent"]["List"]["TemplateId"])
        if event["FromUserName"] != lin.mp:
            the_other_came.set()
        return 200, b"success"

    connected.answer = answer
    sandbox.control.patch("switches", {"callback_timeout_seconds": 30})
    lin.do("subscribe", template_ids=["sbx_followup"])
    lin.do("subscribe", template_ids=["sbx_visit"])
    follower.do("subscribe", template_ids=["sbx_reply"])
    sandbox.settle()

    assert order == ["sbx_reply", "sbx_followup", "sbx_visit"]
