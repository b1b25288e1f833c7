"""A process that writes: ``python -m tests.writers <database url> <threads> <rounds>``; or one that holds the line.

With ``hold`` instead of numbers it opens a write transaction, says so, and waits to be killed.
"""

import sys
import threading
import time

from flask import Flask

from server.database import db, engine_options, retried, transaction
from server.models import JobState

COUNTER = "counter"


def application(url: str) -> Flask:
    """An application with nothing but a database."""
    app = Flask("writer")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url, 8))
    db.init_app(app)
    return app


@retried
def count_up() -> None:
    """Read, wait a moment, write: whoever does not really take turns loses somebody's count."""
    with transaction() as session:
        row = session.get_one(JobState, COUNTER)
        seen = row.runs
        time.sleep(0.0005)
        row.runs = seen + 1


def write(app: Flask, rounds: int, failures: list[str], waits: list[float]) -> None:
    """One thread's work; what went wrong and the longest wait are left in the lists."""
    with app.app_context():
        for _ in range(rounds):
            started = time.perf_counter()
            try:
                count_up()
            except Exception as error:
                failures.append(repr(error))
            waits.append(time.perf_counter() - started)
        db.session.remove()


def run(app: Flask, threads: int, rounds: int) -> str:
    """Write from several threads at once; returns ``<failures> <longest wait in seconds>``."""
    failures: list[str] = []
    waits: list[float] = []
    workers = [threading.Thread(target=write, args=(app, rounds, failures, waits)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return f"{len(failures)} {max(waits):.3f} {'; '.join(sorted(set(failures)))}"


def hold(app: Flask) -> None:
    """Begin to write and never end."""
    with app.app_context(), transaction() as session:
        session.get_one(JobState, COUNTER).runs = -1
        session.flush()
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    made = application(sys.argv[1])
    if sys.argv[2] == "hold":
        hold(made)
    else:
        sys.stdout.write(run(made, int(sys.argv[2]), int(sys.argv[3])))
