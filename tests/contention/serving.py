"""The web server as in production, four worker processes, and many people who tap at the same moment."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from server.config import ENVIRONMENT_VARIABLE, Settings
from tests.contention.nursery import Child
from tests.contention.test_scheduler import as_toml
from tools import ports

ROOT = Path(__file__).parents[2]
WORKERS, THREADS = 4, 8
START_SECONDS, ANSWER_SECONDS = 60, 60


class Call(NamedTuple):
    """One request of one person."""

    path: str
    token: str
    body: dict[str, Any] | None = None


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass
class Web:
    """A running web server."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def at_once(self, calls: list[Call]) -> list[Answer]:
        """POST all calls at the same moment, each on a connection of its own that is already open."""
        return at_once([(self, call) for call in calls])

    def post(self, call: Call, gate: threading.Barrier | None = None) -> Answer:
        """POST one call; with a gate, the connection is open before the waiting begins."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        with contextlib.closing(connection):
            connection.connect()
            if gate:
                gate.wait(timeout=ANSWER_SECONDS)
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {call.token}"}
            body = None if call.body is None else json.dumps(call.body)
            connection.request("POST", call.path, body=body, headers=headers)
            answer = connection.getresponse()
            said = answer.read()  # a worker whose database died may answer by its web server's own page
            return Answer(answer.status, json.loads(said) if "json" in answer.headers["Content-Type"] else {})

    def busy_workers(self) -> int:
        """How many worker processes answered so far."""
        return len({line.split()[1] for line in self.log.read_text().splitlines() if line.startswith("answered ")})


def at_once(calls: list[tuple[Web, Call]]) -> list[Answer]:
    """POST all calls at the same moment, each to its web server."""
    gate = threading.Barrier(len(calls))
    with ThreadPoolExecutor(len(calls)) as people:
        return list(people.map(lambda one: one[0].post(one[1], gate), calls))


def counted(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """How often each outcome was given."""
    return Counter((answer.status, answer.code) for answer in answers)


Process = subprocess.Popen[bytes] | Child


def start(
    settings: Settings,
    folder: Path,
    app: str,
    workers: int = WORKERS,
    threads: int = THREADS,
    *,
    forked: bool = False,
    most_callers: int | None = None,
) -> tuple[Web, Process]:
    """Start gunicorn with so many processes on a free port, and wait until it answers and all of them run.

    Args:
        forked: from the nursery, which is quick; otherwise a Python of its own, as measurements want it.
        most_callers: how many connections one process takes at once; further ones are the others'. None: as gunicorn
            has it, where one process may take everybody before the others wake up.
    """
    config, log = folder / "config.toml", folder / "gunicorn.log"
    config.write_text(as_toml(settings.model_dump()), encoding="utf-8")
    (port,) = ports.not_outgoing(1)
    # built once and forked: the workers share nothing but the database, and four start as fast as one
    options = ["--preload", "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)]
    if most_callers is not None:
        # who has come waits for everybody else before he says anything: a busy machine must not send him away
        options += ["--worker-connections", str(most_callers), "--keep-alive", str(ANSWER_SECONDS)]
    access = ["--access-logfile", "-", "--access-logformat", "answered %(p)s %(s)s"]
    arguments = [
        app,
        "--bind",
        f"127.0.0.1:{port}",
        *options,
        "--no-control-socket",
        *access,
    ]
    environment = {**os.environ, ENVIRONMENT_VARIABLE: str(config)}
    process: Process
    if forked:
        process = Child("gunicorn", *arguments, environment=environment, log=log)
    else:
        command = [sys.executable, "-m", "gunicorn", *arguments]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )
    web = Web(port, log)
    try:
        _wait(web, process, workers)
    except BaseException:
        stop(process)
        raise
    return web, process


def _wait(web: Web, process: Process, workers: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=ANSWER_SECONDS)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/openapi.json")
            if connection.getresponse().status == 200 and web.log.read_text().count("Booting worker") >= workers:
                return
        time.sleep(0.1)
    raise RuntimeError("the web server did not start:\n" + web.log.read_text()[-2000:])


def stop(process: Process) -> None:
    """End the server and its workers at once; they have nothing to save."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
