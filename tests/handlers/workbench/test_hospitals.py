"""A hospital in the browser: what is known of it, weekly sessions, days off, a department's week, its system's key."""

from datetime import date, datetime, time, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as clocks
from server.database import db
from server.jobs.cli import work_of
from server.jobs.schedule import job
from server.models import (
    AdminLogin,
    Department,
    Hospital,
    MachineKey,
    Shift,
    ShiftException,
    ShiftPattern,
    Specialist,
    UseNotice,
)
from tests import make
from tests.conftest import Clock
from tests.handlers.workbench.browser import Browser

PATTERN = {
    "kind": "EXPERT",
    "weekday": 1,
    "every_weeks": 1,
    "starts": "08:30",
    "ends": "11:30",
    "capacity": 10,
    "minutes": 60,
}


@pytest.fixture
def doctor(browser: Browser) -> Specialist:
    return make.specialist(hospital=make.hospital(name="市中心医院", level=3), name="王主任")


def home(doctor: Specialist) -> str:
    return f"/hospitals/{doctor.hospital_id}"


def test_a_hospital_is_changed(browser: Browser, doctor: Specialist) -> None:
    fields = {
        "name": "市中心医院",
        "level": 3,
        "address": "北街2号",
        "referral_phone": "0816-1234567",
        "must_confirm": "true",
    }

    assert browser.post(home(doctor), home(doctor), **fields).status_code == 303

    db.session.expire_all()
    found = db.session.get(Hospital, doctor.hospital_id)
    assert found is not None
    assert (found.referral_phone, found.must_confirm, found.checks_in) == ("0816-1234567", True, False)


def test_another_hospitals_name_is_refused(browser: Browser, doctor: Specialist) -> None:
    make.hospital(name="县医院")

    answer = browser.post(home(doctor), home(doctor), name="县医院", level=3, address="北街2号")

    assert answer.status_code == 409 and "已有同名医院" in answer.text


def test_a_department_says_where_and_what_to_bring(browser: Browser, doctor: Specialist) -> None:
    name = doctor.department.name
    for floor in ("3楼", "5楼"):
        fields = {"department": name, "floor": floor, "bring": "以前的检查单"}
        assert browser.post(f"{home(doctor)}/departments", home(doctor), **fields).status_code == 303

    db.session.expire_all()
    assert [one.floor for one in db.session.query(Department)] == ["5楼"]
    assert "以前的检查单" in browser.get(home(doctor)).text


def test_a_weekly_session_is_laid_out_and_seen_in_the_week(browser: Browser, doctor: Specialist) -> None:
    page = f"{home(doctor)}/patterns"
    fields = {**PATTERN, "department_id": doctor.department_id, "specialist_id": doctor.id}
    assert browser.post(page, page, **fields).status_code == 303

    assert "每周一 08:30–11:30" in browser.get(page).text
    week = browser.get(f"/departments/{doctor.department_id}?week=2026-03-11").text
    assert "王主任" in week and "0 / 3" in week and "0 / 7" in week
    pattern = db.session.query(ShiftPattern).one()
    assert browser.post(f"{page}/{pattern.id}/end", page, last_on="2026-03-16").status_code == 303
    assert "到 2026-03-16" in browser.get(page).text


def test_a_wrong_pattern_is_shown_again(browser: Browser, doctor: Specialist) -> None:
    page = f"{home(doctor)}/patterns"

    answer = browser.post(page, page, **(PATTERN | {"department_id": doctor.department_id, "ends": "07:00"}))

    assert answer.status_code == 400 and "结束时间须晚于开始时间" in answer.text and 'value="07:00"' in answer.text


def test_a_holiday_and_a_single_session_are_called_off(browser: Browser, doctor: Specialist) -> None:
    page, patterns = f"{home(doctor)}/exceptions", f"{home(doctor)}/patterns"
    browser.post(patterns, patterns, **PATTERN, department_id=doctor.department_id, specialist_id=doctor.id)

    answer = browser.post(page, page, first_on="2026-03-09", last_on="2026-03-09", reason="院庆")
    assert answer.status_code == 303 and "院庆" in browser.get(page).text
    second = db.session.query(Shift).filter_by(status="open").order_by(Shift.starts_at).first()
    assert second is not None
    week = f"/departments/{doctor.department_id}?week=2026-03-16"
    assert browser.post(f"/numbers/shifts/{second.id}/suspend", week).status_code == 303
    assert "停诊</span>" in browser.get(week).text
    assert db.session.query(ShiftException).count() == 1


def test_whom_it_concerns_is_shown_before_sessions_are_called_off(browser: Browser, doctor: Specialist) -> None:
    page = f"{home(doctor)}/exceptions"
    slot = make.slot(specialist=doctor, starts=datetime.combine(date(2026, 3, 9), time(9), clocks.SHANGHAI))
    signed = make.agreement()
    make.appointment(slot, signed.resident, agreement_id=signed.id)
    days = {"first_on": "2026-03-09", "last_on": "2026-03-10", "reason": "院庆", "department_id": "all"}

    shown = browser.post(page, page, **days, step="preview").text
    assert "全院所有科室" in shown and "1 次" in shown and "1 人" in shown
    week = f"/departments/{doctor.department_id}?week=2026-03-09"
    single = browser.post(f"/numbers/shifts/{slot.shift_id}/suspend", week, step="preview")
    assert single.status_code == 200 and "1 人" in single.text and "不算爽约" in single.text
    assert db.session.query(ShiftException).count() == 0 and db.session.get_one(Shift, slot.shift_id).status == "open"

    kept = browser.post(page, page, **days, step="edit")
    assert kept.status_code == 200 and 'value="院庆"' in kept.text and 'value="all" selected' in kept.text
    assert browser.post(page, page, **days, step="save").status_code == 303
    assert "1 人还没有另选时间" in browser.get(week).text


def test_a_department_and_another_departments_doctor_are_no_days_off(browser: Browser, doctor: Specialist) -> None:
    page = f"{home(doctor)}/exceptions"
    bones = make.saved(Department(hospital_id=doctor.hospital_id, name="骨科", floor="", bring=""))
    days = {"first_on": "2026-03-09", "last_on": "2026-03-09", "reason": "外出", "department_id": bones.id}

    answer = browser.post(page, page, **days, specialist_id=doctor.id, step="preview")

    assert answer.status_code == 400 and "请检查日期" in answer.text


def test_a_department_is_changed_from_what_it_says_now(browser: Browser, doctor: Specialist) -> None:
    fields = {"department": doctor.department.name, "floor": "3楼", "bring": "以前的片子"}
    browser.post(f"{home(doctor)}/departments", home(doctor), **fields)

    shown = browser.get(f"{home(doctor)}?department={doctor.department_id}").text

    assert "修改科室" in shown and 'value="3楼"' in shown and 'value="以前的片子"' in shown
    assert browser.get(f"{home(doctor)}?department=x").status_code == 404


def test_a_key_is_shown_once_and_can_be_ended(browser: Browser, doctor: Specialist) -> None:
    shown = browser.follow(browser.post(f"{home(doctor)}/keys", home(doctor)))
    key = db.session.query(MachineKey).one()

    assert key.secret in shown.text and key.id in shown.text
    assert key.secret not in browser.get(home(doctor)).text
    browser.post(f"{home(doctor)}/keys/end", home(doctor))
    db.session.expire_all()
    assert db.session.query(MachineKey).one().ends_at is not None


def test_share_and_use_of_a_month(browser: Browser, doctor: Specialist) -> None:
    at = datetime.combine(date(2026, 3, 20), time(9), clocks.SHANGHAI)
    make.slot(specialist=doctor, capacity=3, public=7, taken=1, starts=at)

    text = browser.get("/quota?month=2026-03").text

    assert "达到" in text and "30%" in text and "1 / 3" in text
    assert browser.get("/quota?month=x").status_code == 200


def test_low_use_of_last_week_stands_on_the_first_page_until_it_is_read(
    app: APIFlask, me: AdminLogin, browser: Browser, doctor: Specialist, clock: Clock
) -> None:
    """N-25."""
    last_week = datetime.combine(clocks.today() - timedelta(days=5), time(9), clocks.SHANGHAI)
    make.slot(specialist=doctor, capacity=10, taken=2, starts=last_week)
    make.team(organisation_id=me.organisation_id)
    job("tell_low_use").run(work_of(app))
    (notice,) = db.session.scalars(select(UseNotice))

    assert "市中心医院 20%（10 个只约出 2 个）" in browser.get("/").text

    for _ in range(2):
        browser.follow(browser.post(f"/quota/notices/{notice.id}/read", "/"))
    assert "市中心医院 20%" not in browser.get("/").text


def test_an_absent_hospital_is_not_found(browser: Browser) -> None:
    for path in ("/hospitals/x", "/hospitals/x/patterns", "/hospitals/x/exceptions", "/departments/x"):
        assert browser.get(path).status_code == 404
