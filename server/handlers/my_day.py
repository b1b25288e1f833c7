"""A page of a day, in words: for a doctor's phone with what the last visit found, for the workbench without."""

from dataclasses import replace
from datetime import date
from typing import Any

from server import masking
from server.access import my_day as access
from server.access.my_day import Day
from server.models import Resident
from server.policy import programmes
from server.policy.my_day import ACTIONS, KIND_LABELS, PRIORITY_LABELS, Entry, Kind, priority, why
from server.policy.notices import KINDS

RECORDED = "已记录"
STRANGER = "微信用户"
TONES = {"马上处理": "bad", "今天必须完成": "bad", "已超期": "bad", "今天": "wait"}
"""By the label of the band; the others have none. The words say it, too."""


def shown(found: Day, today: date, *, tells_health: bool) -> tuple[list[dict[str, Any]], list[Resident]]:
    """Return the households of a page, and the people of whom something about their health is told.

    Args:
        tells_health: whether the sentences may say how the last visit ended.
    """
    entries = [entry for home in found.homes for entry in home]
    people = access.residents(entries)
    last = access.last_classes(entries) if tells_health else {}
    homes = [_home(home, people, last, today, tells_health=tells_health) for home in found.homes]
    seen = {entry.resident_id for entry in entries if entry.id in last and entry.resident_id}
    return homes, [people[key] for key in sorted(seen)]


def _home(
    home: list[Entry], people: dict[str, Resident], last: dict[str, int], today: date, *, tells_health: bool
) -> dict[str, Any]:
    names = dict.fromkeys(_name(people.get(entry.resident_id or "")) for entry in home)
    return {
        "key": home[0].household,
        "title": "、".join(names),
        "is_household": len(names) > 1,
        "entries": [_line(entry, people, last, today, tells_health=tells_health) for entry in home],
    }


def _line(
    entry: Entry, people: dict[str, Resident], last: dict[str, int], today: date, *, tells_health: bool
) -> dict[str, Any]:
    resident = people.get(entry.resident_id or "")
    label = PRIORITY_LABELS[priority(entry, today)]
    before = _ended(entry.detail, last[entry.id], today) if entry.id in last else ""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "kind_label": KIND_LABELS[entry.kind],
        "name": _name(resident),
        "resident_id": entry.resident_id,
        "phone_masked": masking.phone(resident.phone) if resident and resident.phone else None,
        "why": why(_worded(entry, today), today, last=before if tells_health else None),
        "due_on": entry.due_on.isoformat(),
        "priority": label,
        "tone": TONES.get(label, ""),
        "action": ACTIONS[entry.kind],
    }


def _name(resident: Resident | None) -> str:
    return resident.name_masked if resident else STRANGER


def _ended(programme: str, outcome: int, on: date) -> str:
    try:
        return programmes.load(programme, on).class_label(outcome) or RECORDED
    except KeyError:
        return RECORDED


def _worded(entry: Entry, on: date) -> Entry:
    """Give an entry's codes their words."""
    if entry.kind in (Kind.FOLLOWUP, Kind.MISSED, Kind.CHECK):
        return replace(entry, detail=_title(entry.detail, on))
    if entry.kind == Kind.CALL:
        kind = KINDS.get(entry.detail)
        return replace(entry, detail=kind.title if kind else "健康服务通知")
    return entry


def _title(programme: str, on: date) -> str:
    try:
        return programmes.load(programme, on).title
    except KeyError:  # rules that were not yet valid that day
        return "健康随访"
