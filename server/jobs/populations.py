"""Groups that age and calendar change."""

from server.actions import populations
from server.jobs.work import Work, all_day


def derive(work: Work) -> int:
    """Derive the groups of who is due, and end what has run out."""
    return all_day(lambda: populations.derive_next(work.policy), work) + all_day(
        lambda: populations.expire_next(work.policy), work
    )
