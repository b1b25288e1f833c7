"""The database: the declarative base, column types, and the one way to write, ``transaction()``.

SQLite is the embedded default. Its own busy handler sleeps and starves writers, so writers queue up on a process lock
and a file lock before ``BEGIN IMMEDIATE``: nobody ever meets "database is locked" (performance.md §7). MySQL and MariaDB
run at READ COMMITTED; deadlocks and Galera certification conflicts re-run the whole action (``retried``).
"""

import fcntl
import functools
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CHAR,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    inspect,
    literal,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached, mapped_column
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator

from server import sealing
from server.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M")

# deadlock or Galera certification failure, lock wait timeout, snapshot changed under us
RETRYABLE = {1213, 1205, 1020}
# on a Galera cluster a row that everybody wants took up to 24 (performance.md §1c)
MAX_TRIES = 30
READER_CONNECTIONS = 4


class Base(DeclarativeBase):
    """Names every constraint, because an unnamed one cannot be dropped on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy; SQLite's writers wait in line.

    Only an SQLite engine is listened to: with a listener each statement is a tenth more work. A server begins by itself.
    """

    def init_app(self, app: Flask) -> None:
        """Prepare the engine of an application."""
        super().init_app(app)
        with app.app_context():
            if self.engine.dialect.name == "sqlite":
                event.listen(self.engine, "begin", _begin_sqlite)


db = Database(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True
else:
    Model = db.Model


def table(*constraints: Any) -> tuple[Any, ...]:
    """Return ``__table_args__``: binary comparison, because general collations find 'a' = 'A' and all emoji equal."""
    return (*constraints, {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"})


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant with microseconds; refuses a naive one."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(mysql.DATETIME(fsp=6) if dialect.name in ("mysql", "mariadb") else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


class Sealed(TypeDecorator[str]):
    """Text encrypted at rest; ``place`` (table.column) is bound into the ciphertext."""

    impl = Text
    cache_ok = True

    def __init__(self, place: str, long: bool = False) -> None:
        super().__init__()
        self.place = place
        self.long = long

    def load_dialect_impl(self, dialect: Any) -> Any:
        big = self.long and dialect.name in ("mysql", "mariadb")
        return dialect.type_descriptor(mysql.MEDIUMTEXT() if big else Text())

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else sealing.current().seal(value, self.place)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else sealing.current().open(value, self.place)


LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
Id = CHAR(26)
Hash = CHAR(64)
Code = String(64)


def primary_key() -> Any:
    """Return the column every table has: a ULID."""
    from server.ids import new_id

    return mapped_column(Id, primary_key=True, default=new_id)


def reference(model: type[M], row_id: str) -> M:
    """Return a row that is known to exist without asking the database: its columns are loaded when they are first used."""
    session = db.session()
    known = session.identity_map.get(identity_key(model, row_id))
    if known is not None:
        return known
    row = model(id=row_id)  # type: ignore[call-arg]
    make_transient_to_detached(row)
    session.add(row)
    return row


def filled(model: type[M], columns: Mapping[str, Any]) -> M:
    """Return a row as an object from columns a statement just read, its id among them; others load when first used."""
    session = db.session()
    known = session.identity_map.get(identity_key(model, columns["id"]))
    if known is not None:
        set_loaded(known, **columns)
        return known
    row = model()
    instance_dict(row).update(columns)  # as a query does; setting one by one is five times the work
    make_transient_to_detached(row)
    session.add(row)
    return row


def set_loaded(row: Any, **columns: Any) -> None:
    """Put columns into an object as the row has them now, after a statement read or wrote them."""
    for name, value in columns.items():
        set_committed_value(row, name, value)


def id_of(row: Any) -> str:
    """Return the id of a saved row, without loading it anew where it may have changed."""
    identity = inspect(row).identity
    return str(identity[0]) if identity else str(row.id)


def new_ids() -> ColumnElement[str]:
    """Return an expression that is a new ULID in every row of an INSERT … SELECT: this instant, and 64 random bits."""
    from server.ids import new_id

    random_bytes = func.randomblob if db.session.get_bind().dialect.name == "sqlite" else func.random_bytes
    return literal(new_id()[:10], String()).concat(func.hex(random_bytes(8)))


def plain(model: type[Base]) -> Table:
    """Return a model's table, for statements that are built once at import and make no objects."""
    return cast(Table, model.__table__)


def read(statement: Select[Any], named: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return rows as they are committed now, outside any transaction.

    For what many people ask at once: it saves beginning and ending a transaction, on a server a round trip (performance.md
    §1e). Not inside ``transaction()``, whose own writes it would not see.
    """
    with _reader(db.engine).connect() as connection:
        return connection.execute(statement, named).all()


def ask(statement: Select[Any], named: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return rows within the open transaction. What the unit of work still holds back is not written before."""
    return writing().execute(statement, named).all()


def writing() -> Connection:
    """Return the connection of the open transaction, for statements that need no session. KeyError outside of one."""
    connection: Connection = db.session().info["connection"]
    return connection


_readers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_readers_guard = threading.Lock()


def _reader(engine: Engine) -> Engine:
    """A few connections beside an engine's own that never open a transaction."""
    with _readers_guard:
        if engine not in _readers:
            options = engine_options(engine.url.render_as_string(hide_password=False), READER_CONNECTIONS)
            options |= {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
            made = create_engine(engine.url, **options)
            event.listen(engine, "engine_disposed", lambda _: made.dispose())
            _readers[engine] = made
        return _readers[engine]


@functools.cache
def _plain_insert(model: type[Base]) -> Any:
    return insert(plain(model))


def insert_at_once(model: type[Base], *rows: dict[str, Any]) -> None:
    """Insert rows in the open transaction without making objects of them: a quarter of the work (performance.md §1e).

    What the unit of work still holds back is not written before them. Every column without a default is given.
    """
    writing().execute(_plain_insert(model), list(rows))


def once_each(ids: Iterable[str]) -> list[list[str]]:
    """Split ids into lists in which none stands twice: a statement changes a row once, however often it is named."""
    parts: list[dict[str, None]] = []
    for one in ids:
        part = next((part for part in parts if one not in part), None)
        if part is None:
            parts.append(part := {})
        part[one] = None
    return [list(part) for part in parts]


def as_loaded(row: M) -> M:
    """Return a new object as if it had been loaded, after ``insert_at_once`` wrote its row."""
    make_transient_to_detached(row)
    db.session.add(row)
    return row


# ---------------------------------------------------------------- transactions


@contextmanager
def transaction() -> Iterator[Session]:
    """Write in one transaction: commit at the end, roll back on any error. Refuses to nest.

    Rows read before are loaded afresh inside, so decisions never rest on an old picture.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("a transaction is already open: one action, one transaction")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a transaction")
    if session.in_transaction():
        session.rollback()
    session.expire_all()
    session.info["writing"] = True
    try:
        session.info["connection"] = session.connection(execution_options={"writes": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("writing", None)
        session.info.pop("connection", None)


@event.listens_for(Session, "before_flush")
def _refuse_writes_outside(session: Session, *_: Any) -> None:
    if "writing" not in session.info:
        raise RuntimeError("write outside transaction(): only actions write")


def first(model: type[M], ids: Select[Any]) -> M | None:
    """Return the row whose id a statement finds first, None when it finds none.

    For steps that mostly find nothing: asking for the id alone is one look into an index and loads nobody else's rows.
    """
    found = db.session.scalar(ids.limit(1))
    return None if found is None else db.session.get(model, found)


def retried(action: Callable[P, R]) -> Callable[P, R]:
    """Re-run a whole action when the database asks for it (deadlock, lock timeout, Galera conflict).

    Safe because an action is one transaction and touches nothing else. Raises Unavailable when it never gets through.
    """

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(MAX_TRIES):
            try:
                return action(*args, **kwargs)
            except DBAPIError as error:
                if not is_retryable(error):
                    raise
                db.session.rollback()
                time.sleep(random.uniform(0, min(0.005 * 2**attempt, 0.5)))  # noqa: S311 - jitter, not a secret
        raise Unavailable("系统繁忙，请稍后再试")

    run.is_action = True  # type: ignore[attr-defined]
    return run


def is_retryable(error: DBAPIError) -> bool:
    """Tell whether the database asks to run the transaction again."""
    args: tuple[Any, ...] = getattr(error.orig, "args", ())
    return bool(args) and args[0] in RETRYABLE


# ---------------------------------------------------------------- SQLite


_write_locks: dict[str, threading.Lock] = {}
_write_locks_guard = threading.Lock()


class QueuedConnection(sqlite3.Connection):
    """A connection whose writers wait in line instead of polling."""

    _held: tuple[threading.Lock, int] | None = None

    def wait_for_turn(self, path: str) -> None:
        with _write_locks_guard:
            lock = _write_locks.setdefault(path, threading.Lock())
        lock.acquire()
        descriptor = -1
        try:
            descriptor = os.open(path + ".write-lock", os.O_WRONLY | os.O_CREAT, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            if descriptor >= 0:
                os.close(descriptor)
            lock.release()
            raise
        self._held = (lock, descriptor)

    def _release(self) -> None:
        if self._held:
            lock, descriptor = self._held
            self._held = None
            os.close(descriptor)
            lock.release()

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._release()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._release()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._release()


def engine_options(url: str, pool_size: int) -> dict[str, Any]:
    """Return SQLALCHEMY_ENGINE_OPTIONS for a database URL."""
    if url.startswith("sqlite"):
        return {"connect_args": {"factory": QueuedConnection, "timeout": 30, "check_same_thread": False}}
    return {
        "isolation_level": "READ COMMITTED",
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_recycle": 1800,
        "pool_use_lifo": True,  # a few warm connections rather than all in turn
        "connect_args": {"charset": "utf8mb4", "connect_timeout": 5, "read_timeout": 60, "write_timeout": 60},
    }


SQLITE_PRAGMAS = (
    "foreign_keys=ON",
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=30000",
    "cache_size=-16000",  # 16 MB, as they are used: a night's batch of notices is written once, not spilled and read again
    "wal_autocheckpoint=4000",  # 16 MB: a page that many transactions change is copied back once
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


IDLE_SECONDS = 1.0
"""A connection that lay in the pool so long is asked whether it still works. Asking each time would cost every action
two more round trips; a server that went away meanwhile fails the actions that run anyway, and empties the pool."""


@event.listens_for(Pool, "checkin")
def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _ask_after_rest(connection: Any, record: Any, _fairy: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        return
    if time.monotonic() - record.info.get("rests_since", float("inf")) < IDLE_SECONDS:
        return
    try:
        connection.ping(reconnect=False)
    except Exception as cause:
        raise InvalidatePoolError() from cause


def _begin_sqlite(connection: Any) -> None:
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    raw = connection.connection.dbapi_connection
    if isinstance(raw, QueuedConnection) and connection.engine.url.database:
        raw.wait_for_turn(connection.engine.url.database)
    connection.exec_driver_sql("BEGIN IMMEDIATE")
