"""Reminding, planning and missing follow-ups."""

from server.actions import followups
from server.jobs.work import Work, all_day, repeat


def remind(work: Work) -> int:
    """Queue the reminders that are due today; before 09:00 those of yesterday."""
    return repeat(lambda: followups.remind_next(work.policy), work)


def plan_visits(work: Work) -> int:
    """Plan this and next month's home visits."""
    return all_day(lambda: followups.plan_visits_next(work.policy), work)


def mark_missed(work: Work) -> int:
    """Mark follow-ups whose window has passed."""
    return all_day(lambda: followups.mark_missed_next(work.policy), work)
