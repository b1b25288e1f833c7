"""A township's ledger held against the system: in both, different, only there, only here; and nothing is changed by it."""

from datetime import date

import pytest
from apiflask import APIFlask

from server.access import import_ledgers
from server.access import imports as access
from server.database import db
from server.models import AdminLogin, AuditEvent, ImportBatch, ImportRow, Resident, Team
from server.policy.backfill import Purpose
from tests import make, sheeting
from tests.actions import importing as files
from tests.actions.importing import outcomes
from tests.handlers.workbench import browser as browsers

HEADINGS = ("姓名", "身份证号", "联系电话", "签约团队", "签约日期", "到期日期", "乡镇")


@pytest.fixture
def lin(app: APIFlask) -> AdminLogin:
    return browsers.admin()


@pytest.fixture
def team(lin: AdminLogin) -> Team:
    return make.team(lead=make.staff(organisation=lin.organisation_id), name="第一团队")


def signed(team: Team, n: int, **fields: object) -> Resident:
    """Somebody with an agreement from 2026-01-05 to 2027-01-04."""
    resident = make.resident(identity_number=sheeting.number(n), **fields)
    make.agreement(resident=resident, team=team, start_on=date(2026, 1, 5))
    return resident


def line(n: int, **fields: str) -> dict[str, str]:
    values = {
        "姓名": "张小明",
        "身份证号": sheeting.number(n),
        "联系电话": "13800000000",
        "签约团队": "第一团队",
        "签约日期": "2026-01-05",
        "到期日期": "2027-01-04",
        "乡镇": "青义镇",
    }
    return values | fields


def compared(admin: AdminLogin, *lines: dict[str, str]) -> ImportBatch:
    batch = files.upload(admin, sheeting.csv_file(lines, headings=HEADINGS), kind=Purpose.LEDGER)
    files.check()
    return batch


def test_what_is_in_both_and_equal(lin: AdminLogin, team: Team) -> None:
    signed(team, 1)

    batch = compared(lin, line(1))

    assert batch.status == "done" and outcomes(batch) == [(2, "same", "")]
    assert import_ledgers.only_system_count(batch) == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"姓名": "张大明"}, "name_differs"),
        ({"签约团队": "第二团队"}, "team_differs"),
        ({"签约日期": "2026-01-06"}, "signed_differs"),
        ({"到期日期": "2026-12-31"}, "end_on_differs"),
        ({"联系电话": "13911112222"}, "ledger_phone_differs"),
    ],
)
def test_each_difference_is_named(lin: AdminLogin, team: Team, changed: dict[str, str], code: str) -> None:
    signed(team, 1)

    batch = compared(lin, line(1, **changed))

    assert outcomes(batch) == [(2, "different", code)]


def test_what_the_ledger_leaves_empty_is_not_compared(lin: AdminLogin, team: Team) -> None:
    signed(team, 1)

    batch = compared(lin, line(1, 姓名="", 签约团队="", 签约日期="", 到期日期="", 联系电话=""))

    assert outcomes(batch) == [(2, "same", "")]


def test_who_is_only_in_the_ledger_and_who_is_only_in_the_system(lin: AdminLogin, team: Team) -> None:
    signed(team, 1)
    only_here = signed(team, 2)
    make.agreement(resident=make.resident(identity_number=sheeting.number(4)))  # of another organisation

    batch = compared(lin, line(1), line(3), line(4))

    assert [outcome for _, outcome, _ in outcomes(batch)] == ["same", "only_ledger", "only_ledger"]
    (agreement,) = import_ledgers.only_system(batch).items
    assert agreement.resident_id == only_here.id and import_ledgers.only_system_count(batch) == 1


def test_an_ended_agreement_is_not_in_the_system_any_more(lin: AdminLogin, team: Team) -> None:
    from server.models import AgreementStatus

    resident = make.resident(identity_number=sheeting.number(1))
    make.agreement(resident=resident, team=team, status=AgreementStatus.EXPIRED)

    assert outcomes(compared(lin, line(1)))[0][1] == "only_ledger"


def test_totals_by_township(lin: AdminLogin, team: Team) -> None:
    signed(team, 1)
    signed(team, 2)

    batch = compared(
        lin,
        line(1),
        line(2, 联系电话="13911112222"),
        line(3),
        line(1),
        line(5, 乡镇="石塘街道", 身份证号="123"),
        line(6, 乡镇="石塘街道"),
    )

    totals = {one.place: (one.same, one.different, one.only_ledger, one.merged) for one in import_ledgers.totals(batch)}
    assert totals == {"青义镇": (1, 1, 1, 1), "石塘街道": (0, 0, 1, 0), "": (0, 0, 0, 0)}
    assert access.numbers(batch).outcomes["refused"] == 1


def test_nothing_is_changed_by_it(lin: AdminLogin, team: Team) -> None:
    resident = signed(team, 1)
    before = files.count()

    batch = compared(lin, line(1, 姓名="张大明", 联系电话="13911112222"), line(2))

    assert files.count() == before
    db.session.refresh(resident)
    assert (resident.name, resident.phone) == ("张小明", "13800000000")
    assert {event.action for event in db.session.query(AuditEvent)} == {"import_uploaded"}
    assert db.session.query(ImportRow).filter_by(batch_id=batch.id).count() == 2


def test_a_ledger_may_be_compared_again(lin: AdminLogin, team: Team) -> None:
    signed(team, 1)
    first, again = compared(lin, line(1)), compared(lin, line(1))

    assert first.id != again.id and outcomes(again) == [(2, "same", "")]


def test_a_report_is_masked(lin: AdminLogin, team: Team) -> None:
    signed(team, 1)
    signed(team, 2)

    batch = compared(lin, line(1, 联系电话="13911112222"), line(3))

    text = "\n".join(";".join(row) for row in access.report(batch))
    only_here = "\n".join(";".join(row) for row in access.report(batch, outcome=access.ONLY_SYSTEM))
    assert "电话不同" in text and "张*明" in text and "139****2222" in text
    assert sheeting.number(2)[-4:] in only_here and "仅系统有" in only_here
    for secret in ("张小明", "13911112222", "13800000000", *(sheeting.number(n) for n in (1, 2, 3))):
        assert secret not in text + only_here
