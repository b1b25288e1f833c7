"""Rows of a file of sessions (排班): read cell by cell. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from server.policy.backfill import values
from server.policy.backfill.values import Wrong
from server.sheets import Cell

KINDS = {"普通门诊": "GENERAL", "专科门诊": "SPECIALIST", "专家门诊": "EXPERT", "检查": "EXAM", "住院床位": "BED"}
MOST_NUMBERS = 500
MOST_MINUTES = 600


@dataclass(frozen=True)
class SessionRow:
    """One session; ``doctor`` "" where nobody sits there by name, then ``label`` says what it is."""

    hospital: str
    department: str
    doctor: str
    title: str
    label: str
    kind: str
    day: date
    starts: time
    ends: time
    capacity: int
    other: int
    minutes: int


def read_session(cells: Mapping[str, Cell]) -> tuple[SessionRow | None, list[str]]:
    """Return a row's session, None with the codes of what is wrong with it."""
    problems: list[str] = []
    found = {}
    for key, reader in READERS.items():
        try:
            found[key] = reader(cells, key)
        except Wrong as problem:
            problems.append(problem.code)
    if not problems:
        row = SessionRow(**found)  # type: ignore[arg-type]
        if row.doctor and not row.title:
            problems.append("title_missing")
        if not (row.doctor or row.label):
            problems.append("who_missing")
        if row.ends <= row.starts:
            problems.append("session_ends_early")
        if not 1 <= row.capacity <= MOST_NUMBERS or row.other > row.capacity:
            problems.append("numbers_invalid")
        if not problems:
            return row, []
    return None, list(dict.fromkeys(problems))


def _day(cells: Mapping[str, Cell], key: str) -> date:
    values.needed(cells, key)
    found = values.day(cells, key)
    if found is None:
        raise Wrong("missing")
    return found


def _time(cells: Mapping[str, Cell], key: str) -> time:
    text = values.needed(cells, key).replace("：", ":")
    try:
        return time.fromisoformat(text if text.index(":") > 1 else f"0{text}")
    except ValueError:
        raise Wrong("time_format") from None


def _kind(cells: Mapping[str, Cell], key: str) -> str:
    kind = KINDS.get(values.needed(cells, key))
    if kind is None:
        raise Wrong("kind_unknown")
    return kind


def _count(cells: Mapping[str, Cell], key: str) -> int:
    text = values.text(cells, key) or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise Wrong("count_format")
    return int(text)


def _capacity(cells: Mapping[str, Cell], key: str) -> int:
    values.needed(cells, key)
    return _count(cells, key)


def _name(cells: Mapping[str, Cell], key: str) -> str:
    return values.needed(cells, key)[:64]


def _text(cells: Mapping[str, Cell], key: str) -> str:
    return values.text(cells, key)[:64]


READERS = {
    "hospital": values.needed,
    "department": _name,
    "doctor": _text,
    "title": _text,
    "label": _text,
    "kind": _kind,
    "day": _day,
    "starts": _time,
    "ends": _time,
    "capacity": _capacity,
    "other": _count,
    "minutes": _count,
}
