"""The form of a follow-up at a desk computer, drawn from the programme's table: what to fill in, what stayed, what may be added.

The same parts as on the phone (miniprogram_stub/utils/form.js); no programme has code of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flask import request

from server.handlers.miniprogram.shapes.followups import FollowUpOut
from server.handlers.miniprogram.shapes.programmes import FieldOut, FormOut

SHARED_TYPES = ("int", "decimal", "choice")
OWN = ("adr", "adr_hard", "complication", "adherence")
"""Drugs, what they do and how they are taken belong to each disease."""
NUMERIC = ("int", "decimal")
NOTE = "note"
"""The table's own remark: the encounter's stands below the form, as on the phone."""
PAIR = ("systolic", "diastolic")
"""Taken at almost every visit, needed or not: never folded away."""
DRUG_PARTS = ("name", "dose", "unit", "times")
DRUG_ROWS = 3
"""Empty or not, so many lines for drugs are shown where the table allows them."""


@dataclass(frozen=True)
class Row:
    """One field as the page draws it."""

    field: FieldOut
    name: str
    value: Any
    problem: str
    before: str
    lines: int = 0

    @property
    def codes(self) -> list[str]:
        """The chosen options."""
        return [] if _is_empty(self.value) else [str(one) for one in _as_list(self.value)]

    @property
    def follows(self) -> bool:
        """Whether it appears after a certain answer."""
        return not self.field.required and _follows(self.field)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The options as code and label."""
        return [(one.code, one.label) for one in self.field.options]

    @property
    def drugs(self) -> list[dict[str, Any]]:
        """The lines of medicines, empty ones at the end."""
        known = self.value if isinstance(self.value, list) else []
        return [*known, *({} for _ in range(self.lines - len(known)))]


@dataclass(frozen=True)
class Blank:
    """One programme's part of an encounter."""

    followup: FollowUpOut
    last: Any
    values: dict[str, Any]
    must: list[Row]
    same: list[Row]
    more: list[Row]
    same_words: str


def blank(form: FormOut, others: Sequence[FormOut], problems: Mapping[str, str], *, is_sent: bool) -> Blank:
    """Return a form to draw.

    Args:
        others: forms of the same encounter before it; what they ask in the same words is not asked again.
        problems: what is wrong with a field, by its key. is_sent: it was filled in, so what was entered stands in it.
    """
    shared = shared_keys(form, others)
    values = entered(form, shared) if is_sent else dict(form.values)
    visit = values.get("visit")
    left_out = {*shared, NOTE}
    fields = [one for one in form.fields if one.key not in left_out and (not one.visits or visit in one.visits)]
    last = form.last.values if form.last else {}
    rows = [_row(form, one, values.get(one.key), problems.get(one.key, ""), last.get(one.key)) for one in fields]
    must = [row for row in rows if row.problem or (_may_be_needed(row.field) and row.field.key not in form.values)]
    rest = [row for row in rows if row not in must]
    same = [row for row in rest if row.field.key in form.values and not _is_empty(row.value)]
    words = "；".join(f"{row.field.label}：{_in_words(row.field, row.value)}" for row in same)
    return Blank(form.followup, form.last, values, must, same, [row for row in rest if row not in same], words)


def shared_keys(form: FormOut, others: Sequence[FormOut]) -> set[str]:
    """Return the keys that another form of the encounter asks in the same words."""
    known = {(one.key, one.type, str(one.options)) for other in others for one in other.fields}
    return {
        one.key
        for one in form.fields
        if one.type in SHARED_TYPES and one.key not in OWN and (one.key, one.type, str(one.options)) in known
    }


def entered(form: FormOut, shared: set[str]) -> dict[str, Any]:
    """Return what was entered in a form, by key; nothing that is empty, nor of another kind of visit."""
    visit = request.form.get(_name(form, "visit"), form.values.get("visit"))
    found = {
        one.key: _read(one, _name(form, one.key))
        for one in form.fields
        if one.key not in shared and (not one.visits or visit in one.visits)
    }
    return {key: value for key, value in found.items() if not _is_empty(value)}


def _name(form: FormOut, key: str) -> str:
    return f"{form.followup.id}-{key}"


def _read(field: FieldOut, name: str) -> Any:
    if field.type == "many":
        return request.form.getlist(name)
    if field.type != "medicines":
        return request.form.get(name, "").strip()
    parts = [request.form.getlist(f"{name}-{part}") for part in DRUG_PARTS]
    lines = [dict(zip(DRUG_PARTS, line, strict=True)) for line in zip_longest(*parts, fillvalue="")]
    return [line for line in lines if line["name"].strip() or line["dose"].strip()]


def _row(form: FormOut, field: FieldOut, value: Any, problem: str, before: Any) -> Row:
    known = len(value) if isinstance(value, list) else 0
    return Row(
        field=field,
        name=_name(form, field.key),
        value="" if value is None else value,
        problem=problem,
        before=f"上次 {before}" if field.type in NUMERIC and before is not None else "",
        lines=min(field.max_rows, max(known + 1, DRUG_ROWS)),
    )


def _may_be_needed(field: FieldOut) -> bool:
    """Tell what stands open: what is needed, and what an answer beside it makes needed (the page shows it then)."""
    return field.required or _follows(field) or bool(field.required_unless) or field.key in PAIR


def _follows(field: FieldOut) -> bool:
    """Tell whether it only makes sense after a certain answer; what goes by numbers may be filled in at any time."""
    return any(sign in (field.required_when or "") for sign in (" = ", " has "))


def _in_words(field: FieldOut, value: Any) -> str:
    if field.type == "medicines":
        return "、".join(f"{one['name']} {one['dose']}{one.get('unit') or 'mg'} 每日{one['times']}次" for one in value)
    if not field.options:
        return f"{value}{field.unit}"
    codes = [str(one) for one in _as_list(value)]
    return "、".join(one.label for one in field.options if one.code in codes)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])
