"""Write docs/policy.md and docs/policy-conflicts.md from the profiles: `python -m tools.policy_page`."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from server import policy
from server.policy.schema import Policy
from tools.paths import ROOT
from tools.policy_rows import CONFLICTS, ROWS

SAME = "·"
RULES = ROOT / "docs" / "policy.md"
DISAGREEMENTS = ROOT / "docs" / "policy-conflicts.md"

RULES_INTRO = f"""# Rules by region

Written by `python -m tools.policy_page` from `server/policy/profiles/`; a test compares the two. Change a profile, not this
page. The rows are those of the regions' comparison (domain.md §1.9). `{SAME}` means: as in the profile this one builds on,
the national base or, for special households, their region. Money is in fen (100 fen = 1 yuan). (C) in a clause marks a
default of ours, (B) a national norm not read again in full. The documents' short names stand in
[policy-sources.md](policy-sources.md), where the documents disagree in [policy-conflicts.md](policy-conflicts.md).
"""
DISAGREEMENTS_INTRO = """# Where the documents disagree

Written by `python -m tools.policy_page`; a test compares page and profiles, another shows for each line two regions that
differ. Source and clause of each value stand in [policy.md](policy.md). The lines are those of domain.md §1.10.
"""


def parameters() -> dict[str, tuple[int, ...]]:
    """Every rule as ``part.key`` with the rows of §1.9 its docstring names, in the schema's order."""
    found = {}
    for part, kind in policy.PARTS.items():
        for key, field in getattr(kind, "model_fields", {}).items():
            rows = re.findall(r"\brow (\d+)", field.description or "")
            found[f"{part}.{key}"] = tuple(int(row) for row in rows)
    return found


def profiles() -> dict[str, Policy]:
    """The national base first, then the regions."""
    return {name: policy.load(name) for name in (policy.BASE, *policy.regions())}


def show(value: Any) -> str:
    """A profile's value as text for a table cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return " ".join(f"{key}={_nested(one)}" for key, one in value.items())
    if isinstance(value, list):
        between = "; " if any(isinstance(one, dict) for one in value) else ", "
        return between.join(_nested(one) for one in value) or "–"
    return str(value).replace("|", "\\|")


def rules_page() -> str:
    """docs/policy.md."""
    known = parameters()
    lines = [RULES_INTRO]
    for row, title in ROWS.items():
        lines += [f"## {row}. {title}", "", *_row([path for path, rows in known.items() if row in rows])]
    lines += ["## Without a row: our own defaults", "", *_row([path for path, rows in known.items() if not rows])]
    return "\n".join(lines)


def disagreements_page() -> str:
    """docs/policy-conflicts.md."""
    lines = [DISAGREEMENTS_INTRO, *_table(["id", "topic", "parameter", "regions' values", "handling"])]
    for name, conflict in CONFLICTS.items():
        for path in conflict.rules:
            lines.append(_line([name, conflict.topic, f"`{path}`", _by_value(path), conflict.handling]))
    return "\n".join([*lines, ""])


def main() -> int:
    """Write both pages."""
    for path, text in ((RULES, rules_page()), (DISAGREEMENTS, disagreements_page())):
        path.write_text(text, encoding="utf-8")
        print(_written(path))
    return 0


def _nested(value: Any) -> str:
    return f"({show(value)})" if isinstance(value, dict) else show(value)


def _written(path: Path) -> str:
    return f"wrote {path.relative_to(ROOT)}"


def _row(paths: list[str]) -> list[str]:
    held = {name: policy.rules(name) for name in profiles()}
    names = [one.name for one in profiles().values()]
    values, sources = (
        _table(["parameter", *names]),
        _table(["parameter", "profile", "unit", "source", "clause", "since"]),
    )
    for path in paths:
        part, key = path.split(".")
        rules = {name: held[name][part, key] for name in held}
        own = [name for name, rule in rules.items() if rule.profile == name]
        values.append(
            _line([f"`{path}`", *(show(rule.entry.value) if name in own else SAME for name, rule in rules.items())])
        )
        for name in own:
            entry = rules[name].entry
            sources.append(_line([f"`{path}`", name, entry.unit, entry.source, entry.clause, str(entry.since)]))
    return [*values, "", *sources, ""]


def _by_value(path: str) -> str:
    """Which profiles share which value, the most frequent one last."""
    part, key = path.split(".")
    shared: dict[str, list[str]] = {}
    for region in policy.regions():
        shared.setdefault(show(policy.rules(region)[part, key].entry.value), []).append(region)
    *rare, (usual, _) = sorted(shared.items(), key=lambda item: len(item[1]))
    lead = [f"{', '.join(names)}: {value}" for value, names in rare]
    return "<br>".join([*lead, f"{'all others' if rare else 'all'}: {usual}"])


def _table(heads: list[str]) -> list[str]:
    return [_line(heads), _line("---" for _ in heads)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
