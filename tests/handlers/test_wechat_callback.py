"""The callback's address: what is refused, what becomes of each event, and that nothing is ever a 500."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server import clock
from server.database import db
from server.handlers import wechat_callback
from server.models import ConversationStatus, Message, WechatAccount, WechatCallback, WechatUser
from tests import configured, make
from tests.actions.conversing import cast, conversation_of, said_in
from wechat_sandbox import crypto
from wechat_sandbox.serving import Sandbox

URL = "/wechat/callback/service_account"
OURS = "gh_sandbox0serve"


@pytest.fixture(autouse=True)
def _ask_wechat_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wechat_callback._asking, "from", 0.0)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=11) as served:
        yield served


def query(body: str = "") -> dict[str, str]:
    at, nonce = str(int(clock.now().timestamp())), secrets.token_hex(5)
    args = {
        "timestamp": at,
        "nonce": nonce,
        "signature": crypto.sha1_signature(configured.CALLBACK_TOKEN, at, nonce),
    }
    if body:
        signed = crypto.sha1_signature(configured.CALLBACK_TOKEN, at, nonce, body)
        args |= {"encrypt_type": "aes", "msg_signature": signed}
    return args


def post(client: FlaskClient, openid: str, inner: str, *, url: str = URL, ours: str = OURS) -> TestResponse:
    seconds = int(clock.now().timestamp())
    appid = configured.SERVICE_ACCOUNT if ours == OURS else configured.MINIPROGRAM
    body = (
        f"<xml><ToUserName><![CDATA[{ours}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{seconds}</CreateTime>{inner}</xml>"
    )
    encrypted = crypto.encrypt_push(body, configured.CALLBACK_AES_KEY, appid)
    outer = f"<xml><ToUserName>{ours}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return client.post(url, query_string=query(encrypted), data=outer.encode(), content_type="text/xml")


def text(words: str, number: int = 1) -> str:
    return f"<MsgType>text</MsgType><Content><![CDATA[{words}]]></Content><MsgId>{number}</MsgId>"


def answer_of(response: TestResponse) -> str:
    """Return the words of an encrypted passive reply, "" for success."""
    assert response.status_code == 200
    if response.data == b"success":
        return ""
    encrypted = response.text.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    plain = crypto.decrypt_push(encrypted, configured.CALLBACK_AES_KEY, configured.SERVICE_ACCOUNT)
    return plain.partition("<Content><![CDATA[")[2].partition("]]></Content>")[0]


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def openid_of(user: WechatUser) -> str:
    account = user.account("service_account")
    assert account is not None
    return account.openid


def test_get_echoes_what_wechat_sends(client: FlaskClient) -> None:
    response = client.get(URL, query_string=query() | {"echostr": "5927782489442352469"})

    assert (response.status_code, response.text) == (200, "5927782489442352469")


def test_get_with_a_wrong_signature_is_refused(client: FlaskClient) -> None:
    response = client.get(URL, query_string=query() | {"echostr": "1", "signature": "0" * 40})

    assert (response.status_code, response.json["code"]) == (403, "callback_refused")


def test_an_unknown_app_is_not_found(client: FlaskClient) -> None:
    assert client.get("/wechat/callback/other", query_string=query()).status_code == 404
    assert client.post("/wechat/callback/other", data=b"<xml/>").status_code == 404


def test_a_message_is_answered_in_the_passive_reply(app: APIFlask, client: FlaskClient) -> None:
    people = cast()

    answer = answer_of(post(client, openid_of(people.lin_user), text("我的签约什么时候到期")))

    assert people.team.name in answer


def test_a_page_is_named_as_a_link_that_opens_it(app: APIFlask, client: FlaskClient) -> None:
    people = cast()

    answer = answer_of(post(client, openid_of(people.lin_user), text("我的预约")))

    assert 'data-miniprogram-path="pages/appointments/list"' in answer and "打开“我的预约”</a>" in answer
    assert "/pages/" in said_in(conversation_of(people.lin_user))[-1][1]


def test_three_identical_callbacks_say_once_and_answer_the_same(app: APIFlask, client: FlaskClient) -> None:
    people = cast()

    answers = {answer_of(post(client, openid_of(people.lin_user), text("找医生", 42))) for _ in range(3)}

    assert len(answers) == 1
    assert "已转给" in answers.pop()
    assert [sender for sender, _ in said_in(conversation_of(people.lin_user))] == ["resident", "bot"]


def test_an_emergency_says_120_first_even_when_wechat_is_down(client: FlaskClient) -> None:
    answer = answer_of(post(client, "oStranger", text("我胸口疼得厉害，喘不上气😭")))

    assert answer.startswith("请立即拨打120")
    assert count(WechatAccount) == 1


def test_the_bot_is_silent_while_a_doctor_holds(app: APIFlask, client: FlaskClient) -> None:
    people = cast()
    lin, chen = openid_of(people.lin_user), openid_of(people.chen_user)
    post(client, lin, text("找医生", 1))

    confirmed = answer_of(post(client, chen, text("1 您好，请讲", 2)))
    silent = post(client, lin, text("我的签约", 3))

    assert confirmed == "已回复 1 号 林*月"
    assert silent.data == b"success"
    assert conversation_of(people.lin_user).status == ConversationStatus.WITH_DOCTOR


def test_a_menu_click_is_answered(app: APIFlask, client: FlaskClient) -> None:
    people = cast()
    click = "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>menu_contract</EventKey>"

    assert people.team.name in answer_of(post(client, openid_of(people.lin_user), click))


def test_a_follow_welcomes_and_an_unfollow_is_noted(client: FlaskClient) -> None:
    followed = post(client, "oNew", "<MsgType>event</MsgType><Event>subscribe</Event><EventKey></EventKey>")
    account = db.session.scalar(select(WechatAccount).where(WechatAccount.openid == "oNew"))
    assert account is not None and account.follows

    left = post(client, "oNew", "<MsgType>event</MsgType><Event>unsubscribe</Event>")

    assert "120" in answer_of(followed)
    assert left.data == b"success"
    db.session.refresh(account)
    assert not account.follows


@pytest.mark.parametrize(
    "inner",
    [
        "<MsgType>event</MsgType><Event>VIEW</Event><EventKey>http://x/</EventKey>",
        "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>menu_old</EventKey>",
        "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>9</MsgID><Status>success</Status>",
        "<MsgType>event</MsgType><Event>subscribe_msg_change_event</Event><SubscribeMsgChangeEvent><List>"
        "<TemplateId>t</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>",
        "<MsgType>event</MsgType><Event>nobody_knows</Event>",
    ],
)
def test_every_signed_event_is_answered_with_success(client: FlaskClient, inner: str) -> None:
    responses = [post(client, "oSomebody", inner) for _ in range(2)]

    assert [(response.status_code, response.data) for response in responses] == [(200, b"success")] * 2


@pytest.mark.parametrize("kind", ["image", "voice", "video", "shortvideo", "location", "link", "sticker"])
def test_a_message_without_words_is_answered(client: FlaskClient, kind: str) -> None:
    answer = answer_of(post(client, "oSomebody", f"<MsgType>{kind}</MsgType><MediaId>m</MediaId><MsgId>5</MsgId>"))

    assert "急症请立即拨打120" in answer


def test_a_message_of_the_mini_programs_chat_is_kept_without_a_passive_reply(client: FlaskClient) -> None:
    response = post(client, "oMini", text("你好"), url="/wechat/callback/miniprogram", ours="gh_sandbox00mini")

    assert response.data == b"success"
    assert count(Message) == 2


@pytest.mark.parametrize("words", ["𠮷" * 600, "😀" * 500, "<b>&amp;", "a\x0bb", "0", "#", "12 您好", "' OR 1=1 --"])
def test_odd_words_never_fail(client: FlaskClient, words: str) -> None:
    response = post(client, "oSomebody", text(words))

    # a control character is not XML: refused; everything else is answered
    assert response.status_code == (403 if "\x0b" in words else 200)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><xml>&b;</xml>',
        b"<xml><Encrypt>AAAA</Encrypt></xml>",
        b"<xml>" + b"<a>" * 2000,
    ],
)
def test_bad_bodies_are_refused_and_not_stored(client: FlaskClient, body: bytes) -> None:
    response = client.post(URL, query_string=query("x"), data=body)

    assert (response.status_code, response.json["code"]) == (403, "callback_refused")
    assert (count(WechatCallback), count(WechatAccount)) == (0, 0)


def test_too_many_bytes_are_refused(client: FlaskClient) -> None:
    response = client.post(URL, query_string=query("x"), data=b"<xml>" + b"a" * 70_000)

    assert (response.status_code, response.json["code"]) == (413, "callback_refused")


def test_a_body_of_unknown_length_is_refused(client: FlaskClient) -> None:
    response = client.post(
        URL,
        query_string=query("x"),
        input_stream=iter_stream(b"<xml></xml>"),
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert response.status_code == 403


def iter_stream(data: bytes) -> Any:
    import io

    return io.BytesIO(data)


def test_an_old_callback_is_refused(client: FlaskClient, clock: Any) -> None:
    args = query("x")
    clock.advance(hours=1)

    assert client.post(URL, query_string=args, data=b"<xml></xml>").status_code == 403


class TestWithWechat:
    """The sandbox tells who a follower is."""

    @pytest.fixture
    def wechat_base(self, sandbox: Sandbox) -> str:
        return sandbox.url

    def test_a_stranger_is_joined_to_his_mini_program_self(
        self, app: APIFlask, client: FlaskClient, sandbox: Sandbox
    ) -> None:
        human = sandbox.control.post("users", {"name": "林小月", "bound": True})
        openid = human["openids"][configured.SERVICE_ACCOUNT]
        sandbox.control.post(f"users/{human['id']}/follow", {"appid": configured.SERVICE_ACCOUNT})
        lin, team = make.resident(name="林小月"), make.team()
        make.agreement(resident=lin, team=team)
        user = make.user(resident=lin, openids=False, unionid=human["unionid"])

        answer = answer_of(post(client, openid, text("我的签约")))

        assert team.name in answer
        assert conversation_of(user).team_id == team.id
