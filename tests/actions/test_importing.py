"""Old signings on paper: uploaded, checked, approved by another person, entered; and every way it is refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy.exc import DBAPIError

from server import policy as policies
from server import sheets
from server.actions import importing
from server.database import db
from server.errors import AppError
from server.models import (
    AdminLogin,
    Agreement,
    AgreementEvent,
    AgreementStatus,
    AuditEvent,
    ImportBatch,
    ImportEvent,
    ImportFilePart,
    ImportPiece,
    ImportRow,
    ImportStatus,
    Notification,
    RealNameState,
    Resident,
    Team,
    states,
)
from server.policy.backfill import Purpose
from tests import make, sheeting
from tests.actions import importing as files
from tests.actions.importing import approve, handed_in, imported, outcomes
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers


@pytest.fixture
def lin(app: APIFlask) -> AdminLogin:
    return browsers.admin()


@pytest.fixture
def second(lin: AdminLogin) -> AdminLogin:
    return browsers.admin(lin.organisation, username="second", name="周主任")


@pytest.fixture
def team(lin: AdminLogin) -> Team:
    make.package(code="basic")
    return make.team(lead=make.staff(organisation=lin.organisation_id), name="第一团队")


def status(batch: ImportBatch) -> str:
    db.session.refresh(batch)
    return str(batch.status)


# ---------------------------------------------------------------- the whole way


def test_a_row_becomes_a_person_and_an_agreement(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = imported(lin, second, sheeting.row())

    agreement = db.session.query(Agreement).one()
    resident = agreement.resident
    assert status(batch) == "done" and outcomes(batch) == [(2, "entered", "")]
    assert (agreement.status, agreement.channel, agreement.team_id) == (AgreementStatus.ACTIVE, "backfill", team.id)
    assert (agreement.signed_on, agreement.start_on) == (date(2026, 1, 5), date(2026, 1, 5))
    assert (agreement.end_on, agreement.paper_reference) == (date(2027, 1, 4), "2026-0001")
    assert agreement.requested_at.date() == date(2026, 3, 2) and agreement.decided_by == second.id
    assert agreement.policy is not None and agreement.policy.region == "mianyang"
    assert "纸质协议签字日期：2026年1月5日" in agreement.text_body and agreement.signature is None
    assert (resident.name, resident.real_name_state) == ("张小明", RealNameState.STAFF_SEEN)
    assert (resident.phone, resident.address, resident.verify_due_at) == ("13800000000", "北街1号", None)
    db.session.refresh(team)
    assert team.panel_count == 1


def test_operator_reviewer_and_every_step_are_on_record(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = imported(lin, second, sheeting.row())

    (step,) = db.session.query(AgreementEvent).all()
    assert (step.old, step.new, step.actor_id, step.reason) == ("", "active", lin.id, "backfill")
    moves = [(event.new, event.actor_id) for event in db.session.query(ImportEvent).order_by(ImportEvent.id)]
    assert moves == [
        ("uploaded", lin.id), ("checking", "clock"), ("checked", "clock"), ("running", second.id), ("done", "clock"),
    ]  # fmt: skip
    actions = {event.action for event in db.session.query(AuditEvent)}
    assert {"import_uploaded", "import_approved", "import_finished", "agreement_backfilled"} <= actions
    assert (batch.uploaded_by, batch.reviewed_by) == (lin.id, second.id)


def test_what_has_ended_is_entered_as_expired_and_takes_no_place(
    lin: AdminLogin, second: AdminLogin, team: Team
) -> None:
    imported(lin, second, sheeting.row(签约日期="2021-03-02"))

    agreement = db.session.query(Agreement).one()
    assert (agreement.status, agreement.end_on) == (AgreementStatus.EXPIRED, date(2022, 3, 1))
    assert agreement.active_key is None
    db.session.refresh(team)
    assert team.panel_count == 0


@pytest.mark.parametrize(("signed", "to"), [("2025-03-03", "active"), ("2025-03-02", "expired")])
def test_the_last_day_is_still_active(lin: AdminLogin, second: AdminLogin, team: Team, signed: str, to: str) -> None:
    """Today is 2026-03-02: signed on 2025-03-03 ends today, inclusive."""
    imported(lin, second, sheeting.row(签约日期=signed))

    assert db.session.query(Agreement).one().status == to


def test_the_dry_run_enters_nobody(lin: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row())

    assert status(batch) == "checked" and outcomes(batch) == [(2, "ready", "")]
    assert files.count() == (0, 0)


# ---------------------------------------------------------------- two persons


def test_the_uploader_cannot_approve(lin: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row())

    with pytest.raises(importing.ImportSecondPersonNeeded):
        approve(batch, lin)
    assert status(batch) == "checked"


def test_the_database_itself_refuses_one_person_for_both(lin: AdminLogin, team: Team) -> None:
    with pytest.raises(DBAPIError):
        make.import_batch(lin, reviewed_by=lin.id)
    with pytest.raises(DBAPIError):
        make.import_batch(lin, status=ImportStatus.DONE)


def test_nothing_runs_before_it_is_checked(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = files.upload(lin, sheeting.csv_file([sheeting.row()]))

    with pytest.raises(states.IllegalMove):
        approve(batch, second)


def test_a_file_without_a_good_row_is_not_run(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row(签约团队="别的团队"))

    with pytest.raises(importing.ImportNothingReady):
        approve(batch, second)


def test_a_region_that_takes_no_imports_refuses(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    closed = files.POLICY.model_copy(
        update={"records": files.POLICY.records.model_copy(update={"import_enabled": False})}
    )

    with pytest.raises(importing.ImportClosed):
        files.upload(lin, b"x", policy=closed)
    batch = handed_in(lin, sheeting.row())
    with pytest.raises(importing.ImportClosed):
        approve(batch, second, closed)


# ---------------------------------------------------------------- wrong files change nothing


def test_a_wrong_file_keeps_nothing(lin: AdminLogin) -> None:
    with pytest.raises(sheets.FileNotSheet):
        files.upload(lin, b"%PDF\0")

    assert db.session.query(ImportBatch).count() == db.session.query(ImportFilePart).count() == 0


def test_a_file_that_breaks_in_the_middle_fails_and_is_forgotten(lin: AdminLogin, team: Team) -> None:
    good = sheeting.csv_file([sheeting.row() for _ in range(1200)])
    batch = files.upload(lin, good + b'"never closed')

    files.check()

    assert (status(batch), batch.failure_code) == ("failed", "file_damaged")
    assert db.session.query(ImportPiece).count() == db.session.query(ImportFilePart).count() == 0
    assert files.count() == (0, 0)


@pytest.mark.parametrize("content", ["姓名,证件号码\n", "\n\n"])
def test_a_file_without_rows_fails(lin: AdminLogin, content: str) -> None:
    batch = files.upload(lin, content.encode())

    files.check()

    assert (status(batch), batch.failure_code) == ("failed", "file_empty")


def test_the_same_file_is_taken_once(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    content = sheeting.csv_file([sheeting.row()])
    first = files.upload(lin, content)

    with pytest.raises(importing.ImportFileKnown):
        files.upload(second, content)
    importing.cancel(first, by=files.by(lin))
    assert files.upload(second, content).id != first.id


def test_files_are_sealed_and_dropped_once_read(lin: AdminLogin, team: Team) -> None:
    files.upload(lin, sheeting.csv_file([sheeting.row()]))
    raw = db.session.connection().exec_driver_sql("SELECT body FROM import_file_part").scalar_one()
    assert "张小明" not in raw and sheeting.number(1) not in raw

    files.check()

    assert db.session.query(ImportFilePart).count() == 0
    raw = db.session.connection().exec_driver_sql("SELECT body FROM import_piece").scalar_one()
    assert "张小明" not in raw and sheeting.number(1) not in raw


# ---------------------------------------------------------------- columns


def test_a_title_above_and_the_templates_example_are_passed_over(lin: AdminLogin, team: Team) -> None:
    rows = [sheeting.row(姓名="示例（请删除本行）"), sheeting.row()]
    batch = files.upload(lin, sheeting.xlsx_file(rows, title="2026年签约台账"))

    files.check()

    assert outcomes(batch) == [(4, "ready", "")]


def test_unknown_headings_wait_for_somebody_to_say(lin: AdminLogin, team: Team) -> None:
    headings = {"A": "姓名", "B": "证件号码", "C": "签约团队", "D": "服务包", "E": "签约日期", "F": "纸质协议编号"}
    row = sheeting.row()
    content = sheeting.csv_file([{key: row[name] for key, name in headings.items()}], headings=list(headings))
    batch = files.upload(lin, content)
    files.check()
    assert status(batch) == "mapping"

    with pytest.raises(importing.ImportColumnsMissing) as missing:
        importing.choose_columns(batch, {"name": 0, "number": 1}, by=files.by(lin))
    assert set(missing.value.details["fields"]) == {"team", "package", "signed_on", "paper"}
    with pytest.raises(importing.ImportColumnsMissing):
        importing.choose_columns(
            batch, {"name": 0, "number": 1, "team": 2, "package": 3, "signed_on": 4, "paper": 4}, by=files.by(lin)
        )
    importing.choose_columns(
        batch, {"name": 0, "number": 1, "team": 2, "package": 3, "signed_on": 4, "paper": 5}, by=files.by(lin)
    )
    files.check()

    assert outcomes(batch) == [(2, "ready", "phone_missing")]


def test_checking_again_with_other_columns_replaces_the_report(lin: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row(), sheeting.row(姓名="李四", 证件号码=sheeting.number(2)))
    mapping = {"name": 3, "number": 1, "team": 4, "package": 5, "signed_on": 6, "paper": 7}

    importing.choose_columns(batch, mapping, by=files.by(lin))
    files.check()

    assert [outcome for _, outcome, _ in outcomes(batch)] == ["refused", "refused"]


# ---------------------------------------------------------------- what the database knows


def test_problems_are_reported_row_by_row_and_faulty_rows_are_kept_sealed(lin: AdminLogin, team: Team) -> None:
    batch = handed_in(
        lin,
        sheeting.row(),
        sheeting.row(姓名="李四", 证件号码="510799195003150010"),
        sheeting.row(姓名="王五", 证件号码=sheeting.number(3), 签约团队="城南团队", 服务包="gold"),
    )

    assert outcomes(batch) == [
        (2, "ready", ""), (3, "refused", "id_checksum"), (4, "refused", "team_unknown,package_unknown"),
    ]  # fmt: skip
    kept = [row.cells for row in db.session.query(ImportRow).order_by(ImportRow.row_index)]
    assert kept[0] is None and kept[1] and "510799195003150010" in kept[1]
    raw = db.session.connection().exec_driver_sql("SELECT cells FROM import_row WHERE number = 3").scalar_one()
    assert "510799195003150010" not in raw


def test_a_team_of_another_organisation_is_unknown(lin: AdminLogin, team: Team) -> None:
    make.team(name="别处的团队")

    assert outcomes(handed_in(lin, sheeting.row(签约团队="别处的团队")))[0][2] == "team_unknown"


def test_a_known_person_is_joined_and_seen(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number=sheeting.number(1), phone=None, real_name_state="unverified")

    imported(lin, second, sheeting.row())

    db.session.refresh(known)
    assert db.session.query(Resident).count() == 1 and db.session.query(Agreement).one().resident_id == known.id
    assert (known.real_name_state, known.phone) == (RealNameState.STAFF_SEEN, "13800000000")


def test_what_a_person_told_us_himself_is_not_overwritten(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number=sheeting.number(1), phone="13911112222", real_name_state="verified")

    batch = imported(lin, second, sheeting.row())

    db.session.refresh(known)
    assert (known.phone, known.real_name_state) == ("13911112222", RealNameState.VERIFIED)
    assert outcomes(batch) == [(2, "entered", "phone_differs")]


@pytest.mark.parametrize("fields", [{"name": "李四"}, {"birth_on": date(1951, 3, 15)}])
def test_a_known_number_of_somebody_else_is_refused(lin: AdminLogin, team: Team, fields: dict[str, Any]) -> None:
    make.resident(identity_number=sheeting.number(1), **fields)

    assert outcomes(handed_in(lin, sheeting.row())) == [(2, "refused", "person_differs")]


def test_an_old_fifteen_digit_number_is_the_same_person(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number="510799195003150016")

    imported(lin, second, sheeting.row(证件号码="510799500315001"))

    assert db.session.query(Agreement).one().resident_id == known.id


def test_two_rows_about_one_signing_are_merged(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = imported(
        lin,
        second,
        sheeting.row(证件号码="510799195003150016"),
        sheeting.row(证件号码="510799500315001", 纸质协议编号="2026-0001B"),
    )

    assert outcomes(batch) == [(2, "entered", ""), (3, "merged", "id_converted,same_in_file")]
    assert files.count() == (1, 1)


def test_a_signing_the_system_knows_is_merged(lin: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number=sheeting.number(1))
    agreement = make.agreement(resident=known, team=team, start_on=date(2026, 1, 5))

    batch = handed_in(lin, sheeting.row())

    assert outcomes(batch) == [(2, "merged", "same_in_system")]
    assert db.session.query(ImportRow).one().agreement_id == agreement.id


def test_the_same_ledger_in_another_file_enters_nobody_twice(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    imported(lin, second, sheeting.row())

    batch = handed_in(lin, sheeting.row(家庭住址="另一处"))

    assert outcomes(batch) == [(2, "merged", "same_in_system")]


def test_terms_that_overlap_are_refused(lin: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number=sheeting.number(1))
    make.agreement(resident=known, start_on=date(2025, 6, 1))

    assert outcomes(handed_in(lin, sheeting.row())) == [(2, "refused", "agreement_overlap")]


def test_two_rows_of_one_person_that_overlap_are_refused_in_the_dry_run(lin: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row(), sheeting.row(签约日期="2026-02-01"))

    assert outcomes(batch) == [(2, "ready", ""), (3, "refused", "agreement_overlap")]


def test_terms_one_after_the_other_are_entered(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    imported(lin, second, sheeting.row(签约日期="2025-01-05"), sheeting.row(签约日期="2026-01-05"))

    found = db.session.query(Agreement).order_by(Agreement.start_on)
    assert [str(agreement.status) for agreement in found] == ["expired", "active"]


def test_somebody_who_waits_for_an_answer_is_refused_while_it_would_run(lin: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number=sheeting.number(1))
    make.agreement(resident=known, status=AgreementStatus.PENDING_TEAM)

    batch = handed_in(lin, sheeting.row(), sheeting.row(签约日期="2020-01-05"))

    assert outcomes(batch) == [(2, "refused", "agreement_waiting"), (3, "ready", "")]


def test_a_dead_person_gets_no_running_agreement(lin: AdminLogin, team: Team) -> None:
    make.resident(identity_number=sheeting.number(1), died_on=date(2026, 2, 1))

    batch = handed_in(lin, sheeting.row(), sheeting.row(签约日期="2020-01-05"))

    assert outcomes(batch) == [(2, "refused", "resident_deceased"), (3, "ready", "")]


def test_a_withdrawn_request_is_in_nobodys_way(lin: AdminLogin, team: Team) -> None:
    known = make.resident(identity_number=sheeting.number(1))
    make.agreement(resident=known, status=AgreementStatus.WITHDRAWN)

    assert outcomes(handed_in(lin, sheeting.row())) == [(2, "ready", "")]


# ---------------------------------------------------------------- running


def test_a_full_team_refuses_row_by_row(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    small = make.team(lead=make.staff(organisation=lin.organisation_id), name="小团队", panel_cap=1)
    rows = [sheeting.row(证件号码=sheeting.number(n), 签约团队="小团队") for n in range(1, 4)]

    batch = imported(lin, second, *rows)

    assert [outcome for _, outcome, _ in outcomes(batch)] == ["entered", "refused", "refused"]
    assert outcomes(batch)[1][2] == "cap_exceeded" and files.count() == (1, 1)
    db.session.refresh(small)
    assert small.panel_count == 1


def test_what_came_between_the_report_and_the_run_is_refused(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row())
    known = make.resident(identity_number=sheeting.number(1))
    make.agreement(resident=known)
    approve(batch, second)

    files.run()

    assert outcomes(batch) == [(2, "refused", "agreement_overlap")]
    assert status(batch) == "done"


def test_only_rows_the_report_found_good_are_entered(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = handed_in(lin, sheeting.row(), sheeting.row(证件号码=sheeting.number(2), 签约团队="新团队"))
    make.team(lead=make.staff(organisation=lin.organisation_id), name="新团队")
    approve(batch, second)

    files.run()

    assert [outcome for _, outcome, _ in outcomes(batch)] == ["entered", "refused"]


def test_a_person_registered_at_this_very_moment_stops_no_other_row(
    lin: AdminLogin, second: AdminLogin, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.access import import_rows

    make.resident(identity_number=sheeting.number(2))
    batch = handed_in(lin, *(sheeting.row(证件号码=sheeting.number(n)) for n in (1, 2, 3)))
    approve(batch, second)
    # as if the person had been registered after the look-up and before the insert
    monkeypatch.setattr(import_rows, "residents_by_hash", lambda hashes: {})

    files.run()

    assert outcomes(batch) == [(2, "entered", ""), (3, "refused", "taken_meanwhile"), (4, "entered", "")]


def test_cancelling_in_the_middle_keeps_what_was_entered(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    from server.actions import signing

    batch = handed_in(lin, *(sheeting.row(证件号码=sheeting.number(n)) for n in range(1, 6)))
    approve(batch, second)
    signing.enter_next(files.POLICY, rows=2)

    importing.cancel(batch, by=files.by(lin))
    files.run()

    assert status(batch) == "cancelled" and files.count() == (2, 2)
    assert [outcome for _, outcome, _ in outcomes(batch)] == ["entered"] * 2 + ["ready"] * 3
    assert importing.cancel(batch, by=files.by(lin)).status == "cancelled"


def test_a_row_already_taken_by_another_process_is_not_entered_again(
    lin: AdminLogin, second: AdminLogin, team: Team
) -> None:
    from server.actions.signing import backfilling

    batch = handed_in(lin, *(sheeting.row(证件号码=sheeting.number(n)) for n in range(1, 4)))
    approve(batch, second)
    policy_id = backfilling.frozen(files.POLICY)

    first = backfilling._enter(batch.id, 0, 2, policy=files.POLICY, policy_id=policy_id)
    late = backfilling._enter(batch.id, 0, 2, policy=files.POLICY, policy_id=policy_id)

    assert (first, late) == (True, False) and files.count() == (2, 2)


# ---------------------------------------------------------------- afterwards


def test_content_is_forgotten_after_some_days_and_results_stay(
    lin: AdminLogin, second: AdminLogin, team: Team, clock: Clock
) -> None:
    batch = imported(lin, second, sheeting.row(), sheeting.row(姓名=""))
    clock.advance(days=29)
    assert importing.forget_next(30) is False
    clock.advance(days=2)

    while importing.forget_next(30):
        pass

    db.session.expire_all()
    assert batch.purged_at is not None and db.session.query(ImportPiece).count() == 0
    assert [row.cells for row in db.session.query(ImportRow)] == [None, None]
    assert [outcome for _, outcome, _ in outcomes(batch)] == ["entered", "refused"]


def test_notices_of_days_gone_by_are_not_sent_one_by_one(
    lin: AdminLogin, second: AdminLogin, team: Team, clock: Clock
) -> None:
    """A term that ends in 6 days: one notice says so, not those of 30 and of 7 days before; the last one will come."""
    from server.actions import signing

    imported(lin, second, sheeting.row(签约日期=(date(2025, 3, 2) + timedelta(days=7)).isoformat()))

    def told() -> int:
        while signing.offer_next_renewal(files.POLICY):
            pass
        return db.session.query(Notification).filter_by(kind="renewal_offer").count()

    assert told() == 1
    clock.advance(days=5)
    assert told() == 2


def test_purposes_of_the_policy_are_those_of_the_table() -> None:
    assert {str(purpose) for purpose in Purpose} == {"backfill", "ledger", "shifts"}


def test_regions_enter_by_their_own_end_rule(lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    special = policies.load("changyinsha_special")
    if not special.records.import_enabled:
        with pytest.raises(AppError):
            handed_in(lin, sheeting.row(), policy=special)
        return
    imported(lin, second, sheeting.row(签约日期="2017-04-20"), policy=special)

    agreement = db.session.query(Agreement).one()
    assert (agreement.end_on, agreement.term_months) == (date(2018, 2, 28), None)
