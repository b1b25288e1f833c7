"""Red flags, always first: is this an emergency?

RED: the 120 answer comes first and a doctor is alarmed. AMBER: the normal answer, a fixed red-flag line, and the
doctors' queue. Rules catch what must never depend on training (numbers, unmistakable phrases); a classifier trained on
``data/`` catches the many ways people really say it. Rules alone do not generalise, a single tier does not reach enough.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from server.chatbot.models import Opinion
from server.chatbot.numbers import Readings, read

RED_ABOVE = 0.55
TOLD_RED_ABOVE = 0.8
"""… of a story, a paper or somebody's past (``FICTION``, ``PAST``)."""
BARE_RED_ABOVE, BARE_AMBER_ABOVE = 0.8, 0.5
"""… of a few words inside an open flow."""
ILL_ABOVE = 0.9
"""… beside a crisis value, where no complaint we know is named."""
PHRASE_RED_ABOVE = 0.1
"""… and with an unmistakable phrase; below, the model is sure that it is something else …"""
SHORT = 12
"""… which a few characters do not let it be."""
AMBER_ABOVE = 0.1
ORDINARY_AMBER_ABOVE = 0.2
"""… of what is, without doubt, an ordinary errand."""
"""Probabilities of an emergency, chosen by leaving out one voice of ``data/`` after the other (docs/chatbot.md)."""

GLUCOSE_HIGH, GLUCOSE_LOW = 16.7, 3.9
"""mmol/L: refer at once (national basic public-health norm, diabetes follow-up)."""
PREGNANT_SYSTOLIC = 160
"""mmHg in pregnancy: an emergency by itself when something is felt."""


class Tier(StrEnum):
    """How dangerous a message sounds."""

    RED = "red"
    AMBER = "amber"
    NONE = "none"


class Limits(Protocol):
    """The part of a region's policy that triage reads (policy/schema.FollowUps)."""

    @property
    def systolic_emergency(self) -> int: ...
    @property
    def diastolic_emergency(self) -> int: ...


@dataclass(frozen=True)
class Finding:
    """What triage says. ``is_reading``: a crisis value without complaints; ``is_self_harm``: somebody may hurt himself."""

    tier: Tier
    confidence: float
    is_self_harm: bool = False
    is_reading: bool = False


SELF_HARM = re.compile(
    r"不想活|不想再活|活不下去|活够了|自杀|自尽|轻生|一死了之|一了百了|寻短见|想死(?![我你他她了])|让我死|死了算了|"
    r"割腕|跳楼|跳河|上吊|结束(自己的?|我的?)?生命|不如死|遗书|想解脱|了结(自己|这一生|生命)|没什么(可)?留恋|永别|来世再见|吃了一(整)?瓶(安眠药|药)"
)
UNMISTAKABLE = re.compile(
    r"救命(?!药)|快?叫.{0,2}救护车|[叫打]一下120|没气了|人(快|要)不行了|"
    r"胸(口|部|前)?.{0,5}[痛疼闷].{0,10}(喘不|喘气|憋|冷汗|大汗|冒汗|出汗|发紫|厉害|压)|"
    r"心口.{0,5}[痛疼].{0,10}(厉害|冷汗|大汗|喘|背|胳膊)|"
    r"喘不[上过]|呼吸困难|[上透]不[来过]气|"
    r"叫不[醒应]|没(有)?(了)?(意识|呼吸|心跳|脉搏)|昏迷|昏倒|不省人事|晕(倒|过去)|"
    r"嘴(角)?.?歪|口齿不清|说话说不清|半边(身子|身体|脸).{0,4}(不能动|没力|没劲|麻|木|没知觉|动不了)|"
    r"大出血|吐血|咳血|便血不止|血.{0,4}(止不住|不停|一直[流喷])|"
    r"抽搐|全身抽|口吐白沫|[喝吞](了|下).{0,4}(农药|除草剂|百草枯|敌敌畏|老鼠药)|煤气中毒|触电|被电.{0,4}没反应|溺水|"
    r"羊水破|破水了|脐带.{0,3}出来|卡(住|在)(了)?喉咙|噎(住|着)了?.{0,6}(说不出|发紫|喘)"
)
# Hints that a doctor should read, though each may be harmless: an end that is spoken of, a fall after which somebody lies.
HINT_OF_SELF_HARM = re.compile(
    r"(要是|如果|哪天|万一)我.{0,4}(不在了|走了|没了|死了)|(多少|几[片颗粒瓶]).{0,8}(会死|才死|能死|死人|致死|致命)|怎[么样]死"
)
HINT_OF_A_FRACTURE = re.compile(r"摔.{0,8}(动不了|不能动|不敢动|起不来|站不起)")
# The words of somebody who tells a story, asks for a paper or worries about later: not now, not here.
FICTION = re.compile(
    r"预防|前兆|电影|电视|游戏|小说|新闻|手机|报销|[狗猫](?!咬)|台上|唱戏|副本|剧里|剧情|段子|歌词|"
    r"[急气累热冷烫笑愁压饿困烦忙吵](?:得|到)(?:我|人|要|快|想|都)|笑死|开玩笑|逗你"
)
PAST = re.compile(
    r"去年|前年|以前|从前|曾经|上次|前几天|年前|那年|[一二两三四五六七八九十几]年了|"
    r"病历|资料|出院|复查|复诊|后遗症|史[能可]|多亏|能签|签约|随访"
)
NOW = re.compile(r"现在|突然|忽然|刚才|刚刚|今天|正在|马上|这会儿?|又犯|又发")
FELT = re.compile(
    r"[头胸肚心].{0,3}[疼痛炸闷慌]|难受|恶心|呕|吐|模糊|看东西|眼花|喘|憋|麻|冷汗|出汗|手抖|迷糊|昏|晕|叫不应|没劲|站不"
)
NOTHING_FELT = re.compile(
    r"(没有?|没得|莫得|冇|无|不)(什么|任何|啥|啥子)?(感觉|不舒服|症状|难受|头?[疼痛晕昏闷慌麻吐]|胸闷|头晕|恶心|想吐)|人没事|好了"
)
PREGNANT = re.compile(r"怀孕|孕妇|孕[0-9晚中早]|怀着|周了")


def assess(
    text: str,
    limits: Limits,
    opinion: Opinion,
    *,
    asks_about_health: bool = False,
    is_answer: bool = False,
    is_bare: bool = False,
    is_errand: bool = False,
    expected: str | None = None,
) -> Finding:
    """Tell how dangerous a normalised message sounds.

    Args:
        limits: the region's crisis values of blood pressure. opinion: what the model makes of the text.
        asks_about_health: it was recognised as a question about symptoms or medicine; at least AMBER.
        is_answer: a few words that answer our own question; without a complaint in them the model is not heard.
        is_errand: it was recognised without doubt as something else; without a complaint AMBER needs more.
        is_bare: a few words inside an open flow; the model alone must be surer.
        expected: "bp" or "glucose" where that was asked for or is being reported, so that a bare 三点二 is a reading.
    """
    self_harm = bool(SELF_HARM.search(text))
    fiction = bool(FICTION.search(text))
    told = fiction or is_past(text)
    readings = read(text, expected)
    crisis = is_crisis(readings, limits)
    feels_it = bool(FELT.search(NOTHING_FELT.sub("", text)))
    pregnant = bool(PREGNANT.search(text)) and (readings.systolic or 0) >= PREGNANT_SYSTOLIC
    phrase = (self_harm and not fiction) or (bool(UNMISTAKABLE.search(text)) and not told)
    if is_answer and not (feels_it or phrase):
        opinion, asks_about_health = replace(opinion, alarm=0.0, worry=0.0), False
    is_short = len(text) <= SHORT or self_harm
    unmistakable = phrase and (is_short or opinion.alarm > PHRASE_RED_ABOVE)
    red_above = BARE_RED_ABOVE if is_bare else TOLD_RED_ABOVE if told else RED_ABOVE
    sounds_ill = feels_it or (opinion.alarm > ILL_ABOVE and not NOTHING_FELT.search(text))
    likely = opinion.alarm > red_above and (sounds_ill or not crisis)
    sounds_like_it = self_harm or opinion.kind == "suicide"
    if unmistakable or likely or (feels_it and (crisis or pregnant)):
        return Finding(Tier.RED, max(opinion.alarm, 0.99 if unmistakable else 0.0), is_self_harm=sounds_like_it)
    if crisis or pregnant:
        return Finding(Tier.AMBER, 0.99, is_reading=True)
    amber_above = BARE_AMBER_ABOVE if is_bare else ORDINARY_AMBER_ABOVE if is_errand and not feels_it else AMBER_ABOVE
    if HINT_OF_SELF_HARM.search(text):
        return Finding(Tier.AMBER, opinion.worry, is_self_harm=True)
    if opinion.worry > amber_above or asks_about_health or phrase or HINT_OF_A_FRACTURE.search(text):
        return Finding(Tier.AMBER, opinion.worry, self_harm or (opinion.worry > AMBER_ABOVE and sounds_like_it))
    return Finding(Tier.NONE, 1 - opinion.worry)


def is_unmistakable(text: str) -> bool:
    """Tell whether a normalised text holds words that mean an emergency wherever they are said of now and here."""
    return bool(UNMISTAKABLE.search(text))


def is_past(text: str) -> bool:
    """Tell whether it happened earlier and is over: "去年…" without "现在…", unless it is better now."""
    return bool(PAST.search(text)) and (not NOW.search(text) or "好了" in text)


def is_crisis(readings: Readings, limits: Limits) -> bool:
    """Tell whether a reading needs a doctor at once (blood pressure by policy, glucose by the national norm)."""
    return (
        (readings.systolic or 0) >= limits.systolic_emergency
        or (readings.diastolic or 0) >= limits.diastolic_emergency
        or (readings.glucose is not None and not GLUCOSE_LOW < readings.glucose < GLUCOSE_HIGH)
    )
