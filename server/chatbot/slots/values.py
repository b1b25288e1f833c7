"""The numbers of a message one by one, in digits or spoken: 一百五九十五 is 150 and 95, 七点八 is 7.8, 7个8 as well."""

import re
from dataclasses import dataclass

from server.chatbot.slots.numerals import spoken

_D = "[零〇一二三四五六七八九]"
_E = "[一二两三四五六七八九]"
_WHOLE = (
    rf"{_E}?百{_E}{_E}(?=[^零〇一二两三四五六七八九十百]|$|{_E}十)|"
    rf"{_E}百(?:[零〇]{_E}|{_E}?十(?:{_E}(?!十))?|{_E}(?!十))?|百(?:[零〇]{_E}|{_E}十(?:{_E}(?!十))?|{_E}(?!十))"
    rf"|{_E}?十(?:{_E}(?!十))?|[一二三四五六七八九]{_D}{{1,5}}(?!十)|[零〇一二两三四五六七八九]"
)
_CLOCK = rf":[0-5]\d|点(?!儿?多|几)(?:钟|半|[一三]刻|\d\d(?!\d)分?|{_E}?十{_E}?分?)?"
_VALUE = re.compile(
    rf"(?P<whole>(?<![a-z\d])\d+|(?<=sys)\d+|(?<=dia)\d+|(?<=pul)\d+|{_WHOLE})"
    rf"(?:(?P<mark>[.。]| ?点 (?=\d(?![\d点:半刻分]))|个?零?点儿?|个(?!半)|块)"
    rf"(?P<part>\d{{1,2}}(?!\d|[:点]|\.\d)|{_D}{{1,2}}))?(?P<half>个半)?(?P<vague>点?几(?!乎))?(?P<clock>{_CLOCK})?"
)


_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百")
# 一百三十零八十: two numbers
_ZERO = re.compile(rf"(?<=十)零(?={_E}十)")
_HUNDRED = re.compile(rf"(?<={_E})[把白佰柏摆](?={_E})")
_TEN = re.compile(rf"(?<={_E})[石时拾实](?=$|[\s,。;]|{_E})")
# 一百四八 is 148
_SHORT = re.compile(rf"(?<=百)({_E})({_E})$")


EARLIER = re.compile(
    r"(?:昨[天晚日儿夜]|前[天日]|上次|上回|上个?月|上周|去年|以前|之前|原来|平时|一般|往常|头天|前几天|早先|那次|住院|那会儿?|那年|坏表)[^0-9一二三四五六七八九,。;]{0,10}$"
)
"""Stands before a value that is not the one of now."""
_NOW = re.compile(
    r"(?:今[天早晨日儿朝]|现在|刚才|重测|重新[测量]|这会儿?|目前|换表)[^0-9一二三四五六七八九,。;]{0,10}$"
)


def rank(text: str, start: int) -> int:
    """Return 0 for a value that is said to be the one of now, 1 for an ordinary one, 2 for an earlier one."""
    before = text[:start][-18:]
    return 0 if _NOW.search(before) else 2 if EARLIER.search(before) else 1


@dataclass(frozen=True)
class Value:
    """A number said at ``start:end``. ``mark`` is what stood for its decimal point, ``is_clock`` that it is an hour,
    ``is_vague`` that it is not known exactly: 二十几.
    """

    start: int
    end: int
    said: str
    mark: str
    is_clock: bool
    is_vague: bool = False

    @property
    def value(self) -> float:
        """The number."""
        return float(self.said)

    @property
    def is_whole(self) -> bool:
        """Whether it was said without a decimal part."""
        return "." not in self.said


def values(text: str) -> list[Value]:
    """Return the numbers of a plain text in order."""
    return [_value(match) for match in _VALUE.finditer(in_numerals(text))]


def in_numerals(text: str) -> str:
    """Return a text in which what voice input made of spoken numerals is right again: 一把五, 九石."""
    return _ZERO.sub(",", _HUNDRED.sub("百", _TEN.sub("十", text.translate(_FORMAL))))


def _value(match: re.Match[str]) -> Value:
    whole, part = match["whole"], match["part"]
    said = whole if whole.isascii() else spoken(_SHORT.sub(r"\1十\2", whole))
    if part:
        said += "." + (part if part.isascii() else "".join(spoken(char) for char in part))
    elif match["half"]:
        said += ".5"
    return Value(match.start(), match.end(), said, match["mark"] or "", bool(match["clock"]), bool(match["vague"]))
