"""The workbench's pages of packages, fees, disputes and cards, used as an administrator would."""

from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock
from server.actions.signing import pricing
from server.database import db, transaction
from server.models import (
    AdminLogin,
    Agreement,
    CardEntry,
    Charge,
    FeeLine,
    HealthCard,
    Hospital,
    ServiceAnswer,
    ServicePackage,
)
from tests import make
from tests.handlers.workbench.browser import Browser

BASIC = {
    "name": "基础服务包", "population": "全体居民", "price": "10.00", "public_health": "7", "guidance": "2", "insurance": "3",
    "subsidy": "0", "resident": "0", "offered_from": "2026-03-02", "account_resident": "outpatient_pool",
    "account_employee": "personal_account", "account_other": "unassigned", "account_uninsured": "unassigned",
    "item1_name": "血压随访", "item1_times": "6", "item1_per": "year", "item1_kind": "followup",
    "item2_name": "健康咨询", "item2_kind": "consultation",
}  # fmt: skip
FORM = "/packages/types/mianyang/BASIC"


@pytest.fixture
def agreement(me: AdminLogin) -> Agreement:
    team = make.team(lead=make.staff(organisation=me.organisation_id), panel_count=1)
    return make.agreement(team=team, resident=make.resident(name="欧阳小明"))


def test_the_catalogue_is_created_by_a_button_and_a_new_version_published(browser: Browser) -> None:
    assert "已建立 3 个服务包" in browser.follow(browser.post("/packages/create", "/packages")).text

    shown = browser.follow(browser.post(FORM, FORM, **BASIC))

    assert "第 2 版" in shown.text and "每年6次" in shown.text and "居民医保门诊统筹" in shown.text
    rows = {
        (row.code, row.version): row.offered_on(clock.today()) for row in db.session.scalars(select(ServicePackage))
    }
    assert (rows["BASIC", 1], rows["BASIC", 2]) == (False, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price": "10.01"}, "各方分担之和须等于标价"),
        ({"resident": "10", "public_health": "0", "guidance": "0", "insurance": "0"}, "与本地区文件规定不符"),
        ({"price": "ten"}, "请填写金额"),
        ({"price": "-1"}, "请填写金额"),
        ({"groups": "RICH"}, "人群代码"),
        ({"item1_times": "often"}, "次数填"),
        ({"item1_price": "1.234"}, "最多两位小数"),
        ({"item1_name": "", "item2_name": ""}, "请至少填写一个服务项目"),
    ],
)
def test_a_package_that_cannot_be_is_shown_again_with_what_was_typed(
    browser: Browser, changes: dict[str, str], said: str
) -> None:
    answer = browser.post(FORM, FORM, **(BASIC | changes))

    assert answer.status_code in (400, 409)
    assert said in answer.text
    assert "基础服务包" in answer.text
    assert db.session.scalar(select(func.count()).select_from(ServicePackage)) == 0


def test_a_package_of_another_region_is_not_found(browser: Browser) -> None:
    other = make.package(region="fujian", code="BASIC")

    assert browser.get(f"/packages/{other.id}").status_code == 404
    assert browser.get("/packages/types/fujian/BASIC").status_code == 404
    assert browser.get("/packages/types/mianyang/GOLD").status_code == 404


def test_a_version_is_retired(browser: Browser) -> None:
    made = make.package(region="mianyang", code="BASIC")

    assert "已停用" in browser.follow(browser.post(f"/packages/{made.id}/retire", "/packages")).text
    assert not db.session.scalar(select(ServicePackage.is_offered))


def freeze(agreement: Agreement) -> dict[str, FeeLine]:
    with transaction() as session:
        pricing.freeze_fee(session.get_one(Agreement, agreement.id))
    return {line.payer: line for line in db.session.scalars(select(FeeLine))}


def test_c12_what_has_no_account_is_shown_and_given_one(browser: Browser, agreement: Agreement) -> None:
    line = freeze(agreement)["insurance"]
    page = browser.get("/fees").text
    assert agreement.number in page and "欧**明" in page and "欧阳小明" not in page

    browser.follow(browser.post(f"/fees/{line.id}/account", "/fees", account="fund"))

    assert agreement.number not in browser.get("/fees").text
    assert "请选择由哪个账户支付" in browser.post(f"/fees/{line.id}/account", "/fees", account="").text


def test_pk23_a_charge_above_the_price_is_refused(browser: Browser, agreement: Agreement) -> None:
    line = freeze(agreement)["public_health_fund"]
    page = f"/agreements/{agreement.id}/fee"

    refusal = browser.post(f"/fees/{line.id}/charges", page, amount="7.01", receipt="R1")
    assert refusal.status_code == 409 and "超过标价" in refusal.text
    assert "R1" in browser.follow(browser.post(f"/fees/{line.id}/charges", page, amount="7", receipt="R1")).text
    assert db.session.scalar(select(func.sum(Charge.amount_fen))) == 700


def test_another_organisations_fees_are_not_found(browser: Browser) -> None:
    line = freeze(make.agreement())["insurance"]

    assert browser.post(f"/fees/{line.id}/account", "/packages", account="fund").status_code == 404


def test_the_population_served_belongs_to_regions_that_count_it(browser: Browser) -> None:
    answer = browser.post("/fees/served", "/packages", year="2026", persons="30000")

    assert answer.status_code == 409 and "按签约人数计费" in answer.text


def test_a_dispute_is_answered(browser: Browser, agreement: Agreement) -> None:
    said = make.dispute(make.service(agreement=agreement))
    make.dispute(make.service())  # of another organisation
    page = browser.get("/disputes").text
    assert page.count("那天没有人来过") == 1 and "欧**明" in page

    assert browser.post(f"/disputes/{said.id}/answer", "/disputes", upheld="true", reply=" ").status_code == 400
    browser.follow(browser.post(f"/disputes/{said.id}/answer", "/disputes", upheld="true", reply="登记有误"))

    db.session.rollback()
    assert db.session.get_one(ServiceAnswer, said.id).outcome == "upheld"
    assert "那天没有人来过" not in browser.get("/disputes").text


def hospital() -> Hospital:
    return make.saved(Hospital(name="常阴沙医院", level=2, address="园区路1号"))


def special(me: AdminLogin) -> Agreement:
    team = make.team(lead=make.staff(organisation=me.organisation_id), panel_count=1)
    return make.agreement(team=team, region="changyinsha_special")


def test_pk17_a_card_is_issued_swiped_and_reversed_and_the_month_counts(browser: Browser, me: AdminLogin) -> None:
    agreement, at = special(me), hospital()
    browser.follow(browser.post("/cards", "/cards", number=agreement.number, hospital_id=at.id))
    card = db.session.scalars(select(HealthCard)).one()
    page = f"/cards/{card.id}"
    swipe: dict[str, Any] = {"hospital_id": at.id, "resident_id": agreement.resident_id, "on_day": "2026-03-02"}

    browser.follow(browser.post(f"{page}/swipe", page, amount="40.50", receipt="N1", **swipe))
    browser.follow(browser.post(f"{page}/swipe", page, amount="40.50", receipt="N1", **swipe))
    browser.follow(browser.post(f"{page}/swipe", page, amount="9.50", receipt="N2", **swipe))
    assert "余额 950.00元" in browser.get(page).text
    assert "<strong>2</strong> 次" in browser.get("/cards").text and "50.00元" in browser.get("/cards").text

    wrong = db.session.scalars(select(CardEntry).where(CardEntry.receipt == "N2")).one()
    browser.follow(browser.post(f"{page}/entries/{wrong.id}/reverse", page))
    text = browser.get("/cards").text
    assert "<strong>1</strong> 次" in text and "40.50元" in text
    refusal = browser.post(f"{page}/swipe", page, amount="2000", receipt="N3", **swipe)
    assert refusal.status_code == 409 and "余额不足" in refusal.text


def test_a_card_needs_an_agreement_whose_rules_give_one(browser: Browser, agreement: Agreement) -> None:
    at = hospital()

    assert browser.post("/cards", "/cards", number="NONE", hospital_id=at.id).status_code == 400
    refusal = browser.post("/cards", "/cards", number=agreement.number, hospital_id=at.id)
    assert refusal.status_code == 409 and "没有健康服务卡" in refusal.text
    assert browser.get(f"/cards/{make.card().id}").status_code == 404
