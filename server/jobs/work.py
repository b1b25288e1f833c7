"""What a job is given, and the loop every job is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.config import Settings
from server.policy.schema import Policy
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
    keep_going: Callable[[], bool] = lambda: True


def repeat(step: Callable[[], bool], work: Work, budget: int = BUDGET) -> int:
    """Take steps until one finds nothing to do. Returns how many found something."""
    done = 0
    while done < budget and work.keep_going() and step():
        done += 1
    return done
