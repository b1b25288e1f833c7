"""Making the target lists of campaigns."""

from server.actions import campaigns
from server.jobs.work import Work, repeat


def fill(work: Work) -> int:
    """Put people on the lists of new campaigns."""
    return repeat(campaigns.fill_next, work)
