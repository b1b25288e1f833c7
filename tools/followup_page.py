"""Write docs/followups.md from the tables of the follow-up programmes: `python -m tools.followup_page`."""

from collections.abc import Iterable
from typing import Any

from server.policy import programmes
from server.policy.programmes.rows import FieldRow, Rule, When
from server.policy.programmes.schedule import Calendar, Offset, Repeat, Window
from server.policy.programmes.table import Programme
from tools.paths import ROOT

PAGE = ROOT / "docs" / "followups.md"
NONE = "–"

INTRO = """# Follow-up programmes

Written by `python -m tools.followup_page` from `server/policy/programmes/tables/`; a test compares the two. Change a table,
not this page; a new version is a new file. `$name` is a number of the region's profile (part followups, see
[policy.md](policy.md)), `@name` a limit of the table, `previous.*` the visit before that took place. Fields are refused
outside the hard range and confirmed outside the soft one. Rules are read from the top, the first that holds counts; so are
classes. (A) stands in a document, (B) is a national norm not read again in full, (C) a default of ours. Why tables:
[decisions/0023-followups-as-tables.md](decisions/0023-followups-as-tables.md).
"""
FIELDS = ["field", "label", "kind", "hard", "soft", "required", "visits"]
RULES = ["rule", "if", "refer", "next", "check", "clause"]
WINDOWS = ["key", "title", "from", "due", "until", "for whom", "clause"]


def page() -> str:
    """docs/followups.md."""
    every = [one for name in programmes.names() for one in programmes.versions(name)]
    overview = [[f"`{one.name}`", one.title, one.version, str(one.valid_from), one.source, one.clause] for one in every]
    lines = [INTRO, *_table(["programme", "title", "version", "since", "source", "clause"], overview), ""]
    for one in every:
        lines += _programme(one)
    return "\n".join(lines)


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def when(row: When) -> str:
    """A condition as text."""
    parts = [f"`{text}`" for text in (*([row.when] if row.when else []), *row.all)]
    if row.any:
        parts.append(" or ".join(f"`{text}`" for text in row.any))
    return " and ".join(parts) or "otherwise"


def distance(offset: Offset) -> str:
    """A distance as text: "3 months"."""
    named = (("years", offset.years), ("months", offset.months), ("weeks", offset.weeks), ("days", offset.days))
    return " + ".join(f"{number} {unit}" for unit, number in named if number != 0) or "0 days"


def _programme(one: Programme) -> list[str]:
    lines = [f"## {one.name} {one.version}: {one.title}", ""]
    told = f"Residents read “{one.neutral_title}”." + (" Only assigned staff see it." if one.is_restricted else "")
    lines += [f"{one.source}, {one.clause}. Rule set `{one.rule_set}`, since {one.valid_from}. {told}", ""]
    if one.yearly:
        need = f"{one.yearly.contacts} contacts, {one.yearly.face_to_face} of them face to face"
        lines += [f"A year needs at least {need}: {one.yearly.clause}.", ""]
    parts: list[tuple[list[str], list[list[str]]]] = [
        (FIELDS, [_field(row) for row in one.fields]),
        (["refused", "if"], [[row.message, when(row)] for row in one.checks]),
        (["limit", "value", "if"], [[f"`@{row.key}`", str(row.value), when(row)] for row in one.limits]),
        (["flag", "if"], [[f"`{row.key}`", when(row)] for row in one.flags]),
        (["class", "label", "if", "needs"], [_class(row) for row in one.classes]),
        (RULES, [_rule(one, row) for row in one.rules]),
        (["told at once", "if"], [[", ".join(row.to), when(row)] for row in one.alerts]),
        (["finding", "label", "if"], [[f"`{row.key}`", row.label, when(row)] for row in one.findings]),
        (["fact of the enrolment", "label", "kind"], [_fact(row) for row in one.facts]),
        (
            ["fact", "follows from"],
            [[f"`{row.key}`", f"`{row.of}` + {distance(row)}{_whom(row)}"] for row in one.anchors],
        ),
        (WINDOWS, [*map(_window, one.windows), *map(_repeat, one.repeats), *map(_calendar, one.calendar)]),
        (
            ["deadline", "title", "hours", "clause"],
            [[row.key, row.title, str(row.hours), row.clause] for row in one.deadlines],
        ),
    ]
    for head, rows in parts:
        lines += [*_table(head, rows), ""] if rows else []
    return lines


def _field(row: FieldRow) -> list[str]:
    kind = row.type + (f" {row.unit}" if row.unit else "")
    if row.options:
        kind += ": " + ", ".join(f"{code} {label}" for code, label in row.options.items())
    if row.derived:
        kind += f", {row.derived.by} of {', '.join(row.derived.of)}"
        kind += f" ({', '.join(row.derived.reversed)} reversed)" if row.derived.reversed else ""
    if row.bands:
        kind += "; " + ", ".join(
            f"from {band.since} {band.label}{f' ({band.sex})' if band.sex else ''}" for band in row.bands
        )
    kind += "".join(f"; {unit} ÷ {factor}" for unit, factor in row.units.items())
    needed = "yes" if row.required else NONE
    needed = f"if `{row.required_when}`" if row.required_when else needed
    needed = f"unless `{row.required_unless}`" if row.required_unless else needed
    return [f"`{row.key}`", row.label, kind, _range(row.hard), _range(row.soft), needed, " ".join(row.visits) or NONE]


def _fact(row: FieldRow) -> list[str]:
    codes = ": " + ", ".join(f"{code} {label}" for code, label in row.options.items()) if row.options else ""
    return [f"`{row.key}`", row.label, row.type + codes]


def _range(limits: tuple[Any, Any] | None) -> str:
    return f"{limits[0]}–{limits[1]}" if limits else NONE


def _class(row: Any) -> list[str]:
    return [str(row.code), row.label, when(row), " ".join(row.needs) or NONE]


def _rule(one: Programme, row: Rule) -> list[str]:
    following = {
        "plan": "by the windows",
        "previous": f"as before, else {distance(row.next)}",
        "offset": distance(row.next) + (", grace" if row.has_grace else ""),
    }[row.next.by]
    refer = f"{row.refer} {one.reasons[row.refer]}" if row.refer else NONE
    check = "$referral_check_days days" if row.refer else distance(row.check) if row.check else NONE
    name = f"{row.id}, EMERGENCY" if row.is_emergency else row.id
    return [name, when(row), refer, following, check, row.clause]


def _whom(row: Any) -> str:
    parts = [f"with {name}" for name in row.needs] + [f"without {name}" for name in row.unless]
    parts += [f"{name} = {value}" for name, value in getattr(row, "only", {}).items()]
    parts += [f"{name} ≠ {value}" for name, value in getattr(row, "other_than", {}).items()]
    for words, limit in (("from", getattr(row, "anchor_from", None)), ("to", getattr(row, "anchor_until", None))):
        parts += [f"{words} {limit}"] if limit else []
    return f" ({', '.join(parts)})" if parts else ""


def _window(row: Window) -> list[str]:
    until = distance(row.until) + (" − 1 day" if row.until_day_before else "")
    until += f", counts until {distance(row.counts)}" if row.counts else ""
    due = distance(row.due) if row.due else "first day"
    whom = row.anchor + _whom(row)
    return [row.key, row.title, distance(row.since), due, until, whom, row.clause]


def _repeat(row: Repeat) -> list[str]:
    since = f"`{row.not_before.of}` + {distance(row.not_before)}" if row.not_before else NONE
    until = f"`{row.until}`" if row.until else NONE
    return [f"{row.key}n", row.title, since, f"every {distance(row.every)}", until, row.anchor + _whom(row), row.clause]


def _calendar(row: Calendar) -> list[str]:
    due = "last day" if row.every == "month" else "a year after the last, else last day"
    whom = (f"from age {row.min_age}" if row.min_age is not None else "all") + _whom(row)
    return [row.key, row.title, f"each {row.every}", due, "last day", whom, row.clause]


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    cells = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


if __name__ == "__main__":
    raise SystemExit(main())
