"""Phone checks in the browser."""

from server.database import db
from server.models import AdminLogin, AuditEvent, PhoneCheck, Resident
from tests import make
from tests.handlers.workbench.browser import Browser


def own_check(me: AdminLogin) -> PhoneCheck:
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    return make.phone_check(agreement=make.agreement(team=team))


def test_a_sample_becomes_a_worklist(browser: Browser, me: AdminLogin) -> None:
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    make.agreement(team=team)

    shown = browser.follow(browser.post("/phones", "/phones", team_id=team.id, count=20)).text

    assert "已抽取 1 人" in shown and "张*明" in shown and "138****0000" in shown
    assert "13800000000" not in shown
    assert "都已核实过" in browser.follow(browser.post("/phones", "/phones", team_id=team.id, count=20)).text
    assert browser.post("/phones", "/phones", team_id=team.id, count=500).status_code == 400


def test_the_number_is_shown_once_and_that_is_recorded(browser: Browser, me: AdminLogin) -> None:
    page = f"/phones/{own_check(me).id}"

    shown = browser.follow(browser.post(f"{page}/reveal", page)).text

    assert "13800000000" in shown and "13800000000" not in browser.get(page).text
    assert [event.object_kind for event in db.session.query(AuditEvent) if event.action == "phone_revealed"] == [
        "resident"
    ]


def test_wrong_number_new_number_and_checked_again(browser: Browser, me: AdminLogin) -> None:
    check = own_check(me)
    page = f"/phones/{check.id}"

    shown = browser.follow(browser.post(f"{page}/result", page, result="wrong_number", method="call", note="")).text
    assert "错号" in shown and "待更新号码" in shown and "张*明" in browser.get("/phones?which=to_update").text
    assert browser.post(f"{page}/number", page, phone="123").status_code == 400
    following = browser.post(f"{page}/number", page, phone="13911112222")
    again = browser.follow(following).text

    assert "请再次致电核实" in again and "139****2222" in again and "138****0000" in again
    assert db.session.get_one(Resident, check.resident_id).phone == "13911112222"
    assert browser.post(f"{page}/result", "/phones", result="ok", method="call").status_code == 409


def test_a_number_of_many_strangers_is_pointed_out(browser: Browser, me: AdminLogin) -> None:
    check = own_check(me)
    for _ in range(6):
        make.resident(phone="13800000000")

    assert "另外 6 位非家庭成员" in browser.get(f"/phones/{check.id}").text


def test_checks_of_another_organisation_are_absent(browser: Browser) -> None:
    page = f"/phones/{make.phone_check().id}"

    assert browser.get(page).status_code == 404
    for step in ("reveal", "result", "number"):
        assert browser.post(f"{page}/{step}", "/phones").status_code == 404
    assert browser.post("/phones", "/phones", team_id=make.team().id, count=3).status_code == 404
