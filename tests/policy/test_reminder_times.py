"""Quiet hours; all times Shanghai."""

from datetime import datetime, timedelta

import pytest

from server import policy
from server.clock import SHANGHAI
from server.policy.reminder_times import is_quiet, quiet_ends

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
