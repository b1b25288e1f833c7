"""Errands in the chat: between the handlers, which hear a message, and the actions, which do what was confirmed.

A message is understood and an errand's next line worked out before the transaction in which it is written down. What a
yes confirms is done by the same actions as the pages, each in its own transaction, before the answer is written: a repeated
or simultaneous message finds it done, because every action does the same wish once.
"""

from dataclasses import replace
from datetime import datetime

from server import chatbot, clock
from server.access import flows as access
from server.access import learning, speaking
from server.access.flows import Standing
from server.access.speaking import Caller
from server.actions import messaging
from server.chatbot import Tier, Understood, acts, ruling, wording
from server.chatbot import flows as machine
from server.chatbot.flows import State, Turn, choosing
from server.chatbot.grams import normalise
from server.chatbot.intents import ACTS, Intent
from server.chatbot.measured import parse
from server.chatbot.menu import WORDS
from server.chatbot.triage import Finding
from server.chatbot.understanding import INTERRUPTS_ANSWER_FROM, INTERRUPTS_FROM
from server.choosing import Chooser, NoChooser
from server.conversing import asides, halves, second_opinion, wishes
from server.conversing.context import Context
from server.conversing.desk import Desk
from server.errors import AppError, Unavailable
from server.ids import new_id
from server.models import Message, WechatUser
from server.models.actor import Actor, ActorKind
from server.policy.schema import Policy

ALONE = (NoChooser(), NoChooser())
"""How often the next line is worked out anew because another message of the person came between; no model is asked then."""


def receive(
    *,
    app: str,
    openid: str,
    unionid: str | None,
    dedupe_key: str,
    text: str,
    kind: str,
    at: datetime,
    policy: Policy,
    most: int,
    source: str = "",
    media_id: str = "",
    chooser: Chooser = NoChooser(),
    caller: Caller | None = None,
) -> str | None:
    """Take in one message of WeChat's chat, as ``messaging.receive``, with the errands.

    Args:
        chooser: a language model, if there is one, and time to ask it.
        caller: who writes, where it was looked up just now.
    """
    words = messaging.as_resident(text)
    learning.keep_up()

    for helper in (chooser, *ALONE):
        caller = caller or speaking.caller(app, openid, dedupe_key, at)
        script, understood = None, None
        is_words = kind == "text" and bool(words.strip())
        is_new = caller is not None and not caller.was_taken_in
        if caller and is_words and is_new and not messaging.answers_residents(text, has_team=caller.answers):
            context = _context(Actor(ActorKind.RESIDENT, caller.user_id, source), policy, at)
            script, understood = _scripted(context, caller.standing, words, helper)
        try:
            return messaging.receive(
                app=app, openid=openid, unionid=unionid, dedupe_key=dedupe_key, text=text, kind=kind, at=at,
                policy=policy, most=most, source=source, script=script, understood=understood, media_id=media_id,
                caller=caller,
            )  # fmt: skip
        except messaging.FlowMoved:
            caller = None  # where he stands has to be looked up anew
    raise Unavailable()


def tap(
    *,
    openid: str,
    unionid: str | None,
    dedupe_key: str,
    key: str,
    at: datetime,
    policy: Policy,
    source: str = "",
    caller: Caller | None = None,
) -> str | None:
    """Answer a tap on a menu button, as ``messaging.tap``, with the errands: what is open goes on, who waits is served."""
    words = WORDS.get(key, "")
    for _ in (None, *ALONE):
        caller = caller or speaking.caller("service_account", openid, dedupe_key, at)
        script, understood = None, None
        if caller and words and not caller.was_taken_in:
            context = _context(Actor(ActorKind.RESIDENT, caller.user_id, source), policy, at)
            understood = chatbot.understand(words, today=context.today, limits=policy.followups)
            script = _tapped(context, caller.standing, words, understood)
        try:
            return messaging.tap(
                openid=openid, unionid=unionid, dedupe_key=dedupe_key, key=key, at=at, policy=policy, source=source,
                script=script, understood=understood, caller=caller,
            )  # fmt: skip
        except messaging.FlowMoved:
            caller = None
    raise Unavailable()


def _tapped(context: Context, stands: Standing, words: str, understood: Understood) -> messaging.Script | None:
    """A button always means the same: it answers no question of an open errand."""
    state = _errand(State.load(stands.flow)) if stands.flow else None
    if state is not None:
        turn, wants_team = asides.beside(state, understood, Desk(context))
        return _script(turn, stands.flow, understood, wants_team=wants_team) if turn else None
    may = stands.has_doctor and stands.may_serve
    return _while_awaited(words, stands.flow, understood, context) if may else None


def say(
    user: WechatUser,
    text: str,
    client_id: str,
    *,
    policy: Policy,
    most: int,
    by: Actor,
    at: datetime,
    chooser: Chooser = NoChooser(),
) -> list[Message]:
    """Take in one message of the mini-program, as ``messaging.say``, with the errands."""
    learning.keep_up()
    for helper in (chooser, *ALONE):
        script, understood = None, None
        if 0 < len(text.strip()) <= most and not access.was_said(user, client_id):
            context = _context(by, policy, at)
            script, understood = _scripted(context, access.standing(user, at), text, helper)
        try:
            return messaging.say(
                user, text, client_id, policy=policy, most=most, by=by, at=at, script=script, understood=understood
            )
        except messaging.FlowMoved:
            continue
    raise Unavailable()


def _context(by: Actor, policy: Policy, at: datetime) -> Context:
    return Context(by.id, policy, by, at, clock.local(at).date())


def _scripted(
    context: Context, stands: Standing, text: str, chooser: Chooser
) -> tuple[messaging.Script | None, Understood | None]:
    """Return what an errand says to a message, and what the message asks where that was worked out without an errand."""
    before, desk = stands.flow, Desk(context)
    state = State.load(before) if before else None
    chosen = choosing.picked(state, text) if state and state.flow == choosing.CHOOSE else None
    if state is not None and chosen is not None:
        # the list of likely wishes: the digit is the wish, with what was said before
        understood = Understood(chosen, (chosen,), 1.0, Finding(Tier.NONE, 1.0), state.said)
        turn = machine.start(understood, desk, new_id())
        return (_script(turn, before, understood, wants_team=False) if turn else None), understood
    was_list, state = state is not None and state.flow == choosing.CHOOSE, _errand(state)
    digit = asides.listed_digit(context.user_id, text) if state is None else None
    if digit == "" and not stands.has_doctor:
        turn = Turn(choosing.menu())
        return messaging.Script(machine.labelled(turn.text), before, None), None
    text = halves.joined(state, digit or text)
    asked = chatbot.State(state.flow, machine.asked_for(state)) if state else None
    understood = chatbot.understand(text, today=context.today, limits=context.policy.followups, state=asked)
    alone = understood if understood.intent not in ACTS else None
    if understood.finding.tier is Tier.RED or understood.finding.is_reading:
        return None, alone  # what cannot wait ends every errand
    if state is None and stands.has_doctor:
        may = stands.may_serve and digit != "" and not _is_own_value(text, understood)
        return (_while_awaited(text, before, understood, context) if may else None), alone
    if state is None and chooser.is_on:
        understood = alone = second_opinion.of(understood, text, context.user, context.today, chooser)
    if state is None and _is_own_value(text, understood):
        return None, alone
    wanted = (
        wishes.several(text, context.today, context.policy.followups) if state is None and understood.is_calm else []
    )
    script = _first_of(wanted, before, desk) if wanted else None
    if script is not None:
        return script, None
    half = halves.asked_for(state, text) if understood.finding.tier is Tier.NONE else None
    turn, wants_team = (half, False) if half else _turn(state, text, understood, desk)
    if turn is None and state is None and not was_list:
        offered = choosing.offer(text, understood, new_id())
        script = _script(offered, before, understood, wants_team=False) if offered else None
        return (replace(script, unclear=understood) if script else None), alone
    if turn is None:
        return None, alone
    return _script(turn, before, understood, wants_team=wants_team), None


def _first_of(wanted: list[Understood], before: str | None, desk: Desk) -> messaging.Script | None:
    """Serve the first of several wishes and name the others."""
    turn = _with_rules(machine.start(wanted[0], desk, new_id()), desk.context)
    reply = asides.answered(desk.context, wanted[0]) if turn is None else None
    if turn is not None:
        return _script(replace(turn, text=f"{turn.text}\n{wishes.others(wanted)}"), before, wanted[0], wants_team=False)
    if reply is None:
        return None
    return messaging.Script(f"{reply.text}\n{wishes.others(wanted)}", before, None, hand_over=reply.hand_over)


def _while_awaited(text: str, before: str | None, understood: Understood, context: Context) -> messaging.Script | None:
    """Serve a clear wish of somebody who waits for the team about something else; anything else is for the team."""
    said = normalise(text)
    needed = INTERRUPTS_FROM if acts.asks_for_something(said) else INTERRUPTS_ANSWER_FROM
    is_clear = understood.is_sure and understood.confidence >= needed
    if understood.finding.tier is not Tier.NONE or not is_clear or acts.speaks_to_doctor(said):
        return None
    turn = _with_rules(machine.start(understood, Desk(context), new_id()), context)
    if turn is not None:
        return _script(turn, before, understood, wants_team=False)
    reply = asides.answered(context, understood)
    return messaging.Script(reply.text, before, None, hand_over=reply.hand_over) if reply else None


def _errand(state: State | None) -> State | None:
    return None if state is None or state.flow == choosing.CHOOSE else state


def _script(turn: Turn, before: str | None, understood: Understood, *, wants_team: bool) -> messaging.Script:
    is_amber = understood.finding.tier is Tier.AMBER
    line = "\n" + wording.fill(_line_of(understood), (), {}) if is_amber else ""
    after = turn.state.dump() if turn.state else None
    return messaging.Script(machine.labelled(turn.text) + line, before, after, hand_over=is_amber or wants_team)


def _line_of(understood: Understood) -> str:
    """Return which fixed line stands under an answer to a message that may be serious."""
    return "self_harm_line" if understood.finding.is_self_harm else "red_flag_line"


def _is_own_value(text: str, understood: Understood) -> bool:
    """A value that is clearly the person's own is written down with the message itself (messaging.measured)."""
    is_report = understood.intent in (Intent.REPORT_BP, Intent.REPORT_GLUCOSE)
    return is_report and any("other" not in one.doubts for one in parse(text))


def _with_rules(turn: Turn | None, context: Context) -> Turn | None:
    """Say before the first question of an errand what the region's rules are, with their source."""
    if turn is None or turn.state is None:
        return turn
    topics = machine.all_flows()[turn.state.flow].rules
    lines = ruling.quoted(topics, context.rules_for(context.me)) if topics else []
    return replace(turn, text="\n".join([*lines, turn.text]))


def _turn(state: State | None, text: str, understood: Understood, desk: Desk) -> tuple[Turn | None, bool]:
    """Return the next line, None when no errand has one; and whether the team has to go on with it."""
    turn = machine.go_on(state, text, understood, desk) if state else None
    if turn is None:
        # no errand was open, or the message is about another one
        started = _with_rules(machine.start(understood, desk, new_id()), desk.context)
        is_over = state is None or acts.gives_up(normalise(text))
        return (started, False) if started or state is None or is_over else asides.beside(state, understood, desk)
    if not turn.act or turn.state is None:
        return turn, False
    try:
        outcome = desk.act(machine.all_flows()[turn.state.flow], turn.state)
    except Unavailable:
        raise  # nothing was said to be done: WeChat and the page ask again
    except AppError as refusal:
        return machine.refused(turn.state, refusal.code, refusal.message, desk), False
    return machine.done(turn.state, outcome.words), outcome.hand_over
