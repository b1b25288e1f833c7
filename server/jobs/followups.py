"""Planning and missing follow-ups."""

from server.actions import followups
from server.jobs.work import Work, all_day, repeat


def plan_visits(work: Work) -> int:
    """Enrol whom the region visits monthly, then plan this and next month's home visits."""
    _enrol_visited(work)
    return all_day(lambda: followups.plan_visits_next(work.policy), work)


def enrol_tagged(work: Work) -> int:
    """Enrol whoever belongs to a group with a programme and is served; windows and first days are planned with it."""
    steps, place = 0, ""
    while work.keep_going():
        following = followups.enrol_tagged_next(work.policy, place)
        steps += 1
        if following is None:
            break
        place = following
    return steps


def plan_windows(work: Work) -> int:
    """Plan the windows of age, week and calendar that come near."""
    return all_day(lambda: followups.plan_windows_next(work.policy), work)


def mark_missed(work: Work) -> int:
    """Mark follow-ups whose window has passed."""
    return all_day(lambda: followups.mark_missed_next(work.policy), work)


def escalate(work: Work) -> int:
    """Raise first visits that did not take place in time, and hand what no colleague looked at to the administrators."""
    return repeat(followups.raise_late_visit_next, work) + repeat(followups.escalate_next, work)


def _enrol_visited(work: Work) -> None:
    place: str | None = ""
    while place is not None and work.keep_going():
        place = followups.enrol_visited_next(work.policy, place)
