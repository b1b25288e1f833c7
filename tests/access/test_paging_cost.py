"""A late page of a list costs what the first one costs: it begins in the index where the page before ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, insert, select

from server import clock as clocks
from server.access.paging import cursor_of, page
from server.database import db
from server.ids import new_id
from server.models import AuditEvent, WaitingEntry
from tests import make
from tests.reads import reads

ROWS = 3000
MOST_TIMES = 5
"""Of the first page's reads; a late page that counts its way reads a hundred times as much."""


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def audit_trail() -> tuple[Select[Any], tuple[Any, ...]]:
    """Rows of one object, eight of each second."""
    start, one = clocks.now(), new_id()
    facts = {"actor_kind": "admin", "actor_id": "a", "action": "x", "object_kind": "resident", "object_id": one}
    rows = [{"id": new_id(), "at": start + timedelta(seconds=n // 8), "source": "", **facts} for n in range(ROWS)]
    _enter(AuditEvent, rows)
    return select(AuditEvent).where(AuditEvent.object_id == one), (AuditEvent.at, AuditEvent.id)


def line() -> tuple[Select[Any], tuple[Any, ...]]:
    """A long line of one department, nearly all with one priority."""
    start, who, where = clocks.now(), make.resident(), make.specialist().department
    facts = {
        "resident_id": who.id,
        "department_id": where.id,
        "from_at": start,
        "until_at": start + timedelta(days=9),
        "status": "expired",
        "booker_kind": "",
        "booker_id": "",
        "priority_by": "",
        "priority_reason": "-",
        "offers": 0,
    }
    rows = [
        {"id": new_id(), "priority": 1 if n < 50 else 2, "arrived_at": start + timedelta(seconds=n // 8), **facts}
        for n in range(ROWS)
    ]
    _enter(WaitingEntry, rows)
    mine = select(WaitingEntry).where(WaitingEntry.department_id == where.id, WaitingEntry.status == "expired")
    return mine, (WaitingEntry.priority, WaitingEntry.arrived_at, WaitingEntry.id)


def _enter(model: Any, rows: list[dict[str, Any]]) -> None:
    with make.transaction() as session:
        session.execute(insert(model), rows)
    if db.engine.dialect.name != "sqlite":
        db.session.connection().exec_driver_sql(f"ANALYZE TABLE {model.__tablename__}")
        db.session.rollback()


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("rows_of", [audit_trail, line])
def test_a_late_page_costs_what_the_first_one_costs(
    rows_of: Callable[[], tuple[Select[Any], tuple[Any, ...]]], newest_first: bool
) -> None:
    statement, keys = rows_of()
    order = [key.desc() for key in keys] if newest_first else list(keys)
    late = db.session.scalars(statement.order_by(*order).offset(ROWS - 100).limit(1)).one()

    with reads() as first:
        page(statement, keys, None, newest_first=newest_first)
    db.session.expunge_all()
    with reads() as last:
        found = page(statement, keys, cursor_of(late, keys), newest_first=newest_first)

    assert len(found.items) == 20
    assert last[0] <= MOST_TIMES * first[0], f"{last[0]} against {first[0]}"
