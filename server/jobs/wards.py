"""Wards who come of age."""

from server.actions import authorities
from server.jobs.work import Work, repeat


def ask_to_sign(work: Work) -> int:
    """Tell wards, their guardians and their teams that they sign themselves from their 18th birthday on."""
    return repeat(lambda: authorities.ask_next_to_sign(work.policy), work)
