"""Teams, members and staff in the browser."""

import re

import pytest

from server import sealing
from server.database import db
from server.models import AdminLogin, Membership, Staff, Team
from tests import make
from tests.handlers.workbench.browser import Browser

FIELDS = {"name": "第一团队", "intro": "", "hours": "周一至周五", "phone": "0816-2222222", "panel_cap": 500}


def test_create_team_shows_it(browser: Browser, me: AdminLogin) -> None:
    answer = browser.post("/teams", "/teams/new", **FIELDS, is_open="true")

    shown = browser.follow(answer)
    assert "团队已创建" in shown.text and "尚未指定团队长" in shown.text
    assert "团队已创建" not in browser.get("/teams").text  # said once
    team = db.session.query(Team).one()
    assert (team.organisation_id, team.panel_cap, team.is_open) == (me.organisation_id, 500, True)


def test_create_team_with_known_name_keeps_what_was_typed(browser: Browser) -> None:
    browser.post("/teams", "/teams/new", **FIELDS)

    answer = browser.post("/teams", "/teams/new", **(FIELDS | {"hours": "每天八点"}))

    assert answer.status_code == 409
    assert "本机构已有同名团队" in answer.text and 'value="每天八点"' in answer.text
    assert db.session.query(Team).count() == 1


def test_two_organisations_may_use_one_name(browser: Browser) -> None:
    make.team(name="第一团队")

    assert browser.post("/teams", "/teams/new", **FIELDS).status_code == 303


def test_names_of_four_bytes_are_kept(browser: Browser) -> None:
    browser.post("/teams", "/teams/new", **(FIELDS | {"name": "𠮷祥👩‍⚕️团队".replace("\u200d", "")}))

    assert db.session.query(Team).one().name == "𠮷祥👩⚕️团队"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "请填写"),
        ("name", "  ", "请填写"),
        ("name", "长" * 65, "最多 64 个字"),
        ("name", "两\n行", "不能换行"),
        ("name", "暗\u202e码", "不可见的字符"),
        ("intro", "长" * 1001, "最多 1000 个字"),
        ("phone", "13800000000123", "请填写正确的手机号或座机号"),
        ("phone", "电话", "请填写正确的手机号或座机号"),
        ("panel_cap", "很多", "请填写整数"),
        ("panel_cap", "0", "不能小于 1"),
        ("panel_cap", "9" * 5000, "数字过大"),
        ("panel_cap", "2001", "不能超过 2000 人"),
    ],
)
def test_bad_field_is_named_and_nothing_saved(browser: Browser, field: str, value: str, says: str) -> None:
    answer = browser.post("/teams", "/teams/new", **(FIELDS | {field: value}))

    assert answer.status_code == 400
    assert says in answer.text
    assert db.session.query(Team).count() == 0


def test_oversize_body_is_refused(browser: Browser) -> None:
    answer = browser.post("/teams", "/teams/new", **(FIELDS | {"intro": "x" * 2_000_000}))

    assert answer.status_code == 413
    assert "body_too_large" in answer.text


def test_cap_cannot_fall_below_the_panel(browser: Browser, me: AdminLogin) -> None:
    team = make.team(lead=make.staff(organisation=me.organisation_id), panel_count=30)

    answer = browser.post(f"/teams/{team.id}", f"/teams/{team.id}/edit", **(FIELDS | {"panel_cap": 29}))

    assert answer.status_code == 409
    assert "不能低于已签约人数" in answer.text


def test_edit_closes_the_team(browser: Browser, me: AdminLogin) -> None:
    team = make.team(lead=make.staff(organisation=me.organisation_id))

    browser.follow(browser.post(f"/teams/{team.id}", f"/teams/{team.id}/edit", **FIELDS))

    db.session.expire_all()
    assert (team.is_open, team.name) == (False, "第一团队")


@pytest.mark.parametrize("path", ["", "/edit"])
def test_team_of_another_organisation_is_absent(browser: Browser, path: str) -> None:
    team = make.team()

    assert browser.get(f"/teams/{team.id}{path}").status_code == 404
    assert browser.post(f"/teams/{team.id}", **FIELDS).status_code == 404
    assert browser.post(f"/teams/{team.id}/members", staff_id="x", role="nurse").status_code == 404
    member = team.memberships[0]
    assert browser.post(f"/teams/{team.id}/members/{member.id}/remove").status_code == 404
    assert browser.post(f"/teams/{team.id}/members/{member.id}/lead").status_code == 404


def test_staff_join_lead_and_leave(browser: Browser, me: AdminLogin) -> None:
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    page = f"/teams/{team.id}"
    browser.post("/staff", "/staff", name="周医生", title="主治医师")
    staff = db.session.query(Staff).filter_by(name="周医生").one()

    assert (
        "成员已添加"
        in browser.follow(browser.post(f"{page}/members", page, staff_id=staff.id, role="family_doctor")).text
    )
    assert browser.post(f"{page}/members", page, staff_id=staff.id, role="nurse").status_code == 409
    member = db.session.query(Membership).filter_by(staff_id=staff.id).one()
    assert "团队长已更换" in browser.follow(browser.post(f"{page}/members/{member.id}/lead", page)).text
    assert browser.post(f"{page}/members/{member.id}/remove", page, reason="left").status_code == 409

    db.session.expire_all()
    assert team.lead and team.lead.id == staff.id


def test_staff_of_another_organisation_cannot_be_added(browser: Browser, me: AdminLogin) -> None:
    team = make.team(lead=make.staff(organisation=me.organisation_id))

    answer = browser.post(f"/teams/{team.id}/members", staff_id=make.staff().id, role="nurse")

    assert answer.status_code == 404


def test_bind_code_is_shown_once_and_found_by_its_hash(browser: Browser, me: AdminLogin) -> None:
    staff = make.staff(organisation=me.organisation_id)

    shown = browser.follow(browser.post(f"/staff/{staff.id}/bind-code", "/staff")).text

    found = re.search(r'<output class="code">(\d{4}) (\d{4})</output>', shown)
    assert found
    code = found[1] + found[2]
    assert code not in browser.get("/staff").text.replace(" ", "")
    db.session.expire_all()
    assert staff.bind_code_hash == sealing.current().index(code, "staff.bind_code")


def test_bind_code_travels_encrypted(browser: Browser, me: AdminLogin) -> None:
    staff = make.staff(organisation=me.organisation_id)

    answer = browser.post(f"/staff/{staff.id}/bind-code", "/staff")

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("workbench_note="))
    code = re.search(r"(\d{4}) (\d{4})</output>", browser.follow(answer).text)
    assert code and code[1] + code[2] not in cookie
    assert "HttpOnly" in cookie and "Max-Age=120" in cookie and staff.name not in cookie


def test_bind_code_for_strangers_staff_is_refused(browser: Browser) -> None:
    assert browser.post(f"/staff/{make.staff().id}/bind-code", "/staff").status_code == 404
