"""What a job is given, and the loop every job is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.config import Settings
from server.policy.schema import Policy
from server.sms import NoSms, SmsSender
from server.verifying import Verifier
from server.wechat.gateway import Gateway

BUDGET = 5000


@dataclass(frozen=True)
class Work:
    """The application and what it built. ``keep_going`` turns False when this process must stop or no longer leads."""

    app: Any
    settings: Settings
    policy: Policy
    gateway: Gateway
    verifier: Verifier
    sms: SmsSender = NoSms()
    keep_going: Callable[[], bool] = lambda: True


def repeat(step: Callable[[], int], work: Work, budget: int | None = BUDGET) -> int:
    """Take steps until one finds nothing to do. Returns how much they found: True counts as one.

    Args:
        budget: the most steps of one run; None for a daily job, which comes back only tomorrow.
    """
    done = 0
    while (budget is None or done < budget) and work.keep_going() and (found := step()):
        done += found
    return done


def all_day(step: Callable[[], int], work: Work) -> int:
    """Take steps until nothing of the day's work is left, however much it is."""
    return repeat(step, work, budget=None)
