"""Three nodes of a Galera cluster, a web server on each, the same numbers wanted on all of them.

Galera does not pass locks between nodes: two nodes give away the same place, and one of them is told so at its commit.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from apiflask import APIFlask
from flask_migrate import upgrade
from sqlalchemy import create_engine, func, select, text, update

from server.app import create_app
from server.database import db, transaction
from server.models import Appointment, AppointmentEvent, AuditEvent, Notification, Slot
from tests import configured, make
from tests.contention import serving
from tests.contention.people import residents
from tests.contention.serving import Answer, Call, Web, counted
from tools import galera
from tools.galera import Cluster
from tools.galera_node import Node

pytestmark = pytest.mark.galera

PEOPLE, SLOTS, PLACES, ROUNDS, CONTROLS = 90, 3, 10, 2, 8
TOLD_TO_COME_BACK = 503
TAPPING = 18
WRITTEN = (Slot, Appointment, AppointmentEvent, AuditEvent, Notification)
"""Tables that a booking changes."""


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    """A migrated cluster for all tests of this file."""
    with galera.cluster() as made:
        migrating = create_app(configured.settings(made.urls[0]))
        with migrating.app_context():
            upgrade()
            db.engine.dispose()
        yield made


@pytest.fixture
def database_url(nodes: Cluster) -> str:
    """The test itself looks at the first node, at the real time: the web servers are processes of their own."""
    return nodes.urls[0]


@pytest.fixture(autouse=True)
def on_stage(app: APIFlask, now: datetime) -> None:
    """The application on the first node, at the real time."""


@contextmanager
def serving_on_all(nodes: Cluster, factory: str) -> Iterator[list[Web]]:
    """A web server of two workers on each node."""

    def start(node: Node) -> Web:
        folder = Path(running.enter_context(TemporaryDirectory()))
        web, process = serving.start(configured.settings(node.url), folder, factory, workers=2, forked=True)
        running.callback(serving.stop, process)
        return web

    with ExitStack() as running:
        with ThreadPoolExecutor(len(nodes.nodes)) as starting:
            webs = list(starting.map(start, nodes.nodes))
        yield webs


@pytest.fixture(scope="module")
def webs(nodes: Cluster) -> Iterator[list[Web]]:
    """The real application on each node."""
    with serving_on_all(nodes, "server.app:create_app()") as found:
        yield found


def on_node(url: str, *statements: Any) -> list[Any]:
    """What a node answers when it has applied everything that was confirmed anywhere."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SET SESSION wsrep_sync_wait = 1"))
        answers = [[tuple(row) for row in connection.execute(statement)] for statement in statements]
    engine.dispose()
    return answers


def everywhere(cluster: Cluster, *statements: Any) -> list[Any]:
    """The same, asked on each node that runs; they must not differ."""
    answers = [on_node(node.url, *statements) for node in cluster.nodes if node.is_running]
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


def slots_and_people(count: int, places: int, people: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Slots, and a token and a wanted slot for each person: everybody wants the next slot."""
    team, package = make.team(), make.package()
    slots = [make.slot(capacity=places).id for _ in range(count)]
    rows = residents(people, team, package)
    return slots, [(token, slots[number % count]) for number, (token, _, _) in enumerate(rows)]


def tap(token: str, slot_id: str) -> Call:
    return Call("/api/appointments", token, {"slot_id": slot_id})


def taken(slots: list[str]) -> tuple[Any, Any]:
    """Places by the slots' counters, and by rows."""
    return (
        select(Slot.id, Slot.fd_taken).where(Slot.id.in_(slots)).order_by(Slot.id),
        select(Appointment.slot_id, func.count(), func.count(Appointment.number.distinct()))
        .where(Appointment.slot_id.in_(slots), Appointment.status == "booked")
        .group_by(Appointment.slot_id)
        .order_by(Appointment.slot_id),
    )


def all_tap(cluster: Cluster, webs: list[Web], wanted: list[tuple[str, str]]) -> list[Answer]:
    """Everybody at the same moment, a third on each node; who is told to come back taps again."""
    everywhere(cluster, select(func.count()).select_from(Slot))
    calls = [(webs[number // SLOTS % len(webs)], tap(*one)) for number, one in enumerate(wanted)]
    answers = serving.at_once(calls)
    return [
        webs[0].post(call) if answer.status == TOLD_TO_COME_BACK else answer
        for (_, call), answer in zip(calls, answers, strict=True)
    ]


def test_writers_on_all_nodes_never_oversell(nodes: Cluster, webs: list[Web]) -> None:
    for _ in range(ROUNDS):
        slots, wanted = slots_and_people(SLOTS, PLACES, PEOPLE)

        answers = all_tap(nodes, webs, wanted)

        sold = SLOTS * PLACES
        assert counted(answers) == Counter({(201, ""): sold, (409, "slot_full"): PEOPLE - sold})
        counters, rows = everywhere(nodes, *taken(slots))
        assert [count for _, count in counters] == [PLACES] * SLOTS
        assert [row[1:] for row in rows] == [(PLACES, PLACES)] * SLOTS


def test_looking_before_taking_would_oversell_on_three_nodes(nodes: Cluster) -> None:
    """The negative control. Whether two meet at the last place of a slot is chance, so everybody comes a few times."""
    most = 0
    with serving_on_all(nodes, "tests.contention.naive:create_app()") as naive:
        for _ in range(CONTROLS):
            slots, wanted = slots_and_people(SLOTS, PLACES, PEOPLE)
            all_tap(nodes, naive, wanted)
            _, rows = everywhere(nodes, *taken(slots))
            most = max(most, *(row[1] for row in rows))
            if most > PLACES:
                break
    assert most > PLACES


def test_a_node_killed_under_load_takes_nothing_with_it(nodes: Cluster, webs: list[Web]) -> None:
    dying = nodes.nodes[2]
    slots, wanted = slots_and_people(10, 20, 240)
    everywhere(nodes, select(func.count()).select_from(Slot))
    confirmed: dict[str, str] = {}
    half_way, killed = threading.Event(), threading.Event()

    def until_answered(number: int) -> Answer:
        """Tap at one's node, and at the next one when it does not answer well: an answer is needed, and only one."""
        if len(confirmed) >= 200 - 2 * TAPPING:
            killed.wait(60)  # however late the blow comes, some come after it
        token, slot_id = wanted[number]
        for web in (webs[number % 3], *webs * 20):
            answer = web.post(tap(token, slot_id))
            if answer.status < 500:
                break
        if answer.status in (200, 201):
            confirmed[answer.body["id"]] = slot_id
        if len(confirmed) >= len(wanted) // 4:
            half_way.set()
        return answer

    with ThreadPoolExecutor(TAPPING) as people:
        coming = [people.submit(until_answered, number) for number in range(len(wanted))]
        assert half_way.wait(60)
        dying.kill()
        confirmed_by_then = len(confirmed)
        killed.set()
        answers = [each.result() for each in coming]

    assert confirmed_by_then < 200
    assert {answer.status for answer in answers} <= {200, 201, 409}
    assert len(confirmed) == 200
    nodes.wait_for(size=2)
    ids = select(Appointment.id).where(Appointment.slot_id.in_(slots), Appointment.status == "booked")
    counters, rows, kept = everywhere(nodes, *taken(slots), ids)
    assert {row[0] for row in kept} == set(confirmed)
    assert [count for _, count in counters] == [20] * 10
    assert [row[1:] for row in rows] == [(20, 20)] * 10

    with transaction() as session:  # what happens while it is away
        session.execute(update(Slot).where(Slot.id == slots[0]).values(capacity=21, fd_capacity=21))
    dying.start()
    nodes.wait_for(size=3)

    sums = text("CHECKSUM TABLE " + ", ".join(model.__tablename__ for model in WRITTEN) + " EXTENDED")
    everywhere(nodes, sums)
    ((late, _, _),) = residents(1, make.team(), make.package())
    everywhere(nodes, select(func.count()).select_from(Slot))
    assert webs[2].post(tap(late, slots[0])).status == 201
