"""What only a date makes."""

from server.actions import planner
from server.jobs.work import Work


def plan(work: Work) -> int:
    """Leave what every line of the reminder catalogue tells today; a line is planned once a day."""
    return planner.plan_reminders(work.policy, work.keep_going)
