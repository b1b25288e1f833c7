"""Checklist G1–G7, G9: clock, errors, apps, people, quotas, journal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import FOLLOWUP, MP, OA, PAGE, SECRETS, Person, Wechat
from wechat_sandbox.serving import ControlFailed, Sandbox

DAY = 86_400


def test_clock_moves_forward_and_never_back(sandbox: Sandbox) -> None:
    before = sandbox.control.get("clock")
    after = sandbox.control.post("clock", {"advance_seconds": 3600})

    assert 3600 <= after["epoch"] - before["epoch"] < 3610
    assert after["now"].endswith("+08:00")
    with pytest.raises(ControlFailed) as refused:
        sandbox.control.post("clock", {"set": before["now"]})
    assert refused.value.status == 409


def test_clock_set_without_offset_means_beijing(sandbox: Sandbox) -> None:
    assert sandbox.control.post("clock", {"set": "2099-01-01T08:00:00"})["now"].startswith("2099-01-01T08:00:0")


def test_same_seed_gives_same_ids_and_another_seed_others() -> None:
    def ids(seed: int) -> dict[str, Any]:
        with Sandbox(seed=seed, miniprogram=None) as sandbox:
            return dict(sandbox.control.post("users", {"name": "甲"}))

    first, second, other = ids(1), ids(1), ids(2)
    assert first["openids"] == second["openids"] and first["unionid"] == second["unionid"]
    assert first["openids"] != other["openids"] and first["unionid"] != other["unionid"]


def test_person_with_a_seed_of_his_own_has_the_same_ids_in_any_order(make_person: Callable[..., Person]) -> None:
    make_person("先来")
    named = make_person("有种子", seed="demo-lin")
    with Sandbox(seed=1, miniprogram=None) as other:
        again = other.control.post("users", {"name": "有种子", "seed": "demo-lin"})
    assert again["openids"][MP] == named.mp


def test_one_human_has_one_unionid_and_another_openid_in_each_app(lin: Person, wechat: Wechat) -> None:
    session = wechat.code_to_session(lin.login())
    info = wechat.get("/cgi-bin/user/info", app=OA, openid=lin.oa)

    assert re.fullmatch(r"o[A-Za-z0-9_-]{27}", lin.mp) and re.fullmatch(r"o[A-Za-z0-9_-]{27}", lin.oa)
    assert lin.mp != lin.oa
    assert session["unionid"] == info["unionid"] == lin.unionid


def test_business_error_is_http_200_with_rid_that_begins_with_the_time(sandbox: Sandbox, wechat: Wechat) -> None:
    response = wechat.raw("GET", "/cgi-bin/menu/get", query={"access_token": wechat.token(OA)})
    answer = response.json()

    rid = re.fullmatch(r"menu no exist rid: ([0-9a-f]{8})-[0-9a-f]{8}-[0-9a-f]{8}", answer["errmsg"])
    assert response.status_code == 200 and answer["errcode"] == 46003 and rid
    assert abs(int(rid[1], 16) - sandbox.control.get("clock")["epoch"]) < 5
    assert response.headers["Content-Type"] == "application/json; encoding=utf-8"


@pytest.mark.parametrize(
    ("verb", "path", "query", "data", "errcode"),
    [
        ("GET", "/cgi-bin/nothing", {}, None, 40066),
        ("GET", "/cgi-bin/message/custom/send", {"access_token": "MP"}, None, 43002),
        ("GET", "/cgi-bin/stable_token", {}, None, 43002),
        ("POST", "/cgi-bin/message/custom/send", {"access_token": "MP"}, b"", 44002),
        ("POST", "/cgi-bin/message/custom/send", {"access_token": "MP"}, b"touser=x", 47001),
        ("POST", "/cgi-bin/message/custom/send", {"access_token": "MP"}, b"[1]", 47001),
        ("POST", "/cgi-bin/message/custom/send", {}, b"{}", 41001),
        ("POST", "/cgi-bin/message/template/send", {"access_token": "MP"}, b"{}", 48001),
        ("POST", "/cgi-bin/message/subscribe/send", {"access_token": "OA"}, b"{}", 48001),
    ],
)
def test_shape_of_a_call_is_judged_first(
    wechat: Wechat, verb: str, path: str, query: dict[str, str], data: bytes | None, errcode: int
) -> None:
    named = {"MP": wechat.token(MP), "OA": wechat.token(OA)}
    query = {key: named.get(value, value) for key, value in query.items()}

    assert wechat.raw(verb, path, query=query, data=data).json()["errcode"] == errcode


def test_json_is_parsed_whatever_the_content_type_says(wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup")
    body = json.dumps({"touser": lin.mp, "template_id": "sbx_followup", "data": FOLLOWUP}).encode()
    response = wechat.session.post(
        wechat.url + "/cgi-bin/message/subscribe/send",
        params={"access_token": wechat.token()},
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=5,
    )
    assert response.json()["errcode"] == 0


def test_several_apps_can_be_added(sandbox: Sandbox, lin: Person) -> None:
    fields = {"appid": "wxother", "secret": "s" * 32, "original_id": "gh_other", "kind": "miniprogram"}
    sandbox.control.post("apps", fields)

    user = sandbox.control.get(f"users/{lin.id}")
    assert len({*user["openids"].values()}) == 3
    with pytest.raises(ControlFailed):
        sandbox.control.post("apps", fields)


def test_released_pages_come_from_app_json(tmp_path: Any) -> None:
    manifest = {"pages": ["pages/a/a"], "subPackages": [{"root": "doctor/", "pages": ["home/home"]}]}
    (tmp_path / "app.json").write_text(json.dumps(manifest))
    with Sandbox(miniprogram=tmp_path) as sandbox:
        assert sandbox.control.get("apps")[0]["pages"] == ["pages/a/a", "doctor/home/home"]


def test_daily_cap_gives_45009_until_midnight_in_beijing(sandbox: Sandbox, wechat: Wechat) -> None:
    path = "/cgi-bin/menu/get"
    sandbox.control.patch("quotas", {"path": path, "daily": 2})
    answers = [wechat.get(path, app=OA)["errcode"] for _ in range(3)]
    now = sandbox.control.get("clock")["epoch"]
    seconds_to_midnight = DAY - (now + 8 * 3600) % DAY
    sandbox.control.post("clock", {"advance_seconds": seconds_to_midnight - 60})
    before_midnight = wechat.get(path, token=wechat.new_token(OA))["errcode"]
    sandbox.control.post("clock", {"advance_seconds": 61})

    assert answers == [46003, 46003, 45009]
    assert before_midnight == 45009
    assert wechat.get(path, token=wechat.new_token(OA))["errcode"] == 46003


def test_minute_cap_gives_45011_until_the_next_minute(sandbox: Sandbox, wechat: Wechat) -> None:
    path = "/cgi-bin/menu/get"
    sandbox.control.post("clock", {"advance_seconds": 61 - sandbox.control.get("clock")["epoch"] % 60})
    sandbox.control.patch("quotas", {"path": path, "minute": 1})

    assert [wechat.get(path, app=OA)["errcode"] for _ in range(2)] == [46003, 45011]
    sandbox.control.post("clock", {"advance_seconds": 60})
    assert wechat.get(path, app=OA)["errcode"] == 46003


def test_clear_quota_resets_ten_times_a_month(sandbox: Sandbox, wechat: Wechat) -> None:
    sandbox.control.patch("quotas", {"path": "/cgi-bin/menu/get", "daily": 1})
    wechat.get("/cgi-bin/menu/get", app=OA)
    first = wechat.post("/cgi-bin/clear_quota", {"appid": OA}, app=OA)["errcode"]
    usable = wechat.get("/cgi-bin/menu/get", app=OA)["errcode"]
    others = [wechat.post("/cgi-bin/clear_quota", {"appid": OA}, app=OA)["errcode"] for _ in range(10)]

    assert (first, usable) == (0, 46003)
    assert others == [0] * 9 + [48006]
    assert wechat.post("/cgi-bin/clear_quota", {"appid": MP}, app=OA)["errcode"] == 40013


def test_quota_get_tells_limit_used_and_remain(wechat: Wechat) -> None:
    wechat.post("/cgi-bin/message/template/send", {"touser": "nobody"}, app=OA)
    path = "/cgi-bin/openapi/quota/get"

    assert wechat.post(path, {"cgi_path": "/cgi-bin/message/template/send"}, app=OA)["quota"] == {
        "daily_limit": 100_000,
        "used": 1,
        "remain": 99_999,
    }
    assert wechat.post(path, {"cgi_path": "/x"}, app=OA)["errcode"] == 76021
    assert wechat.post(path, {"cgi_path": "/cgi-bin/message/template/send"})["errcode"] == 76022


def test_rid_get_tells_what_was_received_for_seven_days(sandbox: Sandbox, wechat: Wechat) -> None:
    errmsg = wechat.post("/cgi-bin/message/template/send", {"touser": "nobody"}, app=OA)["errmsg"]
    rid = errmsg.rsplit(" rid: ", 1)[1]
    found = wechat.post("/cgi-bin/openapi/rid/get", {"rid": rid}, app=OA)["request"]
    foreign = wechat.post("/cgi-bin/openapi/rid/get", {"rid": rid})["errcode"]
    sandbox.control.post("clock", {"advance_seconds": 7 * DAY + 1})

    assert json.loads(found["request_body"]) == {"touser": "nobody"}
    assert wechat.token(OA) not in found["request_url"]
    assert foreign == 76003
    assert wechat.post("/cgi-bin/openapi/rid/get", {"rid": rid}, token=wechat.new_token(OA))["errcode"] == 76001


def test_journal_shows_calls_in_order_without_secrets_or_tokens(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    token = wechat.token()
    stable = wechat.stable()["access_token"]
    session = wechat.code_to_session(lin.login())
    wechat.raw("POST", "/cgi-bin/stable_token", query={}, data=f"secret={SECRETS[MP]}".encode())
    wechat.post("/cgi-bin/message/subscribe/send", {"touser": lin.mp})
    entries = sandbox.control.get("journal")
    text = json.dumps(entries)

    assert [entry["path"] for entry in entries][:3] == [
        "/cgi-bin/token",
        "/cgi-bin/stable_token",
        "/sns/jscode2session",
    ]
    assert entries[-1]["body"] == {"touser": lin.mp} and entries[-1]["errcode"] == 40037
    for secret in (SECRETS[MP], token, stable, session["session_key"]):
        assert secret not in text
    assert sandbox.control.get(f"journal?since={entries[-2]['n']}&path=/cgi-bin/message/subscribe/send&limit=5") == [
        entries[-1]
    ]


def test_expect_counts_calls_by_path_and_values(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    path = "/cgi-bin/message/subscribe/send"
    body = {"touser": lin.mp, "template_id": "sbx_followup", "page": PAGE, "data": FOLLOWUP}
    wechat.post(path, body)

    def expect(where: dict[str, Any], count: int) -> Any:
        return sandbox.control.post("expect", {"path": path, "where": where, "count": count})

    assert expect({"touser": lin.mp, "$.body.data.thing1.value": "健康随访", "errcode": 43101}, 1)["ok"]
    assert expect({"touser": "somebody else"}, 0)["ok"]
    assert not expect({"touser": lin.mp}, 2)["ok"]
    assert expect({"body.nothing.here": None}, 0)["ok"]


def test_reset_forgets_everything_but_the_callback(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    token = wechat.token()
    sandbox.control.patch(f"apps/{MP}", {"callback_url": "http://127.0.0.1:1/x", "verify": False, "format": "json"})
    sandbox.control.post("clock", {"advance_seconds": DAY})
    sandbox.control.post("reset")

    app = sandbox.control.get("apps")[0]
    assert sandbox.control.get("users") == [] and sandbox.control.get("journal") == []
    assert sandbox.control.get("clock")["offset_seconds"] == 0
    assert (app["callback_url"], app["format"]) == ("http://127.0.0.1:1/x", "json")
    assert wechat.get("/wxaapi/newtmpl/gettemplate", token=token)["errcode"] == 40014
    assert sandbox.control.post("users", {"name": "林秀英"})["openids"][MP] == lin.mp


def test_versions_grow_with_each_change(sandbox: Sandbox, wechat: Wechat, lin: Person, follower: Person) -> None:
    mine, other, all_ = lin.see("version"), follower.see("version"), sandbox.control.get("version")
    follower.do("messages", OA, type="text", content="在吗")

    assert lin.see("version") == mine
    assert follower.see("version")["version"] > other["version"]
    assert sandbox.control.get("version")["version"] > all_["version"]


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("post", "users", {}, 400),
        ("get", "users/u9999", None, 404),
        ("patch", "switches", {"nothing": 1}, 400),
        ("patch", "switches", {"callback_tries": "three"}, 400),
        ("patch", f"apps/{MP}", {"mode": "open"}, 400),
        ("patch", f"apps/{MP}", {"aes_key": "short"}, 400),
        ("patch", f"apps/{MP}", {"appid": "other"}, 400),
        ("patch", f"apps/{MP}", {"callback_url": "http://[", "verify": False}, 400),
        ("patch", f"apps/{MP}", {"callback_url": "ftp://127.0.0.1/x"}, 400),
        ("post", "settle", {"timeout_seconds": "soon"}, 400),
        ("post", "faults", {"path": "*"}, 400),
        ("post", "clock", {"set": "soon"}, 400),
        ("post", "clock", {}, 400),
        ("get", "nothing", None, 200),
    ],
)
def test_control_refuses_what_makes_no_sense(
    sandbox: Sandbox, verb: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    call = getattr(sandbox.control, verb)
    arguments = [path] if body is None else [path, body]
    if status == 200:
        # an unknown control path is an unknown WeChat path
        assert call(*arguments)["errcode"] == 40066
        return
    with pytest.raises(ControlFailed) as refused:
        call(*arguments)
    assert refused.value.status == status and refused.value.answer["error"]


def test_page_and_phone_folders_are_served(tmp_path: Any) -> None:
    (tmp_path / "index.html").write_text("<p>phone</p>")
    with Sandbox(phone=tmp_path, miniprogram=None) as sandbox:
        caller = Wechat(sandbox.url)
        page = caller.raw("GET", "/", query={})
        phone = caller.raw("GET", "/phone/", query={})
        outside = caller.raw("GET", "/phone/..%2f..%2fetc/passwd", query={})
        caller.session.close()
    assert page.status_code == 200
    assert phone.text == "<p>phone</p>"
    assert outside.status_code == 404
