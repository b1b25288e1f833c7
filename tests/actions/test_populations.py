"""Tags: declared, certified, added, listed, derived, ended; who may do what, and what hangs on it (domain.md §4)."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock, policy
from server.actions import accounts, followups, populations, signing
from server.actions.populations import Line, Told
from server.database import db, transaction
from server.models import (
    Enrolment,
    FollowUp,
    FollowUpStatus,
    PopulationTag,
    Programme,
    Resident,
    TagSource,
    TagStatus,
    states,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.models.population import groups_of
from server.policy import texts
from server.policy.parts.kinds import Group
from tests import make

MIANYANG = policy.load("mianyang")
DAY = timedelta(days=1)
IMPORTER, CERTIFIER = Actor(ActorKind.ADMIN, "importer"), Actor(ActorKind.ADMIN, "certifier")
DOCTOR = Actor(ActorKind.STAFF, "doctor")
DIAGNOSED = Told(diagnosed_on=date(2025, 5, 1), institution="市中心医院")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def me(resident: Resident) -> Actor:
    return Actor(ActorKind.RESIDENT, make.user(resident=resident).id)


def groups(resident: Resident, on: date | None = None) -> frozenset[str]:
    return groups_of([resident.id], on or clock.today())[resident.id]


def woman(**fields: Any) -> Resident:
    return make.resident(**{"sex": 2, "birth_on": date(1995, 1, 1), **fields})


# ---------------------------------------------------------------- declaring and certifying


def test_a_declaration_counts_only_once_certified() -> None:
    resident = woman()
    tag = populations.declare(resident, Group.MATERNAL, Told(due_on=date(2026, 6, 1)), by=me(resident))

    assert (tag.status, groups(resident)) == (TagStatus.WAITING, frozenset())

    populations.certify(tag, by=DOCTOR)

    assert groups(resident) == {"MATERNAL"}
    assert (tag.source, tag.certified_by) == (TagSource.RESIDENT_DECLARED, "doctor")
    assert tag.valid_to == date(2026, 6, 1) + timedelta(days=14 + 42)


def test_declaring_again_changes_what_waits_and_adds_nothing() -> None:
    resident = woman()
    by = me(resident)
    first = populations.declare(resident, Group.MATERNAL, Told(due_on=date(2026, 6, 1)), by=by)

    second = populations.declare(resident, Group.MATERNAL, Told(last_period_on=date(2025, 9, 1)), by=by)

    assert second.id == first.id
    assert json.loads(second.detail or "") == {"due_on": "2026-06-08", "last_period_on": "2025-09-01"}


def test_what_was_declined_or_taken_back_may_be_declared_again() -> None:
    resident = make.resident()
    by = me(resident)
    told = Told(since_on=date(2025, 1, 1))
    populations.decline(populations.declare(resident, Group.FLOATING, told, by=by), by=DOCTOR)
    second = populations.declare(resident, Group.FLOATING, told, by=by)
    populations.withdraw(second, by=by)
    third = populations.declare(resident, Group.FLOATING, told, by=by)

    assert [tag.status for tag in db.session.scalars(select(PopulationTag).order_by(PopulationTag.id))] == [
        "declined", "withdrawn", "waiting",
    ]  # fmt: skip
    populations.certify(third, by=DOCTOR)
    with pytest.raises(populations.AlreadyInGroup):
        populations.declare(resident, Group.FLOATING, told, by=by)


@pytest.mark.parametrize("group", [Group.HTN, Group.TB, Group.SMI, Group.LOW_INCOME, Group.ELDER, Group.SPECIAL_FP])
def test_residents_do_not_declare_what_others_say(group: Group) -> None:
    resident = make.resident()

    with pytest.raises(populations.GroupNotAllowed):
        populations.declare(resident, group, DIAGNOSED, by=me(resident))


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (Group.MATERNAL, Told()),
        (Group.MATERNAL, Told(due_on=date(2027, 6, 1))),
        (Group.MATERNAL, Told(due_on=date(2025, 6, 1))),
        (Group.MATERNAL, Told(delivered_on=date(2026, 3, 3))),
        (Group.FLOATING, Told()),
        (Group.FLOATING, Told(since_on=date(2026, 3, 3))),
    ],
)
def test_what_cannot_be_meant_is_refused(group: Group, told: Told) -> None:
    resident = woman()

    with pytest.raises(populations.DeclarationInvalid):
        populations.declare(resident, group, told, by=me(resident))


def test_a_man_is_not_pregnant() -> None:
    resident = make.resident(sex=1)

    with pytest.raises(populations.DeclarationInvalid):
        populations.declare(resident, Group.MATERNAL, Told(due_on=date(2026, 6, 1)), by=me(resident))


def test_a_disability_certificate_must_be_the_persons_own() -> None:
    resident = make.resident(identity_number="510799195003150016")
    by = me(resident)

    tag = populations.declare(resident, Group.DISABLED, Told(certificate="51079919500315001643"), by=by)

    assert json.loads(tag.detail or "") == {"category": 4, "grade": 3}
    assert tag.evidence == "51079919500315001643"
    with pytest.raises(populations.DeclarationInvalid):
        populations.declare(resident, Group.DISABLED, Told(certificate="51079919610302012543"), by=by)


def test_nobody_certifies_or_adds_what_concerns_himself() -> None:
    resident = make.resident()
    staff = make.staff()
    make.user(resident=resident, staff=staff)
    own = Actor(ActorKind.STAFF, staff.id)
    tag = populations.declare(
        resident, Group.FLOATING, Told(since_on=date(2025, 1, 1)), by=Actor(ActorKind.RESIDENT, "u")
    )

    with pytest.raises(populations.OwnDeclaration):
        populations.certify(tag, by=own)
    with pytest.raises(populations.OwnDeclaration):
        populations.add(resident, Group.HTN, DIAGNOSED, by=own)


# ---------------------------------------------------------------- staff


@pytest.mark.parametrize("group", ["HTN", "DM", "COPD", "STROKE", "CHD", "CANCER", "IMMOBILE"])
def test_staff_certifies_a_diagnosis_with_date_and_institution(group: str) -> None:
    resident = make.resident()

    tag = populations.add(resident, Group(group), DIAGNOSED, by=DOCTOR)

    assert groups(resident) == {group}
    assert groups(resident, date(2025, 5, 1)) == {group}
    assert tag.reassess_on == (date(2027, 3, 2) if group == "IMMOBILE" else None)
    with pytest.raises(populations.AlreadyInGroup):
        populations.add(resident, Group(group), DIAGNOSED, by=DOCTOR)


@pytest.mark.parametrize("group", ["TB", "SMI", "LOW_INCOME", "OUT_OF_POVERTY", "ELDER", "NONLOCAL"])
def test_staff_does_not_say_what_hospitals_and_authorities_say(group: str) -> None:
    with pytest.raises(populations.GroupNotAllowed):
        populations.add(make.resident(), Group(group), DIAGNOSED, by=DOCTOR)


def test_a_diagnosis_needs_its_date_and_institution() -> None:
    with pytest.raises(populations.DeclarationInvalid):
        populations.add(make.resident(), Group.DM, Told(diagnosed_on=date(2025, 5, 1)), by=DOCTOR)


def test_looking_again_at_the_immobile_moves_the_next_look_by_a_year(clock: Any) -> None:
    tag = populations.add(make.resident(), Group.IMMOBILE, DIAGNOSED, by=DOCTOR)
    clock.set("2027-02-20 09:00")

    assert populations.reassess(tag, by=DOCTOR).reassess_on == date(2028, 2, 20)
    with pytest.raises(populations.GroupNotAllowed):
        populations.reassess(populations.add(make.resident(), Group.HTN, DIAGNOSED, by=DOCTOR), by=DOCTOR)


def test_a_birth_ends_the_group_forty_two_days_later(clock: Any) -> None:
    resident = woman()
    tag = populations.add(resident, Group.MATERNAL, Told(due_on=date(2026, 3, 20)), by=DOCTOR)
    clock.set("2026-03-22 09:00")

    tag = populations.delivered(tag, date(2026, 3, 21), by=DOCTOR)

    assert tag.valid_to == date(2026, 5, 2)
    clock.set("2026-05-03 00:10")
    assert populations.expire_next(MIANYANG)
    assert not populations.expire_next(MIANYANG)
    assert db.session.get_one(PopulationTag, tag.id).status == TagStatus.ENDED
    assert groups(resident, date(2026, 5, 2)) == {"MATERNAL"}
    assert groups(resident) == frozenset()


def test_ending_a_group_closes_its_programme_with_the_reason() -> None:
    agreement = make.agreement()
    followups.enrol(agreement.resident, Programme.HTN, date(2026, 3, 9), by=CLOCK, policy=MIANYANG)
    followups.enrol(agreement.resident, Programme.HOME_VISIT, date(2026, 3, 9), by=CLOCK, policy=MIANYANG)
    tag = db.session.scalar(select(PopulationTag).where(PopulationTag.group == "HTN"))
    assert tag is not None

    populations.end(tag, is_wrong=True, by=DOCTOR, policy=MIANYANG)

    assert tag.status == TagStatus.VOID
    assert {(row.programme, row.ended_reason) for row in db.session.scalars(select(Enrolment))} == {
        ("htn", "group_ended:HTN"), ("home_visit", "group_ended:HTN"),
    }  # fmt: skip
    assert set(db.session.scalars(select(FollowUp.status))) == {FollowUpStatus.CANCELLED}


def test_visits_go_on_for_another_group_that_asks_for_them() -> None:
    agreement = make.agreement()
    followups.enrol(agreement.resident, Programme.HTN, date(2026, 3, 9), by=CLOCK, policy=MIANYANG)
    followups.enrol(agreement.resident, Programme.HOME_VISIT, date(2026, 3, 9), by=CLOCK, policy=MIANYANG)
    populations.add(agreement.resident, Group.DM, DIAGNOSED, by=DOCTOR)
    tag = db.session.scalar(select(PopulationTag).where(PopulationTag.group == "HTN"))
    assert tag is not None

    populations.end(tag, is_wrong=False, by=DOCTOR, policy=MIANYANG)

    assert (tag.status, tag.valid_to) == (TagStatus.ENDED, clock.today() - DAY)
    still = select(Enrolment.programme).where(Enrolment.open_key.is_not(None))
    assert db.session.scalars(still).all() == ["home_visit"]


# ---------------------------------------------------------------- lists


def test_a_list_counts_once_a_second_person_certified_it() -> None:
    known = make.resident(name="李建国", identity_number="510799195003150016")
    centre = make.organisation()
    lines = [Line("李建国", "510799195003150016"), Line("王秀英", "510799196103020125", note="边缘户")]

    batch = populations.import_list(centre, Group.LOW_INCOME, "民政〔2026〕3号", lines, by=IMPORTER)

    assert groups(known) == frozenset()
    with pytest.raises(populations.ListSecondPerson):
        populations.decide(batch, approve=True, by=IMPORTER)
    populations.decide(batch, approve=True, by=CERTIFIER)
    assert groups(known) == {"LOW_INCOME"}
    tags = list(db.session.scalars(select(PopulationTag)))
    assert [(tag.source, tag.evidence, tag.certified_by) for tag in tags] == [
        ("list", "民政〔2026〕3号", "certifier")
    ] * 2
    assert db.session.scalar(select(Resident.real_name_state).where(Resident.id != known.id)) == "unverified"
    with pytest.raises(states.StaleState):
        populations.decide(batch, approve=False, by=IMPORTER)


def test_a_declined_list_counts_nothing() -> None:
    batch = populations.import_list(
        make.organisation(), Group.MONITORED, "名单", [Line("王秀英", "510799196103020125")], by=IMPORTER
    )

    populations.decide(batch, approve=False, by=CERTIFIER)

    tag = db.session.scalar(select(PopulationTag))
    assert tag is not None
    assert (tag.status, groups(tag.resident)) == (TagStatus.DECLINED, frozenset())


def test_a_list_with_a_bad_line_is_taken_as_a_whole_or_not_at_all() -> None:
    make.resident(name="李建国", identity_number="510799195003150016")
    lines = [
        Line("王秀英", "510799196103020125"),
        Line("张三", "510799195003150010"),
        Line("王秀英", "510799196103020125"),
    ]

    with pytest.raises(populations.ListInvalid) as refused:
        populations.import_list(make.organisation(), Group.LOW_INCOME, "名单", lines, by=IMPORTER)
    with pytest.raises(populations.ListInvalid):
        populations.import_list(
            make.organisation(), Group.LOW_INCOME, "名单", [Line("别人", "510799195003150016")], by=IMPORTER
        )

    assert sorted(refused.value.details["rows"]) == ["2", "3"]
    assert db.session.scalars(select(PopulationTag)).all() == []


def test_hardship_by_illness_ends_after_twelve_months_and_a_removal_at_once(clock: Any) -> None:
    line = [Line("王秀英", "510799196103020125")]
    for group in (Group.HARDSHIP_ILLNESS, Group.LOW_INCOME):
        batch = populations.import_list(make.organisation(), group, "名单", line, by=IMPORTER)
        populations.decide(batch, approve=True, by=CERTIFIER)
    tag = db.session.scalar(select(PopulationTag).where(PopulationTag.group == "LOW_INCOME"))
    assert tag is not None

    populations.remove(tag, by=IMPORTER, policy=MIANYANG)

    assert groups(tag.resident) == {"HARDSHIP_ILLNESS"}
    assert groups(tag.resident, date(2027, 3, 1)) == {"HARDSHIP_ILLNESS"}
    assert groups(tag.resident, date(2027, 3, 2)) == frozenset()


@pytest.mark.parametrize("group", [Group.TB, Group.SMI])
def test_tuberculosis_and_mental_disorders_come_by_a_hospitals_notice(group: Group) -> None:
    line = [Line("王秀英", "510799196103020125")]

    batch = populations.import_list(make.organisation(), group, "定点医院通知单", line, by=IMPORTER)
    populations.decide(batch, approve=True, by=CERTIFIER)

    assert db.session.scalars(select(PopulationTag.group)).all() == [group]


def test_no_list_says_who_is_ill_of_what_staff_diagnoses() -> None:
    with pytest.raises(populations.GroupNotAllowed):
        populations.import_list(
            make.organisation(), Group.HTN, "名单", [Line("王秀英", "510799196103020125")], by=IMPORTER
        )


# ---------------------------------------------------------------- derived


def test_the_night_derives_who_is_due_and_nobody_else(clock: Any) -> None:
    elder = make.resident(birth_on=date(1961, 3, 3))
    child = make.resident(birth_on=date(2019, 3, 3))
    adult = make.resident(birth_on=date(1990, 1, 1))
    while populations.derive_next(MIANYANG):
        pass
    assert (groups(elder), groups(child), groups(adult)) == (frozenset(), {"CHILD"}, frozenset())
    assert adult.groups_due_on == date(2055, 1, 1)

    clock.set("2026-03-03 00:10")
    assert populations.derive_next(MIANYANG)
    assert not populations.derive_next(MIANYANG)
    while populations.expire_next(MIANYANG):
        pass

    assert (groups(elder), groups(child)) == ({"ELDER"}, frozenset())
    assert set(db.session.scalars(select(PopulationTag.certified_by))) == {"clock"}


def test_a_corrected_birth_date_derives_again() -> None:
    resident = make.resident(birth_on=date(1950, 3, 15))
    populations.derive_next(MIANYANG)
    assert groups(resident) == {"ELDER"}

    with transaction():
        db.session.get_one(Resident, resident.id).birth_on = date(1990, 3, 15)
    assert populations.derive_next(MIANYANG)

    assert groups(resident) == frozenset()
    assert db.session.scalars(select(PopulationTag.status)).all() == ["void"]


def test_another_elderly_age_in_the_policy_derives_everybody_again() -> None:
    resident = make.resident(birth_on=date(1964, 1, 1))
    while populations.derive_next(MIANYANG):
        pass
    sixty = MIANYANG.model_copy(update={"groups": MIANYANG.groups.model_copy(update={"elderly_min_age": 60})})

    while populations.derive_next(sixty):
        pass

    assert groups(resident) == {"ELDER"}


def test_binding_derives_at_once() -> None:
    user = make.user(consent=texts.privacy()[0])
    by = Actor(ActorKind.RESIDENT, user.id)

    resident = accounts.bind_identity(user, name="李建国", number="510799195003150016", rules=MIANYANG.groups, by=by)

    assert groups(resident) == {"ELDER"}
    assert not populations.derive_next(MIANYANG)


def test_a_death_ends_every_group_on_its_day() -> None:
    agreement = make.agreement()
    resident = agreement.resident
    make.tag("HTN", resident=resident, valid_from=date(2025, 1, 1))
    populations.declare(resident, Group.FLOATING, Told(since_on=date(2025, 1, 1)), by=me(resident))

    signing.close(agreement, signing.Event.DEATH, date(2026, 3, 1), by=DOCTOR)
    while populations.derive_next(MIANYANG):
        pass

    assert groups(resident, date(2026, 3, 1)) == {"HTN"}
    assert groups(resident) == frozenset()
    assert set(db.session.scalars(select(PopulationTag.status))) == {"ended", "declined"}


def test_moving_away_ends_only_the_floating_population() -> None:
    agreement = make.agreement()
    resident = agreement.resident
    for group in ("HTN", "FLOATING"):
        make.tag(group, resident=resident, valid_from=date(2025, 1, 1))

    signing.close(agreement, signing.Event.MOVED, date(2026, 3, 1), by=DOCTOR)

    assert groups(resident) == {"HTN"}


# ---------------------------------------------------------------- visits by group


def test_chronic_patients_under_contract_are_enrolled_for_the_monthly_visit() -> None:
    signed, unsigned = make.agreement().resident, make.resident()
    for resident in (signed, unsigned):
        make.tag("DM", resident=resident)
    waiting = make.agreement().resident
    make.tag("HTN", resident=waiting, status=TagStatus.WAITING)

    place: str | None = ""
    while place is not None:
        place = followups.enrol_visited_next(MIANYANG, place)

    assert db.session.scalars(select(Enrolment.resident_id)).all() == [signed.id]


def test_where_visits_are_on_need_nobody_is_enrolled_by_group() -> None:
    make.tag("IMMOBILE", resident=make.agreement().resident)

    assert followups.enrol_visited_next(policy.load("fujian"), "") is None
    assert db.session.scalars(select(Enrolment)).all() == []


def test_special_households_are_visited_monthly_where_the_region_is_not() -> None:
    region = policy.load("changyinsha")
    special, other = make.agreement().resident, make.agreement().resident
    make.tag("SPECIAL_FP", resident=special)
    followups.enrol(other, Programme.HOME_VISIT, date(2026, 3, 9), by=CLOCK, policy=region)
    place: str | None = ""
    while place is not None:
        place = followups.enrol_visited_next(region, place)

    while followups.plan_visits_next(region):
        pass

    due = select(FollowUp.due_on).where(FollowUp.resident_id == special.id).order_by(FollowUp.due_on)
    assert db.session.scalars(due).all() == [date(2026, 3, 31), date(2026, 4, 30)]
    assert len(db.session.scalars(select(FollowUp).where(FollowUp.resident_id == other.id)).all()) == 1
