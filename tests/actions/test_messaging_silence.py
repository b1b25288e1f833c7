"""Whatever happens in whatever order: the bot never speaks while a doctor holds the conversation."""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.actions import messaging
from server.actions.messaging import steps
from server.database import db
from server.errors import AppError
from server.models import Conversation, ConversationEvent, ConversationStatus, Message
from tests.actions.conversing import Cast, as_staff, cast, reply, say
from tests.conftest import Clock

SENTENCES = (
    "你好",
    "找医生",
    "我的签约",
    "🐼",
    "头有点晕",
    "我胸口疼得厉害，喘不上气",
    "血压185/95",
    "谢谢",
    "3",
    "随便说点什么",
)
STEPS = 40


def one_step(people: Cast, dice: random.Random, clock: Clock) -> None:
    row = db.session.scalar(select(Conversation).where(Conversation.open_key == people.lin_user.id))
    chosen = dice.choice(["writes"] * 5 + ["says"] * 2 + ["take", "reply", "reply", "close", "idle", "chat"])
    if chosen == "writes":
        people.lin_says(dice.choice(SENTENCES))
    elif chosen == "says":
        say(people.lin_user, dice.choice(SENTENCES))
    elif chosen == "chat":
        people.chen_says(dice.choice(["1 您好", "您好", "1 结束", "列表"]))
    elif chosen == "idle":
        clock.advance(hours=dice.choice([1, 60]))
        messaging.close_idle_next(48)
    elif row is not None:
        act = {
            "take": lambda: messaging.take(row, by=as_staff(people.chen)),
            "reply": lambda: reply(row, "您好", people.chen),
            "close": lambda: messaging.close(row, by=as_staff(people.chen)),
        }[chosen]
        act()


def violations() -> list[str]:
    """Replay each conversation's history: who held it when the bot said something?"""
    found = []
    for row in db.session.scalars(select(Conversation)):
        moves = db.session.scalars(select(ConversationEvent).where(ConversationEvent.subject_id == row.id)).all()
        said = db.session.scalars(select(Message).where(Message.conversation_id == row.id)).all()
        for message in said:
            before = [move for move in moves if move.at < message.at]
            state = max(before, key=lambda move: (move.at, move.id)).new if before else "bot"
            if message.sender == "bot" and state in ("with_doctor", "waiting_doctor", "closed"):
                found.append(f"{state}: {message.text}")
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_bot_is_silent_while_a_doctor_holds(app: APIFlask, clock: Clock, seed: int) -> None:
    people, dice = cast(), random.Random(seed)

    for _ in range(STEPS):
        clock.advance(seconds=1)
        try:
            one_step(people, dice, clock)
        except AppError as refusal:
            assert refusal.http_status in (404, 409)
        held = db.session.scalars(
            select(Conversation).where(Conversation.status == ConversationStatus.WITH_DOCTOR)
        ).all()
        assert all(row.staff_id for row in held)

    assert violations() == []
    assert db.session.scalar(select(Message.id).where(Message.sender == "bot").limit(1)) is not None


def test_the_bot_is_silent_however_the_doctor_and_the_resident_race(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, spoken = cast(), []
    people.lin_says("你好")
    # loaded now: the threads have sessions of their own and share no row that is still to be read
    assert people.lin_user.account("service_account") and people.lin_user.id and people.chen.id
    write = steps.add_message

    def watched(conversation: Conversation, sender: str, text: str, **more: Any) -> Message:
        # asked inside the speaker's transaction: what the database then says about who holds it
        holder = db.session.scalar(select(Conversation.status).where(Conversation.id == conversation.id))
        spoken.append((sender, holder))
        return write(conversation, sender, text, **more)

    def resident() -> None:
        for _ in range(15):
            people.lin_says("你好")

    def doctor() -> None:
        for _ in range(6):
            row = db.session.scalar(select(Conversation).where(Conversation.open_key == people.lin_user.id))
            if row is not None:
                messaging.take(row, by=as_staff(people.chen))
                messaging.close(row, by=as_staff(people.chen))
            db.session.remove()

    monkeypatch.setattr(steps, "add_message", watched)
    in_threads(app, resident, doctor)

    assert ("resident", "with_doctor") in spoken or ("bot", "bot") in spoken
    assert [item for item in spoken if item[0] == "bot" and item[1] != "bot"] == []


def in_threads(app: APIFlask, *works: Callable[[], None]) -> None:
    """Run each in a thread of its own; an error in one fails the test."""
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        with app.app_context():
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - shown below
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
