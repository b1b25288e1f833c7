"""The lease: one leader, a standby that takes over, a leader that stops by itself."""

import pytest
from sqlalchemy import select

from server import clock as now
from server.access.jobs import LEASE, holder
from server.actions import scheduling
from server.database import db
from server.jobs.leadership import Leadership
from server.models import Lease
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("app")


def pair() -> tuple[Leadership, Leadership]:
    return Leadership("one", 15), Leadership("two", 15)


def test_the_first_leads_and_the_second_stands_by() -> None:
    one, two = pair()
    one.beat()
    two.beat()

    assert (one.is_leading, two.is_leading) == (True, False)
    found = holder(now.now())
    assert found is not None
    assert (found.name, found.epoch) == ("one", 1)


def test_a_renewed_lease_is_not_taken(clock: Clock) -> None:
    one, two = pair()
    for _ in range(5):
        one.beat()
        clock.advance(seconds=10)
        two.beat()

    assert (one.is_leading, two.is_leading) == (True, False)


def test_the_standby_takes_a_lease_that_ran_out_and_the_old_leader_steps_down(clock: Clock) -> None:
    one, two = pair()
    one.beat()
    clock.advance(seconds=16)
    two.beat()
    one.beat()

    assert (one.is_leading, two.is_leading) == (False, True)
    assert two.epoch == 2


def test_a_leader_that_cannot_renew_stops_before_anybody_can_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1000.0]
    monkeypatch.setattr(now, "monotonic", lambda: seconds[0])
    one, _ = pair()
    one.beat()

    seconds[0] += 15 * 0.74
    assert one.is_leading
    seconds[0] += 15 * 0.02
    assert not one.is_leading
    one.beat()
    assert one.is_leading


def test_the_deadline_counts_from_before_the_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1000.0]
    monkeypatch.setattr(now, "monotonic", lambda: seconds[0])
    renew = scheduling.renew

    def slow(*args: object, **kwargs: object) -> bool:
        seconds[0] += 12
        return renew(*args, **kwargs)  # type: ignore[arg-type]

    one, _ = pair()
    one.beat()
    monkeypatch.setattr(scheduling, "renew", slow)
    one.beat()

    assert not one.is_leading


def test_a_resigned_lease_is_free_at_once() -> None:
    one, two = pair()
    one.beat()
    one.resign()
    two.beat()

    assert (one.is_leading, two.is_leading) == (False, True)
    assert db.session.scalars(select(Lease.name)).all() == [LEASE]


def test_an_old_epoch_cannot_be_renewed(clock: Clock) -> None:
    epoch = scheduling.acquire("lease", "me", ttl_seconds=5)
    assert epoch == 1
    clock.advance(seconds=6)
    assert scheduling.acquire("lease", "me", ttl_seconds=5) == 2

    assert scheduling.renew("lease", "me", 1, ttl_seconds=5) is False
    assert scheduling.release("lease", "me", 1) is False
    assert scheduling.renew("lease", "me", 2, ttl_seconds=5) is True


def test_a_lease_from_a_clock_that_was_set_back_does_not_block_for_days(clock: Clock) -> None:
    one, two = pair()
    clock.set("2026-03-09 10:00")
    one.beat()
    clock.set("2026-03-02 10:00")
    two.beat()

    assert two.is_leading
