"""Checklist O1–O2: template messages, menu, QR codes, user/info."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import MP, NOTICE, OA, PAGE, Person, Receiver, Wechat
from wechat_sandbox.serving import ControlFailed, Sandbox

SEND = "/cgi-bin/message/template/send"


def send(wechat: Wechat, person: Person, **fields: Any) -> dict[str, Any]:
    body = {"touser": person.oa, "template_id": "sbx_oa_notice", "data": NOTICE}
    return wechat.post(SEND, body | fields, app=OA)


# ---- O1 ----------------------------------------------------------------------------------------------------------


def test_template_message_reaches_the_chat(wechat: Wechat, follower: Person) -> None:
    answer = send(wechat, follower, miniprogram={"appid": MP, "pagepath": PAGE}, url="http://a.cn")
    line = follower.chat()[-1]

    assert answer["errcode"] == 0 and isinstance(answer["msgid"], int)
    assert (line["via"], line["direction"]) == ("template", "in")
    assert line["template"]["title"] == "服务通知" and line["template"]["page"] == PAGE
    assert line["template"]["rows"][0] == {"label": "事项", "value": "预约"}


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"touser": "nobody"}, 40003),
        ({"template_id": "sbx_followup"}, 40037),
        ({"data": NOTICE | {"thing3": {"value": "长" * 21}}}, 47003),
        ({"data": {}}, 47003),
        ({"miniprogram": {"appid": "wxother", "pagepath": "x"}}, 40013),
    ],
)
def test_wrong_template_message(wechat: Wechat, follower: Person, fields: dict[str, Any], errcode: int) -> None:
    assert send(wechat, follower, **fields)["errcode"] == errcode
    assert follower.chat() == []


def test_who_cannot_get_one(sandbox: Sandbox, wechat: Wechat, lin: Person, follower: Person) -> None:
    stranger = send(wechat, lin)["errcode"]
    follower.flag(blacklisted=True)
    blacklisted = send(wechat, follower)["errcode"]
    follower.flag(blacklisted=False)
    sandbox.control.patch("templates/sbx_oa_notice", {"banned": True})

    assert (stranger, blacklisted, send(wechat, follower)["errcode"]) == (43004, 43019, 43116)


def test_client_msg_id_is_sent_once_in_ten_minutes(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    first, again = (send(wechat, follower, client_msg_id="k1")["msgid"] for _ in range(2))
    other = send(wechat, follower, client_msg_id="k2")["msgid"]
    sandbox.control.post("clock", {"advance_seconds": 601})
    later = send(wechat, follower, client_msg_id="k1")["msgid"]

    assert first == again and len({first, other, later}) == 3
    assert len(follower.chat()) == 3
    sandbox.control.patch("switches", {"template_duplicate_errcode": 43126})
    assert send(wechat, follower, client_msg_id="k1")["errcode"] == 43126


def test_job_event_has_three_endings(sandbox: Sandbox, wechat: Wechat, follower: Person, connected: Receiver) -> None:
    msgids = [send(wechat, follower)["msgid"]]
    for flag in ("refuses_messages", "sends_fail"):
        follower.flag(**{flag: True})
        msgids.append(send(wechat, follower)["msgid"])
        follower.flag(**{flag: False})
    sandbox.settle()
    events = connected.events(OA)

    assert [event["Event"] for event in events] == ["TEMPLATESENDJOBFINISH"] * 3
    assert [event["Status"] for event in events] == ["success", "failed:user block", "failed: system failed"]
    assert [int(event["MsgID"]) for event in events] == msgids
    assert len(follower.chat()) == 1


def test_daily_cap(sandbox: Sandbox, wechat: Wechat, follower: Person) -> None:
    sandbox.control.patch("quotas", {"path": SEND, "daily": 1})
    assert [send(wechat, follower)["errcode"] for _ in range(2)] == [0, 45009]


def test_private_templates(wechat: Wechat) -> None:
    listed = wechat.get("/cgi-bin/template/get_all_private_template", app=OA)["template_list"]
    path = "/cgi-bin/template/del_private_template"

    assert [entry["template_id"] for entry in listed] == ["sbx_oa_notice", "sbx_oa_waiting"]
    assert [wechat.post(path, {"template_id": "sbx_oa_notice"}, app=OA)["errcode"] for _ in range(2)] == [0, 40037]


# ---- O2: menu ------------------------------------------------------------------------------------------------------

CLICK = {"type": "click", "name": "签约", "key": "SIGN"}
JUMP = {"type": "miniprogram", "name": "小程序", "url": "http://a.cn", "appid": MP, "pagepath": PAGE}


def create(wechat: Wechat, *buttons: Any) -> int:
    return int(wechat.post("/cgi-bin/menu/create", {"button": list(buttons)}, app=OA)["errcode"])


def test_menu_is_kept_and_deleted(sandbox: Sandbox, wechat: Wechat) -> None:
    subs = {"name": "更多", "sub_button": [JUMP, {"type": "view", "name": "官网", "url": "https://a.cn/x"}]}

    assert wechat.get("/cgi-bin/menu/get", app=OA)["errcode"] == 46003
    assert create(wechat, CLICK, subs) == 0
    kept = wechat.get("/cgi-bin/menu/get", app=OA)["menu"]["button"]
    assert kept[0] == CLICK | {"sub_button": []} and len(kept[1]["sub_button"]) == 2
    assert sandbox.control.get(f"menus/{OA}")["button"] == kept
    assert wechat.get("/cgi-bin/menu/delete", app=OA)["errcode"] == 0
    assert wechat.get("/cgi-bin/menu/get", app=OA)["errcode"] == 46003


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([CLICK | {"name": "六个汉字太长"}], 40018),
        ([CLICK | {"name": "五个汉字啊"}], 0),
        ([CLICK | {"type": "dance"}], 40017),
        ([CLICK | {"key": "k" * 129}], 40019),
        ([{"type": "view", "name": "官网", "url": "http://a.cn/" + "x" * 1024}], 40020),
        ([{"type": "view", "name": "官网", "url": "a.cn"}], 40055),
        ([JUMP | {"appid": "wxother"}], 45064),
        ([{"name": "更多", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "更多", "sub_button": [CLICK | {"name": "长" * 21}]}], 40025),
        ([{"name": "更多", "sub_button": [CLICK | {"sub_button": [CLICK]}]}], 40022),
        ([{"name": "更多", "sub_button": [CLICK | {"key": ""}]}], 40026),
        ([{"name": "更多", "sub_button": [{"type": "view", "name": "x", "url": "ftp://a"}]}], 40054),
        (["text"], 47001),
    ],
)
def test_wrong_menu(wechat: Wechat, buttons: list[Any], errcode: int) -> None:
    assert create(wechat, *buttons) == errcode


def test_menu_with_unicode_escapes(sandbox: Sandbox, wechat: Wechat) -> None:
    data = json.dumps({"button": [CLICK]}).encode()
    query = {"access_token": wechat.token(OA)}

    assert wechat.raw("POST", "/cgi-bin/menu/create", query=query, data=data).json()["errcode"] == 40033
    sandbox.control.patch("switches", {"menu_refuses_unicode_escapes": False})
    assert wechat.raw("POST", "/cgi-bin/menu/create", query=query, data=data).json()["errcode"] == 0


def test_menu_events(wechat: Wechat, follower: Person, connected: Receiver) -> None:
    scan = {"type": "scancode_waitmsg", "name": "扫码", "key": "SCAN_IT"}
    view = {"type": "view", "name": "官网", "url": "https://a.cn/x"}
    create(wechat, CLICK, {"name": "更多", "sub_button": [JUMP, view, scan]})
    for key in ("SIGN", PAGE, "https://a.cn/x", "扫码"):
        follower.do("menu", OA, key=key)
    with pytest.raises(ControlFailed):
        follower.do("menu", OA, key="none")
    events = connected.events(OA)

    assert [(event["Event"], event["EventKey"]) for event in events] == [
        ("CLICK", "SIGN"),
        ("view_miniprogram", PAGE),
        ("VIEW", "https://a.cn/x"),
        ("scancode_waitmsg", "SCAN_IT"),
    ]
    assert events[3]["ScanCodeInfo"]["ScanType"] == "qrcode" and "MenuId" in events[1]


# ---- O2: QR codes and user/info ---------------------------------------------------------------------------------


def qrcode(wechat: Wechat, action: str, scene: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"action_name": action, "action_info": {"scene": scene}, **more}
    return wechat.post("/cgi-bin/qrcode/create", body, app=OA)


def test_stranger_follows_by_a_code_and_follower_scans(wechat: Wechat, lin: Person, connected: Receiver) -> None:
    code = qrcode(wechat, "QR_STR_SCENE", {"scene_str": "team:1"}, expire_seconds=3600)
    lin.do("scan", OA, ticket=code["ticket"])
    info = wechat.get("/cgi-bin/user/info", app=OA, openid=lin.oa)
    lin.do("scan", OA, scene="team:1")
    followed, scanned = connected.events(OA)

    assert code["expire_seconds"] == 3600 and "errcode" not in code
    assert (followed["Event"], followed["EventKey"]) == ("subscribe", "qrscene_team:1")
    assert (scanned["Event"], scanned["EventKey"], scanned["Ticket"]) == ("SCAN", "team:1", code["ticket"])
    assert (info["subscribe"], info["subscribe_scene"]) == (1, "ADD_SCENE_QR_CODE")
    assert (info["qr_scene"], info["qr_scene_str"]) == (0, "team:1")


def test_temporary_code_expires_and_permanent_does_not(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    short = qrcode(wechat, "QR_SCENE", {"scene_id": 7})
    forever = qrcode(wechat, "QR_LIMIT_SCENE", {"scene_id": 8})
    same = qrcode(wechat, "QR_LIMIT_SCENE", {"scene_id": 8})
    sandbox.control.post("clock", {"advance_seconds": 61})

    assert short["expire_seconds"] == 60 and "expire_seconds" not in forever and same["ticket"] == forever["ticket"]
    with pytest.raises(ControlFailed):
        lin.do("scan", OA, ticket=short["ticket"])
    lin.do("scan", OA, ticket=forever["ticket"])
    info = wechat.get("/cgi-bin/user/info", app=OA, openid=lin.oa)
    assert (info["qr_scene"], info["qr_scene_str"]) == (8, "")
    assert len(sandbox.control.get("codes")["qrcodes"]) == 2


@pytest.mark.parametrize(
    ("action", "scene"),
    [
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}),
        ("QR_LIMIT_SCENE", {"scene_id": 0}),
        ("QR_SCENE", {"scene_str": "x"}),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "x" * 65}),
        ("QR_STR_SCENE", {"scene_str": ""}),
        ("QR_DANCE", {"scene_id": 1}),
    ],
)
def test_wrong_qrcode(wechat: Wechat, action: str, scene: dict[str, Any]) -> None:
    assert qrcode(wechat, action, scene)["errcode"] == 40053


def test_picture_of_a_code(wechat: Wechat) -> None:
    ticket = qrcode(wechat, "QR_LIMIT_STR_SCENE", {"scene_str": "desk"})["ticket"]
    good = wechat.raw("GET", "/cgi-bin/showqrcode", query={"ticket": ticket})
    bad = wechat.raw("GET", "/cgi-bin/showqrcode", query={"ticket": "none"})

    assert good.content.startswith(b"\x89PNG") and good.headers["Content-Type"] == "image/png"
    assert bad.status_code == 404


def test_user_info_of_followers_and_others(sandbox: Sandbox, wechat: Wechat, lin: Person, follower: Person) -> None:
    path = "/cgi-bin/user/info"
    known = wechat.get(path, app=OA, openid=follower.oa)

    assert (known["subscribe"], known["unionid"], known["nickname"]) == (1, follower.unionid, "")
    assert wechat.get(path, app=OA, openid=lin.oa) == {"subscribe": 0, "openid": lin.oa, "unionid": lin.unionid}
    assert wechat.get(path, app=OA, openid=lin.mp)["errcode"] == 40003
    sandbox.control.patch(f"apps/{OA}", {"bound_to_open_platform": False})
    assert "unionid" not in wechat.get(path, app=OA, openid=follower.oa)
