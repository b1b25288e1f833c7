"""What is spoken of before its day, once each: N-46, N-48, N-54, N-58 of domain.md §7.2."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import ahead
from server.database import db
from server.models import Agreement, AuthorityKind, CampaignTarget, Notification
from tests import make
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers

SPECIAL = "changyinsha_special"


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.fixture
def admin(app: Any) -> Any:
    """An administrator of a new organisation."""
    return browsers.admin()


def told(kind: str) -> list[tuple[str, dict[str, Any]]]:
    rows = db.session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.id))
    return [(str(clocks.local(row.created_at).date()), row.facts) for row in rows]


def always() -> bool:
    return True


def every_day(clock: Clock, first: date, days: int, step: Any) -> None:
    """Run a step on each of so many mornings, twice."""
    for day in range(days):
        clock.set(f"{first + timedelta(days=day)} 09:20")
        for _ in range(2):
            step(always)


def test_n46_a_card_is_spoken_of_30_and_7_days_before_its_last_one(clock: Clock) -> None:
    agreement = make.agreement()
    make.card(agreement, until_on=date(2026, 4, 20))
    make.card(make.agreement(), until_on=date(2026, 4, 20), balance_fen=0)  # nothing on it
    make.card(make.agreement(), until_on=date(2026, 4, 20), closed_at=clocks.now())

    every_day(clock, date(2026, 3, 18), 36, ahead.tell_cards)

    assert told("card_expiring") == [
        ("2026-03-21", {"balance_fen": 100_000, "until": "2026-04-20"}),
        ("2026-04-13", {"balance_fen": 100_000, "until": "2026-04-20"}),
    ]


def test_n46_a_night_on_which_nothing_ran_loses_nothing(clock: Clock) -> None:
    make.card(make.agreement(), until_on=date(2026, 4, 20))

    clock.set("2026-03-25 09:20")
    ahead.tell_cards(always)
    ahead.tell_cards(lambda: False)

    assert [day for day, _ in told("card_expiring")] == ["2026-03-25"]


def ward(birth_on: date) -> tuple[Agreement, Any]:
    parent, child = make.resident(birth_on=date(1985, 1, 1)), make.resident(birth_on=birth_on)
    last = date(birth_on.year + 18, birth_on.month, birth_on.day) - timedelta(days=1)
    make.authority(parent, child, AuthorityKind.MINOR, valid_to=last)
    return make.agreement(resident=child, consents=["service_content"]), parent


def test_n54_ward_and_guardian_hear_of_the_14th_birthday_30_days_before(clock: Clock) -> None:
    agreement, parent = ward(date(2012, 4, 10))
    ward(date(2012, 9, 1))  # later this year
    ward(date(2011, 12, 1))  # is fourteen

    every_day(clock, date(2026, 3, 9), 5, ahead.tell_own_data)

    rows = db.session.scalars(select(Notification).where(Notification.kind == "own_data_ahead")).all()
    assert {row.resident_id for row in rows} == {agreement.resident_id, parent.id}
    assert {day for day, _ in told("own_data_ahead")} == {"2026-03-11"}
    assert all(row.facts["due_on"] == "2026-04-10" for row in rows)
    db.session.refresh(agreement)
    assert agreement.own_consent_due


def test_n54_nobody_who_is_not_served_is_asked(clock: Clock) -> None:
    parent, child = make.resident(birth_on=date(1985, 1, 1)), make.resident(birth_on=date(2012, 4, 10))
    make.authority(parent, child, AuthorityKind.MINOR, valid_to=date(2030, 4, 9))

    every_day(clock, date(2026, 3, 12), 1, ahead.tell_own_data)

    assert told("own_data_ahead") == []


def newborn(birth_on: date, document_type: str = "90") -> Any:
    parent = make.resident(birth_on=date(1990, 5, 1))
    child = make.resident(birth_on=birth_on, document_type=document_type)
    last = date(birth_on.year + 18, birth_on.month, birth_on.day) - timedelta(days=1)
    make.authority(parent, child, AuthorityKind.MINOR, valid_to=last)
    return parent


def test_guardians_hear_30_and_7_days_before_a_newborn_must_have_its_own_number(clock: Clock) -> None:
    parent = newborn(date(2025, 4, 10))
    newborn(date(2025, 4, 10), "01")  # has its number
    newborn(date(2025, 9, 1))  # later
    newborn(date(2025, 3, 9))  # is one year old on the first day that is looked at

    every_day(clock, date(2026, 3, 9), 32, ahead.tell_newborns)

    rows = db.session.scalars(select(Notification).where(Notification.kind == "newborn_number_due")).all()
    assert {row.resident_id for row in rows} == {parent.id}
    assert [(day, facts["until"]) for day, facts in told("newborn_number_due")] == [
        ("2026-03-11", "2026-04-10"),
        ("2026-04-03", "2026-04-10"),
    ]


def test_n48_the_team_hears_of_visits_still_owed_six_and_two_months_before_the_end(clock: Clock) -> None:
    team = make.team()
    make.user(staff=team.lead)
    owed, done = (make.agreement(team=team, start_on=date(2026, 3, 2), region=SPECIAL) for _ in range(2))
    for agreement, used in ((owed, 1), (done, 2)):
        make.entitlement(agreement=agreement, kind="specialist_visit", promised=2, used=used, is_minimum=True)
    assert owed.end_on == date(2027, 3, 1)

    def step(keep_going: Any) -> int:
        return ahead.tell_visits(keep_going, policies.load("changyinsha"))

    every_day(clock, date(2026, 8, 30), 4, step)
    assert ahead.tell_visits(always, policies.load("mianyang")) == 0
    every_day(clock, date(2026, 12, 30), 4, step)

    rows = db.session.scalars(select(Notification).where(Notification.kind == "specialist_due")).all()
    assert {row.subject_id for row in rows} == {owed.id}
    assert [day for day, _ in told("specialist_due")] == ["2026-09-01", "2027-01-01"]


def test_n58_a_campaign_is_spoken_of_each_week_and_at_its_end(clock: Clock, admin: Any) -> None:
    team = make.team(lead=make.staff(organisation=admin.organisation_id))
    make.user(staff=team.lead)
    campaign = make.campaign(admin, deadline_on=date(2026, 3, 25), filled_at=clocks.now())
    signed = make.agreement().resident
    for who in (make.resident(), make.resident(), signed):
        make.saved(CampaignTarget(campaign_id=campaign.id, resident_id=who.id))

    every_day(clock, date(2026, 3, 2), 30, ahead.tell_campaigns)

    said = told("campaign_ahead")
    assert [day for day, _ in said] == ["2026-03-09", "2026-03-16", "2026-03-18", "2026-03-22", "2026-03-24"]
    assert {facts["left"] for _, facts in said} == {"2"}


def test_n58_what_is_done_is_not_spoken_of(clock: Clock, admin: Any) -> None:
    team = make.team(lead=make.staff(organisation=admin.organisation_id))
    make.user(staff=team.lead)
    campaign = make.campaign(admin, filled_at=clocks.now())
    make.saved(CampaignTarget(campaign_id=campaign.id, resident_id=make.agreement().resident_id))

    every_day(clock, date(2026, 3, 9), 1, ahead.tell_campaigns)

    assert told("campaign_ahead") == []
