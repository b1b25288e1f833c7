"""What is being asked: fixed phrases first, then what the model trained on ``data/`` makes of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """What residents want: the labels of ``data/`` (the taxonomy of docs/chatbot.md), the acts inside a flow, and UNCLEAR."""

    SIGN_UP = "sign_up"
    RENEW = "renew"
    TERMINATE = "terminate"
    CHANGE_TEAM = "change_team"
    ADD_MEMBER = "add_member"
    MY_CONTRACT = "my_contract"
    BOOK_SPECIALIST = "book_specialist"
    CANCEL_BOOKING = "cancel_booking"
    RESCHEDULE_BOOKING = "reschedule_booking"
    MY_BOOKINGS = "my_bookings"
    ASK_REFERRAL = "ask_referral"
    NEXT_FOLLOWUP = "next_followup"
    REPORT_BP = "report_bp"
    REPORT_GLUCOSE = "report_glucose"
    HOME_VISIT = "home_visit"
    REFILL = "refill"
    HEALTH_RECORD = "health_record"
    CHECKUP_VACCINE = "checkup_vaccine"
    MEDICAL_ADVICE = "medical_advice"
    TEAM_CARD = "team_card"
    PACKAGES_FEES = "packages_fees"
    INSURANCE = "insurance"
    SERVICE_INTRO = "service_intro"
    ELIGIBILITY = "eligibility"
    CONTRACT_TERM = "contract_term"
    SPECIAL_FAMILY = "special_family"
    CLINIC_INFO = "clinic_info"
    COMPLAINT = "complaint"
    CHANGE_PHONE = "change_phone"
    TALK_HUMAN = "talk_human"
    UNSUBSCRIBE = "unsubscribe"
    GREETING = "greeting"
    THANKS = "thanks"
    OUT_OF_SCOPE = "out_of_scope"
    EMERGENCY = "emergency"

    INFORM = "inform"
    AFFIRM = "affirm"
    DENY = "deny"
    CANCEL_FLOW = "cancel_flow"

    UNCLEAR = "unclear"


ACTS = frozenset({Intent.INFORM, Intent.AFFIRM, Intent.DENY, Intent.CANCEL_FLOW})
"""What a message does inside an open flow; never a label of a message that stands alone."""


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
"""Number, name, intent: a reply with the name means exactly this, one with the number where no other list was shown."""

NAMES = {intent: name for _, name, intent in MENU}
WITH_TEAM = (I.MY_CONTRACT, I.BOOK_SPECIALIST, I.NEXT_FOLLOWUP)
WITHOUT_TEAM = (I.SIGN_UP, I.PACKAGES_FEES, I.TEAM_CARD)
"""What somebody with and without a family doctor mostly comes for."""

SURE_FROM = 0.2
"""From this lead over the second label the best one is answered; below, the person chooses from three."""
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

_CLOSING = re.compile(
    r"(?:那|嗯|哦|噢|唉|哎)?(?:[就,])?(?:对的?|对头|是[的嘞]?|没错|嗯嗯|好[的嘞]?|行[的吧]?|可以的?|要得|得行|中|成|没问题|没得问题|晓得了|知道了|明白了|"
    r"算了|不用了?|不了|不要了|不必了|不需要了?|不办了|不弄了|不搞了|没事了?|没得事了?|再说|以后再说|先这样|就这样|打扰了|麻烦了|确认|确定)"
    r"(?:[了吧嘛啊呀哈哦咯噻嘞哟吗呢]|谢谢)*"
)
"""A yes or no to nothing: no errand is open, so it ends the talk. Never a wish, whatever the model makes of two characters."""


@dataclass(frozen=True)
class Guess:
    """The likeliest intent, its lead over the second (0..1) and the likeliest three.

    ``is_clear``: sure enough to be answered; if not, the person chooses from three.
    """

    intent: Intent
    confidence: float
    top: tuple[Intent, ...] = ()
    is_clear: bool = True


def phrase(text: str) -> Intent | None:
    """Return the intent of a normalised text that is exactly a menu entry, a common short phrase, or a bare yes or no."""
    found = PHRASES.get(text.rstrip("吗呢啊呀"), PHRASES.get(text))
    return Intent.THANKS if found is None and _CLOSING.fullmatch(text) else found


def guess(ranked: Sequence[tuple[str, float]]) -> Guess:
    """Return what a message asks for, from its labels with probabilities, likeliest first."""
    (best, share), (_, next_best) = ranked[0], ranked[1]
    lead = share - next_best
    return Guess(Intent(best), lead, tuple(Intent(label) for label, _ in ranked[:3]), is_clear=lead >= SURE_FROM)
