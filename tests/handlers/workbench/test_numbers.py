"""Hospitals, specialists and shifts in the browser."""

import pytest

from server.database import db
from server.models import Hospital, Shift, Slot, Specialist
from tests import make
from tests.handlers.workbench.browser import Browser

SHIFT = {"day": "2026-03-05", "starts": "08:30", "ends": "11:30", "capacity": 10}


@pytest.fixture
def specialist(browser: Browser) -> Specialist:
    hospital = make.saved(Hospital(name="市中心医院", level=3, address="长虹大道12号"))
    return make.specialist(hospital=hospital, name="王主任")


def test_hospital_and_specialist_are_added_once(browser: Browser) -> None:
    hospital = {"name": "市二医院", "level": 2, "address": "北街2号"}
    assert browser.post("/hospitals", "/hospitals", **hospital).status_code == 303
    again = browser.post("/hospitals", "/hospitals", **hospital)
    assert again.status_code == 409 and "已有同名医院" in again.text and 'value="北街2号"' in again.text

    fields = {
        "hospital_id": db.session.query(Hospital).one().id,
        "department": "外科",
        "name": "李主任",
        "title": "主任",
    }
    assert browser.post("/specialists", "/hospitals", **fields).status_code == 303
    assert browser.post("/specialists", "/hospitals", **fields).status_code == 409
    assert db.session.query(Specialist).count() == 1


def test_hospital_level_is_checked(browser: Browser) -> None:
    answer = browser.post("/hospitals", "/hospitals", name="社区医院", level=1, address="北街2号")

    assert answer.status_code == 400 and "不能小于 2" in answer.text


def test_share_is_shown_before_anything_is_saved(browser: Browser, specialist: Specialist) -> None:
    answer = browser.post(
        "/numbers/shifts", "/numbers/shifts/new", specialist_id=specialist.id, **SHIFT, step="preview"
    )

    assert answer.status_code == 200
    assert "<strong>3 个</strong>（30%，向上取整）" in answer.text and "<strong>7 个</strong>" in answer.text
    assert "2026-03-04 15:00" in answer.text
    assert db.session.query(Shift).count() == 0


def test_going_back_keeps_what_was_typed(browser: Browser, specialist: Specialist) -> None:
    answer = browser.post("/numbers/shifts", "/numbers/shifts/new", specialist_id=specialist.id, **SHIFT, step="edit")

    assert answer.status_code == 200
    assert 'value="2026-03-05"' in answer.text and f'value="{specialist.id}" selected' in answer.text
    assert db.session.query(Shift).count() == 0


def test_confirmed_shift_is_saved_with_both_pools(browser: Browser, specialist: Specialist) -> None:
    answer = browser.post("/numbers/shifts", "/numbers/shifts/new", specialist_id=specialist.id, **SHIFT, step="save")

    shown = browser.follow(answer).text
    assert "家庭医生号源 3 个，公开号源 7 个" in shown and "2026-03-05 周四 08:30–11:30" in shown
    assert [(slot.fd_capacity, slot.public_capacity) for slot in db.session.query(Slot)] == [(3, 7)]


def test_an_examination_without_a_doctor_is_planned_for_its_department(
    browser: Browser, specialist: Specialist
) -> None:
    page, fields = "/numbers/shifts/new", {"specialist_id": specialist.department_id, **SHIFT, "kind": "EXAM"}
    nameless = browser.post("/numbers/shifts", page, **fields, step="preview")
    assert nameless.status_code == 400 and "请填写项目名称" in nameless.text

    shown = browser.post("/numbers/shifts", page, **fields, label="CT 检查", step="preview")
    assert shown.status_code == 200 and "不指定专家" in shown.text and "CT 检查" in shown.text
    assert db.session.query(Shift).count() == 0
    assert browser.post("/numbers/shifts", page, **fields, label="CT 检查", step="save").status_code == 303

    made = db.session.query(Shift).one()
    assert (made.specialist_id, made.department_id, made.who) == (None, specialist.department_id, "CT 检查")
    assert browser.post("/numbers/shifts", page, **(fields | {"specialist_id": "x"}), step="save").status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("day", "2026-02-27", "出诊时间已过"),
        ("day", "2026-02-30", "日期格式有误"),
        ("day", "0001-01-01", "出诊时间已过"),
        ("day", "9999-12-31", "180 天以内"),
        ("starts", "25:00", "时间格式有误"),
        ("ends", "08:30", "结束时间须晚于开始时间"),
        ("capacity", "0", "不能小于 1"),
        ("capacity", "501", "不能大于 500"),
        ("capacity", "", "请填写整数"),
        ("specialist_id", "", "请填写"),
    ],
)
def test_bad_shift_is_explained_and_typed_values_stay(
    browser: Browser, specialist: Specialist, field: str, value: str, says: str
) -> None:
    fields = {"specialist_id": specialist.id, **SHIFT, "step": "save", field: value}

    answer = browser.post("/numbers/shifts", "/numbers/shifts/new", **fields)

    assert answer.status_code == 400
    assert says in answer.text
    assert f'value="{fields["day"]}"' in answer.text
    assert db.session.query(Shift).count() == 0


def test_overlapping_shift_is_refused(browser: Browser, specialist: Specialist) -> None:
    page = "/numbers/shifts/new"
    browser.post("/numbers/shifts", page, specialist_id=specialist.id, **SHIFT, step="save")

    late = SHIFT | {"starts": "11:00", "ends": "12:00"}
    answer = browser.post("/numbers/shifts", page, specialist_id=specialist.id, **late, step="save")

    assert answer.status_code == 409 and "已有排班" in answer.text


def test_list_shows_use_and_filters_by_hospital(browser: Browser) -> None:
    first = make.slot(capacity=5, taken=2)
    other = make.slot(capacity=8)

    everything = browser.get("/numbers").text
    filtered = browser.get(f"/numbers?hospital_id={first.hospital_id}").text

    assert "2 / 5" in everything and "0 / 8" in everything
    assert "2 / 5" in filtered and "0 / 8" not in filtered
    assert 'max="5" value="2"' in filtered
    assert other.hospital_id in filtered  # still to be chosen


def test_past_slots_are_not_listed(browser: Browser, clock: object) -> None:
    make.slot(capacity=5)

    clock.set("2026-03-08 10:00")  # type: ignore[attr-defined]

    assert "0 / 5" not in browser.get("/numbers").text
