"""Confirmed bookings per second over HTTP under contention, beside the thinnest client sending the same statements; and
how fast "full" is said.

One hot slot (target: at least 0.35 of the thin client's rate) and 1,000 slots (at least 0.25): 64 clients, four workers,
the whole action with checks, audit and notices. "Full" takes at most 4 times as long as an answer that does nothing.
"""

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import func, select

from bench import load, pinging, replay
from bench.booking_replay import Booked, Order, record, statements_for
from bench.stage import Stage, interleaved, ratio_line
from server.database import db, transaction
from server.models import Appointment, AppointmentStatus, Slot
from tests import make
from tests.contention import serving
from tests.contention.people import residents

CLIENTS, HANDS = 64, 16
"""HTTP clients; connections of the thin client, which is fastest with about so many (performance.md §1a)."""
SLOTS, SIZE, ANSWERS = 1000, 640, 300
PLACES = 1_000_000
PATH = "/api/appointments"


@dataclass
class Bench:
    """The stage, a web server on it, and a recorded booking."""

    stage: Stage
    web: serving.Web
    size: int
    team: make.Team
    package: make.ServicePackage
    given: Counter[str] = field(default_factory=Counter)
    """Numbers given in each slot."""

    def orders(self, slots: Sequence[str], count: int) -> list[Order]:
        """New people, each wanting the next slot."""
        people = residents(count, self.team, self.package)
        found = []
        for (token, resident_id, agreement_id), slot_id in zip(people, itertools.cycle(slots), strict=False):
            self.given[slot_id] += 1
            found.append(Order(token, resident_id, agreement_id, slot_id, self.given[slot_id]))
        return found

    def by_http(self, orders: Sequence[Order]) -> load.Outcome:
        """Book by 64 clients at once. Raises RuntimeError when somebody was refused."""
        outcome = load.drive(self.web.port, [_tap(order.token, order.slot_id) for order in orders], CLIENTS)
        if set(outcome.statuses) != {201}:
            raise RuntimeError(f"not everybody got a place: {outcome.statuses}")
        return outcome

    def by_driver(self, recorded: Booked, orders: Sequence[Order]) -> float:
        """Send the statements of the same bookings by the plain driver; returns bookings a second."""
        work = [statements_for(recorded, order) for order in orders]
        hands = HANDS if self.stage.kind == "mariadb" else 1  # more of them only wait for each other on SQLite

        def part(hand: int) -> None:
            with contextlib.closing(self.stage.driver()) as connection:
                for statements in work[hand::hands]:
                    replay.send(connection, statements)

        with ThreadPoolExecutor(hands) as pool:
            began = time.perf_counter()
            list(pool.map(part, range(hands)))
            return len(orders) / (time.perf_counter() - began)


@contextlib.contextmanager
def prepared(stage: Stage, size: int) -> Iterator[Bench]:
    """A team, a package and a running web server."""
    team, package = make.team(panel_cap=PLACES), make.package()
    web, process = serving.start(stage.settings, stage.folder, "bench.pinging:create_app()")
    try:
        yield Bench(stage, web, size, team, package)
    finally:
        serving.stop(process)


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Book as many places over HTTP as by the thin client, turn by turn; then ask for what is full.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: somebody was refused, or the bookings do not add up.
    """
    with prepared(stage, size or SIZE) as bench:
        many = [make.slot(capacity=PLACES).id for _ in range(min(SLOTS, bench.size * 2))]
        (first,) = bench.orders(many[:1], 1)
        recorded = record(stage, first, PATH)
        lines = [
            f"{bench.size} bookings a round, {len(recorded.recorded.statements)} statements each, {CLIENTS} clients, "
            f"{serving.WORKERS} web workers",
            *_compare(bench, recorded, "one hot slot", None, rounds, "at least 0.35"),
            *_compare(bench, recorded, f"{len(many)} slots", many, rounds, "at least 0.25"),
            *_full(bench, rounds),
        ]
        _check(bench)
    return lines


def _compare(
    bench: Bench, recorded: Booked, name: str, slots: Sequence[str] | None, rounds: int, must: str
) -> list[str]:
    outcomes: list[load.Outcome] = []

    def chosen() -> list[Order]:
        # a fresh slot each time, so that nobody searches a number among those of earlier rounds
        return bench.orders(slots or [make.slot(capacity=PLACES).id], bench.size)

    def by_http() -> float:
        outcomes.append(bench.by_http(chosen()))
        return outcomes[-1].rate

    rates = interleaved(rounds, by_http, lambda: bench.by_driver(recorded, chosen()))
    slowest = [outcome.percentile(0.99) for outcome in outcomes]
    return [
        f"{name}: HTTP {min(a for a, _ in rates):.0f}–{max(a for a, _ in rates):.0f} confirmed a second, "
        f"p99 {min(slowest):.0f}–{max(slowest):.0f} ms; thin client {min(b for _, b in rates):.0f}–"
        f"{max(b for _, b in rates):.0f} a second (this machine, now)",
        ratio_line(f"{name}, HTTP / thin client", [a / b for a, b in rates], must),
    ]


def _full(bench: Bench, rounds: int) -> list[str]:
    """The median wait for "full" beside that for an answer that does nothing, one client after the other."""
    slot = make.slot(capacity=1)
    (first,) = bench.orders([slot.id], 1)
    bench.by_http([first])
    taps = [_tap(order.token, slot.id) for order in bench.orders([slot.id], min(ANSWERS, bench.size))]
    bench.given[slot.id] = 1  # nobody else got a number
    pings = [load.request("GET", pinging.PATH, "")] * len(taps)

    def median_of(requests: Sequence[bytes], status: int) -> float:
        outcome = load.drive(bench.web.port, requests, 1)
        if set(outcome.statuses) != {status}:
            raise RuntimeError(f"only {status} was expected: {outcome.statuses}")
        return outcome.percentile(0.5)

    pairs = interleaved(rounds, lambda: median_of(taps, 409), lambda: median_of(pings, 200))
    return [
        f'"full" {min(a for a, _ in pairs):.1f}–{max(a for a, _ in pairs):.1f} ms, '
        f"ping {min(b for _, b in pairs):.1f}–{max(b for _, b in pairs):.1f} ms (medians; this machine, now)",
        ratio_line('"full" / ping, p50', [a / b for a, b in pairs], "at most 4"),
    ]


def _tap(token: str, slot_id: str) -> bytes:
    return load.request("POST", PATH, token, {"slot_id": slot_id})


def _check(bench: Bench) -> None:
    """Both did the same to the database: every place given is counted once, by its slot and by its row."""
    with transaction() as session:
        rows = session.scalar(
            select(func.count()).select_from(Appointment).where(Appointment.status == AppointmentStatus.BOOKED)
        )
        counters = session.scalar(select(func.sum(Slot.fd_taken)))
    if not rows == counters == bench.given.total():
        raise RuntimeError(f"{bench.given.total()} places were given, there are {rows} rows and {counters} counted")
    db.session.rollback()
