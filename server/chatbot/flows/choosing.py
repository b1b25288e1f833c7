"""Who was not understood chooses from the likeliest wishes: a digit then means one of these, whatever it means elsewhere."""

import functools

from server.chatbot import wording
from server.chatbot.flows import heard
from server.chatbot.flows.definition import all_flows, line
from server.chatbot.flows.machine import Turn
from server.chatbot.flows.state import Choice, State
from server.chatbot.intents import MENU, NAMES, SURE_FROM, Intent
from server.chatbot.triage import Tier
from server.chatbot.understanding import Understood

CHOOSE = "choose"
"""The state's flow while the list is shown; no errand has this name."""


@functools.cache
def names() -> dict[Intent, str]:
    """Return what each wish is called in the list; what nobody chooses by name (a greeting, an emergency) is not in it."""
    told = dict(row.split(" ", 1) for row in line("names_of_wishes").strip().splitlines())
    return {Intent(code): name for code, name in told.items()} | {
        intent: flow.title for flow in all_flows().values() for intent in flow.intents
    }


def offer(text: str, understood: Understood, flow_id: str) -> Turn | None:
    """Return the list for a message that may mean several things; None when it is clear, may be serious, or says nothing."""
    if understood.is_sure or understood.finding.tier is not Tier.NONE or len(heard.said(text)) < 2:
        return None
    if understood.confidence >= SURE_FROM:
        return None  # not sure in spite of the lead: of words it never saw the model knows nothing but its bias
    choices = tuple(Choice(str(intent), names()[intent]) for intent in understood.top3 if intent in names())
    if len(choices) < 2:
        return None
    listed = [f"{number} {choice.label}" for number, choice in enumerate(choices, 1)]
    # the same first words as the menu without numbers of its own: who is not understood again is handed over
    words = [wording.all_answers()["unclear"].text + line("which_wish"), *listed, line("or_a_doctor")]
    return Turn("\n".join(words), State(flow_id, CHOOSE, CHOOSE, said=dict(understood.slots), choices=choices))


def digit(text: str) -> str:
    """Return the number of a line that a message is and nothing else: 3, 第三个; "" when it is none."""
    number = heard.number(text)
    return str(number) if number is not None else ""


def menu_names() -> frozenset[str]:
    """Return what the menu's wishes are called: written as a message, each means itself."""
    return frozenset(NAMES.values())


def menu() -> str:
    """Return the whole menu, for a digit that nothing was asked before."""
    return "\n".join([line("no_question"), *(f"{number} {name}" for number, name, _ in MENU)])


def picked(state: State, text: str) -> Intent | None:
    """Return the wish that a message picks from the list, by its number or its name."""
    number = heard.number(text)
    if number is not None and number <= len(state.choices):
        return Intent(state.choices[number - 1].value)
    plain = heard.said(text)
    return next((Intent(choice.value) for choice in state.choices if plain == heard.said(choice.label)), None)
