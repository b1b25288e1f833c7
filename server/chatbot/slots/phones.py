"""Phone numbers: in digits, with spaces, spoken (幺三八…), in pieces."""

import re
from dataclasses import dataclass

from server.chatbot.slots.numerals import digits_one_by_one

_DIGIT = "[0-9零〇一二三四五六七八九幺]"
_MOBILE = re.compile(
    rf"(?<![0-9])(?:\+?86[- ]?)?(?P<number>[1一幺][- .,]?(?:[3-9三四五六七八九])(?:[- .,、]*{_DIGIT}){{9}})(?![0-9])"
)
_LANDLINE = re.compile(r"(?<!\d)(?P<number>0\d{2,3}[- ]?\d{7,8})(?!\d)")
_NEW = re.compile(r"(?:改成|换成|改为|换到|新的?号?码?是?|现在是?|现在用|改到|变成|登记|是|用|打)[^0-9一幺]{0,6}$")
_OLD = re.compile(r"(?:原来|以前|旧|老号|之前|原先|不是|丢了|停机)[^0-9一幺]{0,8}$")


@dataclass(frozen=True)
class Phone:
    """A phone number in digits, said at ``start:end``."""

    start: int
    end: int
    number: str


def read(text: str) -> Phone | None:
    """Return the phone number said in a plain text, the new one of two."""
    found = list(_MOBILE.finditer(text)) or list(_LANDLINE.finditer(text))
    if not found:
        return None
    fresh = [match for match in found if not _OLD.search(text[max(0, match.start() - 14) : match.start()])] or found
    named = [match for match in fresh if _NEW.search(text[max(0, match.start() - 10) : match.start()])] or fresh
    said = re.sub(r"[^0-9零〇一二三四五六七八九幺]", "", named[-1]["number"])
    return Phone(*named[-1].span(), digits_one_by_one(said))
