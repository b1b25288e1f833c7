"""What the words around a day or a time say of it: that it is refused, wished for, over, or the old one of a booking."""

import re

from server.chatbot.slots.numerals import N, number

_REFUSED = re.compile(
    r"^(?:(?:[和跟、,与]|还有)(?:下?周|下?礼拜|下?星期)[一二三四五六日天](?=[^,。; ]{0,6}(?:课|班|事|会|空|不)))?"
    r"(?:的号|的预约|的|那天|那个|早上|上午|下午|晚上|中午)?(?:我|他|她|俺)?(?:就|也|都|又|实在|肯定|怕|有点)?"
    r"(?:不行|不得行|不中|不可以|不方便|没空|没时间|没得空|不得空|冇空|来不了|去不了|来不成|去不成|到不了|有(?:事|客|课|会|班)|(?:要|得|想)(?:上班"
    r"|上课|送|接|开会|值班|出车|带|陪|加班|干活|赶|守|考试|出摊|下地|走亲戚|喝喜酒|吃酒|抽血)|不在|不去|不来|没有?号|不要|不约|不成|太晚|太远|太早|"
    r"太迟|太忙|不空|有安排|(?:全|都)?(?:是|上|倒)[白夜早晚中]班)"
)
_NOT = re.compile(
    r"(?:(?<!是)不是|不要|不约|不选|除[了开脱]|别|不在|不想|不用|(?<!能)不能|赶不[上到]|[等撑拖熬挨]不[到及了]|来不及)(?:约|选|在|是|要|挂)?(?:的)?$|"
    r"(?<![a-z])not (?:on )?$"
)
_DONE = re.compile(
    r"^(?:早上|上午|下午|晚上|中午)?(?:才|刚|就)?(?:我|在你们?这里?)?(?:约|挂|预约|订|打电话|打|看|查|做|签|改|开|办|说)(?:的|过|了|好的?|上的?)"
)
_TO = re.compile(
    r"(?:(?:改|换|推|挪|调|延|移|提前|提|转|变|放|拖|错|顺|往后|往前|后推|搬|弄|搞|倒|整)"
    r"(?:一下|下|期|约|时间|日子|号|迟|后)?(?:到|成|为|至|在|去|了)|改约?|换(?!个时间|时间)|(?<!不)要)(?P<gap>[^,。; ]{0,12})$"
)
_GIVEN_UP = re.compile(
    r"(?:[早上中下晚]午|上|的|那|个|这)*[^,。; ]{0,6}?(?:去掉|退|取消|撤|不要|不去|作废|不看|划掉|销)"
)
_BOOKED_FOR = re.compile(r"(?:约|排|订|定|挂|安|留)(?:到|在|个)$")
"""Stands before the day that is wanted where others are told, too: 三个月后复查，约到一月."""
_OLD = re.compile(r"^(?:的|那个|那天|那|早上|上午|下午|晚上|[^,。 ]{0,8}?的)[^,。]{0,6}?(?:号|预约|门诊|时间|约|检查)")
_ONCE = re.compile(r"(?:原来|本来|原先|原定|原本|之前|以前)(?:是|约|定|的|在|说|挂|预约)*$|把(?:我们?|他|她|那个)?的?$")
_SHIFT_WORD = (
    (1, r"往后|推后|推迟|延后|延迟|顺延|延|推|挪后|后挪|后推|晚|迟|缓|拖|退后|向后|往后捎|捎后"),
    (-1, r"往前|提前|提早|早|前移|靠前|前挪|向前|赶前"),
)  # fmt: skip
_SHIFT = re.compile(
    "(?:" + "|".join(f"(?P<{'later' if sign > 0 else 'sooner'}>{words})" for sign, words in _SHIFT_WORD) + ")"
    rf"(?:推|挪|移|调|延|改|提|捎|个|上|了|它|拖)?(?P<n>{N}|半)个?(?P<unit>天|日|周|星期|礼拜|月)(?!后|以后|之后|前)"
)


def is_refused(text: str, start: int, end: int) -> bool:
    """Tell whether a place is said not to do: 周三不行, 不要上午."""
    return bool(_REFUSED.search(text[end : end + 16]) or _NOT.search(text[max(0, start - 5) : start]))


def is_target(text: str, start: int, far: int) -> bool:
    """Tell whether 改到 or the like stands before a place, at most so many characters away."""
    found = _TO.search(text[max(0, start - far - 6) : start])
    return found is not None and len(found["gap"]) <= far


def is_old(text: str, start: int, end: int) -> bool:
    """Tell whether a place is when a booking was till now: 原来是周三, 周三的号."""
    return bool(_OLD.search(text[end:]) or _ONCE.search(text[max(0, start - 8) : start]))


def is_done(text: str, end: int) -> bool:
    """Tell whether something is over that was done at a place: 今天刚约的."""
    return bool(_DONE.search(text[end:]))


def is_given_up(text: str, end: int) -> bool:
    """Tell whether the booking of a place is no longer wanted: 周四那个去掉."""
    return bool(_GIVEN_UP.match(text, end))


def is_booked_for(text: str, start: int) -> bool:
    """Tell whether a booking is to be made for a place: 约到一月."""
    return bool(_BOOKED_FOR.search(text[:start]))


def shift(text: str) -> tuple[tuple[int, int], int] | None:
    """Return where a booking is moved by some days, and by how many: 早两天 is -2."""
    match = _SHIFT.search(text)
    if not match:
        return None
    unit, said = match["unit"], match["n"]
    count = (
        {"月": 15, "周": 3, "星期": 3, "礼拜": 3}.get(unit, 0)
        if said == "半"
        else number(said) * (1 if unit in "天日" else 30 if unit == "月" else 7)
    )
    return match.span(), count if match["later"] else -count
