"""Write docs/reminders.md from the reminder catalogue: `python -m tools.reminder_page`."""

from collections.abc import Iterable

from server import policy
from server.policy import reminders
from server.policy.notices import KINDS, channel_label
from server.policy.reminders import Effective, wording
from tools.paths import ROOT

PAGE = ROOT / "docs" / "reminders.md"
INTRO = """# Reminders

Written by `python -m tools.reminder_page` from `server/policy/reminders/catalogue.toml`; a test compares the two. Times are
those of the national profile; where a region differs stands at the end. A region switches a line off, moves it or words it
by its key in `reminders.changes`. Sources are clauses of domain.md. Why it is built like this:
[decision 22](decisions/0022-reminders.md).
"""


def page() -> str:
    """docs/reminders.md."""
    lines = reminders.lines(policy.load(policy.BASE))
    told = [_line(["key", "what", "to", "when", "by", "channels in order", "nights and holidays", "made by", "source"])]
    told.append(_line("---" for _ in range(9)))
    told += [_line(_cells(line)) for line in lines]
    held = [_line(["id", "what", "state", "held by, or what is missing"]), _line("---" for _ in range(4))]
    held += [
        _line(
            [rule.id, rule.event, rule.state, " ".join([*(f"`{test}`" for test in rule.tests), rule.not_met]).strip()]
        )
        for rule in reminders.catalogue().rule
    ]
    beyond = [f"- {one.event}: `{one.kind}`" for one in reminders.catalogue().beyond]
    parts = [
        INTRO,
        "## The sixty",
        "",
        *told,
        "",
        "## What holds them",
        "",
        *held,
        "",
        "## What else is told",
        "",
        *beyond,
    ]
    return "\n".join([*parts, "", "## Where a region differs", "", *_regions(lines), ""])


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
    return 0


def _cells(line: Effective) -> list[str]:
    channels = dict.fromkeys(channel_label(channel) for kind in line.line.kinds for channel in KINDS[kind].channels)
    return [
        line.key,
        line.rule.event,
        wording.recipients(line),
        wording.times(line) + ("" if line.is_on else "（本方案不用）"),
        wording.way(line),
        " → ".join(channels) or "–",
        wording.holds_back(line),
        f"`{line.line.made}`" if line.line.kinds or line.rule.tests else "–",
        line.rule.source,
    ]


def _regions(national: list[Effective]) -> list[str]:
    found = []
    for region in policy.regions():
        for usual, own in zip(national, reminders.lines(policy.load(region)), strict=True):
            if (usual.when, usual.at, usual.is_on, usual.item) != (own.when, own.at, own.is_on, own.item):
                said = wording.times(own) if own.is_on else "off"
                found.append(f"- {policy.load(region).name}, {own.key}: {said}{f', {own.item}' if own.item else ''}")
    return found or ["- nowhere"]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
