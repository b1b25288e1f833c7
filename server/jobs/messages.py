"""Pictures, voice, content safety, and conversations nobody continues."""

from server.actions import messaging
from server.jobs.work import Work, repeat


def close_idle(work: Work) -> int:
    """Close conversations in which nobody said a word for a long time."""
    hours = work.settings.messaging.idle_close_hours
    return repeat(lambda: messaging.close_idle_next(hours), work)


def fetch_media(work: Work) -> int:
    """Fetch pictures and voice while WeChat keeps them."""
    return repeat(lambda: messaging.fetch_next(work.gateway), work)


def check_content(work: Work) -> int:
    """Ask content safety about what was written in the mini-program."""
    address = work.settings.app.public_base_url
    return repeat(lambda: messaging.check_next(work.gateway, address), work)


def keep_promises(work: Work) -> int:
    """Promise an answer to whoever waits without one, tell whose time runs out, count what was answered."""
    policy = work.policy
    promised = repeat(lambda: messaging.promise_next(policy), work)
    told = repeat(lambda: messaging.escalate_next(policy), work)
    return promised + told + repeat(lambda: messaging.count_next(policy), work)


def hand_to_stand_ins(work: Work) -> int:
    """Give what an absent doctor holds to his stand-in, and back afterwards."""
    return repeat(messaging.hand_next, work)
