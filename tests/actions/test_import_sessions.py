"""Sessions by file (排班导入): the machinery of the old signings, row by row, and a wrong file changes nothing."""

from typing import Any

import pytest
from apiflask import APIFlask

from server import clock as clocks
from server.actions.booking import entering, supply
from server.actions.importing import ImportNothingReady
from server.database import db
from server.models import AdminLogin, Department, Hospital, ImportBatch, Shift, Slot, Specialist
from server.policy.backfill import COLUMNS, Purpose
from server.sheets import TemplateColumn, template_xlsx
from tests import make, sheeting
from tests.actions import importing as files
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers

HEADINGS = tuple(column.label for column in COLUMNS[Purpose.SHIFTS])


def row(**fields: Any) -> dict[str, Any]:
    return {
        "医院": "市中心医院",
        "科室": "心内科",
        "专家": "王主任",
        "职称": "主任医师",
        "项目名称": "",
        "类别": "专家门诊",
        "出诊日期": "2026-03-09",
        "开始时间": "8:30",
        "结束时间": "11:30",
        "号源总数": "10",
        "医院自留": "",
        "每段分钟数": "60",
    } | fields


@pytest.fixture
def lin(app: APIFlask) -> AdminLogin:
    make.hospital(name="市中心医院", level=3)
    return browsers.admin()


def handed_in(lin: AdminLogin, *rows: dict[str, Any]) -> ImportBatch:
    content = sheeting.csv_file(rows, headings=HEADINGS)
    batch = files.upload(lin, content, name="排班.csv", kind=Purpose.SHIFTS)
    files.check()
    db.session.expire_all()
    return batch


def entered(batch: ImportBatch, lin: AdminLogin) -> None:
    files.approve(batch, lin)
    while entering.enter_next(files.POLICY):
        pass
    db.session.expire_all()


def outcomes(batch: ImportBatch) -> list[tuple[str, str]]:
    return [(outcome, codes) for _, outcome, codes in files.outcomes(batch)]


def test_a_file_makes_sessions_with_ranges_doctors_and_shares(lin: AdminLogin) -> None:
    ct = row(专家="", 职称="", 项目名称="CT 检查", 类别="检查", 号源总数="20", 医院自留="5", 每段分钟数="30")
    batch = handed_in(lin, row(), ct)
    assert [outcome for outcome, _ in outcomes(batch)] == ["ready", "ready"]
    assert db.session.query(Shift).count() == 0 == db.session.query(Department).count()

    entered(batch, lin)

    assert batch.status == "done"
    expert = db.session.query(Shift).filter_by(kind="EXPERT").one()
    assert (expert.who, expert.capacity, expert.fd_places, expert.share_pct) == ("王主任", 10, 3, 30)
    assert db.session.query(Slot).filter_by(shift_id=expert.id).count() == 3
    exam = db.session.query(Shift).filter_by(kind="EXAM").one()
    assert (exam.who, exam.fd_places) == ("CT 检查", 0)
    assert sum(slot.other_capacity for slot in db.session.query(Slot).filter_by(shift_id=exam.id)) == 5
    assert [outcome for outcome, _ in outcomes(batch)] == ["entered", "entered"]


WRONG = {
    "hospital_unknown": {"医院": "别的医院"},
    "missing": {"科室": ""},
    "title_missing": {"职称": ""},
    "who_missing": {"专家": "", "职称": ""},
    "kind_unknown": {"类别": "专家"},
    "time_format": {"开始时间": "上午"},
    "date_format": {"出诊日期": "下周一"},
    "count_format": {"号源总数": "十"},
    "session_ends_early": {"结束时间": "08:00"},
    "numbers_invalid": {"号源总数": "0"},
    "session_in_past": {"出诊日期": "2026-03-01"},
    "session_too_far": {"出诊日期": "2027-03-01"},
    "own_share_too_large": {"医院自留": "8"},
}


def test_each_wrong_row_is_told_why_and_nothing_is_entered(lin: AdminLogin) -> None:
    batch = handed_in(lin, *(row(**fields) for fields in WRONG.values()))

    told = outcomes(batch)
    assert {outcome for outcome, _ in told} == {"refused"}
    assert [codes for _, codes in told] == list(WRONG)
    with pytest.raises(ImportNothingReady):
        files.approve(batch, lin)
    assert db.session.query(Shift).count() == 0


def test_the_same_session_twice_is_one(lin: AdminLogin) -> None:
    batch = handed_in(lin, row(), row())
    assert outcomes(batch)[1] == ("merged", "same_in_file")
    entered(batch, lin)

    again = handed_in(lin, row(), row(出诊日期="2026-03-16"))

    assert outcomes(again) == [("merged", "session_there"), ("ready", "")]


def test_a_doctor_who_sits_elsewhere_is_refused(lin: AdminLogin) -> None:
    batch = handed_in(lin, row(), row(开始时间="11:00", 结束时间="12:00"), row(开始时间="11:30", 结束时间="12:00"))

    assert [codes for _, codes in outcomes(batch)] == ["", "doctor_busy", ""]


def test_what_came_in_between_is_refused_when_it_is_entered(lin: AdminLogin) -> None:
    batch = handed_in(lin, row(), row(出诊日期="2026-03-10"))
    hospital = db.session.query(Hospital).one()
    doctor = supply.create_specialist(hospital, department="心内科", name="王主任", title="主任医师", by=files.by(lin))
    at = clocks.local(clocks.now())
    plan = supply.plan_shift(
        at.date().replace(day=9), at.time().replace(hour=9), at.time().replace(hour=12), 5, rules=files.POLICY.booking
    )
    supply.create_shift(doctor, plan, by=files.by(lin))

    entered(batch, lin)

    assert outcomes(batch) == [("refused", "doctor_busy"), ("entered", "")]
    assert db.session.query(Shift).count() == 2 and db.session.query(Specialist).count() == 1


def test_a_file_goes_on_where_it_stood(lin: AdminLogin, clock: Clock) -> None:
    batch = handed_in(lin, *(row(出诊日期=f"2026-03-{day:02d}") for day in range(9, 14)))
    files.approve(batch, lin)

    assert entering.enter_next(files.POLICY, rows=2)
    assert db.session.query(Shift).count() == 2
    while entering.enter_next(files.POLICY, rows=2):
        pass

    assert db.session.query(Shift).count() == 5


def test_the_template_is_read_back_without_its_example(lin: AdminLogin) -> None:
    columns = [TemplateColumn(one.label, one.required, one.example, one.hint) for one in COLUMNS[Purpose.SHIFTS]]

    batch = files.upload(lin, template_xlsx(columns), name="排班.xlsx", kind=Purpose.SHIFTS)
    files.check()

    db.session.expire_all()
    assert (batch.status, batch.failure_code) == ("failed", "file_empty")
