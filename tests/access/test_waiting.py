"""The true position in line, and the account of a month."""

from datetime import date
from typing import Any

import pytest

from server.access import waiting as access
from server.actions import booking
from server.actions.booking import waiting
from server.models import Priority
from server.reports import freed_numbers
from tests import make
from tests.actions.waiting import BY, POLICY, TEAM, at, booked, cancelled, day, full, joined, lapsed, offered


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def ahead(*entries: Any) -> list[int]:
    found = access.positions(entries)
    return [found[entry.id] for entry in entries]


def test_the_position_is_the_order_in_which_places_are_offered() -> None:
    slot, _ = full()
    one, two, three = joined(slot), joined(slot), joined(slot)
    assert ahead(one, two, three) == [0, 1, 2]

    waiting.set_priority(three, Priority.URGENT, "术后复查", by=TEAM)
    assert ahead(one, two, three) == [1, 2, 0]
    waiting.leave(one, by=BY)
    assert ahead(two, three) == [1, 0]


def test_who_waits_for_something_else_is_not_before_me() -> None:
    slot, _ = full(starts=at("2026-03-07 09:00"))
    other = make.specialist(department=slot.shift.department, hospital=slot.shift.hospital)
    joined(slot, from_on=day("2026-03-20"), until_on=day("2026-03-21"))
    joined(slot, specialist_id=other.id)
    joined(slot, kind="EXAM")
    joined(full()[0])

    mine = joined(slot, specialist_id=slot.shift.specialist_id, kind="EXPERT")

    assert ahead(mine) == [0]


def test_a_month_accounts_for_every_number(clock: Any) -> None:
    slot, bookings = full(6, starts=at("2026-03-07 09:00"))
    taker, slow = joined(slot), joined(slot)
    for appointment in bookings[:3]:
        cancelled(appointment)
    offered()
    waiting.accept(taker, policy=POLICY, by=BY)
    clock.set("2026-03-02 12:30")
    lapsed()
    offered()
    booked(slot)
    offered()
    clock.set("2026-03-06 15:00")
    booking.release_next()
    offered()
    clock.set("2026-03-07 12:01")
    offered()

    (account,) = freed_numbers.month(date(2026, 3, 1))
    assert slow.offers == 1
    assert (account.total, account.late) == (3, 0)
    assert account.reasons == {
        ("rebooked", "waiting_list"): 1,
        ("rebooked", "booked_directly"): 1,
        ("public", "released"): 1,
    }
    assert sum(account.outcomes.values()) == sum(account.reasons.values()) == account.total
    assert freed_numbers.month(date(2026, 2, 1)) == []


def test_a_number_nobody_accounted_for_is_shown(clock: Any) -> None:
    slot, (one,) = full(starts=at("2026-03-07 09:00"))
    cancelled(one)
    clock.set("2026-03-07 12:01")

    (account,) = freed_numbers.month(date(2026, 3, 1))

    assert (account.total, account.late) == (1, 1)
