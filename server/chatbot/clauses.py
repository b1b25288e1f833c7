"""Several wishes in one message: what is left of it when the clauses that are ordinary errands are set aside."""

import re

from server.chatbot import intents, red_flags
from server.chatbot.intents import Intent
from server.chatbot.models import Model

MOST = 8
"""Clauses; a message with more is a story, and its parts mean little alone."""
NO_ERRAND = frozenset(
    {Intent.EMERGENCY, Intent.MEDICAL_ADVICE, Intent.REPORT_BP, Intent.REPORT_GLUCOSE, Intent.OUT_OF_SCOPE}
)
_BREAKS = re.compile(r" +|另外|顺便|对了|还有")
_HARMLESS = 0.1
"""Up to this worry of the model a clause may be an errand and nothing else."""


def beside_errands(said: str, model: Model) -> str:
    """Return what a normalised message says beside its errands; "" when it is all of a piece."""
    clauses = [clause for clause in _BREAKS.split(said) if len(clause) > 2]
    if not 1 < len(clauses) <= MOST:
        return ""
    rest = [clause for clause in clauses if not _is_errand(clause, model)]
    return " ".join(rest) if 0 < len(rest) < len(clauses) else ""


def _is_errand(clause: str, model: Model) -> bool:
    if red_flags.FELT.search(clause) or red_flags.is_unmistakable(clause):
        return False
    opinion = model.judge(clause)
    guess = intents.guess(opinion.ranked)
    return guess.is_clear and guess.intent not in NO_ERRAND and opinion.worry <= _HARMLESS
