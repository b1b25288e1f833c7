"""First contacts at the same moment: one human being is one user, however many doors he comes through at once."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select

from server.database import db
from server.models import LoginToken, WechatAccount, WechatUser
from tests import configured
from tests.contention.serving import Call, Web
from wechat_sandbox.serving import Sandbox

PEOPLE = 20


@pytest.fixture
def sandbox(now: datetime) -> Iterator[Sandbox]:
    """At the real time."""
    with Sandbox(seed=9) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def people_of(sandbox: Sandbox) -> list[str]:
    made = [sandbox.control.post("users", {"name": f"居民{number}"}) for number in range(PEOPLE)]
    return [str(person["id"]) for person in made]


def login(sandbox: Sandbox, person: str) -> Call:
    code = sandbox.control.post(f"users/{person}/login", {"appid": configured.MINIPROGRAM})["code"]
    return Call("/api/login", "", {"code": code})


def test_two_first_logins_of_one_person_make_one_user(web: Web, sandbox: Sandbox) -> None:
    calls = [login(sandbox, person) for person in people_of(sandbox) for _ in range(2)]

    answers = web.at_once(calls)

    assert [answer.status for answer in answers] == [200] * len(calls)
    assert len({answer.body["token"] for answer in answers}) == len(calls)
    assert (count(WechatUser), count(WechatAccount), count(LoginToken)) == (PEOPLE, PEOPLE, 2 * PEOPLE)


def test_one_code_used_twice_at_once_opens_one_session(web: Web, sandbox: Sandbox) -> None:
    (person, *_) = people_of(sandbox)
    call = login(sandbox, person)

    answers = web.at_once([call] * 10)

    assert sorted(answer.status for answer in answers) == [200] + [400] * 9
    assert {answer.code for answer in answers if answer.status == 400} == {"login_code_invalid"}
    assert (count(WechatUser), count(LoginToken)) == (1, 1)


def test_following_and_logging_in_at_once_is_one_person(web: Web, sandbox: Sandbox) -> None:
    url = f"{web.url}/wechat/callback/service_account"
    sandbox.control.patch(f"apps/{configured.SERVICE_ACCOUNT}", {"callback_url": url})
    people = people_of(sandbox)
    calls = [login(sandbox, person) for person in people]
    openids = [sandbox.control.get(f"users/{person}")["id"] for person in people]
    follows = [threading.Thread(target=follow, args=(sandbox, person)) for person in openids]

    for thread in follows:
        thread.start()
    answers = web.at_once(calls)
    for thread in follows:
        thread.join(timeout=60)

    assert [answer.status for answer in answers] == [200] * PEOPLE
    assert (count(WechatUser), count(WechatAccount)) == (PEOPLE, 2 * PEOPLE)
    users = db.session.scalars(select(WechatUser))
    assert all(len(user.accounts) == 2 and user.unionid for user in users)


def follow(sandbox: Sandbox, person: str) -> None:
    done = sandbox.control.post(f"users/{person}/follow", {"appid": configured.SERVICE_ACCOUNT})
    assert done["delivery"]["outcome"] == "ok"
