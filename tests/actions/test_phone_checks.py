"""Phone checks: sampled, called, found wrong, updated, checked again; and who shares a number."""

import pytest
from apiflask import APIFlask
from sqlalchemy.exc import DBAPIError

from server import clock
from server import policy as policies
from server.access import phone_checks as access
from server.actions import phone_checks, signing
from server.actions.phone_checks import PhoneCheckDone, PhoneNumberSame
from server.database import db
from server.models import (
    AdminLogin,
    Agreement,
    AuditEvent,
    PhoneCheck,
    PhoneCheckEvent,
    PhoneCheckStatus,
    PhoneResult,
    Resident,
)
from server.models.actor import Actor, ActorKind
from server.models.phone_check import CheckMethod
from server.policy.identity import PhoneFormat
from tests import make, sheeting
from tests.actions.importing import imported
from tests.handlers.workbench import browser as browsers

BY = Actor(ActorKind.ADMIN, "0" * 26)
P = PhoneCheckStatus


@pytest.fixture(autouse=True)
def _app(app: APIFlask) -> None:
    """Every test here writes to a database."""


def found(check: PhoneCheck, result: PhoneResult, note: str = "") -> PhoneCheck:
    return phone_checks.record(check, result=result, method=CheckMethod.CALL, note=note, by=BY)


def test_a_number_that_serves_is_confirmed_with_who_when_and_how() -> None:
    check = make.phone_check()

    found(check, PhoneResult.OK)

    assert (check.status, check.result, check.method, check.checked_by) == (P.CONFIRMED, "ok", "call", BY.id)
    assert check.checked_at == clock.now().replace(
        microsecond=check.checked_at.microsecond, second=check.checked_at.second
    )
    assert check.open_key is None
    (step,) = db.session.query(PhoneCheckEvent).all()
    assert (step.old, step.new, step.reason) == ("to_check", "confirmed", "ok")


@pytest.mark.parametrize("result", [result for result in PhoneResult if result is not PhoneResult.OK])
def test_anything_else_leaves_the_task_to_update(result: PhoneResult) -> None:
    check = found(make.phone_check(), result, "邻居接听")

    assert (check.status, check.result, check.note) == (P.TO_UPDATE, result, "邻居接听")
    assert check.open_key == check.resident_id
    with pytest.raises(PhoneCheckDone):
        found(check, PhoneResult.UNREACHABLE)


def test_a_new_number_is_checked_in_its_turn_and_the_old_one_stays_in_the_history() -> None:
    check = found(make.phone_check(), PhoneResult.EMPTY_NUMBER)

    following = phone_checks.enter_number(check, "+86 139-1111-2222", by=BY)

    assert (check.status, following.status) == (P.UPDATED, P.TO_CHECK)
    assert db.session.get_one(Resident, check.resident_id).phone == "13911112222" == following.phone
    assert [one.phone for one in access.history(following)] == ["13911112222", "13800000000"]
    assert {event.action for event in db.session.query(AuditEvent)} >= {"phone_checked", "phone_updated"}


def test_who_could_not_be_reached_may_be_reached_later() -> None:
    check = found(make.phone_check(), PhoneResult.UNREACHABLE)

    assert found(check, PhoneResult.OK).status == P.CONFIRMED


@pytest.mark.parametrize(
    ("phone", "error"), [("13800000000", PhoneNumberSame), ("12345", PhoneFormat), ("1064912345678", PhoneFormat)]
)
def test_what_is_no_new_number_is_refused(phone: str, error: type[Exception]) -> None:
    check = make.phone_check()

    with pytest.raises(error):
        phone_checks.enter_number(check, phone, by=BY)
    assert check.status == P.TO_CHECK


def test_what_a_colleague_finished_is_refused() -> None:
    check = found(make.phone_check(), PhoneResult.OK)

    with pytest.raises(PhoneCheckDone):
        found(check, PhoneResult.OK)
    with pytest.raises(PhoneCheckDone):
        phone_checks.enter_number(check, "13911112222", by=BY)


def test_one_check_of_a_person_is_open_at_a_time() -> None:
    check = make.phone_check()

    with pytest.raises(DBAPIError):
        make.phone_check(agreement=db.session.query(Agreement).filter_by(resident_id=check.resident_id).one())
    with pytest.raises(DBAPIError):
        make.phone_check(status=P.CONFIRMED, open_key=None)


def test_when_the_service_ends_nobody_has_to_call() -> None:
    agreement = make.agreement()
    check = make.phone_check(agreement=agreement)

    signing.close(agreement, signing.Event.DEATH, clock.today(), by=BY)

    db.session.refresh(check)
    assert (check.status, check.open_key) == (P.DROPPED, None)


# ---------------------------------------------------------------- whom to call


def test_a_sample_takes_people_nobody_asked_about_and_no_more_than_wanted() -> None:
    team = make.team()
    for _ in range(5):
        make.agreement(team=team)
    make.agreement(team=team, resident=make.resident(phone=None))
    make.agreement()

    assert phone_checks.sample(team, 3, by=BY) == 3
    assert phone_checks.sample(team, 200, by=BY) == 2
    assert phone_checks.sample(team, 200, by=BY) == 0
    assert {check.team_id for check in db.session.query(PhoneCheck)} == {team.id}


def test_a_region_that_asks_for_it_checks_every_number_it_enters() -> None:
    lin = browsers.admin()
    second = browsers.admin(lin.organisation, username="second")
    make.package(code="basic")
    make.team(lead=make.staff(organisation=lin.organisation_id), name="第一团队")
    asks = policies.load("qianjiang")
    no_campaign = {"backfill_from": None, "backfill_to": None, "backfill_deadline": None}
    asks = asks.model_copy(update={"records": asks.records.model_copy(update=no_campaign)})

    imported(lin, second, sheeting.row())
    assert db.session.query(PhoneCheck).count() == 0
    imported(lin, second, sheeting.row(证件号码=sheeting.number(2)), policy=asks)

    (check,) = db.session.query(PhoneCheck).all()
    assert (check.status, check.phone) == (P.TO_CHECK, "13800000000")


# ---------------------------------------------------------------- shared numbers


def test_one_number_at_more_than_five_strangers_is_odd() -> None:
    people = [make.resident(phone="13900000000") for _ in range(6)]
    assert (access.shared(people[0]).others, access.shared(people[0]).is_odd) == (5, False)

    make.resident(phone="13900000000")

    assert access.shared(people[0]).is_odd


def test_a_family_may_share_one_number() -> None:
    head = make.resident(phone="13900000000")
    home = make.household(head)
    for _ in range(6):
        make.member(home, make.resident(phone="13900000000"), "20")

    assert access.shared(head).others == 0


def test_the_hash_follows_the_number() -> None:
    one = make.resident(phone="13900000000")
    assert one.phone_hash == Resident.phone_hash_of("13900000000")

    from server.database import transaction

    with transaction():
        one.phone = None
    assert one.phone_hash is None and access.shared(one).others == 0


def test_others_see_nothing_of_it() -> None:
    make.phone_check()
    stranger: AdminLogin = browsers.admin()

    assert access.checks("to_check", by=stranger).items == []
