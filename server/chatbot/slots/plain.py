"""A message as the slot patterns see it, and how words sound: voice input writes the right sound with wrong characters."""

import functools
import re
import tomllib
import unicodedata
from pathlib import Path

from server.chatbot.slots.numerals import number

MAX_CHARACTERS = 600

_FOLDER = Path(__file__).parent

_DROPPED = re.compile(r"[^\w%./:<>=,，。!?、;\-~+\s|\\]+")
_SPACES = re.compile(r"\s+")
# 约一下下周三: 一下 and 下周, not 下下周
_A_MOMENT = re.compile(r"(?<=一下)(?=下(?:个|周|礼|星|月))")


# 3pm, 10:30 am
_ENGLISH_HOUR = re.compile(r"(?<![\d.:])(1[0-2]|[1-9]|(?:1[0-2]|[1-9]):[0-5]\d)\s?([ap])\.?m\b\.?")


# 周一二都行: two days side by side
_TWO_DAYS = re.compile(r"(周|星期|礼拜)(一二|二三|三四|四五|五六)(?=都|也|或|随便|可以|行|均|吧|$|[,，。 ])")
# 下周头三天
_FIRST_DAYS = re.compile(r"(下个?(?:周|星期|礼拜))的?[头前]([两三四])天")
# 二十六的号: the day of a booking
_DAY_OF = re.compile(
    r"(?<![\d一二三四五六七八九十月第周期拜])(二?十[一二三四五六七八九]?|三十一?|[12]\d|3[01])(?=的(?:号|预约|门诊))"
)
# 差一刻九点
_SHORT_OF = re.compile(r"差(一刻|[五十]分|5分|10分)钟?到?(1[0-2]|[2-9]|十[一二]?|[两二三四五六七八九])点")
_LEFT = {"一刻": 45, "五分": 55, "5分": 55, "十分": 50, "10分": 50}


def _hour(said: str) -> str:
    return said if ":" in said else said + "点"


def plain(text: str) -> str:
    """Return the text in half-width forms, lower case, without emoji, misheard words put right, at most 600 characters."""
    half = unicodedata.normalize("NFKC", text[: MAX_CHARACTERS * 2]).lower()
    clean = _SPACES.sub(" ", _DROPPED.sub(" ", half)).strip()[:MAX_CHARACTERS]
    wrong, right_words = _misheard()
    right = wrong.sub(lambda found: right_words[found.group()], clean)
    right = _ENGLISH_HOUR.sub(lambda found: ("上午" if found[2] == "a" else "下午") + _hour(found[1]), right)
    right = _TWO_DAYS.sub(lambda found: f"{found[1]}{found[2][0]}到{found[1]}{found[2][1]}", right)
    right = _DAY_OF.sub(r"\1号", right)
    right = _FIRST_DAYS.sub(lambda found: f"{found[1]}一到{found[2].replace('两', '二')}", right)
    right = _SHORT_OF.sub(lambda found: f"{number(found[2]) - 1}点{_LEFT[found[1]]}", right)
    return _A_MOMENT.sub(" ", right)


@functools.cache
def _misheard() -> tuple[re.Pattern[str], dict[str, str]]:
    table = tomllib.loads((_FOLDER / "misheard.toml").read_text(encoding="utf-8"))
    right = {wrong: word for word, forms in table.items() for wrong in forms.split()}
    return re.compile("|".join(right)), right


@functools.cache
def _sounds() -> dict[str, str]:
    """Return for each common character a private letter that stands for its sound (zh=z, n=l, ing=in)."""
    lines = (_FOLDER / "sounds.txt").read_text(encoding="utf-8").splitlines()
    return {char: chr(0xE000 + place) for place, line in enumerate(lines) for char in line.split()[1]}


def sounds(text: str) -> str:
    """Return a text of the same length in which characters that sound alike are alike."""
    table = _sounds()
    return "".join(table.get(char, char) for char in text)
