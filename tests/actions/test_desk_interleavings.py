"""Transfers, absences, jobs and messages in any order: the bot is silent, everything has an owner, whoever waits a promise."""

import random
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as server_clock
from server.actions import messaging
from server.database import db
from server.errors import AppError
from server.models import AnswerPromise, Conversation, ConversationStatus, Staff
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, cast, reply
from tests.actions.test_messaging_silence import SENTENCES, violations
from tests.conftest import Clock

STEPS = 50
CHOICES = ("writes",) * 4 + (
    "reply",
    "reply",
    "give",
    "give",
    "leave",
    "back",
    "hand",
    "hand",
    "escalate",
    "close",
    "idle",
)


def one_step(people: Cast, doctors: list[Staff], dice: random.Random, clock: Clock) -> None:
    row = db.session.scalar(select(Conversation).where(Conversation.open_key == people.lin_user.id))
    one, other = dice.sample(doctors, 2)
    chosen, now = dice.choice(CHOICES), server_clock.now()
    if chosen == "writes":
        people.lin_says(dice.choice(SENTENCES))
    elif chosen == "leave":
        until = now + timedelta(hours=dice.choice([1, 5]))
        messaging.enter_absence(one, other, from_at=now, until_at=until, by=as_staff(one))
    elif chosen == "back":
        clock.advance(hours=dice.choice([1, 6]))
    elif chosen == "hand":
        messaging.hand_next()
    elif chosen == "escalate":
        messaging.escalate_next(POLICY)
    elif chosen == "idle":
        clock.advance(hours=dice.choice([1, 60]))
        messaging.close_idle_next(48)
    elif row is not None and chosen == "reply":
        reply(row, "您好", one)
    elif row is not None and chosen == "give":
        messaging.transfer(row, other, "请接手", policy=POLICY, by=as_staff(one))
    elif row is not None:
        messaging.close(row, by=as_staff(one))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_unowned_unpromised_or_answered_by_the_bot(app: APIFlask, clock: Clock, seed: int) -> None:
    people, dice = cast(), random.Random(seed)
    doctors = [people.chen, make.colleague(people.team, name="李医生"), make.colleague(people.team, name="王医生")]

    for _ in range(STEPS):
        clock.advance(seconds=1)
        try:
            one_step(people, doctors, dice, clock)
        except AppError as refusal:
            assert refusal.http_status in (404, 409)
        while messaging.promise_next(POLICY):
            pass
        for row in db.session.scalars(select(Conversation).execution_options(populate_existing=True)):
            promise = db.session.scalar(select(AnswerPromise).where(AnswerPromise.open_key == row.id))
            is_open = row.status in (ConversationStatus.WAITING_DOCTOR, ConversationStatus.WITH_DOCTOR)
            assert bool(row.staff_id) or row.status != ConversationStatus.WITH_DOCTOR
            assert bool(row.team_id) or not is_open
            assert (promise is not None) == (is_open and row.waiting_since_at is not None)

    assert violations() == []
