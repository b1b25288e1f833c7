"""Checklist S1–S4 and O3: templates, the dialog, sends, events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import FOLLOWUP, MP, OA, ORIGINAL_IDS, PAGE, Person, Receiver, Wechat
from wechat_sandbox.serving import Sandbox

SEND = "/cgi-bin/message/subscribe/send"


def send(wechat: Wechat, person: Person, template: str = "sbx_followup", **fields: Any) -> dict[str, Any]:
    body = {"touser": person.mp, "template_id": template, "page": PAGE, "data": FOLLOWUP}
    return wechat.post(SEND, body | fields)


# ---- S1 ----------------------------------------------------------------------------------------------------------


def test_default_templates_with_their_keys(wechat: Wechat) -> None:
    templates = {entry["priTmplId"]: entry for entry in wechat.get("/wxaapi/newtmpl/gettemplate")["data"]}

    assert set(templates) == {
        "sbx_followup",
        "sbx_visit",
        "sbx_renewal",
        "sbx_appointment",
        "sbx_result",
        "sbx_reply",
        "sbx_followup_long",
    }
    assert templates["sbx_followup"]["type"] == 2 and templates["sbx_followup_long"]["type"] == 3
    assert templates["sbx_result"]["content"].splitlines() == [
        "办理事项:{{thing1.DATA}}",
        "办理结果:{{phrase2.DATA}}",
        "办理时间:{{time3.DATA}}",
        "备注:{{thing4.DATA}}",
    ]


def test_template_from_the_library(wechat: Wechat, lin: Person) -> None:
    path = "/wxaapi/newtmpl/"
    category = wechat.get(path + "getcategory")["data"][0]["id"]
    titles = wechat.get(path + "getpubtemplatetitles", ids=str(category), start="0", limit="2")
    tid = str(titles["data"][0]["tid"])
    words = wechat.get(path + "getpubtemplatekeywords", tid=tid)["data"]
    added = wechat.post(path + "addtemplate", {"tid": tid, "kidList": [1, 5], "sceneDesc": "随访提醒"})["priTmplId"]

    assert titles["count"] == 7 and len(titles["data"]) == 2
    assert [word["rule"] for word in words] == ["thing", "time", "thing", "phone_number", "thing"]
    lin.accept(added)
    assert send(wechat, lin, added, data={"thing1": {"value": "随访"}, "thing5": {"value": "请"}})["errcode"] == 0
    assert wechat.post(path + "deltemplate", {"priTmplId": added})["errcode"] == 0
    assert wechat.post(path + "deltemplate", {"priTmplId": added})["errcode"] == 40037
    assert send(wechat, lin, added)["errcode"] == 40037


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"tid": "9", "kidList": [1, 2]}, 200014),
        ({"tid": "401", "kidList": []}, 200020),
        ({"tid": "401", "kidList": [1, 9]}, 200018),
        ({"tid": "401", "kidList": [1]}, 200018),
        ({"tid": "401", "kidList": [1, 2], "sceneDesc": "长" * 16}, 200021),
    ],
)
def test_wrong_addtemplate(wechat: Wechat, body: dict[str, Any], errcode: int) -> None:
    assert wechat.post("/wxaapi/newtmpl/addtemplate", body)["errcode"] == errcode


def test_template_limit_and_wrong_paging(sandbox: Sandbox, wechat: Wechat) -> None:
    sandbox.control.patch("switches", {"template_limit": 7})
    body = {"tid": "401", "kidList": [1, 2], "sceneDesc": "随访"}

    assert wechat.post("/wxaapi/newtmpl/addtemplate", body)["errcode"] == 200012
    assert wechat.get("/wxaapi/newtmpl/getpubtemplatetitles", ids="616", start="0", limit="31")["errcode"] == 200016
    assert wechat.get("/wxaapi/newtmpl/getpubtemplatekeywords", tid="1")["errcode"] == 200014


def test_enum_values_come_from_the_template(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    fields = {"appid": MP, "id": "sbx_enum", "title": "状态", "keys": [["enum1", "状态"], ["thing2", "说明"]]}
    sandbox.control.post("templates", fields | {"enums": {"enum1": ["已完成", "未完成"]}})
    lin.accept("sbx_enum")
    listed = wechat.get("/wxaapi/newtmpl/gettemplate")["data"][-1]

    def data(value: str) -> dict[str, Any]:
        return {"enum1": {"value": value}, "thing2": {"value": "说明"}}

    assert listed["keywordEnumValueList"] == [{"keywordCode": "enum1.DATA", "enumValueList": ["已完成", "未完成"]}]
    assert "data.enum1.value invalid" in send(wechat, lin, "sbx_enum", data=data("也许"))["errmsg"]
    assert send(wechat, lin, "sbx_enum", data=data("已完成"))["errcode"] == 0


# ---- S2 ----------------------------------------------------------------------------------------------------------


def balance(person: Person, template: str) -> dict[str, Any]:
    return next(entry for entry in person.see("subscriptions") if entry["template_id"] == template)


def test_each_accept_allows_one_send(wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup")
    lin.accept("sbx_followup")

    assert balance(lin, "sbx_followup")["balance"] == 2
    assert [send(wechat, lin)["errcode"] for _ in range(3)] == [0, 0, 43101]


def test_long_term_accept_allows_all_until_refused(wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup_long")
    before = [send(wechat, lin, "sbx_followup_long")["errcode"] for _ in range(5)]
    lin.do("refuse", template_id="sbx_followup_long")

    assert before == [0] * 5
    assert send(wechat, lin, "sbx_followup_long")["errcode"] == 43101


def test_choices(lin: Person) -> None:
    ids = ["sbx_followup", "sbx_visit", "sbx_reply"]
    answer = lin.do("subscribe", template_ids=ids, choices={"sbx_followup": "accept", "sbx_visit": "reject"})
    everything = lin.do("subscribe", template_ids=ids)

    assert answer["results"] == {"sbx_followup": "accept", "sbx_visit": "reject", "sbx_reply": "reject"}
    assert set(everything["results"].values()) == {"accept"}
    assert balance(lin, "sbx_followup")["balance"] == 2 and balance(lin, "sbx_visit")["balance"] == 1


def test_asking_first_changes_nothing(lin: Person) -> None:
    asked = lin.do("subscribe", template_ids=["sbx_reply"], ask=True)

    assert asked["ask"][0]["title"] == "医生回复提醒" and asked["ask"][0]["rows"][0]["label"] == "回复人"
    assert balance(lin, "sbx_reply")["balance"] == 0


def test_kept_choice_is_not_asked_again_and_still_counts(lin: Person) -> None:
    first = lin.do("subscribe", template_ids=["sbx_reply"], choices={"sbx_reply": "accept"}, keep=True)
    second = lin.do("subscribe", template_ids=["sbx_reply"], choices={"sbx_reply": "reject"})

    assert (first["dialog"], second["dialog"]) == (True, False)
    assert second["results"] == {"sbx_reply": "accept"} and balance(lin, "sbx_reply")["balance"] == 2
    lin.do("forget-choices")
    assert lin.do("subscribe", template_ids=["sbx_reply"], choices={})["results"] == {"sbx_reply": "reject"}


def test_banned_template_and_equal_titles(sandbox: Sandbox, lin: Person) -> None:
    sandbox.control.patch("templates/sbx_visit", {"banned": True})
    twin = {"appid": MP, "id": "sbx_twin", "title": "医生回复提醒", "keys": [["thing1", "说明"]]}
    sandbox.control.post("templates", twin)

    results = lin.do("subscribe", template_ids=["sbx_visit", "sbx_reply", "sbx_twin"])["results"]
    assert results == {"sbx_visit": "ban", "sbx_reply": "accept", "sbx_twin": "filter"}


@pytest.mark.parametrize(
    ("ids", "errcode"),
    [
        ([], 10001),
        (["sbx_followup", "sbx_followup_long"], 20002),
        (["sbx_unknown"], 20001),
        (["sbx_followup", "sbx_visit", "sbx_renewal", "sbx_appointment", "sbx_result", "sbx_reply"], 20003),
    ],
)
def test_dialog_that_fails(lin: Person, ids: list[str], errcode: int) -> None:
    answer = lin.do("subscribe", template_ids=ids)
    assert answer["errcode"] == errcode and answer["results"] == {}


def test_main_switch_off_and_banned_app(sandbox: Sandbox, lin: Person) -> None:
    lin.flag(master_switch_off=True)
    assert lin.accept("sbx_reply")["errcode"] == 20004
    sandbox.control.patch(f"apps/{MP}", {"banned": True})
    assert lin.accept("sbx_reply")["errcode"] == 20005


# ---- S3 ----------------------------------------------------------------------------------------------------------


def test_sent_message_becomes_a_notice(wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup")
    answer = send(wechat, lin, page=f"{PAGE}?id=1", miniprogram_state="trial")
    notice = lin.see("notices")[0]

    assert answer["msgid"] > 2**61 and notice["msgid"] == str(answer["msgid"])
    assert notice["title"] == "健康随访提醒" and notice["page"] == f"{PAGE}?id=1"
    assert notice["rows"][0] == {"label": "服务项目", "value": "健康随访"} and len(notice["rows"]) == 5


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"touser": ""}, 40003),
        ({"touser": "o" + "x" * 27}, 40003),
        ({"template_id": "sbx_none"}, 40037),
        ({"page": "pages/none/none"}, 41030),
        ({"page": f"/{PAGE}"}, 41030),
        ({"page": ""}, 0),
        ({"miniprogram_state": "develop"}, 40097),
        ({"data": "text"}, 47001),
        ({"page": 5}, 47001),
    ],
)
def test_wrong_send_costs_no_accept(wechat: Wechat, lin: Person, fields: dict[str, Any], errcode: int) -> None:
    lin.accept("sbx_followup")

    assert send(wechat, lin, **fields)["errcode"] == errcode
    assert balance(lin, "sbx_followup")["balance"] == (0 if errcode == 0 else 1)


def test_openid_of_the_other_app_is_not_known(wechat: Wechat, lin: Person) -> None:
    assert send(wechat, lin, touser=lin.oa)["errcode"] == 40003


def test_page_of_an_unreleased_app(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.patch(f"apps/{MP}", {"released": False})
    assert send(wechat, lin)["errcode"] == 41030


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("thing5", "", "is empty"),
        ("thing5", None, "is empty"),
        ("thing5", "长" * 21, "invalid"),
        ("thing5", "两\n行", "invalid"),
        ("thing5", 7, "invalid"),
        ("time2", "明天", "invalid"),
        ("phone_number4", "138****8000", "invalid"),
    ],
)
def test_wrong_value_names_its_key(wechat: Wechat, lin: Person, key: str, value: object, what: str) -> None:
    lin.accept("sbx_followup")
    answer = send(wechat, lin, data=FOLLOWUP | {key: {"value": value}})

    assert answer["errcode"] == 47003
    assert answer["errmsg"].startswith(f"argument invalid! data.{key}.value {what}")
    assert send(wechat, lin)["errcode"] == 0


def test_missing_key_is_empty_and_unknown_key_is_ignored(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup")
    missing = send(wechat, lin, data={key: value for key, value in FOLLOWUP.items() if key != "thing3"})
    extra = FOLLOWUP | {"thing9": {"value": "多余"}}

    assert "data.thing3.value is empty" in missing["errmsg"]
    assert send(wechat, lin, data=extra)["errcode"] == 0
    sandbox.control.patch("switches", {"subscribe_unknown_keys_ignored": False, "data_emtpy_typo": True})
    assert "data.thing9.value invalid" in send(wechat, lin, data=extra)["errmsg"]
    assert "thing1.value is emtpy" in send(wechat, lin, data={})["errmsg"]


def test_sensitive_word(wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup")
    data = FOLLOWUP | {"thing5": {"value": "这是敏感词测试"}}
    assert send(wechat, lin, data=data)["errcode"] == 45168


def test_banned_template_cannot_be_sent(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup")
    sandbox.control.patch("templates/sbx_followup", {"banned": True})
    assert send(wechat, lin)["errcode"] == 43107


def test_collision_when_switched_on(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup_long")
    sandbox.control.patch(f"apps/{MP}", {"switches": {"subscribe_collision_ms": 2000}})
    answers = [send(wechat, lin, "sbx_followup_long")["errcode"] for _ in range(2)]
    sandbox.control.post("clock", {"advance_seconds": 3})

    assert answers == [0, 43108]
    assert send(wechat, lin, "sbx_followup_long")["errcode"] == 0


def test_order_of_checks_and_waste_are_switches(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    both_wrong = {"data": {}, "page": "none"}
    assert send(wechat, lin, **both_wrong)["errcode"] == 41030
    sandbox.control.patch("switches", {"subscribe_check_order": "balance,touser,template,data,page"})
    assert send(wechat, lin, **both_wrong)["errcode"] == 43101
    sandbox.control.patch("switches", {"subscribe_bad_data_uses_accept": True})
    lin.accept("sbx_followup")
    assert send(wechat, lin, **both_wrong)["errcode"] == 47003
    assert balance(lin, "sbx_followup")["balance"] == 0


# ---- S4 ----------------------------------------------------------------------------------------------------------


def test_events_in_xml_nest_their_items(sandbox: Sandbox, wechat: Wechat, lin: Person, connected: Receiver) -> None:
    lin.do("subscribe", template_ids=["sbx_followup", "sbx_visit"], choices={"sbx_followup": "accept"})
    msgid = send(wechat, lin)["msgid"]
    lin.do("refuse", template_id="sbx_visit")
    sandbox.settle()
    popup, sent, change = connected.events(MP)

    assert popup["Event"] == "subscribe_msg_popup_event" and popup["FromUserName"] == lin.mp
    assert [item["SubscribeStatusString"] for item in popup["SubscribeMsgPopupEvent"]["List"]] == ["accept", "reject"]
    assert sent["SubscribeMsgSentEvent"]["List"] == {
        "TemplateId": "sbx_followup",
        "MsgID": str(msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    assert change["SubscribeMsgChangeEvent"]["List"]["SubscribeStatusString"] == "reject"


def test_events_in_json_have_no_wrapper_and_only_strings(
    sandbox: Sandbox, wechat: Wechat, lin: Person, connected: Receiver
) -> None:
    sandbox.control.patch(f"apps/{MP}", {"format": "json"})
    lin.do("subscribe", template_ids=["sbx_followup", "sbx_visit"])
    send(wechat, lin)
    sandbox.control.patch("switches", {"subscribe_json_single_item_is_array": True})
    lin.do("refuse", template_id="sbx_visit")
    sandbox.settle()
    popup, sent, change = (json.loads(entry.text(MP)) for entry in connected.pushes())

    assert [type(popup["List"]), type(sent["List"]), type(change["List"])] == [list, dict, list]
    assert popup["List"][0]["PopupScene"] == "0" and sent["List"]["ErrorCode"] == "0"
    assert isinstance(sent["CreateTime"], str) and "SubscribeMsgSentEvent" not in sent
    assert sent["ToUserName"] == ORIGINAL_IDS[MP]


def test_failure_in_wechats_own_system_comes_with_the_event(
    sandbox: Sandbox, wechat: Wechat, lin: Person, connected: Receiver
) -> None:
    lin.flag(sends_fail=True)
    lin.accept("sbx_followup")
    answer = send(wechat, lin)
    sandbox.settle()

    assert answer["errcode"] == 0 and lin.see("notices") == []
    assert connected.events(MP)[-1]["SubscribeMsgSentEvent"]["List"]["ErrorCode"] == "-1"


def test_sent_event_may_come_later(sandbox: Sandbox, wechat: Wechat, lin: Person, connected: Receiver) -> None:
    sandbox.control.patch("switches", {"subscribe_sent_event_delay_seconds": 300})
    lin.accept("sbx_followup")
    send(wechat, lin)
    before = sandbox.control.post("settle")
    count = len(connected.pushes())
    sandbox.control.post("clock", {"advance_seconds": 301})
    sandbox.settle()

    assert before == {"settled": True, "due": 0, "later": 1} and count == 1
    assert connected.events(MP)[-1]["Event"] == "subscribe_msg_sent_event"


# ---- O3 ----------------------------------------------------------------------------------------------------------


def test_bizsend_has_its_own_accepts(
    sandbox: Sandbox, wechat: Wechat, lin: Person, make_person: Callable[..., Person]
) -> None:
    fields = {"appid": OA, "id": "sbx_biz", "title": "服务进度通知", "keys": [["thing1", "事项"]]}
    sandbox.control.post("templates", fields)
    body = {"touser": lin.oa, "template_id": "sbx_biz", "data": {"thing1": {"value": "预约"}}}
    path = "/cgi-bin/message/subscribe/bizsend"

    assert wechat.post(path, body, app=OA)["errcode"] == 43101
    lin.do("subscribe", OA, template_ids=["sbx_biz"])
    assert [wechat.post(path, body, app=OA)["errcode"] for _ in range(2)] == [0, 43101]
    assert wechat.post(path, body)["errcode"] == 48001
    assert lin.see("notices")[0]["appid"] == OA
