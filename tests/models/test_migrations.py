"""The migrations build exactly what the models describe."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import server
from server.app import create_app
from server.database import db
from tests import configured

MIGRATIONS = Path(server.__file__).parent / "migrations"


def test_migrated_database_equals_the_models(app: Any) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "compare_server_default": False})
        differences = compare_metadata(context, db.metadata)

    assert differences == []


def test_head_file_names_the_last_migration() -> None:
    """Two branches that both add a migration conflict in git on this file."""
    head = (MIGRATIONS / ".current-head").read_text().strip()

    assert sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))[-1].startswith(head)


def test_personal_columns_are_declared() -> None:
    """Each table lists its personal columns; sealed ones are always among them."""
    for mapper in db.Model.registry.mappers:
        model = mapper.class_
        columns = {column.key for column in mapper.column_attrs}
        sealed = {a.key for a in mapper.column_attrs if type(a.columns[0].type).__name__ == "Sealed"}
        declared = set(model.PERSONAL)
        if model.__tablename__ == "wechat_token":
            sealed = set()
        assert declared <= columns, model
        assert sealed <= declared, model


def test_migrating_an_old_database_keeps_its_rows(tmp_path: Path) -> None:
    """A batch rebuild of a parent table with foreign keys on would silently delete its children (performance.md §6)."""
    from flask_migrate import upgrade

    app = create_app(configured.settings(f"sqlite:///{tmp_path / 'old.db'}"))
    rows = {
        "organisation": {"id": "O", "name": "中心", "address": "", "phone": ""},
        "team": _team(),
        "resident": _resident(),
        "service_package": _package(),
        "agreement": _agreement(),
        "agreement_event": {
            "id": "E", "subject_id": "A", "old": "", "new": "active", "actor_kind": "system", "actor_id": "x",
            "at": "2026-01-01", "reason": "",
        },
    }  # fmt: skip
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.connect() as connection, connection.execution_options(writes=True).begin():
            for table, values in rows.items():
                columns = ", ".join(values)
                places = ", ".join(f":{name}" for name in values)
                connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)

        upgrade()

        with db.engine.connect() as connection:
            kept = {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in rows}
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        db.engine.dispose()
    assert kept == dict.fromkeys(rows, 1)
    assert broken == []


def _team() -> dict[str, Any]:
    return {
        "id": "T", "organisation_id": "O", "name": "团队", "intro": "", "hours": "", "phone": "", "panel_cap": 2000,
        "panel_count": 1, "is_open": 1,
    }  # fmt: skip


def _resident() -> dict[str, Any]:
    return {
        "id": "R", "name": "x", "document_type": "01", "identity_number": "x", "identity_hash": "h",
        "birth_on": "1950-03-15", "sex": 1, "real_name_state": "unverified", "created_at": "2026-01-01",
    }  # fmt: skip


def _package() -> dict[str, Any]:
    return {
        "id": "P", "code": "basic", "version": 1, "name": "包", "summary": "", "population": "", "price_fen": 1000,
        "public_health_fen": 700, "insurance_fen": 300, "self_pay_fen": 0, "is_offered": 1, "created_at": "2026-01-01",
    }  # fmt: skip


def _agreement() -> dict[str, Any]:
    return {
        "id": "A", "number": "1", "resident_id": "R", "team_id": "T", "package_id": "P", "status": "active",
        "active_key": "R", "requested_at": "2026-01-01", "answer_by_on": "2026-01-08", "start_on": "2026-01-01",
        "end_on": "2026-12-31", "notice_step": 0, "region": "mianyang", "policy_version": "1", "text_body": "x",
        "text_sha256": "x", "consents": "[]", "channel": "miniprogram", "client_address": "",
    }  # fmt: skip
