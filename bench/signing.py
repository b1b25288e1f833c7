"""Acceptances per second over HTTP, beside the plain driver sending the same statements (target: at least 0.3)."""

import contextlib
import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from bench import replay
from bench.stage import Stage, interleaved, ratio_line
from server.database import db
from server.models import Agreement, AgreementStatus
from tests import make
from tests.contention import serving
from tests.contention.people import residents, token_of

CLIENTS = 16
TEAMS = 8
SIZE = 320
WEB = {"sqlite": (1, 16), "mariadb": (serving.WORKERS, serving.THREADS)}
"""Processes and threads, as README and the demo run them: SQLite has one writer, so one process."""


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Accept as many requests over HTTP as by the plain driver, turn by turn.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: one of the two did not do what it should have done.
    """
    count = size or SIZE
    package, teams = make.package(), [make.team(panel_cap=1_000_000) for _ in range(TEAMS)]
    doctors = [token_of(team.lead) for team in teams if team.lead]
    recorded, about = _record(stage, teams[0], package, doctors[0])
    workers, threads = WEB[stage.kind]
    web, process = serving.start(
        stage.settings, stage.folder, "server.app:create_app()", workers=workers, threads=threads
    )
    accepted = 1

    def waiting() -> list[tuple[str, str, str]]:
        """(token of the doctor, resident, agreement) of new requests, spread over the teams."""
        made = [residents(count // TEAMS, team, package, AgreementStatus.PENDING_TEAM) for team in teams]
        return [(doctor, who, what) for doctor, rows in zip(doctors, made, strict=True) for _, who, what in rows]

    def by_http() -> float:
        return _timed(waiting(), CLIENTS, lambda part: _over_http(web.port, part))

    def by_driver() -> float:
        # one connection is SQLite's best: more of them only wait for each other
        hands = CLIENTS if stage.kind == "mariadb" else 1
        work = [(doctor, who, what) for doctor, who, what in waiting()]
        prepared = {what: recorded.for_other(dict(zip(about, (who, what), strict=True))) for _, who, what in work}

        def part_of(part: list[tuple[str, str, str]]) -> None:
            with contextlib.closing(stage.driver()) as connection:
                for _, _, what in part:
                    replay.send(connection, prepared[what])

        return _timed(work, hands, part_of)

    try:
        rates = interleaved(rounds, by_http, by_driver)
    finally:
        serving.stop(process)
    accepted += 2 * rounds * (count // TEAMS) * TEAMS
    _check(accepted)
    ratios = [http_rate / driver_rate for http_rate, driver_rate in rates]
    return [
        f"{count} acceptances a round, {len(recorded.statements)} statements each, {CLIENTS} clients, "
        f"{workers} web workers of {threads} threads",
        f"HTTP {min(r for r, _ in rates):.0f}–{max(r for r, _ in rates):.0f} a second, "
        f"plain driver {min(r for _, r in rates):.0f}–{max(r for _, r in rates):.0f} a second (this machine, now)",
        ratio_line("acceptances, HTTP / plain driver", ratios, "at least 0.3"),
    ]


def _record(
    stage: Stage, team: make.Team, package: make.ServicePackage, doctor: str
) -> tuple[replay.Recording, tuple[str, str]]:
    """Accept one request in this process and write down what the database was told."""
    [(_, resident_id, agreement_id)] = residents(1, team, package, AgreementStatus.PENDING_TEAM)
    headers = {"Authorization": f"Bearer {doctor}"}
    with replay.recording() as recorded:
        answer = stage.app.test_client().post(f"/api/doctor/agreements/{agreement_id}/accept", headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"the acceptance to record was answered {answer.status_code}: {answer.text}")
    return recorded, (resident_id, agreement_id)


def _timed(work: list[tuple[str, str, str]], hands: int, do: Callable[[list[tuple[str, str, str]]], None]) -> float:
    """Return pieces of work a second with so many hands."""
    parts = [work[hand::hands] for hand in range(hands)]
    with ThreadPoolExecutor(hands) as pool:
        began = time.perf_counter()
        list(pool.map(do, parts))
        return len(work) / (time.perf_counter() - began)


def _over_http(port: int, part: list[tuple[str, str, str]]) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for doctor, _, what in part:
            headers = {"Authorization": f"Bearer {doctor}"}
            connection.request("POST", f"/api/doctor/agreements/{what}/accept", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {body[:300]!r}")


def _check(accepted: int) -> None:
    """Both did the same to the database: every request is in force and counted once."""
    db.session.rollback()
    in_force = db.session.scalar(select(func.count(Agreement.id)).where(Agreement.status == AgreementStatus.ACTIVE))
    counted = db.session.scalar(select(func.sum(make.Team.panel_count)))
    if (in_force, counted) != (accepted, accepted):
        raise RuntimeError(f"{accepted} should be in force and counted, there are {in_force} and {counted}")
