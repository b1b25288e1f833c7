"""What is answered beside the main thing: while an errand is open, while the team is awaited, and a digit nobody asked for."""

from server import chatbot
from server.access import flows as access
from server.actions import messaging
from server.chatbot import Tier, Understood, wording
from server.chatbot.flows import State, Turn, choosing, machine
from server.chatbot.intents import Intent
from server.chatbot.understanding import INTERRUPTS_FROM
from server.conversing.context import Context
from server.conversing.desk import Desk

QUESTIONS = frozenset(
    {
        Intent.MY_CONTRACT, Intent.PACKAGES_FEES, Intent.INSURANCE, Intent.SERVICE_INTRO, Intent.ELIGIBILITY,
        Intent.CONTRACT_TERM, Intent.SPECIAL_FAMILY, Intent.CLINIC_INFO, Intent.TEAM_CARD,
    }
)  # fmt: skip
"""Answered from what is written down; no doctor is needed and nothing is begun."""


def answered(context: Context, understood: Understood) -> chatbot.Reply | None:
    """Return the answer to a clear question about the service; None for anything else."""
    is_clear = understood.is_sure and understood.confidence >= INTERRUPTS_FROM
    if not is_clear or understood.intent not in QUESTIONS or understood.finding.tier is not Tier.NONE:
        return None
    resident = context.user.resident
    rules = context.rules_for(resident) if resident else context.policy
    return chatbot.answer(understood, messaging.known(context.user_id, understood.intent, context.at), rules)


def beside(state: State, understood: Understood, desk: Desk) -> tuple[Turn | None, bool]:
    """Return what is said to a question that begins no errand in the middle of one; and whether the team reads it.

    The errand is not over: what is open is asked again.
    """
    reply = answered(desk.context, understood)
    if reply is None:
        return None, False
    return machine.resumed(state, reply.text.removeprefix(wording.LABEL), desk), reply.hand_over


def listed_digit(user_id: str, text: str) -> str | None:
    """Return the wish that a digit picks from what the bot said last; "" when nothing was there to be picked from.

    A digit that the list does not have is the menu's. None: it is no such message, or nobody was shown anything yet: the
    menu's numbers are known by heart then.
    """
    number = choosing.digit(text)
    last = access.last_answer(user_id) if number else ""
    if not number or not last:
        return None
    rows = dict(row.split(" ", 1) for row in last.splitlines() if " " in row)
    if rows.get(number) in choosing.menu_names():
        return rows[number]
    return number if wording.all_answers()["unclear"].text in last else ""
