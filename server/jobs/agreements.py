"""Agreements by the calendar: offers, beginnings, ends, and requests nobody answered."""

from server.actions import signing
from server.jobs.work import Work, all_day


def offer_renewals(work: Work) -> int:
    """Tell residents that their agreement ends soon."""
    return all_day(lambda: signing.offer_next_renewal(work.policy), work)


def expire(work: Work) -> int:
    """End what ended yesterday, handing over to a signed successor."""
    return all_day(lambda: signing.expire_next(work.policy), work)


def activate(work: Work) -> int:
    """Begin what begins today."""
    return all_day(lambda: signing.activate_next(work.policy), work)


def withdraw_overdue(work: Work) -> int:
    """Take back requests that the team did not answer in time."""
    return all_day(lambda: signing.withdraw_overdue_next(work.policy), work)
