"""Everybody's phone in a simulated county: what arrived when, and a share of calls that fail as WeChat's do."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from server import clock
from server.pushing import Outcome, Pushed

FAILS = 0.02
BROKEN = (Outcome.RETRY, Outcome.PERMANENT, Outcome.UNKNOWN, Outcome.NO_CONSENT)


@dataclass(frozen=True)
class Arrived:
    """One message on a phone."""

    at: datetime
    address: str
    """Openid, or phone number."""


@dataclass
class Phones:
    """Stands in for WeChat and for the SMS provider: no network, everything written down."""

    chance: random.Random
    arrived: list[Arrived] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    is_on: bool = True
    _number: Any = field(default_factory=count)

    def push_subscribe(self, openid: str, template: Any, data: Mapping[str, str], page: str) -> Pushed:
        """Answer as the gateway does."""
        return self._push(openid, "subscribe")

    def push_template(self, openid: str, template: Any, data: Mapping[str, str], page: str, client_id: str) -> Pushed:
        """Answer as the gateway does."""
        return self._push(openid, "template")

    def push_text(self, openid: str, text: str, app: str = "") -> Pushed:
        """Answer as the gateway does."""
        return self._push(openid, "text")

    def send(self, phone: str, text: str, client_id: str) -> Pushed:
        """Answer as the SMS provider does."""
        return self._push(phone, "sms")

    def _push(self, address: str, way: str) -> Pushed:
        outcome = self.chance.choice(BROKEN) if self.chance.random() < FAILS else Outcome.OK
        self.calls[f"{way} {outcome}"] += 1
        if outcome is Outcome.OK:
            self.arrived.append(Arrived(clock.now(), address))
        return Pushed(outcome, f"ref{next(self._number)}" if outcome is Outcome.OK else None)
