"""What a person sees: the chat with each account, and the service notices."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Line = dict[str, Any]

IN, OUT, SYSTEM = "in", "out", "system"


class Chats:
    """Lines per person and app, oldest first. `in` came to the person, `out` the person wrote."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], list[Line]] = defaultdict(list)
        self._notices: dict[str, list[Line]] = defaultdict(list)
        self._count = 0

    def _id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def add(
        self, person_id: str, appid: str, *, direction: str, via: str, at: str, kind: str, text: str, **more: object
    ) -> Line:
        """Append one line; `kind` is its type (text, image, …), `at` ISO 8601."""
        line: Line = {
            "id": self._id("c"),
            "appid": appid,
            "direction": direction,
            "type": kind,
            "text": text,
            "at": at,
            "via": via,
        }
        line.update(more)
        self._lines[person_id, appid].append(line)
        return line

    def lines(self, person_id: str, appid: str) -> list[Line]:
        return list(self._lines[person_id, appid])

    def add_notice(self, person_id: str, notice: Line) -> None:
        """Append one service notice (a subscribe message that arrived)."""
        self._notices[person_id].append({"id": self._id("n"), **notice})

    def notices(self, person_id: str) -> list[Line]:
        return list(self._notices[person_id])
