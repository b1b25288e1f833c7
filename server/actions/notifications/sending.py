"""The senders: a network call between two transactions, as often as something is due."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from server import clock
from server.access.channels import phone_of
from server.actions.notifications.claiming import Claimed, decide_safely, pick
from server.actions.notifications.results import Sent, settle
from server.config import Settings
from server.database import retried, transaction
from server.policy.notices import CHATS, KINDS, SMS, template_of
from server.policy.schema import Policy
from server.pushing import Outcome, Pushed
from server.sms import NoSms, SmsSender
from server.wechat.gateway import Gateway

logger = logging.getLogger(__name__)
LOOK_FOR_URGENT_EVERY = 10
MOST_FRUITLESS = 20


@dataclass(frozen=True)
class Turn:
    """One transaction's work: perhaps a claim, and how many rows were put off or given up on the way."""

    claimed: Claimed | None
    passed_over: int
    candidates: int


def deliver_next(gateway: Gateway, settings: Settings, policy: Policy, sms: SmsSender | None = None) -> bool:
    """Send, put off or give up the next notification that is due: urgent first, then oldest. Returns False when none is.

    The network call stands between two transactions. Any number of callers may do this at once.
    """
    sms = sms or NoSms()
    turn = _turn(None, policy, sms_is_on=sms.is_on)
    if turn.claimed:
        _settle_only(_send(turn.claimed, gateway, settings, sms), policy)
    return turn.claimed is not None or turn.passed_over > 0


def deliver_many(
    gateway: Gateway,
    settings: Settings,
    policy: Policy,
    sms: SmsSender | None = None,
    *,
    budget: int,
    keep_going: Callable[[], bool] = lambda: True,
) -> int:
    """Deliver until nothing is due, the budget is spent or ``keep_going`` says no. Returns how many were handled.

    Noting one result and claiming the next share a transaction; still only one message per caller is in flight, so a
    killed process leaves at most that one unknown.
    """
    sms = sms or NoSms()
    handled, turns, fruitless = 0, 0, 0
    sent: Sent | None = None
    while handled < budget and keep_going():
        urgent_first = turns % LOOK_FOR_URGENT_EVERY == 0
        turn = _turn(sent, policy, urgent_first=urgent_first, spread=True, sms_is_on=sms.is_on)
        turns += 1
        handled += turn.passed_over
        if turn.claimed is None:
            sent = None
            fruitless = 0 if turn.passed_over else fruitless + 1
            if turn.candidates == 0 or fruitless == MOST_FRUITLESS:
                return handled
            continue  # others were faster with all of these
        sent = _send(turn.claimed, gateway, settings, sms)
        handled += 1
    if sent:
        _settle_only(sent, policy)
    return handled


def _send(claimed: Claimed, gateway: Gateway, settings: Settings, sms: SmsSender) -> Sent:
    """Call WeChat or the SMS provider, outside any transaction."""
    channel, openid = claimed.way.channel, claimed.way.openid
    page = claimed.words.page or KINDS[claimed.kind].page
    try:
        if channel == SMS:
            number = phone_of(claimed.resident_id) if claimed.resident_id else None
            pushed = sms.send(number, claimed.words.text, claimed.id) if number else Pushed(Outcome.NO_CONSENT)
        elif channel in CHATS:
            pushed = gateway.push_text(openid, claimed.words.text, CHATS[channel])
        elif channel.startswith("subscribe:"):
            template = settings.wechat.subscribe_templates[template_of(channel)]
            pushed = gateway.push_subscribe(openid, template, claimed.words.fields, page)
        else:
            template = settings.wechat.service_templates[template_of(channel)]
            pushed = gateway.push_template(openid, template, claimed.words.fields, page, claimed.id)
    except Exception as error:
        # whatever broke, we cannot say that nothing went out
        logger.error("Sending broke", exc_info=error, extra={"notification_id": claimed.id})
        pushed = Pushed(Outcome.UNKNOWN)
    level = logging.INFO if pushed.outcome is Outcome.OK else logging.WARNING
    logger.log(
        level,
        "Notification %s over %s: %s %s",
        claimed.id,
        channel,
        pushed.outcome,
        pushed.errcode or "",
    )
    return Sent(claimed, pushed)


@retried
def _turn(
    sent: Sent | None, policy: Policy, *, sms_is_on: bool, urgent_first: bool = True, spread: bool = False
) -> Turn:
    at = clock.now()
    passed_over = 0
    with transaction():
        if sent:
            settle(sent, policy, at)
        candidates = pick(at, urgent_first=urgent_first, spread=spread)
        for row_id in candidates:
            claimed, changed = decide_safely(row_id, policy, at, sms_is_on=sms_is_on)
            if claimed:
                return Turn(claimed, passed_over, len(candidates))
            passed_over += changed
    return Turn(None, passed_over, len(candidates))


@retried
def _settle_only(sent: Sent, policy: Policy) -> None:
    at = clock.now()
    with transaction():
        settle(sent, policy, at)
