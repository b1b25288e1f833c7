"""Runs the migrations with the application's engine (see Flask-Migrate)."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from server.database import db

CASCADE_GUARD = "a batch rebuild of a parent table with foreign keys on would delete its children"


def _include(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=False,
        compare_server_default=False,
        transaction_per_migration=not is_sqlite,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    """Run against the live database; one writer at a time, foreign keys checked afterwards on SQLite."""
    engine = current_app.extensions["migrate"].db.engine
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=OFF")  # CASCADE_GUARD
            with connection.execution_options(writes=True).begin():
                _include(connection)
            raw.execute("PRAGMA foreign_keys=ON")
            broken = raw.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration left rows without their parent: {broken[:5]}")
        return
    with engine.connect() as connection:
        connection.execute(text("SET SESSION lock_wait_timeout = 30"))
        connection.commit()
        _include(connection)
        connection.commit()


run()
