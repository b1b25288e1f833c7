"""Random interleavings: the bot never speaks while a doctor has the conversation, and each has an owner.

Each is a new conversation and a handful of steps in random order, every one the real action: the resident writes in one of
two chats, a doctor takes, answers, gives back, transfers or closes it, time passes, what waits is sent, and a worker dies
before or after its transaction. Each costs about 50 ms: the suite runs 200, RELAY_INTERLEAVINGS=10000 runs as many as that.
"""

import contextlib
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server import clock as server_clock
from server.access import admin, conversations
from server.actions import messaging, notifications
from server.actions.messaging import steps, talking
from server.actions.messaging.talking import Said
from server.config import Settings
from server.database import db
from server.errors import AppError
from server.models import Conversation, ConversationEvent, ConversationStatus, Message, Staff, WechatUser
from server.models.actor import Actor
from server.models.conversation import Sender
from server.models.states import IllegalMove, StaleState
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, cast, receive, reply
from tests.actions.pushing import Line
from tests.conftest import Clock
from tests.handlers.workbench.browser import admin as administrator

COUNT = int(os.environ.get("RELAY_INTERLEAVINGS", "200"))
STEPS = (3, 7)
WORDS = ("你好", "找医生", "头有点晕", "我胸口疼得厉害，喘不上气", "谢谢", "我的签约")
C = ConversationStatus


class Died(BaseException):
    """A worker was killed."""


class World:
    """One team with two doctors, residents with and without a team, and what can happen."""

    def __init__(self, app: APIFlask, settings: Settings, clock: Clock, seed: int) -> None:
        self.dice, self.clock, self.settings, self.line = random.Random(seed), clock, settings, Line()
        self.people: Cast = cast()
        self.wang: Staff = make.colleague(self.people.team, name="王医生")
        self.stranger: WechatUser = make.user()
        self.admin = administrator(self.people.chen.organisation)
        self.number, self.happened = 0, Counter[str]()
        self.spoken: list[tuple[str, str]] = []

    @property
    def row(self) -> Conversation | None:
        db.session.rollback()
        return db.session.scalar(select(Conversation).where(Conversation.open_key == self.who.id))

    def writes(self) -> None:
        app = self.dice.choice(("service_account", "service_account", "miniprogram"))
        self.number += 1
        account = self.who.account(app)
        assert account is not None
        said: dict[str, Any] = {
            "app": app, "openid": account.openid, "unionid": None, "dedupe_key": f"{app}:msg:{self.number}",
            "text": self.dice.choice(WORDS), "kind": "text", "at": server_clock.now(), "policy": POLICY, "most": 500,
        }  # fmt: skip
        messaging.receive(**said)
        if self.dice.random() < 0.2:
            messaging.receive(**said)  # WeChat asks again: it heard no answer

    def takes(self) -> None:
        if (row := self.row) is not None:
            messaging.take(row, by=as_staff(self.doctor))

    def answers(self) -> None:
        if (row := self.row) is not None:
            reply(row, "您好", self.doctor, f"r{self.number}")

    def in_his_chat(self) -> None:
        receive(self.people.chen_user, self.dice.choice(("1 您好", "您好", "1 结束", "列表")))

    def gives_back(self) -> None:
        if (row := self.row) is not None:
            messaging.release(row, by=as_staff(self.doctor))

    def transfers(self) -> None:
        if (row := self.row) is not None:
            other = self.wang if self.doctor.id == self.people.chen.id else self.people.chen
            messaging.transfer(row, other, "下班", policy=POLICY, by=as_staff(self.doctor))

    def closes(self) -> None:
        if (row := self.row) is not None:
            messaging.close(row, by=as_staff(self.doctor))

    def time_passes(self) -> None:
        self.clock.advance(hours=self.dice.choice((1, 60)))
        messaging.close_idle_next(48)

    def sends(self) -> None:
        notifications.deliver_next(self.line, self.settings, POLICY)  # type: ignore[arg-type]

    def run(self, dying: "Killer") -> None:
        """One interleaving: whoever died comes back and goes on with what the rows say."""
        self.who = self.people.lin_user if self.dice.random() < 0.9 else self.stranger
        acts = self.dice.choices(ACTS, WEIGHTS, k=self.dice.randint(*STEPS))
        for act in (World.writes, *acts):
            self.doctor = self.dice.choice((self.people.chen, self.people.chen, self.wang))
            self.clock.advance(seconds=1)
            try:
                with dying.perhaps(self.dice):
                    act(self)
                self.happened[act.__name__] += 1
            except Died:
                self.happened["died"] += 1
            except AppError as refusal:
                assert refusal.http_status in (404, 409), refusal
        if (row := self.row) is not None:
            self.check(row)
            messaging.close(row, by=as_staff(self.people.chen))

    def check(self, row: Conversation) -> None:
        """Whoever looks at his list finds it, or a doctor holds it, or the bot answers."""
        if row.status == C.WITH_DOCTOR:
            assert row.staff_id is not None
        if row.status == C.WAITING_DOCTOR:
            self.happened["waited"] += 1
            ours = conversations.for_staff(self.people.chen, None).items if row.team_id else []
            centre = admin.conversations(by=self.admin).items if row.team_id is None else []
            assert row.id in {one.id for one in (*ours, *centre)}


ACTS: tuple[Callable[[World], None], ...] = (
    World.writes, World.takes, World.answers, World.in_his_chat, World.gives_back, World.transfers, World.closes,
    World.time_passes, World.sends,
)  # fmt: skip
WEIGHTS = (30, 14, 12, 8, 9, 8, 5, 3, 11)


class Killer:
    """Kills a worker before it commits, or after, when nobody hears the answer any more."""

    def __init__(self) -> None:
        self.moment = ""

    @contextmanager
    def perhaps(self, dice: random.Random) -> Iterator[None]:
        self.moment = dice.choice(("before", "after")) if dice.random() < 0.12 else ""
        try:
            yield
        finally:
            self.moment = ""

    def commit(self, commit: Callable[[], None]) -> Callable[[Any], None]:
        def dying(session: Any) -> None:
            moment, self.moment = self.moment, ""
            if moment == "before":
                raise Died
            commit(session)  # type: ignore[call-arg]
            if moment == "after":
                raise Died

        return dying


def spoken_wrongly() -> list[tuple[str, str]]:
    """Replay every conversation from its events: what did the bot say while a doctor had it?"""
    events: dict[str, list[tuple[datetime, str, str]]] = {}
    for event in db.session.scalars(select(ConversationEvent)):
        events.setdefault(event.subject_id, []).append((event.at, event.id, event.new))
    found = []
    bots = select(Message.conversation_id, Message.id, Message.at).where(Message.sender == Sender.BOT)
    for conversation_id, message_id, at in db.session.execute(bots):
        before = [moved for moved in events[conversation_id] if moved[0] < at]
        state = max(before)[2] if before else "bot"
        if state in (C.WITH_DOCTOR, C.CLOSED):
            found.append((state, message_id))
    return found


def unowned() -> list[str]:
    """Rows nobody would find: held without a doctor, or open and on nobody's list."""
    held = select(Conversation.id).where(Conversation.status == C.WITH_DOCTOR, Conversation.staff_id.is_(None))
    return list(db.session.scalars(held))


def test_in_random_order_the_bot_is_silent_and_everything_has_an_owner(
    app: APIFlask, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, killer = World(app, settings, clock, seed=6), Killer()
    session = type(db.session())
    monkeypatch.setattr(session, "commit", killer.commit(session.commit))
    prepared: dict[tuple[str, str, str], Said] = {}
    understand = talking.said

    def once(words: str, kind: str, policy: Any, **more: Any) -> Said:
        key = (words, kind, more["via"])
        if key not in prepared:
            prepared[key] = understand(words, kind, policy, **more)
        return prepared[key]

    monkeypatch.setattr(talking, "said", once)  # what a sentence asks is not in question here

    for number in range(1, COUNT + 1):
        world.run(killer)
        if number % 500 == 0:
            assert (spoken_wrongly(), unowned()) == ([], [])
            print(f"{number} interleavings: 0 violations, {dict(world.happened)}")  # noqa: T201 - the long run's record

    assert (spoken_wrongly(), unowned()) == ([], [])
    assert min(world.happened[act.__name__] for act in ACTS) > COUNT // 20, world.happened
    assert world.happened["died"] > COUNT // 8
    assert world.happened["waited"] > COUNT // 20


@dataclass(frozen=True)
class Known:
    """What the threads need to know; no row is shared between their sessions."""

    openid: str
    user_id: str
    doctor: Actor


def residents(known: Known, thread: int) -> None:
    for number in range(12):
        messaging.receive(
            app="service_account", openid=known.openid, unionid=None, dedupe_key=f"service_account:msg:{thread}.{number}",
            text="你好", kind="text", at=server_clock.now(), policy=POLICY, most=500,
        )  # fmt: skip


def doctors(known: Known, _: int) -> None:
    for number in range(8):
        row = db.session.scalar(select(Conversation).where(Conversation.open_key == known.user_id))
        for act in (messaging.take, messaging.release, messaging.close)[: 3 if number % 3 == 2 else 2]:
            with contextlib.suppress(IllegalMove, StaleState):
                if row is not None:
                    act(row, by=known.doctor)
        db.session.remove()


def test_many_threads_at_once_the_bot_is_silent(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real threads, on whatever database the tests run: MariaDB's row locks decide there."""
    people, wrong, write = cast(), list[str](), steps.add_message
    account = people.lin_user.account("service_account")
    assert account is not None
    known = Known(account.openid, people.lin_user.id, as_staff(people.chen))
    people.lin_says("你好")

    def watched(conversation: Conversation, sender: Sender, words: str, **more: Any) -> Message:
        said = write(conversation, sender, words, **more)
        # in the speaker's own transaction, after the row decided
        state = db.session.scalar(select(Conversation.status).where(Conversation.id == conversation.id))
        if sender is Sender.BOT and state == C.WITH_DOCTOR:
            wrong.append(said.id)
        return said

    def run(work: Callable[[Known, int], None], thread: int) -> None:
        with app.app_context():
            work(known, thread)
            db.session.remove()

    monkeypatch.setattr(steps, "add_message", watched)
    works = (residents, residents, doctors, doctors)
    threads = [threading.Thread(target=run, args=(work, number)) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    assert (wrong, unowned()) == ([], [])
    assert db.session.execute(text("SELECT COUNT(*) FROM message WHERE sender = 'bot'")).scalar_one() > 0
