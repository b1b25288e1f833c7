"""The daily planner: what only a date makes is left in the outbox by one statement for each line and due day.

The lines are data (``server/policy/reminders/catalogue.toml``); a line names its source here, a SELECT.
"""

from server.actions.planner.running import PlanningFailed, plan_reminders

__all__ = ["PlanningFailed", "plan_reminders"]
