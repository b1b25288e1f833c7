"""Quiet hours and reminder steps; all times Shanghai."""

from datetime import date, datetime, timedelta

import pytest

from server import policy
from server.clock import SHANGHAI
from server.policy.reminder_times import is_quiet, quiet_ends, reminder_day, steps_before, steps_in_month

RULES = policy.load("mianyang").reminders


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("07:59:59", True), ("08:00", False), ("20:59:59", False), ("21:00", True), ("00:00", True), ("12:00", False)],
)
def test_quiet_hours_begin_and_end_sharply(at: str, quiet: bool) -> None:
    assert is_quiet(local(f"2026-03-02 {at}"), RULES) is quiet


@pytest.mark.parametrize(("at", "day"), [("2026-03-02 22:00", 3), ("2026-03-03 03:00", 3)])
def test_a_held_back_message_goes_out_after_eight_within_half_an_hour(at: str, day: int) -> None:
    ends = quiet_ends(local(at), RULES, "followup:1")

    opening = local(f"2026-03-0{day} 08:00")
    assert opening <= ends < opening + timedelta(minutes=30)
    assert ends == quiet_ends(local(at), RULES, "followup:1")


def test_held_back_messages_are_spread() -> None:
    ends = {quiet_ends(local("2026-03-02 22:00"), RULES, f"followup:{number}") for number in range(50)}

    assert len(ends) > 40


def test_before_nine_only_yesterdays_reminders_are_out() -> None:
    assert reminder_day(local("2026-03-02 08:59"), RULES) == date(2026, 3, 1)
    assert reminder_day(local("2026-03-02 09:00"), RULES) == date(2026, 3, 2)


@pytest.mark.parametrize(("days_left", "steps"), [(8, 0), (7, 1), (2, 1), (1, 2), (0, 3)])
def test_steps_before_a_due_day(days_left: int, steps: int) -> None:
    due = date(2026, 3, 20)

    assert steps_before(due, due - timedelta(days=days_left), [7, 1, 0]) == steps


@pytest.mark.parametrize(("day", "steps"), [("2026-02-28", 0), ("2026-03-01", 1), ("2026-03-19", 1), ("2026-03-20", 2)])
def test_steps_of_a_monthly_visit(day: str, steps: int) -> None:
    assert steps_in_month(date(2026, 3, 31), date.fromisoformat(day), [1, 20]) == steps
