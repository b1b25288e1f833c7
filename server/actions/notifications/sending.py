"""The senders: network calls between short transactions, as often as something is due.

A batch is decided in one transaction. Then each step of a few calls is one more: it notes what became of the last calls
and which ones begin now. So at most as many notifications as there are hands are ``sending`` at any moment, and no more
of them than these become unknown when the process is killed.
"""

import logging
from collections import deque
from collections.abc import Callable

from server import clock
from server.access import media
from server.access.channels import phone_of
from server.actions.notifications.claiming import Reserved, pick, reserve, start
from server.actions.notifications.deciding import Claimed
from server.actions.notifications.hands import Hands, OwnHand, Spawn
from server.actions.notifications.results import Sent, settle_all
from server.config import Settings
from server.database import retried, transaction
from server.models import dispatch
from server.policy.media import ending_of, kind_of
from server.policy.notices import CHATS, KINDS, SMS, template_of
from server.policy.schema import Policy
from server.pushing import Outcome, Pushed
from server.sms import NoSms, SmsSender
from server.wechat.gateway import Gateway

logger = logging.getLogger(__name__)
BATCH = 200
PICK_ROWS = 10
LOOK_FOR_URGENT_EVERY = 5
"""Batches: at a thousand messages a second that is twice a second."""
MOST_FRUITLESS = 20


def deliver_next(gateway: Gateway, settings: Settings, policy: Policy, sms: SmsSender | None = None) -> bool:
    """Send, put off or give up the next notification that is due: urgent first, then oldest. Returns False when none is.

    The network call stands between two transactions. Any number of callers may do this at once.
    """
    sms = sms or NoSms()
    batch, _ = _reserve(policy, size=PICK_ROWS, most=1, urgent_first=True, sms_is_on=sms.is_on)
    _work_off(batch.claims, OwnHand(lambda claimed: _send(claimed, gateway, settings, sms)), policy, lambda: True)
    return bool(batch.claims) or batch.passed_over > 0


def deliver_many(
    gateway: Gateway,
    settings: Settings,
    policy: Policy,
    sms: SmsSender | None = None,
    *,
    budget: int,
    keep_going: Callable[[], bool] = lambda: True,
    threads: int = 1,
    spawn: Spawn | None = None,
) -> int:
    """Deliver until nothing is due, the budget is spent or ``keep_going`` says no. Returns how many were handled.

    Args:
        threads: how many calls are made at once; more than one only with ``spawn``, which runs them.
    """
    sms = sms or NoSms()
    is_on = sms.is_on

    def send(claimed: Claimed) -> Sent:
        return _send(claimed, gateway, settings, sms)

    hands = Hands(send, threads, spawn) if spawn and threads > 1 else OwnHand(send)
    handled, batches, fruitless = 0, 0, 0
    try:
        while handled < budget and keep_going():
            size = min(BATCH, budget - handled)
            urgent_first = batches % LOOK_FOR_URGENT_EVERY == 0
            batch, found = _reserve(policy, size=size, most=None, urgent_first=urgent_first, sms_is_on=is_on)
            batches += 1
            handled += batch.passed_over
            if batch.claims:
                handled += _work_off(batch.claims, hands, policy, keep_going)
            elif not batch.passed_over:
                fruitless += 1
                if found == 0 or fruitless == MOST_FRUITLESS:
                    break
                continue  # others were faster with all of these
            fruitless = 0
    finally:
        hands.close()
    return handled


def _work_off(claims: list[Claimed], hands: Hands | OwnHand, policy: Policy, keep_going: Callable[[], bool]) -> int:
    """Make the calls of a batch; what may not go out any more waits as before. Returns how many were made."""
    waiting, ended, calling, made = deque(claims), list[Sent](), 0, 0
    while True:
        free = hands.size - calling
        going = [waiting.popleft() for _ in range(min(free, len(waiting)))] if keep_going() else []
        kept = list(waiting) if not going and calling == 0 else []
        for claimed in _step(ended, going, kept, policy):
            hands.take(claimed)
            calling += 1
            made += 1
        if calling == 0:
            if kept or not waiting:
                return made
            ended = []
            continue
        # while some are noted and others begun, in one transaction, half of the hands are at work; at the end all rest
        ended = hands.results(calling // 2 if waiting else calling)
        calling -= len(ended)


def _step(ended: list[Sent], going: list[Claimed], kept: list[Claimed], policy: Policy) -> list[Claimed]:
    """Note what became of calls, which ones begin now, and what is not sent after all. Returns those that may begin."""
    if not (ended or going or kept):
        return []
    try:
        return _noted(ended, going, kept, policy)
    except dispatch.NotAll:
        return [one for sent in ended for one in _noted([sent], [], [], policy, singly=True)] + _started_singly(
            going, kept, policy
        )


def _started_singly(going: list[Claimed], kept: list[Claimed], policy: Policy) -> list[Claimed]:
    started = []
    for claimed in going:
        try:
            started += _noted([], [claimed], [], policy)
        except dispatch.NotAll:
            logger.info("Notification %s is not ours any more", claimed.id)
    if kept:
        _noted([], [], kept, policy)
    return started


@retried
def _noted(
    ended: list[Sent], going: list[Claimed], kept: list[Claimed], policy: Policy, singly: bool = False
) -> list[Claimed]:
    at = clock.now()
    with transaction():
        settle_all(ended, policy, at, singly=singly)
        dispatch.release([(one.id, one.reserved_until_at, one.due_at) for one in kept])
        return start(going, at)


@retried
def _reserve(
    policy: Policy, *, size: int, most: int | None, urgent_first: bool, sms_is_on: bool
) -> tuple[Reserved, int]:
    at = clock.now()
    with transaction():
        found = pick(at, size=size, urgent_first=urgent_first)
        return reserve(found, policy, at, sms_is_on=sms_is_on, most=most), len(found)


def _send(claimed: Claimed, gateway: Gateway, settings: Settings, sms: SmsSender) -> Sent:
    """Call WeChat or the SMS provider, outside any transaction."""
    channel, openid = claimed.way.channel, claimed.way.openid
    page = claimed.words.page or KINDS[claimed.kind].page
    try:
        if channel == SMS:
            number = phone_of(claimed.resident_id) if claimed.resident_id else None
            pushed = sms.send(number, claimed.words.text, claimed.id) if number else Pushed(Outcome.NO_CONSENT)
        elif channel in CHATS:
            pushed = _say(claimed, gateway, CHATS[channel])
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


def _say(claimed: Claimed, gateway: Gateway, app: str) -> Pushed:
    """Send words into a chat, or the photo or recording that a doctor sent."""
    file = media.file_of(claimed.medium_of) if claimed.medium_of else None
    if file is None:
        return gateway.push_text(claimed.way.openid, claimed.words.text, app)
    kind, ending = kind_of(file.content_type), ending_of(file.content_type)
    return gateway.push_medium(claimed.way.openid, kind, file.content, file.content_type, ending, app)
