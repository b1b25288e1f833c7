"""The benchmarks run, compare like with like, and notice when one side did less work."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from bench import booking, free_numbers, replay, signing
from bench.booking_replay import record
from bench.stage import Stage, interleaved, ratio_line, standing
from server.database import db
from server.models import AgreementStatus, Appointment
from tests import make
from tests.contention import serving
from tests.contention.people import residents, token_of


@pytest.fixture(autouse=True)
def clock() -> None:
    """The real time: the web workers are processes of their own."""


def test_acceptances_over_http_stand_beside_the_same_statements() -> None:
    with standing(None) as stage:
        lines = signing.run(stage, rounds=1, size=signing.TEAMS * 2)

    assert re.search(r"acceptances, HTTP / plain driver: \d+\.\d\d \[", lines[-1])


def test_the_replayed_statements_do_what_the_action_does() -> None:
    with standing(None) as stage:
        recorded, about, other = _recorded(stage)

        connection = stage.driver()
        replay.send(connection, recorded.for_other(dict(zip(about, other, strict=True))))
        connection.close()

        signing._check(2)


def test_statements_for_the_wrong_rows_are_noticed() -> None:
    """The control: sent again for the same request they change nothing, and the count says so."""
    with standing(None) as stage:
        recorded, _, _ = _recorded(stage)

        connection = stage.driver()
        with pytest.raises(Exception):  # noqa: B017, PT011 - a key that exists, or a count that is wrong
            replay.send(connection, recorded.for_other({}))
            signing._check(2)
        connection.close()


def test_a_ratio_shows_median_and_range() -> None:
    turns = iter([1.0, 2.0, 3.0, 2.0, 5.0, 2.0])

    pairs = interleaved(3, lambda: next(turns), lambda: next(turns))

    assert pairs == [(1.0, 2.0), (3.0, 2.0), (5.0, 2.0)]
    assert (
        ratio_line("x", [a / b for a, b in pairs], "at least 1")
        == "x: 1.50 [0.50–2.50] in 3 rounds, must be at least 1"
    )


def _recorded(stage: Stage) -> tuple[replay.Recording, tuple[str, str], tuple[str, str]]:
    team, package = make.team(panel_cap=100), make.package()
    assert team.lead
    recorded, about = signing._record(stage, team, package, token_of(team.lead))
    [(_, resident_id, agreement_id)] = residents(1, team, package, AgreementStatus.PENDING_TEAM)
    db.session.rollback()
    return recorded, about, (resident_id, agreement_id)


def test_bookings_over_http_stand_beside_the_thin_client() -> None:
    with standing(None) as stage:
        lines = booking.run(stage, rounds=1, size=12)

    assert re.search(r"one hot slot: HTTP \d+–\d+ confirmed a second, p99 \d+–\d+ ms; thin client \d+–\d+", lines[1])
    assert [re.match(r'(one hot slot, HTTP|24 slots, HTTP|"full") / ', line) is not None for line in lines[2::2]] == (
        [True] * 3
    )


def test_a_booking_of_the_thin_client_is_a_booking() -> None:
    """Another person, another slot, the next number; and two bookings for one person are noticed."""
    with standing(None) as stage:
        bench = booking.Bench(stage, serving.Web(9, Path()), 2, make.team(), make.package())
        slots = [make.slot(capacity=3).id for _ in range(2)]
        first, second, third = bench.orders([*slots, slots[1]], 3)
        recorded = record(stage, first, booking.PATH)

        bench.by_driver(recorded, [second, third])

        booking._check(bench)
        rows = db.session.execute(select(Appointment.slot_id, Appointment.resident_id, Appointment.number)).all()
        assert {tuple(row) for row in rows} == {
            (order.slot_id, order.resident_id, order.number) for order in (first, second, third)
        }
        assert (second.number, third.number) == (1, 2)
        bench.given[slots[0]] += 1
        with pytest.raises(RuntimeError, match="4 places were given"):
            booking._check(bench)


def test_listing_is_measured_in_a_small_and_a_large_table() -> None:
    with standing(None) as stage:
        lines = free_numbers.run(stage, rounds=1, size=1000)

    assert re.search(r"listing among 1000 / among 100, p50: \d+\.\d\d \[", lines[-1])
