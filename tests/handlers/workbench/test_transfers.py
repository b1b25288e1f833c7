"""The desk and the handing over of teams at the workbench."""

import re
from datetime import date
from typing import Any

import pytest

from server.actions import signing
from server.database import db
from server.models import AdminLogin, Agreement, AgreementStatus, ChangeReason, MassTransfer, Payment, Team
from server.models.actor import Actor, ActorKind
from tests import make
from tests.actions.test_mass_transfer import POLICY
from tests.actions.test_signing import BY, request
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser

S = AgreementStatus


@pytest.fixture
def team(me: AdminLogin) -> Team:
    return make.team(lead=make.staff(organisation=me.organisation_id))


def owed(team: Team) -> Agreement:
    package = make.package(price_fen=2500, public_health_fen=700, insurance_fen=300, self_pay_fen=1500)
    agreement, _ = request(make.resident(name="欧阳小明", insurance="resident"), team, package)
    by = Actor(ActorKind.STAFF, team.lead.id)
    return signing.accept(agreement, policy=POLICY, by=by, staff=team.lead)


def status(agreement: Agreement) -> str:
    db.session.rollback()
    return str(db.session.get_one(Agreement, agreement.id, populate_existing=True).status)


def test_the_desk_takes_exactly_the_listed_share(browser: Browser, team: Team) -> None:
    agreement = owed(team)
    text = browser.get("/payments").text
    assert agreement.number in text and "15.00" in text and "欧阳小明" not in text

    wrong = browser.post(f"/payments/{agreement.id}/pay", "/payments", amount="16", receipt="R1")
    assert (wrong.status_code, status(agreement)) == (409, S.PENDING_PAYMENT)
    assert "应收15.00元" in wrong.text
    for amount in ("abc", "NaN", "15.001", "-15", "Infinity", "1e99"):
        assert (
            browser.post(f"/payments/{agreement.id}/pay", "/payments", amount=amount, receipt="R1").status_code == 409
        )

    done = browser.follow(browser.post(f"/payments/{agreement.id}/pay", "/payments", amount="15.00", receipt="R1"))

    assert "已登记缴费" in done.text
    assert status(agreement) == S.ACTIVE
    assert "R1" in browser.get("/payments?which=all").text


def test_refunds_are_settled_at_the_desk(browser: Browser, team: Team) -> None:
    agreement = owed(team)
    by = Actor(ActorKind.ADMIN, "desk")
    signing.pay(agreement, receipt="R1", amount_fen=1500, by=by)
    signing.close(agreement, signing.Event.MOVED, date(2026, 3, 2), by=by)
    due = db.session.query(Payment).filter_by(kind="refund").one()
    assert agreement.number in browser.get("/payments?which=due").text

    page = f"/refunds/{due.id}"
    assert browser.post(page, "/payments?which=due", amount="20", receipt="B1").status_code == 400
    browser.follow(browser.post(page, "/payments?which=due", amount="9.5", receipt="B1"))

    db.session.refresh(due)
    assert (due.state, due.amount_fen) == ("done", 950)


def test_another_organisations_money_is_not_seen(browser: Browser) -> None:
    agreement = owed(make.team())

    assert agreement.number not in browser.get("/payments").text
    answer = browser.post(f"/payments/{agreement.id}/pay", "/", amount="15", receipt="R1")
    assert (answer.status_code, status(agreement)) == (404, S.PENDING_PAYMENT)


def form(team: Team, **places: Any) -> dict[str, Any]:
    return {"team_id": team.id, "reason": "dissolved", "move_on": "2026-03-20", **places}


def test_a_team_is_handed_over_step_by_step(browser: Browser, me: AdminLogin, team: Team, clock: Clock) -> None:
    row = make.agreement(team=team, start_on=date(2026, 1, 5), resident=make.resident(name="欧阳小明"))
    to = make.team(lead=make.staff(organisation=me.organisation_id))
    page = f"/transfers/new?team_id={team.id}"
    assert to.name in browser.get(page).text

    seen = browser.post("/transfers/preview", page, **form(team, **{f"places_{to.id}": 1}))
    assert "需要移交 1 人" in seen.text and "名额足够" in seen.text
    assert db.session.query(MassTransfer).count() == 0
    few = browser.post("/transfers", page, **form(team))
    assert (few.status_code, "名额不够" in few.text) == (409, True)
    soon = browser.post("/transfers", page, **(form(team, **{f"places_{to.id}": 1}) | {"move_on": "2026-03-05"}))
    assert soon.status_code == 400

    shown = browser.follow(browser.post("/transfers", page, **form(team, **{f"places_{to.id}": 1})))
    assert "已安排移交" in shown.text
    while signing.list_transfer_next(POLICY):
        pass
    planned = db.session.query(MassTransfer).one()
    assert row.resident.name_masked in browser.get(f"/transfers/{planned.id}").text
    listed = browser.get(f"/transfers/{planned.id}/list.csv")
    assert listed.headers["Content-Disposition"].startswith("attachment")
    assert row.number in listed.text and "欧阳小明" not in listed.text and "13800000000" not in listed.text

    browser.follow(browser.post(f"/transfers/{planned.id}/cancel", f"/transfers/{planned.id}"))
    db.session.refresh(planned)
    assert planned.state == "cancelled"


def test_another_organisations_team_is_not_handed_over(browser: Browser) -> None:
    other = make.team()

    assert browser.get(f"/transfers/new?team_id={other.id}").status_code == 404
    assert browser.post("/transfers", "/", **form(other)).status_code == 404


def tile(browser: Browser, label: str) -> str:
    found = re.search(rf"<b>(\d+)</b><span>{label}", browser.get("/").text)
    assert found, label
    return found[1]


def test_the_first_page_counts_what_waits_too_long(browser: Browser, me: AdminLogin, team: Team, clock: Clock) -> None:
    owed(team)
    agreement, to = make.agreement(team=team, start_on=date(2026, 1, 1)), make.team()
    text = signing.change_text(agreement, to, POLICY).sha256
    wish = {"reason": ChangeReason.NEARER, "note": "", "text_sha256": text, "signature": None}
    signing.request_change(agreement, to, policy=POLICY, by=BY, **wish)
    assert (tile(browser, "等待缴费的签约"), tile(browser, "超过承诺日期未答复的变更团队申请")) == ("1", "0")

    clock.advance(days=8)
    browser = Browser(browser.client, browsers.admin(me.organisation, username="later"))  # a session ends after hours

    assert tile(browser, "超过承诺日期未答复的变更团队申请") == "1"
    assert (tile(browser, "待退费"), tile(browser, "没有团队接收的居民")) == ("0", "0")
