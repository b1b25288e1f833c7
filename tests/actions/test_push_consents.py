"""The ledger of accepts: two witnesses, one accept (docs/decisions/0004)."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as now
from server.actions import consents
from server.actions.consents import SCENES, Choice, SceneUnknown
from server.config import Settings
from server.database import db
from server.models import PushConsent, WechatUser
from tests import make
from tests.configured import TEMPLATE_FIELDS
from tests.conftest import Clock

_keys = itertools.count()


@pytest.fixture
def user(app: APIFlask) -> WechatUser:
    return make.user()


@pytest.fixture
def post(user: WechatUser, settings: Settings) -> Any:
    return lambda **results: consents.accepted(
        user, {f"sbx_{name}": Choice(choice) for name, choice in results.items()}, settings=settings
    )


@pytest.fixture
def event(user: WechatUser, settings: Settings) -> Any:
    account = user.account("miniprogram")
    assert account is not None

    def changed(name: str, yes: bool = True, *, popup: bool = True, key: str = "") -> bool:
        return consents.changed(
            "miniprogram",
            account.openid,
            ((f"sbx_{name}", yes),),
            key or f"miniprogram:event:{next(_keys)}",
            now.now(),
            settings=settings,
            popup=popup,
        )

    return changed


def left(user: WechatUser, name: str = "followup") -> int:
    db.session.rollback()
    found = db.session.scalar(
        select(PushConsent.one_time_left).where(PushConsent.user_id == user.id, PushConsent.template == name)
    )
    return found or 0


def test_the_client_alone_counts(post: Any, user: WechatUser) -> None:
    post(followup="accept", visit="reject")
    post(followup="accept")

    assert (left(user), left(user, "visit")) == (2, 0)


def test_wechats_event_alone_counts(event: Any, user: WechatUser) -> None:
    assert event("followup") is True

    assert left(user) == 1


@pytest.mark.parametrize("order", [["post", "event"], ["event", "post"]])
def test_both_together_count_once(order: list[str], post: Any, event: Any, user: WechatUser) -> None:
    speak = {"post": lambda: post(followup="accept"), "event": lambda: event("followup")}
    for who in order:
        speak[who]()

    assert left(user) == 1


@pytest.mark.parametrize("order", ["ppee", "peep", "epep", "eepp", "pepe"])
def test_two_accepts_told_twice_count_twice(order: str, post: Any, event: Any, user: WechatUser) -> None:
    for who in order:
        post(followup="accept") if who == "p" else event("followup")

    assert left(user) == 2


def test_after_ten_minutes_it_is_another_accept(post: Any, event: Any, user: WechatUser, clock: Clock) -> None:
    post(followup="accept")
    clock.advance(minutes=11)
    event("followup")

    assert left(user) == 2


def test_templates_and_people_are_not_mixed_up(post: Any, event: Any, user: WechatUser) -> None:
    post(followup="accept")
    event("visit")

    assert (left(user), left(user, "visit")) == (1, 1)


def test_a_repeated_callback_counts_once(event: Any, user: WechatUser) -> None:
    assert event("followup", key="k") is True
    assert event("followup", key="k") is False

    assert left(user) == 1


def test_a_refusal_in_the_dialog_keeps_earlier_accepts_and_one_in_the_menu_takes_them_back(
    post: Any, event: Any, user: WechatUser
) -> None:
    post(followup="accept")
    event("followup", yes=False)
    assert left(user) == 1

    event("followup", yes=False, popup=False)
    assert left(user) == 0


def test_a_long_term_accept_is_a_flag(post: Any, event: Any, user: WechatUser) -> None:
    post(followup_long="accept")
    event("followup_long")

    consent = db.session.scalars(select(PushConsent)).one()
    assert (consent.is_long_term, consent.one_time_left) == (True, 0)
    event("followup_long", yes=False, popup=False)
    assert db.session.scalars(select(PushConsent.is_long_term)).one() is False


def test_strangers_and_foreign_templates_are_ignored(user: WechatUser, settings: Settings, app: APIFlask) -> None:
    consents.accepted(user, {"somebody-elses": Choice.ACCEPT}, settings=settings)
    known = consents.changed(
        "miniprogram", "oNobody", (("sbx_followup", True),), "key", now.now(), settings=settings, popup=True
    )

    assert known is False
    assert db.session.scalars(select(PushConsent)).all() == []


def test_each_scene_offers_at_most_three_of_one_type_in_order(settings: Settings) -> None:
    for scene, names in SCENES.items():
        assert consents.offered(scene, settings) == [f"sbx_{name}" for name in names]
        assert 1 <= len(names) <= 3
        assert set(names) <= set(TEMPLATE_FIELDS)
        # one-time and long-term ids may not stand in one dialog (wechat_platform.md C.2, errCode 20002)
        assert len({name in consents.LONG_TERM for name in names}) == 1
    with pytest.raises(SceneUnknown):
        consents.offered("nothing", settings)
    assert timedelta(minutes=10) == consents.PAIR_WITHIN
