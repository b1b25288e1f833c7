"""Referrals by the clock."""

from server.actions.booking import referring
from server.jobs.work import Work, repeat


def escalate(work: Work) -> int:
    """Call late what a hospital did not answer in time."""
    return repeat(referring.escalate_next, work)


def expire(work: Work) -> int:
    """End what nobody answered."""
    return repeat(referring.expire_next, work)


def miss(work: Work) -> int:
    """Note who did not come."""
    return repeat(referring.miss_next, work)
