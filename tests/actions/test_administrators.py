"""Administrators' accounts, their sessions, and what they open."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from apiflask import APIFlask

from server.access.accounts import admin_of
from server.actions import administrators
from server.actions.administrators import (
    NameInvalid,
    OrganisationExists,
    PasswordTooWeak,
    ReasonNeeded,
    SignInRefused,
    UsernameInvalid,
    UsernameTaken,
)
from server.database import db
from server.errors import NotLoggedIn
from server.models import AdminLogin, AuditEvent, WorkbenchSession
from server.models.actor import CLOCK, Actor, ActorKind
from tests import make
from tests.conftest import Clock

PASSWORD = "correct horse 9 battery"
BY = Actor(ActorKind.ADMIN, "01ADMIN", "10.1.2.3")


@pytest.fixture
def chief(app: APIFlask) -> AdminLogin:
    return administrators.create("chief", PASSWORD, "林主任", make.organisation())


def sign_in(username: str = "chief", password: str = PASSWORD) -> administrators.SignedIn:
    return administrators.sign_in(username, password, hours=8, source="10.1.2.3")


def audited(action: str) -> list[AuditEvent]:
    return db.session.query(AuditEvent).filter_by(action=action).all()


def test_create_keeps_only_an_argon2_hash(chief: AdminLogin) -> None:
    assert chief.password_hash.startswith("$argon2id$")
    assert PASSWORD not in chief.password_hash
    assert len(audited("administrator_created")) == 1


@pytest.mark.parametrize(
    ("username", "password", "name", "error"),
    [
        ("ab", PASSWORD, "林主任", UsernameInvalid),
        ("林主任", PASSWORD, "林主任", UsernameInvalid),
        ("chief x", PASSWORD, "林主任", UsernameInvalid),
        ("a" * 33, PASSWORD, "林主任", UsernameInvalid),
        ("deputy", "short 123", "林主任", PasswordTooWeak),
        ("deputy", "x" * 129, "林主任", PasswordTooWeak),
        ("deputy-chief", "Deputy-Chief", "林主任", PasswordTooWeak),
        ("deputy", PASSWORD, "  ", NameInvalid),
        ("deputy", PASSWORD, "林" * 65, NameInvalid),
        ("CHIEF", PASSWORD, "林主任", UsernameTaken),
    ],
)
def test_create_with_bad_input_is_refused(
    chief: AdminLogin, username: str, password: str, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        administrators.create(username, password, name, chief.organisation)

    assert db.session.query(AdminLogin).count() == 1


def test_names_of_four_bytes_are_kept(app: APIFlask) -> None:
    administrators.create("chief", PASSWORD, "𠮷主任", make.organisation())

    db.session.expire_all()
    assert db.session.query(AdminLogin).one().name == "𠮷主任"


def test_organisation_is_found_once(app: APIFlask) -> None:
    administrators.found_organisation("城北中心", address="北街1号", phone="0816-2222222", by=CLOCK)

    with pytest.raises(OrganisationExists):
        administrators.found_organisation(" 城北中心 ", address="别处", phone="0816-2222223", by=CLOCK)


def test_sign_in_opens_a_session_for_the_token_only(chief: AdminLogin) -> None:
    opened = sign_in(" Chief ")

    assert admin_of(opened.token).id == chief.id
    assert opened.token not in {session.token_hash for session in db.session.query(WorkbenchSession)}
    assert len(audited("admin_signed_in")) == 1


@pytest.mark.parametrize(
    ("username", "password"),
    [("nobody", PASSWORD), ("chief", "wrong"), ("chief", ""), ("", ""), ("chief", "x" * 100_000), ("chief", "\x00")],
)
def test_sign_in_refuses_alike(chief: AdminLogin, username: str, password: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(username, password)

    assert str(refused.value) == str(SignInRefused())
    assert db.session.query(WorkbenchSession).count() == 0


def test_lock_comes_with_the_fifth_failure_and_ends_alone(chief: AdminLogin, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(password="wrong password")
    with pytest.raises(SignInRefused):
        sign_in()
    assert len(audited("admin_sign_in_failed")) == 5

    clock.advance(minutes=15, seconds=1)

    assert sign_in().admin.id == chief.id


def test_guessing_in_parallel_does_not_outrun_the_lock(app: APIFlask, chief: AdminLogin) -> None:
    db.session.rollback()

    def guess(number: int) -> bool:
        with app.app_context():
            try:
                sign_in(password=f"wrong password {number}")
            except SignInRefused:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(guess, range(12)))

    db.session.expire_all()
    assert chief.failed_count == 5
    assert chief.locked_until_at is not None
    with pytest.raises(SignInRefused):
        sign_in()


def test_trying_while_locked_does_not_prolong_the_lock(chief: AdminLogin, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(password="wrong password")
    clock.advance(minutes=14)
    with pytest.raises(SignInRefused):
        sign_in(password="wrong password")

    clock.advance(minutes=2)

    assert sign_in().token


def test_after_a_lock_counting_starts_again(chief: AdminLogin, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(password="wrong password")
    clock.advance(minutes=16)

    with pytest.raises(SignInRefused):
        sign_in(password="wrong password")

    db.session.expire_all()
    assert (chief.failed_count, chief.locked_until_at) == (1, None)
    assert sign_in().token


def test_success_forgets_failures(chief: AdminLogin) -> None:
    for _ in range(4):
        with pytest.raises(SignInRefused):
            sign_in(password="wrong password")

    sign_in()

    db.session.expire_all()
    assert chief.failed_count == 0


def test_sign_out_ends_only_this_session(chief: AdminLogin) -> None:
    first, second = sign_in(), sign_in()

    administrators.sign_out(first.token, by=BY)
    administrators.sign_out(first.token, by=BY)

    with pytest.raises(NotLoggedIn):
        admin_of(first.token)
    assert admin_of(second.token).id == chief.id
    assert len(audited("admin_signed_out")) == 1


def test_opening_and_revealing_are_audited(app: APIFlask) -> None:
    agreement = make.agreement(resident=make.resident(name="欧阳小明"))

    administrators.open_agreement(agreement, by=BY)
    assert administrators.reveal_name(agreement, "phone_check", by=BY) == "欧阳小明"

    (opened,) = audited("agreement_opened")
    (revealed,) = audited("name_revealed_phone_check")
    assert opened.object_id == revealed.object_id == agreement.id
    assert revealed.source == "10.1.2.3"


def test_revealing_without_a_listed_reason_is_refused(app: APIFlask) -> None:
    agreement = make.agreement()

    with pytest.raises(ReasonNeeded):
        administrators.reveal_name(agreement, "欧阳小明", by=BY)

    assert db.session.query(AuditEvent).count() == 0
