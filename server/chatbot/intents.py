"""What is being asked: fixed phrases first, then a classifier trained on ``data/``."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from server.chatbot import triage
from server.chatbot.models import Example, NaiveBayes


class Intent(StrEnum):
    """What the bot serves. Everything else people ask goes to the team as OTHER_SERVICE."""

    EMERGENCY = "emergency"
    TALK_HUMAN = "talk_human"
    SIGN_UP = "sign_up"
    RENEW = "renew"
    MY_CONTRACT = "my_contract"
    BOOK_SPECIALIST = "book_specialist"
    MY_BOOKINGS = "my_bookings"
    NEXT_FOLLOWUP = "next_followup"
    MEDICAL_ADVICE = "medical_advice"
    PACKAGES_FEES = "packages_fees"
    TEAM_CARD = "team_card"
    OTHER_SERVICE = "other_service"
    GREETING = "greeting"
    THANKS = "thanks"
    OUT_OF_SCOPE = "out_of_scope"
    UNCLEAR = "unclear"


I = Intent  # noqa: E741 - a short name for the tables below

MENU = (
    ("1", "我要签约", I.SIGN_UP),
    ("2", "续签", I.RENEW),
    ("3", "我的签约", I.MY_CONTRACT),
    ("4", "预约专家号", I.BOOK_SPECIALIST),
    ("5", "我的预约", I.MY_BOOKINGS),
    ("6", "下次随访", I.NEXT_FOLLOWUP),
    ("7", "服务包和费用", I.PACKAGES_FEES),
    ("8", "团队联系方式", I.TEAM_CARD),
    ("0", "找医生", I.TALK_HUMAN),
)
"""Number, name, intent: a reply with either means exactly this, whatever was said before."""

NUMBER_AND_NAME = {intent: (number, name) for number, name, intent in MENU}

# The labels of data/ that this small set answers under another name.
SERVED_AS = {
    "cancel_booking": I.MY_BOOKINGS,
    "reschedule_booking": I.MY_BOOKINGS,
    "clinic_info": I.TEAM_CARD,
    "service_intro": I.PACKAGES_FEES,
    "contract_term": I.MY_CONTRACT,
}

SURE_FROM = 0.13
"""From this lead over the second label the best one is answered; below, the person chooses from three."""
SURE_FROM_HANDING_OVER = 0.3
"""… and this much before the team is called for something the bot does not serve."""

SURE_OF_ERRAND = 0.4
"""From this lead a message counts as an ordinary errand and needs more to sound alarming."""
NOT_ORDINARY = frozenset({I.EMERGENCY, I.MEDICAL_ADVICE, I.UNCLEAR, I.OUT_OF_SCOPE})

PHRASES = {
    **{number: intent for number, _, intent in MENU},
    **{name: intent for _, name, intent in MENU},
    **dict.fromkeys(("医生", "人工", "转人工", "找人工", "人工客服", "联系医生", "咨询医生"), I.TALK_HUMAN),
    **dict.fromkeys(("你好", "您好", "在吗", "在不在", "hi", "hello", "早上好", "下午好", "晚上好"), I.GREETING),
    **dict.fromkeys(("谢谢", "谢谢你", "谢谢您", "多谢", "好的", "好", "知道了", "再见", "收到", "嗯"), I.THANKS),
    **dict.fromkeys(("签约", "我想签约", "怎么签约"), I.SIGN_UP),
    **dict.fromkeys(("续约", "怎么续签", "我要续签"), I.RENEW),
    **dict.fromkeys(("预约", "挂号", "预约专家", "预约挂号"), I.BOOK_SPECIALIST),
    **dict.fromkeys(("随访", "健康随访", "我的随访"), I.NEXT_FOLLOWUP),
}


@dataclass(frozen=True)
class Guess:
    """The intent, how sure we are (0..1), and the next best menu items to offer."""

    intent: Intent
    confidence: float
    others: tuple[Intent, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether this is, with confidence, an ordinary errand."""
        return self.intent not in NOT_ORDINARY and self.confidence >= SURE_OF_ERRAND


def phrase(text: str) -> Intent | None:
    """Return the intent of a normalised text that is exactly a menu entry or a common short phrase."""
    return PHRASES.get(text.rstrip("吗呢啊呀"), PHRASES.get(text))


def served(label: str) -> Intent:
    """Return what we serve of a label in ``data/``."""
    if label in SERVED_AS:
        return SERVED_AS[label]
    return Intent(label) if label in set(Intent) else I.OTHER_SERVICE


def guess(text: str, ranked: Iterable[tuple[str, float]] | None = None) -> Guess:
    """Return what a normalised text asks for. ``ranked``: labels with probabilities, for tests of other models."""
    labels = list(ranked if ranked is not None else classifier().rank(text))
    best, share = served(labels[0][0]), labels[0][1]
    runner_up = next((other for label, other in labels if served(label) is not best), 0.0)
    order = list(dict.fromkeys(served(label) for label, _ in labels))
    others = tuple(intent for intent in order if intent in NUMBER_AND_NAME and intent is not I.TALK_HUMAN)[:3]
    lead = share - runner_up
    needed = SURE_FROM_HANDING_OVER if best is I.OTHER_SERVICE else SURE_FROM
    is_sure = lead >= needed and classifier().knows(text)
    return Guess(best if is_sure else I.UNCLEAR, lead, others)


def train(examples: Iterable[dict[str, Any]]) -> NaiveBayes:
    """Train the intent classifier."""
    return NaiveBayes([Example(row["text"], row["intent"]) for row in examples])


@functools.cache
def classifier() -> NaiveBayes:
    """The classifier trained on everything we have."""
    return train(triage.rows())
