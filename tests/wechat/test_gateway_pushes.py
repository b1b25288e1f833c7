import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server import clock
from server.config import Template, Wechat
from server.wechat import api
from server.wechat.errcodes import Outcome
from server.wechat.gateway import Gateway, Judged, WechatRefused, WechatUnavailable
from server.wechat.token_store import Fetch, MemoryTokens, Token
from tests import configured
from tests.wechat.conftest import Person
from wechat_sandbox.serving import Sandbox

SUBSCRIBE, TEMPLATE, CUSTOM = (
    "/cgi-bin/message/subscribe/send",
    "/cgi-bin/message/template/send",
    "/cgi-bin/message/custom/send",
)
DATA = {
    "item": "健康随访",
    "time": "2026-03-05 09:00",
    "team": "城北第一团队",
    "phone": "0816-2222222",
    "hint": "请准备好血压记录",
}
PAGE = "pages/index/index"
Calls = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def followup(wechat: Wechat) -> Template:
    return wechat.subscribe_templates["followup"]


@pytest.fixture
def notice(wechat: Wechat) -> Template:
    return wechat.service_templates["notice"]


@pytest.fixture
def follower(lin: Person) -> Person:
    lin.post("follow", appid=configured.SERVICE_ACCOUNT)
    return lin


def test_push_subscribe_arrives_with_our_fields_and_page(gateway: Gateway, lin: Person, followup: Template) -> None:
    lin.accept(followup.id)

    pushed = gateway.push_subscribe(lin.openid, followup, DATA, "/" + PAGE + "?from=push")

    notice = lin.notices()[0]
    assert pushed.outcome is Outcome.OK
    assert pushed.provider_ref == str(notice["msgid"])
    assert [row["value"] for row in notice["rows"]] == [
        "健康随访", "2026年03月05日 09:00", "城北第一团队", "0816-2222222", "请准备好血压记录",
    ]  # fmt: skip
    assert notice["page"] == PAGE + "?from=push"


def test_push_subscribe_names_the_version_and_language(
    gateway: Gateway, lin: Person, followup: Template, calls: Calls
) -> None:
    lin.accept(followup.id)
    gateway.push_subscribe(lin.openid, followup, DATA, PAGE)

    body = calls(SUBSCRIBE)[0]["body"]
    assert (body["miniprogram_state"], body["lang"]) == ("formal", "zh_CN")


def test_push_subscribe_without_consent(gateway: Gateway, lin: Person, followup: Template) -> None:
    pushed = gateway.push_subscribe(lin.openid, followup, DATA, PAGE)

    assert (pushed.outcome, pushed.errcode) == (Outcome.NO_CONSENT, 43101)
    assert pushed.detail == "用户没有订阅或已退订"


def test_push_subscribe_one_accept_is_one_message(gateway: Gateway, lin: Person, followup: Template) -> None:
    lin.accept(followup.id)

    outcomes = [gateway.push_subscribe(lin.openid, followup, DATA, PAGE).outcome for _ in range(2)]

    assert outcomes == [Outcome.OK, Outcome.NO_CONSENT]


def test_push_subscribe_long_text_and_line_breaks_still_arrive(
    gateway: Gateway, lin: Person, followup: Template
) -> None:
    lin.accept(followup.id)

    pushed = gateway.push_subscribe(lin.openid, followup, DATA | {"hint": "请带好\n" + "血压记录本" * 9}, PAGE)

    assert pushed.outcome is Outcome.OK
    assert len(lin.notices()[0]["rows"][4]["value"]) == 20


@pytest.mark.parametrize(("name", "value"), [("phone", "138****8000"), ("time", "明天")])
def test_push_subscribe_unusable_value_is_permanent_and_makes_no_call(
    gateway: Gateway, lin: Person, followup: Template, calls: Calls, name: str, value: str
) -> None:
    pushed = gateway.push_subscribe(lin.openid, followup, DATA | {name: value}, PAGE)

    assert (pushed.outcome, pushed.errcode) == (Outcome.PERMANENT, 47003)
    assert followup.fields[name] in pushed.detail
    assert value not in pushed.detail
    assert calls(SUBSCRIBE) == []


def test_push_subscribe_refused_value_names_its_key(gateway: Gateway, lin: Person) -> None:
    wrong = Template(id="sbx_followup", fields={"item": "thing1"})
    lin.accept("sbx_followup")

    pushed = gateway.push_subscribe(lin.openid, wrong, DATA, PAGE)

    assert (pushed.outcome, pushed.errcode) == (Outcome.PERMANENT, 47003)
    assert "time2" in pushed.detail


@pytest.mark.parametrize(
    ("change", "errcode"),
    [({"page": "pages/not/there"}, 41030), ({"openid": "o" + "x" * 27}, 40003), ({"template": "sbx_gone"}, 40037)],
)
def test_push_subscribe_that_can_never_arrive(
    gateway: Gateway, lin: Person, followup: Template, change: dict[str, str], errcode: int
) -> None:
    lin.accept(followup.id)
    template = followup.model_copy(update={"id": change.get("template", followup.id)})

    pushed = gateway.push_subscribe(change.get("openid", lin.openid), template, DATA, change.get("page", PAGE))

    assert (pushed.outcome, pushed.errcode) == (Outcome.PERMANENT, errcode)


@pytest.mark.parametrize(
    ("fault", "outcome", "errcode"),
    [
        ({"kind": "errcode", "errcode": -1}, Outcome.RETRY, -1),
        ({"kind": "errcode", "errcode": 45009}, Outcome.OVER_QUOTA, 45009),
        ({"kind": "errcode", "errcode": 45011}, Outcome.RETRY, 45011),
        ({"kind": "errcode", "errcode": 45168}, Outcome.PERMANENT, 45168),
        ({"kind": "errcode", "errcode": 43108}, Outcome.RETRY, 43108),
        ({"kind": "errcode", "errcode": 98765}, Outcome.RETRY, 98765),
        ({"kind": "http", "status": 503}, Outcome.RETRY, None),
        ({"kind": "http", "status": 502}, Outcome.UNKNOWN, None),
        ({"kind": "drop_before"}, Outcome.UNKNOWN, None),
        ({"kind": "drop_after"}, Outcome.UNKNOWN, None),
    ],
)
def test_push_subscribe_in_trouble(
    gateway: Gateway,
    lin: Person,
    followup: Template,
    sandbox: Sandbox,
    fault: dict[str, Any],
    outcome: Outcome,
    errcode: int,
) -> None:
    lin.accept(followup.id)
    sandbox.control.post("faults", {"path": SUBSCRIBE, **fault})

    pushed = gateway.push_subscribe(lin.openid, followup, DATA, PAGE)

    assert (pushed.outcome, pushed.errcode) == (outcome, errcode)


def test_push_that_is_never_answered_may_have_arrived(
    wechat: Wechat, lin: Person, followup: Template, sandbox: Sandbox
) -> None:
    tokens = MemoryTokens()
    Gateway(wechat, tokens).templates("miniprogram")  # has its token: only the push itself is waited for
    impatient = Gateway(wechat.model_copy(update={"read_timeout_seconds": 0.5}), tokens)
    lin.accept(followup.id)
    sandbox.control.post("faults", {"path": SUBSCRIBE, "kind": "timeout", "seconds": 30})  # until the sandbox ends

    pushed = impatient.push_subscribe(lin.openid, followup, DATA, PAGE)

    assert (pushed.outcome, pushed.errcode) == (Outcome.UNKNOWN, None)


def test_push_when_nobody_listens_is_retried(wechat: Wechat, followup: Template) -> None:
    gateway = Gateway(wechat.model_copy(update={"api_base": "http://127.0.0.1:9"}), MemoryTokens())

    assert gateway.push_subscribe("o", followup, DATA, PAGE).outcome is Outcome.RETRY


@pytest.mark.parametrize("errcode", [40164, 40125, -1])
def test_push_without_a_token_is_retried_and_never_sent(
    gateway: Gateway, lin: Person, followup: Template, sandbox: Sandbox, calls: Calls, errcode: int
) -> None:
    sandbox.control.post("faults", {"path": "/cgi-bin/stable_token", "kind": "errcode", "errcode": errcode})

    pushed = gateway.push_subscribe(lin.openid, followup, DATA, PAGE)

    assert (pushed.outcome, pushed.errcode) == (Outcome.RETRY, errcode)
    assert calls(SUBSCRIBE) == []


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "http"])
def test_push_whose_token_answer_is_lost_was_not_sent(
    gateway: Gateway, lin: Person, followup: Template, sandbox: Sandbox, kind: str
) -> None:
    sandbox.control.post("faults", {"path": "/cgi-bin/stable_token", "kind": kind})

    assert gateway.push_subscribe(lin.openid, followup, DATA, PAGE).outcome is Outcome.RETRY


def test_push_template_opens_the_miniprogram(
    gateway: Gateway, follower: Person, notice: Template, calls: Calls
) -> None:
    pushed = gateway.push_template(follower.service_openid, notice, DATA, PAGE, "notification-1")

    body = calls(TEMPLATE)[0]["body"]
    assert pushed.outcome is Outcome.OK
    assert pushed.provider_ref
    assert body["miniprogram"] == {"appid": configured.MINIPROGRAM, "pagepath": PAGE}
    shown = [line["template"] for line in follower.chat() if line["via"] == "template"]
    assert [row["value"] for row in shown[0]["rows"]] == ["健康随访", "2026年03月05日 09:00", "请准备好血压记录"]


def test_push_template_twice_with_one_id_is_shown_once(gateway: Gateway, follower: Person, notice: Template) -> None:
    for _ in range(2):
        gateway.push_template(follower.service_openid, notice, DATA, PAGE, "notification-1")

    assert len([line for line in follower.chat() if line["via"] == "template"]) == 1


def test_push_template_to_somebody_who_does_not_follow(gateway: Gateway, lin: Person, notice: Template) -> None:
    pushed = gateway.push_template(lin.service_openid, notice, DATA, PAGE, "n")

    assert (pushed.outcome, pushed.errcode) == (Outcome.NO_CONSENT, 43004)


def test_push_template_with_unusable_value(gateway: Gateway, follower: Person, notice: Template) -> None:
    pushed = gateway.push_template(follower.service_openid, notice, {"item": "a", "hint": "b"}, PAGE, "n")

    assert (pushed.outcome, pushed.errcode) == (Outcome.PERMANENT, 47003)


def test_push_text_in_the_chat(gateway: Gateway, follower: Person) -> None:
    pushed = gateway.push_text(follower.service_openid, '您好，我是陈医生😀\n<a href="x">请看</a>')

    assert pushed.outcome is Outcome.OK
    line = follower.chat()[-1]
    assert (line["via"], line["text"]) == ("customer_service", '您好，我是陈医生😀\n<a href="x">请看</a>')


def test_push_text_outside_the_window(gateway: Gateway, lin: Person) -> None:
    pushed = gateway.push_text(lin.service_openid, "您好")

    assert (pushed.outcome, pushed.errcode) == (Outcome.NO_CONSENT, 45015)


def test_push_text_beyond_the_allowance(gateway: Gateway, follower: Person) -> None:
    outcomes = [gateway.push_text(follower.service_openid, f"第{n}条") for n in range(4)]

    assert [pushed.errcode for pushed in outcomes] == [None, None, None, 45047]
    assert outcomes[-1].outcome is Outcome.NO_CONSENT


def test_push_text_too_long_is_cut_on_a_character(gateway: Gateway, follower: Person) -> None:
    assert gateway.push_text(follower.service_openid, "血压" * 1000).outcome is Outcome.OK

    text = follower.chat()[-1]["text"]
    assert text.endswith("…")
    assert 2040 < len(text.encode()) <= 2048


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x07", "\ud800"])
def test_push_text_with_nothing_to_show_makes_no_call(
    gateway: Gateway, follower: Person, calls: Calls, text: str
) -> None:
    assert gateway.push_text(follower.service_openid, text).outcome is Outcome.PERMANENT
    assert calls(CUSTOM) == []


def test_create_menu(gateway: Gateway, sandbox: Sandbox) -> None:
    gateway.create_menu([{"type": "click", "name": "找医生", "key": "doctor"}])

    assert "找医生" in str(sandbox.control.get(f"menus/{configured.SERVICE_ACCOUNT}"))


def test_create_menu_with_wrong_shape_is_refused(gateway: Gateway) -> None:
    with pytest.raises(WechatRefused) as caught:
        gateway.create_menu([{"type": "click", "name": "找医生"}] * 4)

    assert caught.value.details["errcode"] != 0


def test_code_image_is_a_picture(gateway: Gateway, calls: Calls) -> None:
    assert gateway.code_image("team=01", "/" + PAGE)[1:4] == b"PNG"

    body = calls("/wxa/getwxacodeunlimit")[0]["body"]
    assert (body["page"], body["env_version"], body["check_path"]) == (PAGE, "release", True)


@pytest.mark.parametrize("scene", ["", "a" * 33, "团队", "a%20b", "a b"])
def test_code_image_with_impossible_scene(gateway: Gateway, scene: str) -> None:
    with pytest.raises(ValueError, match="scene"):
        gateway.code_image(scene, PAGE)


def test_code_image_of_an_absent_page_is_refused(gateway: Gateway) -> None:
    with pytest.raises(WechatRefused) as caught:
        gateway.code_image("a", "pages/not/there")

    assert caught.value.details["errcode"] == 41030


def test_judge_text_decides_on_the_suggestion(gateway: Gateway, lin: Person, sandbox: Sandbox) -> None:
    lin.login_code()
    sandbox.control.patch("switches", {"safety_risky_words": ["坏词"]})
    gateway.exchange_code(lin.login_code())

    assert gateway.judge_text(lin.openid, "血压有点高") == Judged("pass", 100)
    assert gateway.judge_text(lin.openid, "") == Judged("pass", 100)
    assert gateway.judge_text(lin.openid, "字" * 2600 + "坏词").suggest == "risky"


def test_judge_text_when_wechat_is_down(gateway: Gateway, lin: Person, sandbox: Sandbox) -> None:
    sandbox.control.post("faults", {"path": "/wxa/msg_sec_check", "kind": "errcode", "errcode": 61010})

    with pytest.raises(WechatUnavailable):
        gateway.judge_text(lin.openid, "您好")


class CountedTokens(MemoryTokens):
    """Counts how often it is asked; each time takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = 0, threading.Event()

    def current(self, app: str, fetch: Fetch) -> Token:
        self.asked += 1
        assert self.let_go.wait(30)
        return super().current(app, fetch)


def test_many_pushes_at_once_look_the_token_up_once(
    wechat: Wechat, followup: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LOOK_UP_SECONDS", 30)
    monkeypatch.setattr(api, "HOLD_SECONDS", 600)
    tokens = CountedTokens()
    gateway = Gateway(wechat, tokens)
    with ThreadPoolExecutor(6) as pool:
        pushes = [pool.submit(gateway.push_subscribe, "o", followup, DATA, PAGE) for _ in range(6)]
        tokens.let_go.set()
    assert {push.result().outcome for push in pushes} == {Outcome.PERMANENT}  # nobody has this openid
    assert tokens.asked == 1


def test_who_waited_for_a_look_up_takes_what_it_found(wechat: Wechat, followup: Template, gateway: Gateway) -> None:
    tokens = CountedTokens()
    found = MemoryTokens().current("miniprogram", lambda force: gateway._api._fetch("miniprogram", force))
    waiting = Gateway(wechat, tokens)

    class Meanwhile:
        """Somebody else finds the token after the clock was read, and before it is our turn."""

        def acquire(self, timeout: float) -> bool:
            waiting._api._held["miniprogram"] = found, clock.now().timestamp() + api.HOLD_SECONDS
            return True

        def release(self) -> None:
            """Nobody else is there."""

    waiting._api._looking_up = Meanwhile()  # type: ignore[assignment]

    assert waiting.push_subscribe("o", followup, DATA, PAGE).outcome is Outcome.PERMANENT
    assert tokens.asked == 0


def test_a_look_up_that_hangs_holds_up_no_other_push(
    wechat: Wechat, followup: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LOOK_UP_SECONDS", 0)
    gateway = Gateway(wechat, MemoryTokens())
    with gateway._api._looking_up:
        assert gateway.push_subscribe("o", followup, DATA, PAGE).outcome is Outcome.PERMANENT
