"""Accounts: logging in, one person by unionid, telling who one is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from server import clock, sealing
from server.access.accounts import bearer_of
from server.actions import accounts
from server.database import db
from server.errors import NotLoggedIn
from server.models import LoginToken, Resident, WechatAccount, WechatUser
from server.models.actor import Actor, ActorKind
from server.policy import identity, texts
from server.wechat.gateway import WechatIdentity
from tests import make

BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
NUMBER = "510799195003150016"


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def sign_in(openid: str = "oA", unionid: str | None = "u1", app: str = "miniprogram") -> tuple[str, WechatUser]:
    found = WechatIdentity(app=app, openid=openid, unionid=unionid)
    token, session = accounts.sign_in(found, source="127.0.0.1", session_days=30)
    return token, session.user


def consenting() -> WechatUser:
    version, _ = texts.privacy()
    return make.user(consent=version)


def test_a_session_is_stored_hashed_and_ends() -> None:
    token, user = sign_in()

    assert token not in str(db.session.execute(text("SELECT * FROM login_token")).all())
    assert bearer_of(token).user_id == user.id
    accounts.sign_out(token, by=BY)
    with pytest.raises(NotLoggedIn):
        bearer_of(token)


def test_a_session_expires(clock: Any) -> None:
    token, _ = sign_in()

    clock.advance(days=30, seconds=1)

    with pytest.raises(NotLoggedIn):
        bearer_of(token)


def test_signing_in_again_is_the_same_person_with_another_session() -> None:
    _, first = sign_in()
    _, second = sign_in()

    assert first.id == second.id
    assert len(list(db.session.scalars(select(LoginToken.id)))) == 2


def test_follower_and_miniprogram_user_are_one_person_by_unionid() -> None:
    accounts.followed("service_account", "oServ", "u1", dedupe_key="k", at=clock.now())
    _, user = sign_in("oMini", "u1")

    assert {account.app for account in db.session.get(WechatUser, user.id).accounts} == {
        "service_account",
        "miniprogram",
    }


def test_a_unionid_learned_later_joins_the_two() -> None:
    accounts.followed("service_account", "oServ", None, dedupe_key="k1", at=clock.now())
    _, user = sign_in("oMini", "u1")

    accounts.followed("service_account", "oServ", "u1", dedupe_key="k2", at=clock.now())

    moved = db.session.scalar(select(WechatAccount.user_id).where(WechatAccount.openid == "oServ"))
    assert moved == user.id


def test_following_opens_a_minute_for_three_messages_and_leaving_closes_it() -> None:
    at = clock.now()
    accounts.followed("service_account", "oServ", None, dedupe_key="k1", at=at)
    account = db.session.scalar(select(WechatAccount))
    assert (account.follows, account.window_left, account.window_until_at) == (True, 3, at + timedelta(minutes=1))

    accounts.unfollowed("service_account", "oServ", dedupe_key="k2", at=at)
    assert (account.follows, account.window_left) == (False, 0)


def test_binding_needs_the_privacy_consent() -> None:
    with pytest.raises(accounts.PrivacyConsentNeeded):
        accounts.bind_identity(make.user(), name="张小明", number=NUMBER, by=BY)

    assert db.session.scalar(select(Resident.id)) is None


def test_binding_keeps_name_and_number_encrypted_and_findable() -> None:
    resident = accounts.bind_identity(consenting(), name="张小明", number=NUMBER, by=BY)

    raw = str(db.session.execute(text("SELECT name, identity_number, identity_hash FROM resident")).all())
    assert "张小明" not in raw
    assert NUMBER not in raw
    assert resident.identity_hash == Resident.hash_of("01", NUMBER)
    assert (resident.name, resident.identity_number, resident.sex) == ("张小明", NUMBER, 1)


def test_binding_twice_changes_nothing_and_another_number_is_refused() -> None:
    user = consenting()
    first = accounts.bind_identity(user, name="张小明", number=NUMBER, by=BY)

    assert accounts.bind_identity(user, name="张小明", number=NUMBER, by=BY).id == first.id
    with pytest.raises(accounts.AlreadyBound):
        accounts.bind_identity(user, name="李芳", number="510799196103020125", by=BY)


def test_a_person_bound_by_another_wechat_is_taken() -> None:
    accounts.bind_identity(consenting(), name="张小明", number=NUMBER, by=BY)

    with pytest.raises(accounts.IdentityTaken):
        accounts.bind_identity(consenting(), name="张小明", number=NUMBER, by=BY)


def test_a_known_number_with_another_name_proves_nothing() -> None:
    make.resident(identity_number=NUMBER, name="张小明")

    with pytest.raises(accounts.IdentityTaken):
        accounts.bind_identity(consenting(), name="王五", number=NUMBER, by=BY)


def test_a_name_with_a_four_byte_character_survives() -> None:
    assert accounts.bind_identity(consenting(), name="𠮷野明", number=NUMBER, by=BY).name == "𠮷野明"


def test_a_wrong_checksum_stores_nothing() -> None:
    with pytest.raises(identity.IdentityChecksum):
        accounts.bind_identity(consenting(), name="张小明", number=NUMBER[:-1] + "0", by=BY)

    assert db.session.scalar(select(Resident.id)) is None


def test_a_machine_number_is_no_phone() -> None:
    user = make.user()

    with pytest.raises(identity.PhoneFormat):
        accounts.record_phone(user, "1064812345678", by=BY)

    assert user.phone is None


def test_an_old_privacy_version_is_refused() -> None:
    with pytest.raises(accounts.PrivacyVersionOld):
        accounts.accept_privacy(make.user(), "2020-01", by=BY)


def test_a_bind_code_works_once_and_in_time(clock: Any) -> None:
    from server import clock as clocks

    code_hash = sealing.current().index("12345678", accounts.BIND_CODE_PURPOSE)
    staff = make.staff(bind_code_hash=code_hash, bind_code_expires_at=clocks.now() + timedelta(days=7))
    user = make.user()

    with pytest.raises(accounts.BindCodeInvalid):
        accounts.join_staff(user, "00000000", by=BY)
    assert accounts.join_staff(user, "12345678", by=BY).id == staff.id
    with pytest.raises(accounts.BindCodeInvalid):
        accounts.join_staff(make.user(), "12345678", by=BY)


def test_an_expired_bind_code_is_refused(clock: Any) -> None:
    from server import clock as clocks

    code_hash = sealing.current().index("12345678", accounts.BIND_CODE_PURPOSE)
    make.staff(bind_code_hash=code_hash, bind_code_expires_at=clocks.now() + timedelta(days=7))
    clock.advance(days=8)

    with pytest.raises(accounts.BindCodeInvalid):
        accounts.join_staff(make.user(), "12345678", by=BY)
