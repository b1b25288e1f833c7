"""Working time: several periods a day, holidays and the days moved around them."""

from datetime import date, datetime, timedelta

import pytest

from server import policy
from server.policy.business_hours import HERE, Hours, of_region, ordered, parse, spoken
from server.policy.workdays import Calendar, calendar

HOURS = Hours(ordered([parse("14:00-17:30"), parse("08:00-12:00")]), (), Calendar())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02T09:00", 60, "2026-03-02T10:00"),  # within a period
        ("2026-03-02T11:00", 60, "2026-03-02T12:00"),  # to its very end
        ("2026-03-02T11:30", 60, "2026-03-02T14:30"),  # over the noon break
        ("2026-03-02T12:30", 30, "2026-03-02T14:30"),  # begins in the break
        ("2026-03-02T17:00", 60, "2026-03-03T08:30"),  # over night
        ("2026-03-06T17:00", 240, "2026-03-09T11:30"),  # over a weekend
        ("2026-02-13T17:00", 60, "2026-02-14T08:30"),  # into a Saturday worked for the Spring Festival
        ("2026-02-14T17:00", 60, "2026-02-24T08:30"),  # over the Spring Festival
        ("2026-09-30T17:30", 30, "2026-10-08T08:30"),  # over National Day
    ],
)
def test_time_passes_only_while_the_team_works(start: str, minutes: int, end: str) -> None:
    assert HOURS.after(at(start), minutes) == at(end)
    assert HOURS.minutes(at(start), at(end)) == minutes


def test_a_team_that_works_on_rest_days_answers_on_sundays_too() -> None:
    open_on_sundays = Hours(HOURS.workday, (parse("09:00-11:00"),), Calendar())

    assert open_on_sundays.after(at("2026-03-06T17:00"), 60) == at("2026-03-07T09:30")
    assert open_on_sundays.is_open(at("2026-03-08T10:59"))
    assert not open_on_sundays.is_open(at("2026-03-08T11:00"))


def test_a_day_the_region_takes_off_is_no_working_day() -> None:
    local = Hours(HOURS.workday, (), Calendar(off=frozenset({date(2026, 3, 3)})))

    assert local.after(at("2026-03-02T17:30"), 30) == at("2026-03-04T08:30")


def test_without_any_hours_time_is_plain_time() -> None:
    assert Hours((), (), Calendar()).after(at("2026-03-02T23:00"), 90) == at("2026-03-03T00:30")
    assert Hours((), (), Calendar()).minutes(at("2026-03-02T08:00"), at("2026-03-03T08:00")) == 0


@pytest.mark.parametrize("text", ["8-12", "12:00-08:00", "08:00-08:00", "08:00-24:01", "08:61-12:00", "", "08:00"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)


def test_periods_of_a_day_may_touch_but_not_overlap() -> None:
    assert len(ordered([parse("08:00-12:00"), parse("12:00-14:00")])) == 2
    with pytest.raises(ValueError, match="overlap"):
        ordered([parse("08:00-12:00"), parse("11:59-14:00")])


def test_the_region_says_when_teams_answer() -> None:
    rules = policy.load("mianyang")
    hours = of_region(rules.answering, calendar(rules.reminders))

    assert [str(period) for period in hours.workday] == ["08:00-12:00", "14:00-17:30"]
    assert hours.restday == ()


def test_a_promised_time_is_said_as_people_say_it() -> None:
    now = at("2026-03-02T09:00")

    assert spoken(at("2026-03-02T16:30"), now) == "今天 16:30"
    assert spoken(at("2026-03-03T08:20") + timedelta(seconds=1), now) == "明天 08:21"
    assert spoken(at("2026-03-09T08:20"), now) == "3月9日（周一）08:20"
