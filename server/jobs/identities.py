"""Names and numbers that a register has not confirmed yet."""

from server.actions import verification
from server.jobs.work import Work, repeat

PEOPLE_PER_RUN = 100


def verify(work: Work) -> int:
    """Ask the register about everybody who is due; without a register nobody is asked and everybody stays due."""
    if not work.verifier.is_online:
        return 0
    return repeat(lambda: verification.verify_next(work.verifier), work, PEOPLE_PER_RUN)
