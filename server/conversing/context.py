"""Who speaks, where and when: what every errand needs."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from server.access import accounts, rules
from server.chatbot.flows import Flow, Options, Slot, State
from server.models import Resident, WechatUser
from server.models.actor import Actor
from server.policy.schema import Policy

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Context:
    """One message of one person; ``policy`` is the region's."""

    user_id: str
    policy: Policy
    by: Actor
    at: datetime
    today: date
    device: str = ""

    @functools.cached_property
    def user(self) -> WechatUser:
        """Who speaks; most messages are no errand and never ask."""
        return accounts.user_reference(self.user_id)

    @property
    def me(self) -> Resident:
        """The person as a resident; only after the login was checked."""
        assert self.user.resident is not None
        return self.user.resident

    def rules_for(self, who: Resident) -> Policy:
        """Return the rules under which a person would sign today."""
        return rules.policy_for(who, self.policy)


class Outcome(NamedTuple):
    """What came of it: words for the last sentence, and whether somebody of the team has to go on with it."""

    words: dict[str, str]
    hand_over: bool = False


class Errand(NamedTuple):
    """What one flow asks of the world: refusals, lists, words, and the deed after a yes."""

    options: dict[str, Callable[[Context, State], Options]]
    words: Callable[[Context, State], dict[str, str]]
    act: Callable[[Context, State], Outcome] | None = None
    refusal: Callable[[Context], str | None] | None = None


def day(value: date, today: date) -> str:
    """Return a day with its weekday, as people say it: 12月3日（周四）; with the year when it is another one."""
    year = f"{value.year}年" if value.year != today.year else ""
    return f"{year}{value.month}月{value.day}日（周{WEEKDAYS[value.weekday()]}）"


__all__ = ["Context", "Errand", "Flow", "Options", "Outcome", "Slot", "State", "day"]
