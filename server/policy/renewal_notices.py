"""On which days whom to tell about the end of an agreement: N-12, N-13, N-14 of domain.md §7.2. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from server.policy.schema import Renewal

To = Literal["resident", "team"]


@dataclass(frozen=True)
class Step:
    """One notice to come; ``days`` from the end or the silent renewal, as the policy says it."""

    on: date
    to: To
    days: int


def before_end(rules: Renewal, end_on: date) -> list[Step]:
    """Return the notices of an agreement in force: its team when renewal opens, both later on (N-12).

    Where the region wants teams to lead their residents to renewal (AG-13) the team is told each time.
    """
    steps = [Step(_before(end_on, rules.open_before_days), "team", rules.open_before_days)]
    for days in rules.notice_days:
        steps.append(Step(_before(end_on, days), "resident", days))
        if rules.team_prompts:
            steps.append(Step(_before(end_on, days), "team", days))
    return _ordered(steps)


def after_end(rules: Renewal, end_on: date) -> list[Step]:
    """Return the notices of an agreement that ended and that nothing follows (N-13)."""
    return _to_both(end_on, rules.lapsed_notice_days)


def while_unconfirmed(rules: Renewal, start_on: date) -> list[Step]:
    """Return the notices of an agreement that went on silently on ``start_on`` (N-14)."""
    return _to_both(start_on, rules.reconfirm_notice_days)


def due(steps: list[Step], since: date | None, today: date) -> list[Step]:
    """Return whom to tell today: of what was missed only the latest for each.

    Args:
        since: the day from which on nobody was told yet; None: from the beginning.
    """
    latest: dict[To, Step] = {}
    for step in steps:
        if step.on <= today and (since is None or step.on >= since):
            latest[step.to] = step
    return list(latest.values())


def following(steps: list[Step], today: date) -> date | None:
    """Return the day of the next notice after today, None after the last one."""
    return next((step.on for step in steps if step.on > today), None)


def _before(end_on: date, days: int) -> date:
    return end_on - timedelta(days=days)


def _to_both(day: date, days: list[int]) -> list[Step]:
    both: tuple[To, To] = ("resident", "team")
    return _ordered([Step(day + timedelta(days=after), to, after) for after in days for to in both])


def _ordered(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: (step.on, step.to))
