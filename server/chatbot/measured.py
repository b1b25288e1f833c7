"""A person's own measurement in a message: what was measured, and what leaves it open whether to write it down.

``numbers.read`` looks for the worst value because it looks for danger; here only what was clearly said counts.
"""

import re
from dataclasses import dataclass, replace

from server.chatbot.grams import normalise
from server.chatbot.slots.glucose import Glucose, glucoses
from server.chatbot.slots.numerals import SPOKEN, in_digits
from server.chatbot.slots.plain import plain
from server.chatbot.slots.pressure import pressures

_PRESSURE_NAMED = re.compile(r"血压|高压|低压|收缩压|舒张压|上压|下压")

OTHERS = re.compile(
    r"爸|妈|爹|娘|父亲|母亲|老伴|老公|老婆|丈夫|妻子|媳妇|爱人|儿子|女儿|孩子|宝宝|爷爷|奶奶|外公|外婆|姥|公公|婆婆|岳|"
    r"哥|弟|姐|妹|邻居|朋友|同事|家人|家里人|病人|患者|别人|他的?|她的?"
)
EARLIER = re.compile(
    r"昨[天晚日]|前天|大前天|上周|上个?月|上次|去年|前年|以前|从前|曾经|原来|那时|当时|平时|一般|经常|总是|一直|前几天|之前"
)
ASKED = re.compile(r"吗|么(?!大)|多少|是不是|算不算|正常值|标准|范围|能不能|可以.*不|应该|[?？]")
SUPPOSED = re.compile(r"如果|要是|假如|万一|超过|高于|低于|大于|小于|以上|以下|控制在|降到|目标|不到|没到|不是")


ASK = re.compile(r"要把(?P<value>[^要]{2,30})记作您本人")
"""Our own question (answers/health.toml, measured_ask), found again when it is answered."""
YES = frozenset({"是", "是的", "对", "对的", "嗯", "确认", "没错", "好", "好的", "可以", "是我的"})
_FILLERS = re.compile(
    r"血压|血糖|高压|低压|收缩压|舒张压|上压|下压|空腹|餐前|饭前|餐后|饭后|[12两]个?小时|心率|脉搏|今天|今早|早上|早晨|上午|中午|"
    r"下午|晚上|现在|刚刚|刚才|刚|自己|在家|测|量|本人|我|的|了|是|为|到|比|和|mmhg|mmol|mg|dl|毫米汞柱|毫摩尔?|次|分|"
    r"[\d\s./\\|:%<>=a-z]"
)


@dataclass(frozen=True)
class Measured:
    """A value in a message: mmHg, or ``glucose`` as written, in mg/dL when ``is_mg``.

    ``moment`` is "fasting", "after_meal" or "random". ``doubts`` say why the person is asked before it is written down:
    "other" is somebody else's value and is not his at all.
    """

    systolic: int | None = None
    diastolic: int | None = None
    glucose: str = ""
    is_mg: bool = False
    moment: str = "random"
    doubts: tuple[str, ...] = ()

    @property
    def is_pressure(self) -> bool:
        """Whether it is a blood pressure."""
        return self.systolic is not None


def parse(text: str) -> tuple[Measured, ...]:
    """Return the measurements named in a message, blood pressure first; nothing when only half a pressure was said."""
    said = plain(text)
    common = _doubts(text, in_digits(normalise(text)))
    found = []
    pairs = [one for one in pressures(said) if one.sys and one.dia]
    if pairs:
        one = pairs[0]
        doubts = [*common, *(["many"] if len({(each.sys, each.dia) for each in pairs}) > 1 else [])]
        doubts += ["swapped"] if one.is_swapped else []
        doubts += [] if _PRESSURE_NAMED.search(said) else ["bare"]
        found.append(Measured(one.sys, one.dia, doubts=tuple(doubts)))
    sugars = glucoses(said) if "血糖" in said else []
    if sugars:
        sugar = sugars[0]
        # a number that can only be mg/dL, with no unit said: asked
        unsaid = sugar.is_mg and not sugar.is_unit_said
        many = len({each.said for each in sugars}) > 1
        doubts = [*common, *(["many"] if many else []), *(["unit"] if unsaid else [])]
        found.append(Measured(glucose=sugar.said, is_mg=sugar.is_mg, moment=_moment(sugar), doubts=tuple(doubts)))
    return tuple(found)


_MOMENTS = {
    "fasting": "fasting",
    "preprandial": "fasting",
    "postprandial": "after_meal",
    "postprandial_2h": "after_meal",
}


def _moment(sugar: Glucose) -> str:
    """Return the moment that was said; that it was in the morning says nothing about breakfast."""
    return "random" if sugar.is_morning else _MOMENTS.get(sugar.timing, "random")


def says_nothing_else(text: str) -> bool:
    """Tell whether a message is a measurement and no word more, so that writing it down is the whole answer."""
    return not _FILLERS.sub("", SPOKEN.sub("", normalise(text))).strip()


def answered(text: str, last_answer: str) -> tuple[Measured, ...]:
    """Return what our question was about when the message says yes to it, else nothing; what was doubtful is not any more."""
    question = ASK.search(last_answer)
    if question is None or normalise(text) not in YES:
        return ()
    return tuple(replace(one, doubts=()) for one in parse(question["value"])[:1])


def _doubts(text: str, said: str) -> list[str]:
    checks = (("other", OTHERS), ("earlier", EARLIER), ("asked", ASKED), ("supposed", SUPPOSED))
    return [name for name, words in checks if words.search(said) or (name == "asked" and words.search(text))]
