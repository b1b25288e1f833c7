"""The one way to write: transactions, repeats after conflicts, SQLite's line of writers, instants."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from server import clock as server_clock
from server import database
from server.database import UtcDateTime, db, retried, transaction
from server.errors import Unavailable
from server.models import JobState, Organisation
from tests import source, writers

PROCESSES, THREADS, ROUNDS = 8, 4, 15


def organisation(name: str = "城厢社区卫生服务中心") -> Organisation:
    return Organisation(name=name, address="涪城区", phone="08162345678")


def names() -> list[str]:
    """What another connection sees."""
    with db.engine.connect() as connection:
        return [row.name for row in connection.execute(text("SELECT name FROM organisation ORDER BY name"))]


# ---------------------------------------------------------------- transaction()


def test_transaction_commits_at_its_end(app: APIFlask) -> None:
    with transaction() as session:
        session.add(organisation("甲"))
        session.flush()

    assert names() == ["甲"]


def test_transaction_rolls_back_on_any_error(app: APIFlask) -> None:
    class Interrupted(BaseException):
        """Not even an Exception: Ctrl-C, a killed worker."""

    for error in (ValueError, Interrupted):
        with pytest.raises(error), transaction() as session:
            session.add(organisation())
            session.flush()
            raise error

    assert names() == []


def test_transaction_refuses_to_nest_and_the_outer_one_is_undone(app: APIFlask) -> None:
    with pytest.raises(RuntimeError, match="one action, one transaction"), transaction() as session:
        session.add(organisation())
        with transaction():
            pass

    assert names() == []


def test_transaction_can_follow_a_failed_one(app: APIFlask) -> None:
    with pytest.raises(ValueError, match="first"), transaction():
        raise ValueError("first")

    with transaction() as session:
        session.add(organisation("乙"))

    assert names() == ["乙"]


def test_writing_outside_a_transaction_is_refused(app: APIFlask) -> None:
    db.session.add(organisation())

    with pytest.raises(RuntimeError, match="outside transaction"):
        db.session.flush()
    db.session.rollback()
    assert names() == []


def test_reading_does_not_write_what_was_changed_outside(app: APIFlask) -> None:
    with transaction() as session:
        session.add(organisation("甲"))
    found = db.session.scalars(db.select(Organisation)).one()
    found.name = "乙"

    with pytest.raises(RuntimeError, match="outside transaction"):
        db.session.scalars(db.select(Organisation)).all()
    db.session.rollback()
    assert names() == ["甲"]


def test_transaction_refuses_rows_changed_before_it(app: APIFlask) -> None:
    db.session.add(organisation())

    with pytest.raises(RuntimeError, match="changed outside"), transaction():
        pass
    db.session.rollback()
    assert names() == []


def test_rows_read_before_are_loaded_afresh_inside(app: APIFlask) -> None:
    with transaction() as session:
        session.add(organisation("甲"))
    seen = db.session.scalars(db.select(Organisation)).one()
    assert seen.name == "甲"
    with db.engine.connect().execution_options(writes=True) as other:
        other.execute(text("UPDATE organisation SET name = '乙'"))
        other.commit()

    with transaction():
        inside = seen.name

    assert inside == "乙"


def test_rows_stay_readable_after_the_transaction(app: APIFlask) -> None:
    with transaction() as session:
        made = organisation("甲")
        session.add(made)

    db.session.remove()
    assert (made.name, len(made.id)) == ("甲", 26)


# ---------------------------------------------------------------- retried


def conflict(code: int) -> DBAPIError:
    return OperationalError("UPDATE …", {}, Exception(code, "conflict"))


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the repeats waited; nobody really waits."""
    waited: list[float] = []
    monkeypatch.setattr(database.time, "sleep", waited.append)
    return waited


@pytest.mark.parametrize("code", [1213, 1205, 1020])
def test_action_runs_again_after_a_conflict(app: APIFlask, patience: list[float], code: int) -> None:
    tries = []

    @retried
    def found() -> str:
        with transaction() as session:
            tries.append(1)
            session.add(organisation(f"第{len(tries)}次"))
            session.flush()
            if len(tries) < 3:
                raise conflict(code)
            return "done"

    assert found() == "done"
    assert names() == ["第3次"]
    assert len(patience) == 2 and all(seconds <= 0.5 for seconds in patience)


def test_action_that_never_gets_through_is_unavailable(app: APIFlask, patience: list[float]) -> None:
    @retried
    def never() -> None:
        with transaction():
            raise conflict(1213)

    with pytest.raises(Unavailable) as caught:
        never()
    assert caught.value.code == "unavailable"
    assert len(patience) == database.MAX_TRIES
    assert sum(patience) < 10


def test_other_database_errors_are_not_repeated(app: APIFlask, patience: list[float]) -> None:
    tries = []

    @retried
    def twice_the_same_key() -> None:
        tries.append(1)
        with transaction() as session:
            first = organisation()
            session.add(first)
            session.flush()
            session.execute(db.insert(Organisation).values(id=first.id, name="x", address="", phone=""))

    with pytest.raises(IntegrityError):
        twice_the_same_key()
    assert (len(tries), patience, names()) == (1, [], [])


def test_retried_keeps_name_and_says_that_it_is_an_action() -> None:
    @retried
    def renew() -> None:
        """Carry on."""

    assert (renew.__name__, renew.__doc__, renew.is_action) == ("renew", "Carry on.", True)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- instants


def test_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime.fromisoformat("2026-03-02T10:00"), None)


def test_instant_keeps_its_microseconds_and_returns_as_utc(app: APIFlask) -> None:
    at = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with transaction() as session:
        session.add(JobState(job_id="x", last_started_at=at, last_handled=0, runs=1))
    db.session.remove()

    found = db.session.get_one(JobState, "x")

    assert found.last_started_at == at
    assert found.last_started_at.tzinfo is UTC and found.last_started_at.hour == 2


def test_four_byte_characters_and_case_are_kept_apart(app: APIFlask) -> None:
    for name in ("a", "A", "😀", "😁", "𠮷"):
        with transaction() as session:
            session.add(organisation(name))

    with db.engine.connect() as connection:
        found = connection.execute(text("SELECT COUNT(*) FROM organisation WHERE name = '😀'")).scalar()
        lower = connection.execute(text("SELECT COUNT(*) FROM organisation WHERE name = 'a'")).scalar()

    assert (found, lower) == (1, 1)


# ---------------------------------------------------------------- SQLite: writers stand in line


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Flask]:
    """An application on an SQLite file with one counter, whatever database the other tests use."""
    url = f"sqlite:///{tmp_path / 'writers.db'}"
    engine = create_engine(url)
    JobState.__table__.create(engine)  # type: ignore[attr-defined]
    with Session(engine) as session:
        session.info["writing"] = True
        session.add(JobState(job_id=writers.COUNTER, last_started_at=server_clock.now(), last_handled=0, runs=0))
        session.commit()
    engine.dispose()
    app = writers.application(url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def start(app: Flask, *arguments: object) -> subprocess.Popen[str]:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-m", "tests.writers", url, *(str(argument) for argument in arguments)]
    return subprocess.Popen(
        command, cwd=source.REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def counter() -> int:
    with db.engine.connect() as connection:
        return int(connection.execute(text("SELECT runs FROM job_state")).scalar_one())


def test_sqlite_is_set_up_for_many_readers_and_safe_writes(sqlite: Flask) -> None:
    with db.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }

    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def test_eight_processes_with_four_threads_never_meet_a_locked_database(sqlite: Flask) -> None:
    running = [start(sqlite, THREADS, ROUNDS) for _ in range(PROCESSES)]

    answers = [process.communicate(timeout=120) for process in running]

    assert [(process.returncode, error) for process, (_, error) in zip(running, answers, strict=True)] == [(0, "")] * 8
    assert [answer.split(" ", 2)[2] for answer, _ in answers] == [""] * PROCESSES
    assert counter() == PROCESSES * THREADS * ROUNDS
    # Nobody starves: with SQLite's own polling single writers waited for as long as the others kept coming.
    assert max(float(answer.split(" ")[1]) for answer, _ in answers) < 20


def test_killed_writer_leaves_the_line_and_nothing_behind(sqlite: Flask) -> None:
    holder = start(sqlite, "hold")
    assert holder.stdout is not None and holder.stdout.readline() == "holding\n"
    done = threading.Event()

    def after() -> None:
        with sqlite.app_context():
            writers.count_up()
            db.session.remove()
        done.set()

    waiting = threading.Thread(target=after)
    waiting.start()
    is_waiting = not done.wait(0.5)
    holder.kill()
    holder.communicate()
    waiting.join(20)

    assert is_waiting and done.is_set()
    assert counter() == 1


def test_readers_do_not_wait_for_a_writer(sqlite: Flask) -> None:
    with transaction() as session:
        session.get_one(JobState, writers.COUNTER).runs = 7
        session.flush()
        started = time.perf_counter()
        seen: list[int] = []

        def read() -> None:
            with sqlite.app_context():
                seen.append(counter())

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(10)
        waited = time.perf_counter() - started

    assert seen == [0] and waited < 5
    assert counter() == 7


def test_failed_begin_gives_the_turn_back(sqlite: Flask, tmp_path: Path) -> None:
    """Whatever goes wrong after somebody's turn came, the next one gets his."""
    with pytest.raises(OperationalError), transaction() as session:
        session.execute(text("UPDATE no_such_table SET x = 1"))
    with pytest.raises(ZeroDivisionError), transaction():
        raise ZeroDivisionError

    writers.count_up()

    assert counter() == 1


def test_file_of_another_user_is_refused_without_blocking_the_process(sqlite: Flask, tmp_path: Path) -> None:
    """The line's file cannot be opened: an error for this writer, not a lock held for ever."""
    line = tmp_path / "writers.db.write-lock"
    line.unlink(missing_ok=True)
    line.mkdir()
    with pytest.raises(OSError, match="directory"), transaction():
        pass
    line.rmdir()

    writers.count_up()

    assert counter() == 1


def test_raw_connection_gives_its_turn_back_when_closed(tmp_path: Path) -> None:
    path = str(tmp_path / "raw.db")
    with closing(database.sqlite3.connect(path, factory=database.QueuedConnection)) as first:
        first.wait_for_turn(path)
    with closing(database.sqlite3.connect(path, factory=database.QueuedConnection)) as second:
        second.wait_for_turn(path)
        held: Any = second._held
        assert held is not None
