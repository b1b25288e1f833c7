"""Checklist K1–K2: allowances, message types, typing, media."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import MP, OA, PAGE, Person, Wechat
from wechat_sandbox.serving import Sandbox

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
MENU = {
    "button": [{"type": "click", "name": "签约", "key": "SIGN"}, {"type": "view", "name": "官网", "url": "http://a.cn"}]
}


def text(wechat: Wechat, openid: str, app: str = OA, content: str = "您好") -> int:
    body = {"touser": openid, "msgtype": "text", "text": {"content": content}}
    return int(wechat.post(SEND, body, app=app)["errcode"])


def upload(
    wechat: Wechat, app: str = OA, kind: str = "image", content: bytes = b"picture", name: str = "a.jpg"
) -> dict[str, Any]:
    response = wechat.session.post(
        wechat.url + "/cgi-bin/media/upload",
        params={"access_token": wechat.token(app), "type": kind},
        files={"media": (name, content, "image/jpeg")},
        timeout=5,
    )
    return dict(response.json())


# ---- K1 ----------------------------------------------------------------------------------------------------------


def test_message_allows_five_within_two_days(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    follower.do("messages", OA, type="text", content="在吗")
    answers = [text(wechat, follower.oa) for _ in range(6)]
    follower.do("messages", OA, type="text", content="还在吗")
    renewed = text(wechat, follower.oa)
    sandbox.control.post("clock", {"advance_seconds": 48 * 3600 + 1})
    body = {"touser": follower.oa, "msgtype": "text", "text": {"content": "晚了"}}

    assert answers == [0] * 5 + [45047] and renewed == 0
    assert wechat.post(SEND, body, token=wechat.new_token(OA))["errcode"] == 45015
    assert follower.chat()[1] | {"via": "customer_service", "text": "您好"} == follower.chat()[1]


def test_allowance_may_add_up_by_switch(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    sandbox.control.patch("switches", {"allowance_adds_up": True})
    for _ in range(2):
        follower.do("messages", OA, type="text", content="在吗")
    assert [text(wechat, follower.oa) for _ in range(11)] == [0] * 10 + [45047]


def test_following_allows_three_within_a_minute(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    assert text(wechat, lin.oa) == 45015
    lin.do("follow", OA)
    assert [text(wechat, lin.oa) for _ in range(4)] == [0, 0, 0, 45047]
    sandbox.control.post("clock", {"advance_seconds": 61})
    assert text(wechat, lin.oa) == 45015


@pytest.mark.parametrize(("key", "expected"), [("SIGN", [0, 0, 0, 45047]), ("http://a.cn", [45015] * 4)])
def test_only_click_buttons_open_an_allowance(
    sandbox: Sandbox, wechat: Wechat, follower: Person, key: str, expected: list[int]
) -> None:
    wechat.post("/cgi-bin/menu/create", MENU, app=OA)
    sandbox.control.post("clock", {"advance_seconds": 61})
    follower.do("menu", OA, key=key)
    assert [text(wechat, follower.oa) for _ in range(4)] == expected


def test_scanning_and_tapping_a_menu_message(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "desk"}}}
    ticket = wechat.post("/cgi-bin/qrcode/create", body, app=OA)["ticket"]
    sandbox.control.post("clock", {"advance_seconds": 30})
    follower.do("scan", OA, ticket=ticket)
    scanned = follower.see("allowances", OA)
    sandbox.control.post("clock", {"advance_seconds": 61})
    follower.do("messages", OA, type="text", content="预约", menu_id="2")

    assert {entry["trigger"]: entry["left"] for entry in scanned}["scan"] == 3
    assert [(entry["trigger"], entry["left"]) for entry in follower.see("allowances", OA)] == [("menu", 3)]


def test_the_window_that_closes_first_is_used_first(wechat: Wechat, lin: Person) -> None:
    lin.do("follow", OA)
    lin.do("messages", OA, type="text", content="在吗")
    text(wechat, lin.oa)
    left = {entry["trigger"]: entry["left"] for entry in lin.see("allowances", OA)}
    assert left == {"follow": 2, "message": 5}


def test_payment_makes_it_unlimited_for_two_days(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    follower.do("pay", OA)
    assert {text(wechat, follower.oa) for _ in range(30)} == {0}
    sandbox.control.post("clock", {"advance_seconds": 48 * 3600 + 1})
    body = {"touser": follower.oa, "msgtype": "text", "text": {"content": "晚了"}}
    assert wechat.post(SEND, body, token=wechat.new_token(OA))["errcode"] == 45015


def test_nobody_reaches_who_unfollowed_or_refuses(wechat: Wechat, follower: Person) -> None:
    follower.do("messages", OA, type="text", content="在吗")
    follower.flag(refuses_messages=True)
    assert text(wechat, follower.oa) == 48002
    follower.flag(refuses_messages=False)
    follower.do("unfollow", OA)
    assert text(wechat, follower.oa) == 45015


def test_mini_program_allowances(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    assert text(wechat, lin.mp, MP) == 45015
    lin.do("enter-chat")
    entered = [text(wechat, lin.mp, MP) for _ in range(3)]
    lin.do("messages", type="text", content="在吗")
    wrote = [text(wechat, lin.mp, MP) for _ in range(6)]

    assert entered == [0, 0, 45047] and wrote == [0] * 5 + [45047]


# ---- K2 ----------------------------------------------------------------------------------------------------------


def test_message_types_of_each_account(wechat: Wechat, follower: Person) -> None:
    follower.do("pay", OA)
    follower.do("messages", type="text", content="在吗")
    own, other = upload(wechat)["media_id"], upload(wechat, MP)["media_id"]
    voice = upload(wechat, kind="voice", name="a.amr")["media_id"]
    video = upload(wechat, kind="video", name="a.mp4")["media_id"]
    card = {"title": "随访", "appid": MP, "pagepath": PAGE, "thumb_media_id": own}
    accepted = {
        "image": {"media_id": own},
        "voice": {"media_id": voice},
        "video": {"media_id": video},
        "music": {"title": "曲", "thumb_media_id": own},
        "news": {"articles": [{"title": "通知", "url": "http://a.cn"}]},
        "mpnews": {"media_id": own},
        "mpnewsarticle": {"article_id": "a1"},
        "miniprogrampage": card,
        "msgmenu": {"head_content": "满意吗", "list": [{"id": "1", "content": "满意"}], "tail_content": ""},
    }
    for kind, part in accepted.items():
        answer = wechat.post(SEND, {"touser": follower.oa, "msgtype": kind, kind: part}, app=OA)
        assert answer["errcode"] == 0, kind
    refused_there = ["voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu"]
    for kind in refused_there:
        body = {"touser": follower.mp, "msgtype": kind, kind: accepted[kind]}
        assert wechat.post(SEND, body)["errcode"] == 40008, kind
    for kind, part in {
        "image": {"media_id": other},
        "link": {"title": "通知", "description": "", "url": "http://a.cn", "thumb_url": ""},
        "miniprogrampage": {"title": "随访", "pagepath": PAGE, "thumb_media_id": other},
    }.items():
        assert wechat.post(SEND, {"touser": follower.mp, "msgtype": kind, kind: part})["errcode"] == 0, kind
    assert wechat.post(SEND, {"touser": follower.oa, "msgtype": "link", "link": {}}, app=OA)["errcode"] == 40008
    assert follower.chat()[-1]["menu"] == [{"id": "1", "content": "满意"}]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text"}, 44004),
        ({"msgtype": "text", "text": {"content": "长" * 683}}, 45002),
        ({"msgtype": "text", "text": {"content": "长" * 682}}, 0),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "sticker"}, 40008),
        ({"msgtype": "news", "news": {"articles": [{"title": "1"}, {"title": "2"}]}}, 45008),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"appid": "wxother", "pagepath": "x"}}, 45064),
    ],
)
def test_wrong_message(wechat: Wechat, follower: Person, body: dict[str, Any], errcode: int) -> None:
    follower.do("messages", OA, type="text", content="在吗")
    assert wechat.post(SEND, {"touser": follower.oa, **body}, app=OA)["errcode"] == errcode


def test_openid_of_the_other_account(wechat: Wechat, follower: Person) -> None:
    follower.do("messages", OA, type="text", content="在吗")
    assert text(wechat, follower.oa, MP) == 40003


def test_media_expire_after_three_days(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    follower.do("messages", OA, type="image")
    media_id = upload(wechat)["media_id"]
    query = {"access_token": wechat.token(OA), "media_id": media_id}
    assert wechat.raw("GET", "/cgi-bin/media/get", query=query).content == b"picture"
    sandbox.control.post("clock", {"advance_seconds": 3 * 86_400 + 1})
    answer = wechat.get("/cgi-bin/media/get", token=wechat.new_token(OA), media_id=media_id)
    assert answer["errcode"] == 40007


def test_upload_rules(wechat: Wechat) -> None:
    assert upload(wechat, MP, "voice")["errcode"] == 40004
    assert upload(wechat, OA, "poem")["errcode"] == 40004
    assert upload(wechat, OA, "thumb", b"x" * 70_000)["errcode"] == 45001
    assert upload(wechat, OA, content=b"")["errcode"] == 44001
    assert upload(wechat, OA, name="media")["errcode"] == 40005
    assert upload(wechat, OA, "voice", name="a.jpg")["errcode"] == 40005
    query = {"access_token": wechat.token(OA), "type": "image"}
    assert wechat.raw("POST", "/cgi-bin/media/upload", query=query, data=b"x").json()["errcode"] == 41005
    assert "thumb_media_id" in upload(wechat, OA, "thumb")


def test_typing(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    def typing(command: str) -> int:
        return int(wechat.post(TYPING, {"touser": follower.oa, "command": command}, app=OA)["errcode"])

    assert typing("Typing") == 45080
    follower.do("messages", OA, type="text", content="在吗")
    assert [typing("Sing"), typing("Typing"), typing("Typing")] == [45072, 0, 45081]
    assert follower.see("typing", OA) == {"typing": True}
    assert [typing("CancelTyping"), typing("Typing")] == [0, 0]
    sandbox.control.post("clock", {"advance_seconds": 16})
    assert follower.see("typing", OA) == {"typing": False}
    sandbox.control.post("clock", {"advance_seconds": 15})
    assert typing("Typing") == 45080


def test_a_message_takes_only_a_medium_of_its_own_kind_and_the_phone_shows_it(
    sandbox: Sandbox, wechat: Wechat, follower: Person
) -> None:
    follower.do("messages", OA, type="text", content="在吗")
    media_id = upload(wechat, OA)["media_id"]

    def send(kind: str) -> int:
        body = {"touser": follower.oa, "msgtype": kind, kind: {"media_id": media_id}}
        return int(wechat.post(SEND, body, app=OA)["errcode"])

    assert [send("voice"), send("image")] == [40007, 0]
    line = follower.see("chat", OA)[-1]
    assert (line["type"], line["media_id"]) == ("image", media_id)
    address = f"{sandbox.url}/sandbox/users/{follower.id}/media"
    shown = wechat.session.get(f"{address}/{media_id}", params={"appid": OA}, timeout=5)
    other = wechat.session.get(f"{address}/{upload(wechat, OA)['media_id']}", params={"appid": OA}, timeout=5)
    assert (shown.content, shown.headers["Content-Type"], other.status_code) == (b"picture", "image/jpeg", 404)
