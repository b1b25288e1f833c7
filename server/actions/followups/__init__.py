"""Follow-ups of every programme: enrolling, planning, reminding, recording, and what did not take place (domain.md §2)."""

from server.actions.followups.checks import answer
from server.actions.followups.dates import choose_date
from server.actions.followups.enrolling import assign, end, enrol, note_facts
from server.actions.followups.escalating import escalate_next, open_done, raise_late_visit_next, settle
from server.actions.followups.looking import note_seen
from server.actions.followups.missing import Absence, mark_missed_next, not_visited
from server.actions.followups.planning import plan_visits_next
from server.actions.followups.tagging import enrol_tagged_next
from server.actions.followups.visiting import enrol_visited_next
from server.actions.followups.visits import Completed, Encounter, Part, complete
from server.actions.followups.windows import plan_windows_next

__all__ = [
    "Absence",
    "Completed",
    "Encounter",
    "Part",
    "answer",
    "assign",
    "choose_date",
    "complete",
    "end",
    "enrol",
    "enrol_tagged_next",
    "enrol_visited_next",
    "escalate_next",
    "mark_missed_next",
    "not_visited",
    "note_facts",
    "note_seen",
    "open_done",
    "plan_visits_next",
    "plan_windows_next",
    "raise_late_visit_next",
    "settle",
]
