"""The table of reminder rules in the browser, with what has come up to the administrator: N-07 and N-60 of domain.md §7.2."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from server import clock as clocks
from server.models import AdminLogin, Credential, ReminderState, Team
from server.policy import reminders
from tests import make
from tests.conftest import Clock
from tests.handlers.workbench.browser import Browser

TODAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def _on_a_friday(clock: Clock) -> None:
    clock.set("2026-03-20 10:00")


def team(of: AdminLogin, name: str) -> Team:
    """A team of the administrator's organisation."""
    return make.team(lead=make.staff(organisation_id=of.organisation_id), name=name)


def test_every_rule_stands_there_with_the_regions_days_and_its_last_run(browser: Browser) -> None:
    make.saved(ReminderState(key="N-01", planned_through=TODAY, last_run_at=clocks.now(), last_count=37))

    text = browser.get("/reminders").text

    assert [rule.id for rule in reminders.catalogue().rule if rule.id not in text] == []
    assert "应访日：提前7天、提前1天、当天，09:00" in text
    assert "37 条" in text and "尚未运行" in text
    assert [rule.id for rule in reminders.catalogue().rule if rule.not_met not in text] == []


def test_what_is_off_here_can_be_looked_at_alone(browser: Browser) -> None:
    text = browser.get("/reminders?show=本地不用").text

    assert "N-10.2" in text and "N-10.1" not in text  # visits are monthly here


def test_a_rule_that_fails_is_seen_without_its_inner_words(browser: Browser) -> None:
    error = "OperationalError: no such column: followup.colour"
    make.saved(ReminderState(key="N-34.1", last_run_at=clocks.now(), error=error, failing_since=clocks.now()))

    text = browser.get("/reminders").text

    assert "1 条出错" in text and "自 2026-03-20" in text
    assert "OperationalError" not in text


@pytest.mark.parametrize(("day", "is_asked"), [("2026-10-30", False), ("2026-11-02", True)])
def test_years_without_holidays_are_asked_for_from_november_on(
    client: FlaskClient, me: AdminLogin, clock: Clock, day: str, is_asked: bool
) -> None:
    clock.set(f"{day} 10:00")

    text = Browser(client, me).get("/reminders").text

    assert ("2027 年的节假日和调休安排尚未录入" in text) is is_asked
    assert client.get("/health").json["calendar_unknown"] == ([2027] if is_asked else [])


def test_n07_the_desk_lists_by_team_what_is_15_days_overdue_and_hard_ones_after_3(
    browser: Browser, me: AdminLogin
) -> None:
    north, south = team(me, "城北一队"), team(me, "城南一队")
    for due, window_end in ((date(2026, 2, 1), date(2026, 3, 5)), (date(2026, 2, 20), date(2026, 3, 6))):
        make.followup(team=north, due_on=due, window_end_on=window_end, status="missed")
    for due in (date(2026, 3, 17), date(2026, 3, 18)):
        make.followup(team=south, due_on=due, window_end_on=due)
    make.followup(team=make.team(name="别处的队"), due_on=date(2026, 1, 1), window_end_on=date(2026, 1, 15))

    text = browser.get("/reminders").text

    routine, hard = text.split("常规随访超过 15 天")[1].split("限期随访超过 3 天")
    assert "城北一队" in routine and "1 项" in routine and "城南一队" not in routine
    assert "城南一队" in hard and "1 项" in hard
    assert "别处的队" not in text


def test_n07_visits_bound_to_their_day_stand_there_after_3_days(browser: Browser, me: AdminLogin) -> None:
    late = team(me, "城北一队")
    for programme in ("home_visit", "maternal", "discharge", "tb"):
        make.followup(team=late, programme=programme, due_on=date(2026, 3, 17), window_end_on=date(2026, 3, 17))

    hard = browser.get("/reminders").text.split("限期随访超过 3 天")[1]

    assert "城北一队" in hard and "4 项" in hard


def test_n60_the_desk_lists_licences_that_end_within_90_days(browser: Browser, me: AdminLogin) -> None:
    for name, ends in (("周到期", date(2026, 6, 18)), ("吴还早", date(2026, 6, 19)), ("郑过期", date(2026, 3, 1))):
        somebody = make.staff(organisation_id=me.organisation_id, name=name)
        make.saved(Credential(staff_id=somebody.id, licence="clinical", valid_to=ends))

    text = browser.get("/reminders").text

    assert "周到期" in text and "郑过期" in text and "已过期" in text
    assert "吴还早" not in text
