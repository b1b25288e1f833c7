"""How a flow goes on with one message. Pure: what the database knows is asked of a ``Desk``, what is to be done is returned.

Nothing is done before an explicit yes to a sentence that names everything. Whoever cannot answer twice gets the page.
"""

import contextlib
from dataclasses import dataclass, replace
from typing import Protocol

from server.chatbot import acts, wording
from server.chatbot.flows import heard, links
from server.chatbot.flows.definition import Flow, Slot, all_flows, flow_of, line
from server.chatbot.flows.state import CONFIRM, Choice, State, relative_in
from server.chatbot.grams import normalise
from server.chatbot.intents import ACTS, Intent
from server.chatbot.understanding import INTERRUPTS_FROM, Understood

MOST_MISSES = 2
STAYS = frozenset({Intent.THANKS, Intent.GREETING, Intent.OUT_OF_SCOPE, Intent.UNCLEAR})
"""Never interrupt."""
LONGEST = 300
WORDS = 4
"""Characters from which words that name no line may be what would be asked next."""
SHORT = 10
"""Characters up to which words asked for may be something else: giving up, or calling for a doctor."""


@dataclass(frozen=True)
class Options:
    """What a slot may be: lines to choose from, the one already meant, something to say first, or why it ends here."""

    items: tuple[Choice, ...] = ()
    chosen: Choice | None = None
    note: str = ""
    refusal: str = ""


class Desk(Protocol):
    """What a flow asks of the world."""

    def refusal(self, flow: Flow) -> str | None:
        """Return why this person cannot begin, whole, with the way out; empty when he can, None: answer as usual."""

    def options(self, flow: Flow, slot: Slot, state: State) -> Options:
        """Return what a slot may be."""

    def words(self, flow: Flow, state: State) -> dict[str, str]:
        """Return what the sentences of a flow are filled with."""


@dataclass(frozen=True)
class Turn:
    """The next line. ``state`` is None when the flow is over; ``act``: do it now, then call ``done`` or ``refused``."""

    text: str
    state: State | None = None
    act: bool = False


def start(understood: Understood, desk: Desk, flow_id: str) -> Turn | None:
    """Begin the errand a message asks for; None when no flow serves it."""
    flow = flow_of(understood.intent) if understood.is_sure else None
    if flow is None:
        return None
    refusal = desk.refusal(flow)
    if refusal is None or refusal:
        return Turn(refusal) if refusal else None
    relative = relative_in(understood.slots)
    if flow.is_own_only and relative:
        return Turn(line("own_only").format(title=flow.title, member=relative))
    if flow.for_family and not relative:
        return None
    return _advance(State(flow_id, flow.key, said=dict(understood.slots)), desk)


def go_on(state: State, text: str, understood: Understood, desk: Desk) -> Turn | None:
    """Go on with an open flow; None when the message is about something else, and the flow is over."""
    flow = all_flows()[state.flow]
    if _gives_up(flow, state, text, understood):
        return Turn(line("never_mind").format(title=flow.title))
    if state.asked == CONFIRM:
        decided = _decide(flow, state, text, understood)
        if decided is not None:
            return decided
    else:
        chosen = _choose(flow, state, text, understood)
        if chosen is not None:
            return _advance(chosen, desk)
    leaves, told = _leaves(flow, state, understood), _told(flow, state, understood)
    if told is not None and not (leaves and acts.asks(normalise(text))):
        return _advance(told, desk)
    if leaves:
        return None
    return _miss(flow, state, desk)


def done(state: State, words: dict[str, str]) -> Turn:
    """Say what was done."""
    return Turn(_fill(all_flows()[state.flow].done, {**state.labels, **words}))


def refused(state: State, code: str, message: str, desk: Desk) -> Turn:
    """Say why it was refused; asked again is what another choice would change, else the page helps."""
    flow = all_flows()[state.flow]
    again = flow.again.get(code)
    if again is None:
        return Turn(f"{message}\n{_way_out(flow, desk.words(flow, state))}")
    turn = _advance(_reopened(flow, state, again), desk)
    return replace(turn, text=f"{message}\n{turn.text}")


def _advance(state: State, desk: Desk) -> Turn:
    flow, notes = all_flows()[state.flow], []
    for slot in flow.slots:
        if slot.name in state.known:
            continue
        found = desk.options(flow, slot, state)
        if found.note:
            notes.append(found.note)
        if found.refusal:
            return Turn("\n".join([*notes, found.refusal]))
        if found.chosen is None:
            return _ask(flow, slot, replace(state, asked=slot.name, choices=found.items), notes, desk)
        state = state.settled(slot.name, found.chosen)
    words = {**state.labels, **desk.words(flow, state)}
    if flow.end == "act":
        text = _fill(flow.confirm, words) + "\n" + line("yes_or_no")
        return Turn("\n".join([*notes, text]), replace(state, asked=CONFIRM, choices=()))
    text = _fill(flow.done, words)
    if flow.end == "page":
        text += "\n" + links.line(flow.page_label, flow.page.format_map(words))
    return Turn("\n".join([*notes, text]))


def _ask(flow: Flow, slot: Slot, state: State, notes: list[str], desk: Desk) -> Turn:
    asked = _fill(slot.ask, {**state.labels, **desk.words(flow, state)})
    listed = [f"{number} {choice.label}" for number, choice in enumerate(state.choices, 1)]
    return Turn("\n".join([*notes, asked, *listed]), state)


def _gives_up(flow: Flow, state: State, text: str, understood: Understood) -> bool:
    if state.asked == CONFIRM and _says_cancel(flow, text):
        return False
    if heard.is_one_of(text, heard.NEVER_MIND):
        return True
    are_words = state.asked != CONFIRM and flow.slot(state.asked).kind == "text"
    return understood.intent is Intent.CANCEL_FLOW and (len(heard.said(text)) <= SHORT or not are_words)


def _says_cancel(flow: Flow, text: str) -> bool:
    """The word 取消 is a yes to the question whether to cancel."""
    return flow.key == "cancel_booking" and heard.said(text).startswith("取消")


def _decide(flow: Flow, state: State, text: str, understood: Understood) -> Turn | None:
    if _says_yes(text, understood) or _says_cancel(flow, text):
        return Turn("", state, act=True)
    corrects = _told(flow, state, understood) is not None
    says_no = understood.intent is Intent.DENY and understood.is_sure  # else it may be a question about what was shown
    if not corrects and (heard.is_one_of(text, heard.NO) or says_no):
        return Turn(line("not_done").format(title=flow.title))
    return None


def _says_yes(text: str, understood: Understood) -> bool:
    """A yes is one of the known words, or said so clearly that the model has no doubt."""
    return heard.is_one_of(text, heard.YES) or (understood.intent is Intent.AFFIRM and understood.is_sure)


def _choose(flow: Flow, state: State, text: str, understood: Understood) -> State | None:
    """Return the flow with the asked slot settled, when the message names a line of the list or is the words asked for."""
    slot = flow.slot(state.asked)
    if slot.kind == "text":
        words = text.strip()[:LONGEST]
        wants_doctor = understood.intent is Intent.TALK_HUMAN and len(words) <= SHORT
        is_other = _wishes_other(flow, state, text, understood)
        is_no_text = is_other or len(words) < 2 or heard.is_one_of(text, heard.YES) or heard.is_one_of(text, heard.NO)
        return None if wants_doctor or is_no_text else state.settled(slot.name, Choice(words, words))
    number = heard.number(text, may_be_day="date" in slot.by)
    if number is not None and number <= len(state.choices):
        return state.settled(slot.name, state.choices[number - 1])
    if len(state.choices) == 1 and _says_yes(text, understood):
        return state.settled(slot.name, state.choices[0])
    plain = heard.said(text)
    named = [one for one in state.choices if len(plain) >= 2 and plain in heard.said(one.label)]
    if not named and len(plain) >= WORDS and not _wishes_other(flow, state, text, understood):
        named = [one for one in state.choices if one.value == slot.otherwise]
        words = text.strip()[:LONGEST]
        following = flow.slots[flow.slots.index(slot) + 1].name if named else ""
        return state.settled(slot.name, named[0]).settled(following, Choice(words, words)) if named else None
    return state.settled(slot.name, named[0]) if len(named) == 1 else None


def _told(flow: Flow, state: State, understood: Understood) -> State | None:
    """Return the flow with what the message says about it; slots that hang on it are open again. None: nothing new."""
    keys = {key for slot in flow.slots for key in slot.by}
    told = {key: _completed(state.said.get(key), value) for key, value in understood.slots.items() if key in keys}
    news = {key: value for key, value in told.items() if state.said.get(key) != value}
    if not news:
        return None
    first = next(slot.name for slot in flow.slots if set(slot.by) & news.keys())
    return _reopened(flow, replace(state, said={**state.said, **news}, misses=0), first, keep=news.keys())


def _completed(before: object, now: object) -> object:
    """Put a value together that is said in two messages: 高压一百五, then 低压九十."""
    if isinstance(before, dict) and isinstance(now, dict) and not before.keys() & now.keys():
        return {**before, **now}
    return now


def _reopened(flow: Flow, state: State, first: str, keep: object = ()) -> State:
    """Return the flow with a slot and all after it open again; what was said for the slot itself counts no more."""
    names = [slot.name for slot in flow.slots]
    state = state.without(set(names[names.index(first) :]))
    if keep:
        return state
    stale = set(flow.slot(first).by)
    return replace(state, said={key: value for key, value in state.said.items() if key not in stale})


def _leaves(flow: Flow, state: State, understood: Understood) -> bool:
    """Tell whether a message is clearly about another errand."""
    intent = understood.intent
    if not understood.is_sure or intent in ACTS or intent in STAYS or intent in flow.intents:
        return False
    return understood.confidence >= INTERRUPTS_FROM


def _wishes_other(flow: Flow, state: State, text: str, understood: Understood) -> bool:
    """The same of words that answer a question for words: they tell of many things without asking for them."""
    return _leaves(flow, state, understood) and acts.asks_for_something(normalise(text))


def _miss(flow: Flow, state: State, desk: Desk) -> Turn:
    words = {**state.labels, **desk.words(flow, state)}
    if state.misses + 1 >= MOST_MISSES:
        return Turn(line("gave_up") + "\n" + _way_out(flow, words))
    return asked_again(replace(state, misses=state.misses + 1), line("not_understood"), desk)


def resumed(state: State, aside: str, desk: Desk) -> Turn:
    """Say something else first, and then ask again what is still open."""
    title = all_flows()[state.flow].title
    return asked_again(state, aside + "\n" + line("still_open").format(title=title), desk)


def asked_again(state: State, first: str, desk: Desk) -> Turn:
    """Ask what was asked last once more, after some words."""
    flow = all_flows()[state.flow]
    if state.asked == CONFIRM:
        words = {**state.labels, **desk.words(flow, state)}
        return Turn("\n".join([first, _fill(flow.confirm, words), line("yes_or_no")]), state)
    return _ask(flow, flow.slot(state.asked), state, [first], desk)


def _way_out(flow: Flow, words: dict[str, str]) -> str:
    path = flow.page.partition("?")[0] if "{" in flow.page else flow.page
    with contextlib.suppress(KeyError):  # not known yet: the page without it
        path = flow.page.format_map(words)
    return line("way_out") + "\n" + links.line(flow.page_label, path)


def _fill(text: str, words: dict[str, str]) -> str:
    return text.format_map(words)


def labelled(text: str) -> str:
    """Return a line as the automaton says it."""
    return wording.LABEL + text


def flow_title(dumped: str) -> str:
    """Return the name of the errand of a stored state, "" where it is none (a list of likely wishes)."""
    flow = all_flows().get(State.load(dumped).flow)
    return flow.title if flow else ""


def asked_for(state: State) -> str:
    """Return what was asked last as the understanding names it: the first thing that settles the slot, text, confirm."""
    if state.asked == CONFIRM:
        return CONFIRM
    slot = all_flows()[state.flow].slot(state.asked)
    return "text" if slot.kind == "text" else next(iter(slot.by), slot.name)
