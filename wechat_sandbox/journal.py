"""What was asked of the sandbox: secrets and tokens masked, newest last, searchable by tests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

MASKED = {"secret", "appsecret", "access_token", "session_key", "signature"}
KEEP = 20_000


def mask(value: Any, name: str = "") -> Any:
    """A copy with the values of secret names cut to their first six characters and ***."""
    if isinstance(value, dict):
        return {key: mask(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item) for item in value]
    if name in MASKED and isinstance(value, str) and value:
        return value[:6] + "***"
    return value


@dataclass
class Entry:
    """One call and how it ended."""

    n: int
    at: str
    method: str
    path: str
    query: dict[str, Any]
    body: Any
    appid: str | None
    status: int = 200
    errcode: int | None = None
    errmsg: str = ""
    rid: str = ""
    fault: str | None = None
    ms: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Everything but `extra`, which rid/get needs."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "extra"}


class Journal:
    """The last calls; `n` grows and never starts again."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEEP)
        self._rids: dict[str, Entry] = {}
        self._count = 0

    def next_number(self) -> int:
        self._count += 1
        return self._count

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        if entry.rid:
            self._rids[entry.rid] = entry

    def by_rid(self, rid: str) -> Entry | None:
        return self._rids.get(rid)

    def clear(self) -> None:
        """Forget the calls; numbers go on, so that `since` stays right."""
        self._entries.clear()
        self._rids.clear()

    def search(self, *, path: str = "", since: int = 0, limit: int = 0) -> list[Entry]:
        """Entries newer than number `since`, oldest first, at most the newest `limit` (0 is all)."""
        found = [entry for entry in self._entries if entry.n > since and path in ("", entry.path)]
        return found[-limit:] if limit else found

    def matching(self, path: str, where: dict[str, Any]) -> list[Entry]:
        """Entries of a path whose fields have these values; names as in look_up."""
        return [
            entry
            for entry in self.search(path=path)
            if all(look_up(entry.as_json(), name) == value for name, value in where.items())
        ]


_MISSING = object()


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value


def look_up(entry: dict[str, Any], name: str) -> Any:
    """The value at `body.data.thing1.value`, `query.appid`, `errcode` …; a bare name is also sought in body and query.

    A leading `$.` is allowed. What is not there equals nothing.
    """
    steps = name.removeprefix("$.").split(".")
    for start in ([], ["body"], ["query"]):
        value = _walk(entry, start + steps)
        if value is not _MISSING:
            return value
    return _MISSING
