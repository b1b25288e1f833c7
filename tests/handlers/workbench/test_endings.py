"""Agreements that end early at the workbench: decide in time, register, void with a second administrator."""

from datetime import timedelta

import pytest
from apiflask import APIFlask

from server import clock as clocks
from server.access.accounts import token_hash
from server.database import db
from server.handlers.guards import WORKBENCH_COOKIE
from server.models import AdminLogin, Agreement, AgreementStatus, Ending, WorkbenchSession
from tests import make
from tests.actions.leaving import NOTHING, ask, left_over, life
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser

S = AgreementStatus


@pytest.fixture
def agreement(me: AdminLogin) -> Agreement:
    team = make.team(lead=make.staff(organisation=me.organisation_id), panel_count=2)
    return make.agreement(team=team, resident=make.resident(name="欧阳小明"))


@pytest.fixture
def second(app: APIFlask, me: AdminLogin) -> Browser:
    """Another administrator of the same organisation."""
    return Browser(app.test_client(), browsers.admin(me.organisation, username="second", name="周主任"))


def status(agreement: Agreement) -> str:
    db.session.rollback()
    return db.session.get(Agreement, agreement.id, populate_existing=True).status


def wish_of(agreement: Agreement) -> Ending:
    db.session.rollback()
    return db.session.query(Ending).filter_by(agreement_id=agreement.id, outcome=None).one()


def session_of(browser: Browser, me: AdminLogin) -> WorkbenchSession:
    """A new session: the one of eight days ago is over."""
    browser.client.set_cookie(WORKBENCH_COOKIE, "later", path="/workbench")
    at = clocks.now()
    until = at + timedelta(hours=1)
    return WorkbenchSession(token_hash=token_hash("later"), admin_id=me.id, created_at=at, expires_at=until)


def test_list_shows_the_promise_and_what_is_late(
    browser: Browser, me: AdminLogin, agreement: Agreement, clock: Clock
) -> None:
    ask(agreement, note="等得太久")
    ask(make.agreement())  # of another organisation

    text = browser.get("/endings").text
    assert text.count("对服务不满意") == 1
    assert "2026-03-09" in text and "已超期" not in text
    assert "欧**明" in text and "欧阳小明" not in text
    assert "<b>1</b><span>待处理的解约和作废申请</span>" in browser.get("/").text

    clock.set("2026-03-10 09:00")
    make.saved(session_of(browser, me))
    assert "已超期" in browser.get("/endings").text
    assert "（超期 1）" in browser.get("/").text


def test_approving_ends_it(browser: Browser, agreement: Agreement) -> None:
    ask(agreement, note="等得太久")
    page = f"/agreements/{agreement.id}"
    assert "等得太久" in browser.get(page).text

    shown = browser.follow(browser.post(f"/endings/{wish_of(agreement).id}/approve", page, note=""))

    assert "dissatisfied" not in shown.text
    assert "已同意解约" in shown.text and "已解约" in shown.text and "原定至" in shown.text
    assert status(agreement) == S.TERMINATED
    assert "已同意" in browser.get("/endings?which=decided").text


def test_refusing_needs_a_reason(browser: Browser, agreement: Agreement) -> None:
    ask(agreement)
    page, address = f"/agreements/{agreement.id}", f"/endings/{wish_of(agreement).id}/refuse"

    answer = browser.post(address, page, note=" ")
    assert answer.status_code == 400 and "请写明原因" in answer.text
    assert status(agreement) == S.TERMINATION_REQUESTED

    browser.follow(browser.post(address, page, note="请先与团队沟通"))
    assert status(agreement) == S.ACTIVE
    assert "请先与团队沟通" in browser.get(page).text


def test_registering_a_death(browser: Browser, me: AdminLogin) -> None:
    one = life()
    with make.transaction():
        one.team.organisation_id = me.organisation_id
    page = f"/agreements/{one.agreement.id}"

    wrong = browser.post(f"{page}/close", page, event="death", on="2030-01-01")
    assert wrong.status_code == 400 and "不能晚于今天" in wrong.text
    browser.follow(browser.post(f"{page}/close", page, event="death", on="2026-03-01"))

    assert status(one.agreement) == S.CLOSED_DEATH
    assert left_over(one) == NOTHING
    assert "登记并终止服务" not in browser.get(page).text


def test_void_is_proposed_by_one_and_confirmed_by_another(
    browser: Browser, second: Browser, agreement: Agreement
) -> None:
    page = f"/agreements/{agreement.id}"
    missing = browser.post(f"{page}/void", page, void_reason="duplicate", void_note="")
    assert missing.status_code == 400
    shown = browser.follow(browser.post(f"{page}/void", page, void_reason="duplicate", void_note="重复录入"))
    assert "须由另一位管理员核对后确认" in shown.text and "确认作废</button>" not in shown.text
    address = f"/endings/{wish_of(agreement).id}/confirm"

    own = browser.post(address, page)
    assert own.status_code == 409 and "须由另一位管理员" in own.text
    assert status(agreement) == S.ACTIVE

    assert "重复签约" in second.get("/endings?which=void").text
    assert "协议已作废" in second.follow(second.post(address, page)).text
    assert status(agreement) == S.VOID


def test_a_dropped_void_changes_nothing(browser: Browser, second: Browser, agreement: Agreement) -> None:
    page = f"/agreements/{agreement.id}"
    browser.post(f"{page}/void", page, void_reason="wrong_identity", void_note="核对中")

    second.follow(second.post(f"/endings/{wish_of(agreement).id}/drop", page))

    assert status(agreement) == S.ACTIVE


@pytest.mark.parametrize("step", ["approve", "refuse", "confirm", "drop"])
def test_wishes_of_another_organisation_are_absent(browser: Browser, step: str) -> None:
    foreign = make.agreement()
    wish = ask(foreign)

    assert browser.post(f"/endings/{wish.id}/{step}", note="x").status_code == 404
    assert status(foreign) == S.TERMINATION_REQUESTED


@pytest.mark.parametrize("step", ["close", "void"])
def test_agreements_of_another_organisation_are_absent(browser: Browser, step: str) -> None:
    foreign = make.agreement()

    answer = browser.post(
        f"/agreements/{foreign.id}/{step}", event="death", on="2026-03-01", void_reason="duplicate", void_note="x"
    )

    assert answer.status_code == 404
    assert status(foreign) == S.ACTIVE
