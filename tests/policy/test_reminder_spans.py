"""Which due days a line is about on a day: its hour, holidays, what was missed, and only the latest step of it."""

from datetime import date, datetime

import pytest

from server import policy
from server.clock import SHANGHAI
from server.policy import reminders
from server.policy.reminders.spans import Today, look
from server.policy.workdays import Calendar, calendar

MIANYANG, NATIONAL = policy.load("mianyang"), policy.load("national")
DAYS = calendar(NATIONAL.reminders)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def about(key: str, when: str, through: str | None = None, days: Calendar = DAYS) -> Today | None:
    line = next(one for one in reminders.lines(MIANYANG) if one.key == key)
    return look(line, at(when), date.fromisoformat(through) if through else None, MIANYANG, days)


def steps(key: str, when: str, through: str | None = None) -> dict[str, str]:
    found = about(key, when, through)
    return {str(span.first): span.step for span in found.spans} if found else {}


def test_each_step_finds_its_due_day() -> None:
    assert steps("N-01", "2026-03-02 09:00", "2026-03-01") == {
        "2026-03-09": "-7",
        "2026-03-03": "-1",
        "2026-03-02": "0",
    }


def test_a_day_is_planned_once_and_before_its_hour_it_is_still_yesterday() -> None:
    assert about("N-01", "2026-03-02 15:00", "2026-03-02") is None
    assert about("N-01", "2026-03-02 08:59", "2026-03-01") is None
    assert steps("N-01", "2026-03-02 08:59", "2026-02-28")["2026-03-08"] == "-7"
    assert about("N-11.1", "2026-03-02 17:59", "2026-03-01") is None
    assert steps("N-11.1", "2026-03-02 18:00", "2026-03-01") == {"2026-03-03": "-1"}


def test_after_an_outage_the_latest_step_of_each_due_day_and_nothing_too_old() -> None:
    found = steps("N-01", "2026-03-20 09:00", "2026-03-01")

    assert found["2026-03-20"] == "0"  # the one of the day before is not told any more
    assert "2026-03-19" not in found  # its day is over
    assert sorted(found) == ["2026-03-20", "2026-03-21", *(f"2026-03-{day}" for day in range(24, 28))]


def test_staff_hear_after_an_outage_what_was_due_no_further_back_than_three_days() -> None:
    found = steps("N-05", "2026-03-20 09:00", "2026-03-01")

    assert sorted(found) == [f"2026-03-{day}" for day in range(14, 22)]


def test_on_the_first_run_nothing_older_than_that_is_told_either() -> None:
    assert min(steps("N-04", "2026-03-20 09:00")) == "2026-03-17"


def test_staff_hear_on_friday_of_the_weekend_and_nothing_on_sunday() -> None:
    assert steps("N-02", "2026-03-06 09:00", "2026-03-05") == {
        "2026-03-06": "0", "2026-03-07": "0", "2026-03-08": "0",
        "2026-03-13": "-7", "2026-03-14": "-7", "2026-03-15": "-7",
        "2026-03-20": "-14", "2026-03-21": "-14", "2026-03-22": "-14",
    }  # fmt: skip
    assert about("N-02", "2026-03-08 09:00", "2026-03-06") is None
    assert about("N-02", "2026-03-09 09:00", "2026-03-08") is not None


def test_before_the_national_day_the_week_after_is_told_and_a_worked_saturday_is_a_workday() -> None:
    before = about("N-02", "2026-09-30 09:00", "2026-09-29")

    assert before is not None and before.through == date(2026, 10, 7)
    assert about("N-02", "2026-10-10 09:00", "2026-10-09") is not None  # a Saturday, worked instead


def test_hard_deadlines_are_not_moved() -> None:
    assert steps("N-04", "2026-03-08 09:00", "2026-03-07") == {
        "2026-03-13": "-5",
        "2026-03-10": "-2",
        "2026-03-08": "0",
    }


def test_monthly_visits_go_by_the_days_of_the_month() -> None:
    assert about("N-10.1", "2026-04-02 09:00", "2026-04-01").spans == ()  # type: ignore[union-attr]
    (span,) = about("N-10.1", "2026-04-01 09:00", "2026-03-31").spans  # type: ignore[union-attr]
    assert (span.first, span.last, span.step) == (date(2026, 4, 1), date(2026, 4, 30), "d1")
    (late,) = about("N-10.1", "2026-04-22 09:00", "2026-03-31").spans  # type: ignore[union-attr]
    assert late.step == "d20"


@pytest.mark.parametrize(("key", "when", "ends"), [("N-01", "2026-03-02 09:00", "2026-03-03"),
                                                   ("N-34.2", "2026-03-02 09:00", "2026-03-06")])  # fmt: skip
def test_a_notice_ends_with_its_due_day_or_some_days_after_it_was_due_itself(key: str, when: str, ends: str) -> None:
    found = about(key, when, "2026-03-01")

    assert found is not None
    assert str(min(span.expires_on for span in found.spans)) == ends


def test_the_list_of_the_year_speaks_of_the_whole_year() -> None:
    (span,) = about("N-40.2", "2026-09-30 09:00", "2026-09-29").spans  # type: ignore[union-attr]

    assert (span.first, span.last, span.step) == (date(2026, 1, 1), date(2026, 12, 31), "10-01")
