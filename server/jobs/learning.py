"""The chatbot's trainings."""

from server.actions import learning
from server.jobs.work import Work, repeat


def train(work: Work) -> int:
    """Train and measure what was asked for at the workbench."""
    return repeat(learning.measure_next, work)
