"""Talking with the bot as a resident does: understood as a test says (``Talk``), or by the real understanding (``says``)."""

import itertools
from datetime import date
from typing import Any

import pytest

from server import chatbot, clock, conversing
from server.chatbot import Understood
from server.chatbot.intents import Intent
from server.chatbot.triage import Finding, Tier
from server.models import WechatUser
from tests.actions.conversing import MOST, POLICY, as_resident

_ids = itertools.count(1)
CALM = Finding(Tier.NONE, 1.0)


class Talk:
    """One person's chat; ``says`` returns the bot's answer, "" for silence."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, policy: Any = POLICY) -> None:
        self.policy = policy
        self.meant: dict[str, Understood] = {}
        real = chatbot.understand

        def understand(text: str, *, today: date, limits: Any, state: Any = None) -> Understood:
            given = self.meant.get(text)
            if given is not None:
                return given
            if state is None:
                return real(text, today=today, limits=limits)
            return Understood(Intent.INFORM, (Intent.INFORM,), 0.5, CALM)

        monkeypatch.setattr(chatbot, "understand", understand)

    def means(
        self, text: str, intent: Intent = Intent.INFORM, *, tier: Tier = Tier.NONE, sure: float = 0.9, **slots: object
    ) -> str:
        """Say how a sentence is understood from now on; returns it."""
        finding = CALM if tier is Tier.NONE else Finding(tier, 0.9)
        self.meant[text] = Understood(intent, (intent,), sure, finding, dict(slots))
        return text

    def says(self, who: WechatUser, text: str, client_id: str | None = None) -> str:
        said = conversing.say(
            who, text, client_id or f"t{next(_ids)}", policy=self.policy, most=MOST, by=as_resident(who), at=clock.now()
        )
        return said[1].text if len(said) > 1 else ""

    def writes(self, who: WechatUser, text: str, key: str | None = None) -> str | None:
        """The same in the service account's chat."""
        account = who.account("service_account")
        assert account is not None
        return conversing.receive(
            app="service_account", openid=account.openid, unionid=None, text=text, kind="text", at=clock.now(),
            dedupe_key=key or f"service_account:msg:t{next(_ids)}", policy=self.policy, most=MOST,
        )  # fmt: skip


def says(who: WechatUser, *texts: str) -> list[str]:
    """Say several things, one after the other, as they are understood; returns what was answered."""
    answers = []
    for text in texts:
        said = conversing.say(
            who, text, f"s{next(_ids)}", policy=POLICY, most=MOST, by=as_resident(who), at=clock.now()
        )
        answers.append(said[1].text if len(said) > 1 else "")
    return answers
