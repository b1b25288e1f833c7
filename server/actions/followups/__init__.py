"""Follow-ups: enrolling, planning, reminding, recording a visit, and noticing the missed ones (domain.md §2.0, §2.1, §2.9)."""

from server.actions.followups.looking import note_seen
from server.actions.followups.planning import enrol, mark_missed_next, plan_visits_next
from server.actions.followups.reminding import remind_next
from server.actions.followups.visiting import enrol_visited_next
from server.actions.followups.visits import Completed, complete

__all__ = [
    "Completed",
    "complete",
    "enrol",
    "enrol_visited_next",
    "mark_missed_next",
    "note_seen",
    "plan_visits_next",
    "remind_next",
]
