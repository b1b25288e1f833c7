"""The first question of the errand a message asks for, as far as it can be asked without knowing the person.

For ``python -m server.chatbot``: in a conversation ``server/conversing`` asks the database for the choices.
"""

from dataclasses import dataclass
from string import Formatter

from server.chatbot import ruling
from server.chatbot.flows import CONFIRM, Choice, Flow, Options, Slot, State, all_flows, labelled, start
from server.chatbot.understanding import Understood
from server.policy.schema import Policy

SELF = Choice("self", "本人")
LISTED = (("回复数字，或直接", "请直接"), ("？回复数字：", "？"))
"""There is no list to pick from here."""
NEEDS_A_LIST = frozenset({CONFIRM, "slot"})


@dataclass(frozen=True)
class NobodyKnown:
    """``flows.Desk`` without a database: everybody may begin, for himself unless he says for whom."""

    def refusal(self, flow: Flow) -> str | None:
        """Nobody is refused."""
        return ""

    def options(self, flow: Flow, slot: Slot, state: State) -> Options:
        """What was said settles it; a person not named is the one who writes."""
        named = next((str(state.said[key]) for key in slot.by if key in state.said), "")
        return Options(chosen=Choice(named, named) if named else SELF if slot.name == "person" else None)

    def words(self, flow: Flow, state: State) -> dict[str, str]:
        """Nothing is known: whatever a sentence leaves open stays empty."""
        texts = [flow.confirm, flow.done, flow.page, *(slot.ask for slot in flow.slots)]
        named = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
        return dict.fromkeys(named - state.labels.keys(), "")


def first_question(understood: Understood, policy: Policy) -> str:
    """Return what the errand asks first, after its region's rules; "" when no errand begins or nothing is to be asked."""
    turn = start(understood, NobodyKnown(), "")
    if turn is None or turn.state is None or turn.state.asked in NEEDS_A_LIST:
        return ""
    text = turn.text.strip()
    for listed, alone in LISTED:
        text = text.replace(listed, alone)
    return labelled("\n".join([*ruling.quoted(all_flows()[turn.state.flow].rules, policy), text]))
