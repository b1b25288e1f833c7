"""What became of a claimed notification: sent, again later, next channel, or nobody knows. In the caller's transaction."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select, update

from server import clock
from server.actions.notifications.deciding import Claimed
from server.database import db
from server.models import Attempt, Notification, allowance, dispatch, notice_setting
from server.models import NotificationStatus as N
from server.models.delivery import close_channel, learn_reference, shift, use_up
from server.policy.notices import CHATS, KINDS, SMS, template_of
from server.policy.schema import Policy
from server.pushing import Outcome, Pushed
from server.sms.codes import BAD_NUMBER

logger = logging.getLogger(__name__)

REPEATS_SAFELY_FOR = timedelta(minutes=8)
"""WeChat ignores a repeated client_msg_id for about ten minutes (wechat_platform.md F)."""
SMS_REPEATS_SAFELY_FOR = timedelta(hours=20)
"""The SMS provider delivers one client_id once within a day (docs/sms.md)."""
BACKOFF = (timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=4))
URGENT_BACKOFF = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=4))
AGAIN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Sent:
    """What became of a claimed one."""

    claimed: Claimed
    pushed: Pushed


def settle_all(ended: Sequence[Sent], policy: Policy, at: datetime, *, singly: bool = False) -> None:
    """Note the results of several calls: what WeChat accepted by one statement for all, everything else one by one.

    Args:
        singly: one by one in any case, after somebody else was found to have changed one of them.
    Raises:
        dispatch.NotAll: only when not ``singly``.
    """
    accepted = [] if singly else [sent for sent in ended if sent.pushed.outcome is Outcome.OK]
    if accepted:
        done = [(sent.claimed.id, sent.claimed.number, sent.pushed.provider_ref) for sent in accepted]
        dispatch.accepted(done, at, str(Outcome.OK))
        dispatch.use_up_consents(
            [
                (sent.claimed.user_id, template_of(sent.claimed.way.channel))
                for sent in accepted
                if sent.claimed.user_id is not None
                and sent.claimed.way.channel.startswith("subscribe:")
                and not sent.claimed.way.is_for_good
            ],
            at,
        )
    for sent in ended:
        if singly or sent.pushed.outcome is not Outcome.OK:
            settle(sent, policy, at)


def settle(sent: Sent, policy: Policy, at: datetime) -> None:
    """Note the result of one call; void when a later attempt was begun meanwhile."""
    claimed, pushed = sent.claimed, sent.pushed
    end_attempt(claimed.id, claimed.number, str(pushed.outcome), pushed.errcode, at)
    _count(claimed, pushed)
    match pushed.outcome:
        case Outcome.OK:
            _accepted(claimed, pushed, at)
        case Outcome.UNKNOWN:
            _nobody_knows(claimed, policy, at)
        case Outcome.RETRY:
            _again_later(claimed, policy, at)
        case Outcome.OVER_QUOTA:
            _after_midnight(claimed, at)
        case Outcome.NO_CONSENT:
            if claimed.way.channel == SMS:
                _no_sms(claimed, at)
            elif claimed.user_id is not None and claimed.taken is None:
                close_channel(claimed.user_id, claimed.way.channel, at)
            _next_channel(claimed, str(pushed.outcome), at)
        case Outcome.PERMANENT:
            if claimed.way.channel == SMS and pushed.errcode == BAD_NUMBER and claimed.resident_id:
                notice_setting.note_bad_phone(claimed.resident_id, at)
            _next_channel(claimed, str(pushed.outcome), at)


def _count(claimed: Claimed, pushed: Pushed) -> None:
    """Keep a chat's allowance as WeChat counts it: what was sent, or may have been, stays taken."""
    if claimed.taken is None:
        return
    if pushed.outcome is Outcome.NO_CONSENT:
        allowance.end(claimed.taken)
    elif pushed.outcome in (Outcome.RETRY, Outcome.PERMANENT, Outcome.OVER_QUOTA):
        allowance.give_back(claimed.taken)


def _no_sms(claimed: Claimed, at: datetime) -> None:
    """Believe the provider that this person answered its SMS with a refusal."""
    if claimed.resident_id:
        notice_setting.refuse_sms(claimed.resident_id, at)


def _accepted(claimed: Claimed, pushed: Pushed, at: datetime) -> None:
    if claimed.user_id is not None:
        use_up(claimed.user_id, claimed.way.channel, at)
    reference = {"provider_ref": pushed.provider_ref, "sent_at": at}
    if not shift(claimed.id, N.SENDING, N.SENT, number=claimed.number, reason=None, **reference):
        logger.warning("Notification %s: result came after its lease", claimed.id)
        learn_reference(claimed.id, claimed.number, pushed.provider_ref, at)


def _nobody_knows(claimed: Claimed, policy: Policy, at: datetime) -> None:
    tries = _tries(claimed)
    if claimed.kind == "doctor_reply" and claimed.way.channel in CHATS:
        # a reminder repeats no words: whether or not the answer is in the chat, the person hears that there is one
        _next_channel(claimed, "no_answer", at)
    elif (
        is_repeatable(claimed.kind, claimed.way.channel, claimed.started_at, at) and tries < policy.reminders.max_tries
    ):
        _back(claimed, at + AGAIN_AFTER, "unknown")
    else:
        shift(claimed.id, N.SENDING, N.UNKNOWN, number=claimed.number, reason="no_answer")


def _again_later(claimed: Claimed, policy: Policy, at: datetime) -> None:
    tries = _tries(claimed)
    if tries >= policy.reminders.max_tries:
        _next_channel(claimed, "retry", at)
        return
    steps = URGENT_BACKOFF if claimed.is_urgent else BACKOFF
    _back(claimed, at + steps[min(tries, len(steps)) - 1], "retry")


def _after_midnight(claimed: Claimed, at: datetime) -> None:
    midnight = datetime.combine(clock.local(at).date() + timedelta(days=1), time(0, 5), clock.SHANGHAI)
    if claimed.is_urgent or (claimed.expires_at and claimed.expires_at <= midnight):
        _next_channel(claimed, "over_quota", at)
    else:
        _back(claimed, midnight, "over_quota")


def _next_channel(claimed: Claimed, reason: str, at: datetime) -> None:
    tried = db.session.scalar(select(Notification.tried_channels).where(Notification.id == claimed.id)) or []
    channels = [*tried, claimed.way.channel]
    shift(
        claimed.id,
        N.SENDING,
        N.CREATED,
        number=claimed.number,
        tried_channels=channels,
        next_attempt_at=at,
        lease_until_at=None,
        reason=reason,
    )


def _back(claimed: Claimed, until: datetime, reason: str) -> None:
    shift(
        claimed.id,
        N.SENDING,
        N.CREATED,
        number=claimed.number,
        next_attempt_at=until,
        lease_until_at=None,
        reason=reason,
    )


def _tries(claimed: Claimed) -> int:
    """Count the attempts over this channel, this one included."""
    same = select(Attempt.id).where(Attempt.notification_id == claimed.id, Attempt.channel == claimed.way.channel)
    return len(db.session.scalars(same).all())


def is_repeatable(kind: str, channel: str | None, started_at: datetime, at: datetime) -> bool:
    """Tell whether sending again cannot tell anybody twice, or does no harm."""
    deduplicated = (channel or "").startswith("service_template:") and at - started_at < REPEATS_SAFELY_FOR
    deduplicated = deduplicated or (channel == SMS and at - started_at < SMS_REPEATS_SAFELY_FOR)
    return deduplicated or (kind in KINDS and KINDS[kind].repeat_safe)


def end_attempt(row_id: str, number: int, outcome: str, errcode: int | None, at: datetime) -> None:
    """Close the record of one try."""
    db.session.execute(
        update(Attempt)
        .where(Attempt.notification_id == row_id, Attempt.number == number)
        .values(ended_at=at, outcome=outcome, errcode=errcode)
        .execution_options(synchronize_session=False)
    )
