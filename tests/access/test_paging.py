"""Pages of a list: nothing skipped, nothing twice, also while rows come and go; and no cursor but our own."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server.access.paging import CursorInvalid, Page, page
from server.database import db
from server.models import Agreement, AgreementStatus, Slot, Team
from tests import make
from tests.conftest import Clock


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def teams(cursor: str | None = None, *, newest_first: bool = False, rows: int = 3) -> Page[Team]:
    return page(select(Team), (Team.name, Team.id), cursor, newest_first=newest_first, rows=rows)


def names(found: Page[Team]) -> list[str]:
    return [team.name for team in found.items]


def cursor_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
@pytest.mark.parametrize("newest_first", [False, True])
def test_every_row_comes_once_in_order(count: int, newest_first: bool) -> None:
    for number in range(count):
        make.team(name=f"队{number}")

    seen: list[str] = []
    found = teams(newest_first=newest_first)
    seen += names(found)
    while found.next:
        found = teams(found.next, newest_first=newest_first)
        assert found.items
        seen += names(found)

    assert seen == sorted((f"队{number}" for number in range(count)), reverse=newest_first)


def test_rows_with_the_same_name_are_told_apart_by_id() -> None:
    ids = {make.team(name="一队").id for _ in range(7)}

    first = teams()
    second = teams(first.next)
    third = teams(second.next)

    found = [team.id for part in (first, second, third) for team in part.items]
    assert (set(found), len(found), third.next) == (ids, 7, None)


def test_rows_inserted_meanwhile_neither_skip_nor_repeat() -> None:
    for name in ("b", "d", "f", "h", "j"):
        make.team(name=name)
    first = teams(rows=2)

    make.team(name="a")  # before what was shown: not missed, it was not there
    make.team(name="e")  # after: comes
    second = teams(first.next, rows=2)
    make.team(name="c")
    third = teams(second.next, rows=2)
    last = teams(third.next, rows=2) if third.next else None

    seen = [name for part in (first, second, third, last) if part for name in names(part)]
    assert seen == ["b", "d", "e", "f", "h", "j"]


def test_rows_deleted_meanwhile_do_not_skip_others() -> None:
    made = [make.team(name=name) for name in "abcdef"]
    first = teams(rows=2)

    with make.transaction() as session:
        gone = session.get(Team, made[1].id)
        for membership in list(gone.memberships):
            session.delete(membership)
        session.delete(gone)

    assert names(teams(first.next, rows=2)) == ["c", "d"]


def test_instants_and_days_survive_the_cursor(clock: Clock) -> None:
    resident = make.resident()
    for _ in range(5):
        clock.advance(minutes=1, microseconds=7)
        make.agreement(resident=resident, status=AgreementStatus.WITHDRAWN)
    keys = (Agreement.requested_at, Agreement.id)

    first = page(select(Agreement), keys, None, newest_first=True, rows=2)
    second = page(select(Agreement), keys, first.next, newest_first=True, rows=2)
    third = page(select(Agreement), keys, second.next, newest_first=True, rows=2)

    times = [row.requested_at for part in (first, second, third) for row in part.items]
    assert (len(times), times) == (5, sorted(times, reverse=True))


def test_slots_of_one_instant_come_once_each() -> None:
    hospital = make.slot().shift.specialist.hospital
    for _ in range(4):
        make.slot(hospital=hospital)

    first = page(select(Slot), (Slot.starts_at, Slot.id), None, rows=3)
    second = page(select(Slot), (Slot.starts_at, Slot.id), first.next, rows=3)

    assert len({row.id for row in first.items + second.items}) == 5


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "😀",
        "\x00",
        cursor_of(),
        cursor_of("a"),
        cursor_of("a", "b", "c"),
        cursor_of("a", 1),
        cursor_of(1, "b"),
        cursor_of(None, None),
        cursor_of(["a"], {"b": 1}),
        cursor_of("\ud800", "b"),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"[" * 60_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        teams(cursor)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-03-02T10:00:00", "2026-13-01T00:00:00+00:00", 7, None])
def test_a_cursor_with_a_wrong_instant_is_refused(at: object) -> None:
    with pytest.raises(CursorInvalid):
        page(select(Agreement), (Agreement.requested_at, Agreement.id), cursor_of(at, "x"))


def test_a_made_up_cursor_of_the_right_shape_shows_only_what_the_list_shows() -> None:
    mine, other = make.resident(), make.resident()
    make.agreement(resident=other)
    statement = select(Agreement).where(Agreement.resident_id == mine.id)
    long_ago = clocks.now().replace(year=2000).isoformat()

    found = page(statement, (Agreement.requested_at, Agreement.id), cursor_of(long_ago, "' OR 1=1 --"))

    assert (found.items, found.next) == ([], None)
    assert db.session.scalar(select(Agreement.id)) is not None
