"""Times of day: a part of the day (am, noon, pm, evening) or a clock time HH:MM."""

import re
from dataclasses import dataclass

from server.chatbot.slots.numerals import N, number

# 周三早, 明儿晚; but not 早点, 晚几天
_BEHIND_A_DAY = r"(?<=[天日儿个一二三四五六末号明今昨])"
_PARTS = (
    ("noon", r"中午|晌午(?!后|过(?!来|去))|正午|中晌|晌火|当午|(?<![a-z])(?:noon|midday)(?![a-z])"),
    (
        "evening",
        r"晚上|晚间|晚(?=\d{1,2}[点:]|[五六七八九十]点)|傍晚|傍黑|黄昏|掌灯|夜里|夜间|夜头|夜晚|(?<=[天日儿个今明昨等到])黑[了喽]|天黑|黑家|擦黑|晚黑|夜黑|半夜|大晚上|夜晚夕|夜昼|夜头|夜快|暗头|(?<![a-z])(?:evening|tonight|night)(?![a-z])|(?:晚饭|夜饭)(?:之|以)?后|吃(?:过|罢|了|完)(?:晚饭|夜饭)|"
        + _BEHIND_A_DAY
        + "晚(?![点些一几两饭])",
    ),
    (
        "pm",
        r"下午|[后下]半?晌|后半[天日]|下半[天日]|晚半[天晌]|下昼|下晡|晏昼|午后|晌午后|饭后晌|过午|过晌|晌午过后?(?!来|去)|下半昼|下昼头|吃(?:过|罢|了|好|完)(?:晌午|中午?|午)饭|(?:午饭|中饭|晌午饭)(?:之|以)?后|(?<![a-z])afternoon(?![a-z])",
    ),
    (
        "am",
        r"上午|早上|早(?=\d{1,2}[点:]|[六七八九十]点)|早晨|清晨|清早|大早|一早|早起|赶早|朝晨|朝头|早浪厢?|头晌|[前上]半?晌|前半[天日]|早半[天晌]|上半[天日]|上昼|透早|顶晡|早间|晨起|早饭前|早晨头|早起头|天光早|(?<![a-z])morning(?![a-z])|"
        + _BEHIND_A_DAY
        + "早(?![点些一几两饭就])",
    ),
)
_PART = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _PARTS))
_CLOCK = re.compile(
    r"(?<![\d.:/第])(?P<h>\d{1,2}|二?十[一二三四五六七八九]?|[一二两三四五六七八九])"
    r"(?:(?::|点钟?:?|时)(?P<m>[0-5]\d|[二三四五]?十[一二三四五六七八九]?|零五)分?(?![\d.])"
    r"|(?:点钟?|时)(?P<half>半|[一1三3]刻)"
    r"|(?P<oclock>点钟|点整|时整?(?=$|[\s,。来去到就可能的])|点(?!\d|[零一二三四五六七八九]|儿|点|建议|问题|意见|要求|滴|心|名|击|评|菜|头)))"
)
_A_LITTLE = re.compile(r"[早晚快慢有差好大小高低多少]$")
_BARE_HOUR = re.compile(rf"^\D{{0,4}}?({N})(?![个天月])(?:点|\.0)?\D{{0,4}}$")


@dataclass(frozen=True)
class Time:
    """A part of the day or "HH:MM", said at ``start:end``."""

    start: int
    end: int
    value: str
    is_clock: bool


def times(text: str, *, asked: bool = False) -> list[Time]:
    """Return the times said in a plain text; a part of the day right before a clock time belongs to it.

    Args:
        asked: the question was "what time?", so 一点 is one o'clock and not "a little".
    """
    parts = [
        Time(match.start(), match.end(), match.lastgroup or "", is_clock=False)
        for match in _PART.finditer(text)
        if not _is_a_habit(text, match)
    ]
    found = []
    used: set[int] = set()
    for match in _CLOCK.finditer(text):
        before = [part for part in parts if 0 <= match.start() - part.end <= 2]
        value = _clock(match, before[-1].value if before else "", asked=asked)
        if value:
            used.update(part.start for part in before)
            start = before[-1].start if before else match.start()
            found.append(Time(start, match.end(), value, is_clock=True))
    found += [part for part in parts if part.start not in used]
    return sorted(found, key=lambda each: each.start)


def bare(text: str) -> str | None:
    """Return the time of an answer to "what time?" that is only a number."""
    match = _BARE_HOUR.search(text)
    return _hour(number(match.group(1)), 0, "") if match else None


def _is_a_habit(text: str, match: re.Match[str]) -> bool:
    return text[max(match.start() - 2, 0) : match.start()] in ("每天", "天天", "一到")


def _clock(match: re.Match[str], part: str, *, asked: bool) -> str | None:
    hour = number(match["h"])
    is_little = bool(_A_LITTLE.search(match.string[: match.start()])) or not (part or asked)
    if hour == 1 and match["oclock"] == "点" and is_little:
        return None
    minute = 0
    if match["half"]:
        minute = {"半": 30, "一": 15, "1": 15, "三": 45, "3": 45}[match["half"][0]]
    elif match["m"]:
        minute = 5 if match["m"] == "零五" else number(match["m"])
    return _hour(hour, minute, part)


def _hour(hour: int, minute: int, part: str) -> str | None:
    """Put an hour into its half of the day; without one a clinic's hours are meant: 三点 is 15:00, 八点 08:00."""
    if hour > 24 or minute > 59:
        return None
    is_later = part in ("pm", "evening") or (part == "noon" and hour < 3) or (not part and 1 <= hour <= 6)
    if is_later and hour < 12:
        hour += 12
    return f"{hour % 24:02}:{minute:02}"
