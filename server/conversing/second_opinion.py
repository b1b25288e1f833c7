"""A language model is asked what the bot is unsure about; it re-orders the menu or starts an errand that asks back."""

import logging
from dataclasses import replace
from datetime import date

from server.access import flows as access
from server.chatbot import Intent, Tier, Understood
from server.chatbot.flows import flow_of
from server.chatbot.intents import ACTS
from server.chatbot.naming import LABELS
from server.chatbot.redacting import redacted
from server.chatbot.slots import extract
from server.choosing import Chooser
from server.models import WechatUser

logger = logging.getLogger(__name__)

NEVER_CHOSEN = frozenset((Intent.EMERGENCY, Intent.MEDICAL_ADVICE, *ACTS, Intent.UNCLEAR))
"""What is dangerous is decided by triage alone, and was before."""
CHOICES = {name: label for name, label in LABELS.items() if name not in NEVER_CHOSEN}
STARTS_FROM = 0.8
"""How sure the model must be to start an errand; below, its choice stands first in the menu."""


def of(understood: Understood, text: str, user: WechatUser, today: date, chooser: Chooser) -> Understood:
    """Return what a message asks with the model's choice in it; unchanged where nothing may or need be asked.

    Called outside every transaction; what leaves the process is redacted.
    """
    if understood.is_sure or understood.finding.tier is not Tier.NONE:
        return understood
    names = access.names_around(user)
    access.let_go()
    choice = chooser.choose(redacted(text, names), CHOICES)
    if choice is None:
        return understood
    picked = Intent(choice.intent)
    logger.info("The language model chose %s (%.2f) over %s", picked, choice.confidence, understood.intent)
    flow = flow_of(picked)
    starts = flow is not None and flow.end == "act" and bool(flow.confirm) and choice.confidence >= STARTS_FROM
    top3 = tuple(dict.fromkeys((picked, *understood.top3)))[:3]
    if not starts:
        return replace(understood, top3=top3)
    return replace(understood, intent=picked, top3=top3, is_sure=True, slots=extract(text, today, flow=str(picked)))
