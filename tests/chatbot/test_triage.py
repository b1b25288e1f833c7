"""Red flags: sentences that must be RED, readings, near misses, and the recall on sentences never trained on."""

import random
from typing import Any

import pytest

from server import policy
from server.chatbot import intents, triage
from server.chatbot.grams import normalise
from server.chatbot.triage import Finding, Tier, assess

LIMITS = policy.load("national").followups

# Written for this table; none of them stands in data/.
RED_FLAGS = [
    "我胸口疼得厉害，冷汗直冒",
    "胸闷得喘不过气",
    "老公突然晕倒，叫不醒",
    "我爸嘴角歪了，一边胳膊抬不动",
    "说话说不清楚，半边身子没力气",
    "吐血了怎么办",
    "流血止不住",
    "孩子抽搐口吐白沫",
    "喝了农药",
    "煤气中毒了",
    "奶奶没有呼吸了",
    "孕妇羊水破了",
    "人快不行了救命",
    "快叫救护车",
    "怀孕七个月血压165，头痛眼花",
    "血压190/115，头痛恶心",
    "血糖2.1，冷汗，迷糊",
    "呼吸困难，嘴唇发紫🆘",
    "我爸去年中过风，现在叫不醒了",
    "出院以后今天突然吐血了",
]
SELF_HARM = [
    "我不想活了",
    "想自杀",
    "活着没意思，想一死了之",
    "想从楼上跳楼",
    "老伴去年走了，我也不想活了",
    "我割腕了",
    "我活够了",
]
READINGS = [
    ("血压180/90", True),
    ("今天量的血压 150/110", True),
    ("高压一百八十五，人没事", True),
    ("血压１８２／９５", True),
    ("空腹血糖16.7", True),
    ("餐后十七点二，没有不舒服", True),
    ("血糖3.9", True),
    ("血糖302", True),
    ("血压179/109", False),
    ("血糖16.6", False),
    ("血糖4.0", False),
    ("血压142/90，没有头痛", False),
    ("我的预约编号是185", False),
]
NOT_RED = [
    "我爸去年心梗过，想约心内科复查",
    "怎么预防中风",
    "120救护车一次多少钱",
    "电视里有人昏迷了",
    "想死我了你们",
    "上次昏倒住院的病历能查吗",
    "你好",
    "我要签约",
]


@pytest.mark.parametrize("text", RED_FLAGS)
def test_assess_of_a_red_flag_is_red(text: str) -> None:
    assert assess(normalise(text), LIMITS).tier is Tier.RED


@pytest.mark.parametrize("text", SELF_HARM)
def test_assess_of_self_harm_is_red_and_says_so(text: str) -> None:
    found = assess(normalise(text), LIMITS)

    assert (found.tier, found.is_self_harm) == (Tier.RED, True)


@pytest.mark.parametrize(("text", "crisis"), READINGS)
def test_assess_of_a_reading_follows_the_limits(text: str, crisis: bool) -> None:
    found = assess(normalise(text), LIMITS)

    assert found.is_reading is crisis
    assert found.tier is not Tier.RED
    assert not crisis or found.tier is Tier.AMBER


@pytest.mark.parametrize("text", NOT_RED)
def test_assess_of_a_near_miss_is_not_red(text: str) -> None:
    assert assess(normalise(text), LIMITS).tier is not Tier.RED


@pytest.mark.parametrize("text", ["", " ", "😀😀", "。。。", "\x00\x01", "𠮷" * 5000, "a" * 100_000])
def test_assess_of_odd_text_does_not_alarm(text: str) -> None:
    assert assess(normalise(text), LIMITS).tier is Tier.NONE


def held_out(monkeypatch: pytest.MonkeyPatch, *, rules: bool) -> list[tuple[dict[str, Any], Finding]]:
    """Judge every sentence of data/ by models trained on the other four fifths."""
    rows = list(triage.rows())
    random.Random(3).shuffle(rows)
    found = []
    for fold in range(5):
        training = tuple(row for number, row in enumerate(rows) if number % 5 != fold)
        detector, classifier = triage.train(training), intents.train(training)
        monkeypatch.setattr(triage, "detector", lambda detector=detector: detector)
        monkeypatch.setattr(intents, "classifier", lambda classifier=classifier: classifier)
        for row in rows[fold::5]:
            text = normalise(row["text"])
            guess = intents.guess(text)
            asks = guess.is_clear and guess.intent in (intents.Intent.MEDICAL_ADVICE, intents.Intent.EMERGENCY)
            if rules:
                found.append((row, assess(text, LIMITS, symptom_question=asks, ordinary=guess.is_sure)))
            else:
                p = detector.probability(text)
                tier = Tier.RED if p > triage.RED_ABOVE else Tier.AMBER if p > triage.AMBER_ABOVE or asks else Tier.NONE
                found.append((row, Finding(tier, p)))
    return found


def share(found: list[tuple[dict[str, Any], Finding]], tiers: set[Tier]) -> float:
    return sum(finding.tier in tiers for _, finding in found) / len(found)


@pytest.mark.parametrize(("rules", "red", "net"), [(False, 0.87, 0.95), (True, 0.92, 0.97)])
def test_recall_on_sentences_never_trained_on(
    monkeypatch: pytest.MonkeyPatch, rules: bool, red: float, net: float
) -> None:
    found = held_out(monkeypatch, rules=rules)
    emergencies = [item for item in found if item[0]["intent"] == "emergency"]
    others = [item for item in found if item[0]["intent"] != "emergency"]
    near_misses = [item for item in found if item[0].get("near_miss")]

    figures = {
        "red recall": share(emergencies, {Tier.RED}),
        "safety net": share(emergencies, {Tier.RED, Tier.AMBER}),
        "near misses red": share(near_misses, {Tier.RED}),
        "others red": share(others, {Tier.RED}),
        "others amber": share(others, {Tier.AMBER}),
    }

    assert figures["red recall"] >= red, figures
    assert figures["safety net"] >= net, figures
    assert figures["near misses red"] <= 0.15, figures
    assert figures["others red"] <= 0.05, figures
    assert figures["others amber"] <= 0.25, figures
