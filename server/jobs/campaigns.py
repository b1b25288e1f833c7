"""Target lists of campaigns, and frame agreements by the calendar."""

from server.actions import campaigns, communities
from server.jobs.work import Work, all_day, repeat


def fill(work: Work) -> int:
    """Put people on the lists of new campaigns."""
    return repeat(campaigns.fill_next, work)


def expire_frames(work: Work) -> int:
    """Let frame agreements expire whose last day has passed."""
    return all_day(communities.expire_frame_next, work)
