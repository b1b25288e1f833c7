"""Notices that go by a day ahead."""

from server.actions import ahead
from server.jobs.work import Work


def tell(work: Work) -> int:
    """Tell of cards that run out, 14th birthdays, specialist visits still owed, and campaigns near their limit."""
    told = sum(step(work.keep_going) for step in (ahead.tell_cards, ahead.tell_own_data, ahead.tell_campaigns))
    return told + ahead.tell_visits(work.keep_going, work.policy)
