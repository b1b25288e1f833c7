"""Who is reminded of what in this region, what ran last, and what has come up to the administrator."""

from dataclasses import dataclass

from flask import Response, request

from server import clock
from server.access import reminders as access
from server.handlers.context import admin, wiring
from server.handlers.workbench import site
from server.models import ReminderState
from server.policy import reminders
from server.policy.reminders import Effective, wording
from server.policy.workdays import calendar

STATES = {"met": "已启用", "in part": "部分启用", "not met": "未建"}


@dataclass(frozen=True)
class Row:
    """One line of the table, in words."""

    line: Effective
    who: str
    when: str
    way: str
    holds: str
    state: ReminderState | None

    @property
    def label(self) -> str:
        """Whether it is given here."""
        return STATES[self.line.rule.state] if self.line.is_on else "本地不用"


def list_reminder_rules() -> Response:
    """Show the table with this region's values, and the lists that administrators get instead of a push."""
    policy, today = wiring().policy, clock.today()
    lines, states = reminders.lines(policy), access.states()
    rows = [_row(line, states.get(line.key)) for line in lines]
    show = request.args.get("show", "")
    kept = [row for row in rows if not show or row.label == show]
    return site.page(
        "reminder_rules.html",
        here="reminder_rules",
        rows=kept,
        show=show,
        shows=[*STATES.values(), "本地不用"],
        failing=[row for row in rows if row.state is not None and row.state.error],
        unknown=calendar(policy.reminders).unknown(today),
        overdue=[
            (line, access.overdue(line, today, by=admin())) for line in lines if line.rule.id == "N-07" and line.is_on
        ],
        licences=[
            found
            for line in lines
            if line.key == "N-60.2" and line.is_on
            for found in access.licences_ending(line, today, by=admin())
        ],
    )


def _row(line: Effective, state: ReminderState | None) -> Row:
    return Row(line, wording.recipients(line), wording.times(line), wording.way(line), wording.holds_back(line), state)
