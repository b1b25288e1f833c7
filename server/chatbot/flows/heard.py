"""Short answers inside a flow: yes, no, never mind, the number of a line. In dialects, too."""

import re

from server.chatbot.flows.definition import line
from server.chatbot.grams import normalise

YES = frozenset(line("words_yes").split())
NO = frozenset(line("words_no").split())
NEVER_MIND = frozenset(line("words_never_mind").split())
_TAIL = re.compile(r"[吗呢啊呀嘛哈哦嘞吧的了哟噻]+$")
_NUMBERS = {**{str(n): n for n in range(1, 10)}, **{sign: n for n, sign in enumerate("一二三四五六七八九", 1)}, "两": 2}
_LINE = re.compile(
    r"(?:那|嗯|就|那就)?(?:我?要)?(?:选择?|就要?)?第?\s*([1-9一二两三四五六七八九])\s*(个|项|条|位|号|种)?\s*(吧|的)?"
)


def said(text: str) -> str:
    """Return a short answer without marks and blanks."""
    return re.sub(r"[\s~～!！.。,，]+", "", normalise(text))


def is_one_of(text: str, words: frozenset[str]) -> bool:
    """Tell whether a message is exactly one of these words, with or without the particle at its end."""
    plain = said(text)
    return plain in words or (len(plain) > 1 and _TAIL.sub("", plain) in words)


def number(text: str, *, may_be_day: bool = False) -> int | None:
    """Return which line of a list a message names: 2, 第二个, 选3; None when it names none.

    Args:
        may_be_day: "3号" is a day here, not a line.
    """
    found = _LINE.fullmatch(said(text))
    if found is None or (may_be_day and found[2] == "号"):
        return None
    return _NUMBERS[found[1]]
