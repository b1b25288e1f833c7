"""The migrations build exactly what the models describe."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import server
from server.database import db

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
