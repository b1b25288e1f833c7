"""Conversations nobody continues."""

from server.actions import messaging
from server.jobs.work import Work, repeat


def close_idle(work: Work) -> int:
    """Close conversations in which nobody said a word for a long time."""
    hours = work.settings.messaging.idle_close_hours
    return repeat(lambda: messaging.close_idle_next(hours), work)
