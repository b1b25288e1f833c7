"""Checklist G8: every kind of trouble, on a real connection."""

from __future__ import annotations

import time

import pytest
import requests

from tests.sandbox.conftest import FOLLOWUP, MP, OA, Person, Wechat
from wechat_sandbox.serving import ControlFailed, Sandbox

SEND = "/cgi-bin/message/subscribe/send"


def send(wechat: Wechat, person: Person) -> dict[str, object]:
    return wechat.post(SEND, {"touser": person.mp, "template_id": "sbx_followup", "data": FOLLOWUP})


@pytest.fixture(autouse=True)
def accepted(lin: Person, follower: Person, wechat: Wechat) -> None:
    for person in (lin, follower):
        person.accept("sbx_followup")
    wechat.token()


def test_error_code_so_many_times_for_one_person(
    sandbox: Sandbox, wechat: Wechat, lin: Person, follower: Person
) -> None:
    fault = {"path": SEND, "kind": "errcode", "errcode": -1, "count": 2, "openid": lin.mp}
    sandbox.control.post("faults", fault)

    assert send(wechat, follower)["errcode"] == 0
    assert [send(wechat, lin)["errcode"] for _ in range(3)] == [-1, -1, 0]
    assert sandbox.control.get("faults")[0] | {"count": 0, "struck": 2} == sandbox.control.get("faults")[0]


def test_token_storm_until_it_is_deleted(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("faults", {"path": "*", "kind": "errcode", "errcode": 40001, "appid": MP})
    during = [send(wechat, lin)["errcode"] for _ in range(3)]
    other_app = wechat.get("/cgi-bin/menu/get", app=OA)["errcode"]
    removed = sandbox.control.delete("faults")["removed"]

    assert during == [40001] * 3 and other_app == 46003 and removed == 1
    assert send(wechat, lin)["errcode"] == 0


def test_http_status_instead_of_an_answer(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    fault = sandbox.control.post("faults", {"path": SEND, "kind": "http", "status": 502})
    response = wechat.raw("POST", SEND, query={"access_token": wechat.token()}, data=b"{}")
    sandbox.control.delete(f"faults/{fault['id']}")

    assert response.status_code == 502 and "json" not in response.headers["Content-Type"]
    assert sandbox.control.get("faults") == []


def test_slow_answer(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("faults", {"path": SEND, "kind": "delay", "seconds": 0.3, "count": 1})
    started = time.perf_counter()
    answer = send(wechat, lin)

    assert answer["errcode"] == 0 and time.perf_counter() - started >= 0.3


def test_connection_cut_before_the_effect(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("faults", {"path": SEND, "kind": "drop_before", "count": 1})

    with pytest.raises(requests.ConnectionError):
        send(wechat, lin)
    assert lin.see("notices") == []
    assert send(wechat, lin)["errcode"] == 0


def test_connection_cut_after_the_effect(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("faults", {"path": SEND, "kind": "drop_after", "count": 1})

    with pytest.raises(requests.ConnectionError):
        send(wechat, lin)
    assert len(lin.see("notices")) == 1
    assert send(wechat, lin)["errcode"] == 43101  # the accept was used
    assert sandbox.control.get("journal")[-2]["fault"] == "drop_after"


def test_no_answer_at_all(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("faults", {"path": SEND, "kind": "timeout", "seconds": 20, "count": 1})

    with pytest.raises(requests.ReadTimeout):
        wechat.session.post(wechat.url + SEND, params={"access_token": wechat.token()}, data=b"{}", timeout=0.2)
    assert lin.see("notices") == []


def test_a_thousand_sends_are_quick(wechat: Wechat, lin: Person) -> None:
    lin.accept("sbx_followup_long")
    body = {"touser": lin.mp, "template_id": "sbx_followup_long", "data": FOLLOWUP}
    started = time.perf_counter()
    answers = [wechat.post(SEND, body) for _ in range(1000)]

    assert all(answer["errcode"] == 0 for answer in answers)
    assert len({answer["msgid"] for answer in answers}) == 1000
    # about 3 s on two old cores; a connection or a lock that waits would make it minutes
    assert time.perf_counter() - started < 30


def test_a_share_of_the_calls(sandbox: Sandbox, wechat: Wechat, lin: Person) -> None:
    sandbox.control.post("faults", {"path": SEND, "kind": "errcode", "errcode": -1, "share": 0.5})
    answers = [send(wechat, lin)["errcode"] for _ in range(60)]
    with pytest.raises(ControlFailed) as refused:
        sandbox.control.post("faults", {"path": SEND, "kind": "http", "share": 2})

    assert 10 < answers.count(-1) < 50
    assert refused.value.status == 400
