"""Who should be signed: the month's list, what finishes an entry, reasons and informed notices."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock as clocks
from server import policy as policies
from server.access import unsigned as access
from server.actions import signing
from server.database import db
from server.jobs import agreements as jobs
from server.jobs.cli import work_of
from server.models import (
    Agreement,
    AgreementStatus,
    AuditEvent,
    InformedNotice,
    Resident,
    Staff,
    Team,
    UnsignedEntry,
    UnsignedEntryEvent,
    UnsignedReason,
    WorklistRun,
    states,
)
from server.models.refusal import EntryStatus, NoticeOutcome, ReasonCode, Signer, Source
from tests import make
from tests.actions.leaving import DOCTOR, POLICY
from tests.actions.test_signing import SIGNATURE
from tests.conftest import Clock

S, R = EntryStatus, ReasonCode
QJ = policies.load("qianjiang")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here needs a database."""


@pytest.fixture
def team() -> Team:
    """A team that answers for the township 510703001."""
    made = make.team()
    make.area("510703001", team=made)
    return made


def someone(code: str = "510703001", group: str | None = "HTN", **fields: Any) -> Resident:
    from server.models import Area

    area_id = db.session.scalar(select(Area.id).where(Area.code == code))
    who = make.resident(area_id=area_id, **fields)
    if group:
        make.tag(group, resident=who)
    return who


def run(app: Any) -> int:
    return jobs.list_unsigned(work_of(app))


def entries() -> list[UnsignedEntry]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(UnsignedEntry).order_by(UnsignedEntry.month, UnsignedEntry.id)).unique())


def entry_of(who: Resident) -> UnsignedEntry:
    (found,) = [entry for entry in entries() if entry.resident_id == who.id]
    return found


# ---------------------------------------------------------------- the list


def test_key_people_without_an_agreement_are_listed_with_the_team_of_their_area(app: Any, team: Team) -> None:
    make.area("510703001002")
    lin, inner = someone(), someone("510703001002", "TB")
    someone(group=None)  # general population
    someone(group="COPD")  # a group that does not come first here
    make.agreement(resident=someone())
    make.agreement(resident=someone(), status=AgreementStatus.PENDING_TEAM)
    someone(died_on=date(2026, 1, 1))
    run(app)

    assert {entry.resident_id for entry in entries()} == {lin.id, inner.id}
    assert {(entry.team_id, entry.month, entry.status, entry.source) for entry in entries()} == {
        (team.id, "2026-03", S.OPEN, Source.KEY)
    }


def test_declared_tags_do_not_list_anybody(app: Any, team: Team) -> None:
    who = someone(group=None)
    make.tag("DISABLED", resident=who, status="waiting", source="resident_declared")
    run(app)

    assert entries() == []


def test_running_the_job_twice_is_running_it_once(app: Any, team: Team, clock: Clock) -> None:
    someone()
    run(app)
    clock.advance(days=1)
    run(app)

    assert len(entries()) == 1
    assert db.session.scalar(select(func.count(UnsignedEntryEvent.id))) == 1
    assert db.session.scalar(select(WorklistRun.made)) == 1


def test_a_stopped_pass_goes_on_where_it_was(app: Any, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.actions.signing.unsigned.STEP_ROWS", 2)
    people = [someone() for _ in range(5)]
    assert signing.list_next(POLICY)
    assert len(entries()) == 2

    run(app)

    assert {entry.resident_id for entry in entries()} == {person.id for person in people}
    assert not signing.list_next(POLICY)


def test_a_new_month_carries_over_who_is_still_open(app: Any, team: Team, clock: Clock) -> None:
    lin = someone()
    run(app)
    clock.set("2026-04-01 02:00")
    run(app)

    assert [(row.month, row.status, row.live_key) for row in entries()] == [
        ("2026-03", S.CARRIED, None),
        ("2026-04", S.OPEN, lin.id),
    ]


def test_the_database_keeps_one_entry_a_month_and_one_live(team: Team) -> None:
    lin = make.resident()
    make.unsigned(resident=lin, team=team)

    with pytest.raises(Exception, match="(?i)unique|duplicate"):
        make.unsigned(resident=lin, team=team, status="signed", live_key=None)
    with pytest.raises(Exception, match="(?i)unique|duplicate"):
        make.unsigned(resident=lin, team=team, month="2026-04")


def test_where_no_team_answers_the_institution_does(app: Any) -> None:
    centre = make.organisation()
    make.area("510703001", organisation_id=centre.id)
    make.area("510703001002")
    lin = someone("510703001002")
    make.area("510704001")
    someone("510704001")  # nobody answers for it
    run(app)

    assert [(row.resident_id, row.organisation_id, row.team_id) for row in entries()] == [(lin.id, centre.id, None)]


def test_groups_come_in_the_order_of_the_policy(app: Any, team: Team) -> None:
    key = [str(group) for group in POLICY.groups.key]
    last, first = someone(group=key[-1]), someone(group=key[0])
    run(app)

    assert entry_of(first).priority == 0
    assert entry_of(last).priority == len(key) - 1


def test_groups_of_a_regions_variants_come_too(app: Any, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = SimpleNamespace(load=policies.load, variants=lambda _region: ("fujian",))
    monkeypatch.setattr(access, "policies", stub)
    who = someone(group="MONITORED")  # first in the variant only
    while signing.list_next(POLICY):
        pass

    assert entry_of(who).priority == len(POLICY.groups.key)


def test_an_agreement_that_ran_out_brings_its_resident_back_to_the_last_team(app: Any, team: Team) -> None:
    old, key = make.team(), someone()
    general = make.resident()
    for who in (general, key):
        make.agreement(
            resident=who, team=old, status=AgreementStatus.EXPIRED, start_on=date(2025, 2, 20), end_on=date(2026, 2, 19)
        )
    make.agreement(
        resident=make.resident(),
        team=old,
        status=AgreementStatus.EXPIRED,
        start_on=date(2024, 2, 20),
        end_on=date(2025, 2, 19),
    )  # of the general population, a year ago
    run(app)

    assert {row.resident_id: (row.team_id, row.source) for row in entries()} == {
        general.id: (old.id, Source.LAPSED),
        key.id: (old.id, Source.LAPSED),
    }
    assert entry_of(general).priority > entry_of(key).priority


def test_a_lapsed_resident_with_a_successor_is_not_listed(app: Any, team: Team) -> None:
    who = make.resident()
    make.agreement(
        resident=who, team=team, status=AgreementStatus.EXPIRED, start_on=date(2025, 2, 20), end_on=date(2026, 2, 19)
    )
    make.agreement(resident=who, team=team)
    run(app)

    assert entries() == []


# ---------------------------------------------------------------- what finishes an entry


def accepted(who: Resident, team: Team) -> Agreement:
    agreement = make.agreement(resident=who, team=team, status=AgreementStatus.PENDING_TEAM)
    return signing.accept(agreement, policy=POLICY, by=DOCTOR, staff=team.lead)


def test_signing_finishes_it_with_reason_and_notice(team: Team) -> None:
    entry = make.unsigned(team=team)
    notice = informed(entry, team)

    accepted(entry.resident, team)

    assert entry_of(entry.resident).status == S.SIGNED
    assert db.session.get(InformedNotice, notice.id).outcome == NoticeOutcome.FOLLOWED
    assert db.session.scalar(select(UnsignedReason)).ended_by == "signed"


def test_the_night_finishes_what_came_in_another_way(app: Any, team: Team) -> None:
    signed, dead, elsewhere, stays = (someone(died_on=None) for _ in range(4))
    run(app)
    make.agreement(resident=signed, team=team)
    other = make.area("510704001", team=make.team())
    with make.transaction() as session:
        session.get(Resident, dead.id).died_on = date(2026, 3, 1)
        session.get(Resident, elsewhere.id).area_id = other.id
    run(app)

    found = {entry.resident_id: entry.status for entry in entries()}
    assert found == {
        signed.id: S.SIGNED,
        dead.id: S.CLOSED_DEATH,
        elsewhere.id: S.CLOSED_MOVED,
        stays.id: S.OPEN,
    }


def test_moving_within_the_same_institution_finishes_nothing(app: Any, team: Team) -> None:
    who = someone()
    run(app)
    near = make.area("510703002", organisation_id=team.organisation_id)
    with make.transaction() as session:
        session.get(Resident, who.id).area_id = near.id
    run(app)

    assert entry_of(who).status == S.OPEN


def test_closing_an_agreement_by_moving_finishes_what_was_open(team: Team) -> None:
    agreement = make.agreement(team=team)
    make.unsigned(resident=agreement.resident, team=team)

    signing.close(agreement, signing.Event.MOVED, clocks.today(), by=DOCTOR)

    assert entry_of(agreement.resident).status == S.CLOSED_MOVED


# ---------------------------------------------------------------- contacts and reasons


def give(entry: UnsignedEntry, code: ReasonCode, note: str = "", **more: Any) -> UnsignedEntry:
    values = {"died_on": None, "policy": POLICY, "by": DOCTOR} | more
    return signing.give_reason(entry, code, note=note, **values)


def test_contacts_are_counted(team: Team) -> None:
    entry = make.unsigned(team=team)
    signing.note_contact(entry, by=DOCTOR)
    done = signing.note_contact(entry, by=DOCTOR)

    assert (done.status, done.contacts) == (S.CONTACTED, 2)


def test_a_reason_keeps_its_history_and_excuses_until_its_review(app: Any, team: Team, clock: Clock) -> None:
    lin = someone()
    run(app)
    give(entry_of(lin), R.LOST_CONTACT)
    give(entry_of(lin), R.LOST_CONTACT)  # again: nothing new
    give(entry_of(lin), R.IN_PRISON, "明年六月")

    rows = db.session.scalars(select(UnsignedReason).order_by(UnsignedReason.recorded_at)).all()
    assert [(row.code, row.ended_by, row.open_key) for row in rows] == [
        (R.LOST_CONTACT, "replaced", None),
        (R.IN_PRISON, "", lin.id),
    ]
    assert rows[1].review_on == date(2026, 9, 2)
    assert entry_of(lin).status == S.EXPLAINED
    clock.set("2026-04-01 02:00")
    run(app)
    assert [row.month for row in entries()] == ["2026-03"]
    clock.set("2026-09-03 02:00")
    run(app)
    assert [(row.month, row.status) for row in entries()] == [("2026-03", S.CARRIED), ("2026-09", S.OPEN)]


def test_other_needs_a_word_and_the_region_must_know_the_reason(team: Team) -> None:
    entry = make.unsigned(team=team)
    with pytest.raises(signing.ReasonNoteNeeded):
        give(entry, R.OTHER, " ")
    narrow = POLICY.model_copy(update={"refusal": POLICY.refusal.model_copy(update={"reasons": ["refused"]})})
    with pytest.raises(signing.ReasonNotListed):
        give(entry, R.LOST_CONTACT, policy=narrow)

    assert entry_of(entry.resident).status == S.OPEN


def test_a_death_is_registered_once_and_ends_everything(team: Team) -> None:
    entry = make.unsigned(team=team)
    make.followup(resident=entry.resident, team=team)
    with pytest.raises(signing.ClosingDateInvalid):
        give(entry, R.DECEASED, died_on=date(2026, 3, 3))
    for _ in range(2):
        give(entry, R.DECEASED, died_on=date(2026, 2, 27))

    db.session.expire_all()
    assert entry.resident.died_on == date(2026, 2, 27)
    assert entry_of(entry.resident).status == S.CLOSED_DEATH
    registered = select(func.count(AuditEvent.id)).where(AuditEvent.action == "death_registered")
    assert db.session.scalar(registered) == 1
    reasons = db.session.scalars(select(UnsignedReason)).all()
    assert [(row.code, row.ended_by) for row in reasons] == [(R.DECEASED, "closed_death")]
    with pytest.raises(signing.ResidentDeceased):
        signing.check_alive(entry.resident)


def test_a_death_registered_elsewhere_is_not_registered_again(team: Team) -> None:
    agreement = make.agreement(team=team, status=AgreementStatus.EXPIRED)
    entry = make.unsigned(resident=agreement.resident, team=team)
    signing.close(agreement, signing.Event.DEATH, date(2026, 3, 1), by=DOCTOR)
    assert entry_of(entry.resident).status == S.CLOSED_DEATH

    give(entry, R.DECEASED, died_on=date(2026, 2, 1))

    db.session.expire_all()
    assert entry.resident.died_on == date(2026, 3, 1)


def test_a_finished_entry_takes_no_reason(team: Team) -> None:
    entry = make.unsigned(team=team, status="signed", live_key=None)

    with pytest.raises(states.IllegalMove):
        give(entry, R.LOST_CONTACT)
    with pytest.raises(states.IllegalMove):
        signing.note_contact(entry, by=DOCTOR)


def test_refusing_needs_a_notice_where_the_region_wants_one(team: Team) -> None:
    entry, other = make.unsigned(team=team), make.unsigned(team=team)
    with pytest.raises(signing.NoticeNeeded):
        give(entry, R.REFUSED, policy=QJ)
    informed(entry, team, policy=QJ)
    give(entry, R.REFUSED, "说过两次", policy=QJ)
    give(other, R.REFUSED, policy=POLICY)

    assert entry_of(entry.resident).status == S.NOTICED
    assert entry_of(other.resident).status == S.EXPLAINED


# ---------------------------------------------------------------- informed notices


def informed(entry: UnsignedEntry, team: Team, **changes: Any) -> InformedNotice:
    staff: Staff = team.lead
    policy = changes.get("policy", POLICY)
    _, text = signing.notice_text(entry.resident, team, staff, policy)
    values = {
        "text_sha256": text.sha256,
        "signer": Signer.RESIDENT,
        "signature": SIGNATURE,
        "witness_name": "",
        "policy": policy,
        "by": DOCTOR,
        "staff": staff,
    }
    return signing.inform(entry, team, **(values | changes))[0]


def test_an_informed_notice_is_frozen_and_records_the_refusal(team: Team) -> None:
    entry = make.unsigned(team=team)
    notice = informed(entry, team)

    assert notice.text_body.startswith("家庭医生签约服务知情告知书\n")
    assert entry.resident.name in notice.text_body and "自愿不签约" in notice.text_body
    assert (notice.text_version, notice.channel, notice.staff_id) == ("2026-11", "staff_phone", team.lead.id)
    assert notice.number.startswith("GZ20260302-")
    assert entry_of(entry.resident).status == S.NOTICED
    reason = db.session.scalar(select(UnsignedReason))
    assert (reason.code, reason.notice_id) == (R.REFUSED, notice.id)


def test_repeating_a_notice_keeps_the_first(team: Team) -> None:
    entry = make.unsigned(team=team)

    assert informed(entry, team).id == informed(entry, team).id


def test_who_refuses_even_that_needs_a_witness(team: Team) -> None:
    entry = make.unsigned(team=team)
    for nobody in ("", " ", team.lead.name, entry.resident.name):
        with pytest.raises(signing.WitnessUnnamed):
            informed(entry, team, signer=Signer.WITNESS, witness_name=nobody)

    notice = informed(entry, team, signer=Signer.WITNESS, witness_name="村委会 王强")

    assert (notice.signer, notice.witness_name) == (Signer.WITNESS, "村委会 王强")


def test_what_was_not_shown_or_not_drawn_is_no_notice(team: Team) -> None:
    entry = make.unsigned(team=team)
    with pytest.raises(signing.TextChanged):
        informed(entry, team, text_sha256="0" * 64)
    with pytest.raises(signing.SignatureInvalid):
        informed(entry, team, signature="data:image/png;base64,")

    assert entry_of(entry.resident).status == S.OPEN


def test_after_the_review_a_new_notice_takes_the_place_of_the_old(app: Any, team: Team, clock: Clock) -> None:
    lin = someone()
    run(app)
    old = informed(entry_of(lin), team)
    clock.set("2026-09-03 02:00")
    run(app)
    new = informed(entries()[-1], team)

    db.session.expire_all()
    assert db.session.get(InformedNotice, old.id).outcome == NoticeOutcome.REPLACED
    assert db.session.get(InformedNotice, new.id).open_key == lin.id


def test_the_dead_sign_no_notice(team: Team) -> None:
    entry = make.unsigned(team=team)
    with make.transaction() as session:
        session.get(Resident, entry.resident_id).died_on = clocks.today() - timedelta(days=1)

    with pytest.raises(signing.ResidentDeceased):
        informed(entry, team)
