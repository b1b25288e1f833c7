"""Notices that go by a day ahead."""

from server.actions import ahead
from server.jobs.work import Work

STEPS = (ahead.tell_cards, ahead.tell_own_data, ahead.tell_newborns, ahead.tell_campaigns)


def tell(work: Work) -> int:
    """Tell of cards that run out, first and 14th birthdays, specialist visits still owed, and campaigns near their limit."""
    told = sum(step(work.keep_going) for step in STEPS)
    return told + ahead.tell_visits(work.keep_going, work.policy)
