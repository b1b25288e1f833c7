"""Blood pressure: 150/95, 一百五九十五, 高的一百五低的九十, 148 92 71."""

import re
from dataclasses import dataclass, replace

from server.chatbot.slots.values import Value, rank, values

NAMED = re.compile(r"血压|高压|低压|收缩压|舒张压|上压|下压|高的|低的|高头|mmhg|毫米汞柱|量了?压")
_MOST = 4
"""Readings that are looked at in one message."""
_TAIL = r"(?:那个|那头|一个|数)?\D{0,6}$"
_SIDES = (
    ("sys", re.compile(rf"(?:高压|收缩压|上压|sys(?:tolic)?){_TAIL}")),
    ("dia", re.compile(rf"(?:低压|舒张压|下压|底压|dia(?:stolic)?){_TAIL}")),
    ("sys", re.compile(rf"(?:上面|上边|上头|高头|高的|大的|高){_TAIL}|(?<![早晚])上$")),
    ("dia", re.compile(rf"(?:下面|下边|下头|底下|低头|低的|小的|底的|低){_TAIL}|(?<![一以])下$")),
)
"""The words for a half before its number, the clear ones first."""
_BEHIND = (
    ("sys", re.compile(r"\s?的?(?:高压|收缩压|上压)")),
    ("dia", re.compile(r"\s?的?(?:低压|舒张压|下压)")),
)
"""… or right behind it, where both halves are said so: 二百一的高压，一百二的低压."""
_CLEAR = re.compile(r"压|sys|dia")
"""Names of a half that mean nothing else."""
_PULSE = re.compile(r"(?:心率|脉搏|心跳|心律|脉博|脉|跳|pul(?:se)?|pr|hr|(?<![a-z])p)\D{0,5}$")
_SEPARATOR = re.compile(
    r"(?:[多几来啦了呢啊整]|不到|出头|左右|过点|的样子)?\s?(?:mmhg|毫米汞柱)?\s?"
    r"(?:[/\\|]|比|勒|搭|与|压|[,，。、:.\-~ ]|到|和|跟|零|杠|斜杠|斜线|除以|over|——|-|,?然后|下面|底下|,?低压?的?|对)?\s?"
)
_STRONG = re.compile(r"\s?(?:[/\\|]|比|斜杠|杠|勒|搭)\s?")
_OF_PRESSURE = re.compile(r"血压(?!药)[^0-9]{0,6}$")
_CALLED = re.compile(r"[打拨叫喊弹坐](?:了|个|的|一下)?$")
_MEASURED = re.compile(r"[量测](?:了|个|的|出来?|得|着|是|到|一|下|完|起|来|结果)*\D{0,4}$")
_NOT_A_PRESSURE = re.compile(
    r"\s?(?:岁|号|天|片|斤|公斤|块|元|年(?!轻|龄)|月(?!经)|点钟|小时|分钟|路|楼|cm|厘米|kg|ml|毫升|mg|毫克|粒|步|万|%|mmol|多岁|平)"
)
_ADVICE = re.compile(
    r"(?:正常(?:值|范围|是|应该)|标准|目标|控制在|超过|高于|低于|大于|小于|应该|不超过)[^0-9一二三四五六七八九]{0,6}$"
)


@dataclass(frozen=True)
class Pressure:
    """A blood pressure in mmHg, said at ``start:end``; None for what was not said. ``is_swapped``: the lower came first.
    ``is_supposed``: a limit or a norm, nobody's value.
    """

    start: int
    end: int
    sys: int | None
    dia: int | None
    pulse: int | None = None
    is_swapped: bool = False
    is_supposed: bool = False

    def as_slot(self) -> dict[str, int]:
        """Return the value form of the schema."""
        parts = {"sys": self.sys, "dia": self.dia, "pulse": self.pulse}
        return {name: value for name, value in parts.items() if value is not None}


def pressures(text: str, *, expected: bool = False, halves: bool = False, loose: bool = False) -> list[Pressure]:
    """Return the blood pressures of a plain text in order.

    Args:
        expected: a blood pressure was asked for or is being reported, so two loose numbers are one.
        halves: half a pressure counts as well, 高压一百八 or 血压180; it always does where one is expected.
        loose: nothing else is in hand that has two numbers, so two plausible ones side by side are a pressure.
    """
    said = [one for one in values(text) if not _NOT_A_PRESSURE.match(text, one.end) and not one.is_clock]
    said = [part for one in said for part in _split(one)]
    named = _named(text, said, expected=expected)
    loose = (
        loose
        or expected
        or bool(NAMED.search(text))
        or not re.search(r"[^\d\s/,.。、\-零〇一二三四五六七八九十百点]", text)
    )
    found = (
        named
        if any(one.sys and one.dia for one in named)
        else (_pairs(text, said, loose=loose) or (named if loose else []))
    )
    whole = [one for one in found if one.sys and one.dia]
    found = (found or named or _alone(text, said)) if halves or expected else whole
    found = [_with_pulse(text, one, said, loose=loose) for one in found[:_MOST]]
    return sorted(found, key=lambda one: rank(text, one.start))


def _split(one: Value) -> list[Value]:
    """Cut what was said without a pause: 15095, 一五零九五, and what looks like a fraction: 139.89."""
    whole, _, part = one.said.partition(".")
    if len(whole) == 3 and len(part) == 2 and one.mark in (".", "。") and _plausible(int(whole), int(part)):
        point = one.start + len(whole)
        return [
            Value(one.start, point, whole, "", is_clock=False),
            Value(point + 1, one.end, part, "", is_clock=False),
        ]
    for cut in (3, 2):
        high, low = one.said[:cut], one.said[cut:]
        if (
            one.is_whole
            and len(one.said) in (4, 5, 6)
            and 2 <= len(low) <= 3
            and low[0] != "0"
            and _plausible(int(high), int(low))
        ):
            middle = (one.start + one.end) // 2
            return [Value(one.start, middle, high, "", is_clock=False), Value(middle, one.end, low, "", is_clock=False)]
    return [one]


def _plausible(high: int, low: int) -> bool:
    return 60 <= high <= 300 and 30 <= low <= 200 and high - low >= 10


def _pairs(text: str, said: list[Value], *, loose: bool) -> list[Pressure]:
    found: list[Pressure] = []
    place = 0
    while place < len(said) - 1:
        first, second = said[place], said[place + 1]
        between = text[first.end : second.start]
        pair = _pair(text, first, second)
        if pair and not _STRONG.fullmatch(between) and _is_before_strong(text, said, place):
            pair = None
        if pair and (
            _STRONG.fullmatch(between)
            or ((loose or _MEASURED.search(text[: first.start])) and _SEPARATOR.fullmatch(between))
        ):
            is_supposed = bool(_ADVICE.search(text[: first.start][-10:]))
            is_swapped = int(first.said) < pair[0]
            found.append(Pressure(first.start, second.end, *pair, is_swapped=is_swapped, is_supposed=is_supposed))
            place += 1
        place += 1
    return found


def _is_before_strong(text: str, said: list[Value], place: int) -> bool:
    """Tell whether the second of two numbers belongs to the one behind it: 是八十，150/80."""
    if place + 2 >= len(said):
        return False
    second, third = said[place + 1], said[place + 2]
    return bool(_STRONG.fullmatch(text[second.end : third.start]) and _pair(text, second, third))


def _pair(text: str, first: Value, second: Value) -> tuple[int, int] | None:
    """Return two numbers as an upper and a lower value, in whichever order they were said."""
    is_other = _PULSE.search(text[: second.start][-8:]) or (first.said == "120" and _CALLED.search(text[: first.start]))
    if not (first.is_whole and second.is_whole) or is_other:
        return None
    high, low = max(int(first.said), int(second.said)), min(int(first.said), int(second.said))
    return (high, low) if _plausible(high, low) else None


def _named(text: str, said: list[Value], *, expected: bool = False) -> list[Pressure]:
    """Read 高压150低压95 in either order; half a pressure where only one was said."""
    found: list[Pressure] = []
    behind = {side: one for one in said for side, words in _BEHIND if words.match(text, one.end)}
    if len(behind) == 2 and len(said) == 2 and _plausible(int(behind["sys"].value), int(behind["dia"].value)):
        return [_joined(behind)]
    half: dict[str, Value] = {}
    for place, one in enumerate(said):
        before = text[max(said[place - 1].end if place else 0, one.start - 10) : one.start]
        side = next((side for side, words in _SIDES if words.search(before)), "")
        if not side or not one.is_whole or not (70 <= one.value <= 280 if side == "sys" else 30 <= one.value <= 170):
            continue
        if side in half:
            found.append(_joined(half))
            half = {}
        half[side] = one
        if len(half) == 2:
            found.append(_joined(half))
            half = {}
    half = _completed(half, said)
    if (
        len(half) == 2
        or (half and expected and len(said) == 1)
        or any(_CLEAR.search(text[max(0, one.start - 10) : one.start]) for one in half.values())
    ):
        found.append(_joined(half))
    return found


def _completed(half: dict[str, Value], said: list[Value]) -> dict[str, Value]:
    """Add the number before 低压八十, or behind 高压一百五, which was said without a name."""
    if len(half) != 1:
        return half
    side, one = next(iter(half.items()))
    place = said.index(one) + (1 if side == "sys" else -1)
    if not 0 <= place < len(said) or not said[place].is_whole:
        return half
    other = said[place]
    high, low = (one, other) if side == "sys" else (other, one)
    return {"sys": high, "dia": low} if _plausible(int(high.said), int(low.said)) else half


def _alone(text: str, said: list[Value]) -> list[Pressure]:
    """血压180: the one number people remember is the upper one."""
    return [
        Pressure(one.start, one.end, int(one.said), None)
        for one in said
        if one.is_whole and 80 <= one.value <= 300 and _OF_PRESSURE.search(text[max(0, one.start - 10) : one.start])
    ]


def _joined(half: dict[str, Value]) -> Pressure:
    start, end = min(one.start for one in half.values()), max(one.end for one in half.values())
    upper, lower = (int(half[side].said) if side in half else None for side in ("sys", "dia"))
    return Pressure(start, end, upper, lower)


def _with_pulse(text: str, found: Pressure, said: list[Value], *, loose: bool) -> Pressure:
    """Add the pulse that is named, or that follows as a third number."""
    for place, one in enumerate(said):
        if not one.is_whole or not 35 <= one.value <= 200 or found.start <= one.start < found.end:
            continue
        before = text[max(said[place - 1].end if place else 0, one.start - 8) : one.start]
        follows = loose and one.start >= found.end and _SEPARATOR.fullmatch(text[found.end : one.start])
        after = re.match(r"\s?(?:次(?:/|每|一)?分|跳|bpm|次$)", text[one.end :])
        if _PULSE.search(before) or (follows and not _starts_pair(text, said, place)) or after:
            return replace(found, pulse=int(one.said))
    return found


def _starts_pair(text: str, said: list[Value], place: int) -> bool:
    if place + 1 >= len(said):
        return False
    between = text[said[place].end : said[place + 1].start]
    return bool(_SEPARATOR.fullmatch(between)) and _pair(text, said[place], said[place + 1]) is not None
