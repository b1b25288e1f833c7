"""Blood glucose with unit and moment: 空腹7点8, 饭后俩钟头十一个多, 睡前 8.9."""

import re
from dataclasses import dataclass

from server.chatbot.slots.values import Value, rank, values

NAMED = re.compile(
    r"血糖|糖(?!尿病|果|醋|厂|葵|炒|浆|化|耐|水|块|精|适平|片)|空腹|餐后|饭后|餐前|饭前|睡前|低血糖|胰岛素|mmol|毫摩|空着肚子|空起肚"
)
MG_PER_MMOL = 18.0
LEAST_FEVER = 34.0
"""From here a number that nobody called a glucose is a temperature."""

_OTHER_UNIT = re.compile(
    r"\s?(?:个(?:半)?(?:多)?(?:小时|钟头|钟|月|人|星期)|小时|钟头|h(?!b)|分钟|天|次|片|粒|里|公里|步|毛|厘|颗|支|号|岁|年|月|斤|公斤|块|元|个?单位|"
    r"u(?!n)|度|盒|瓶|周|级|期|mg(?!/)|毫克(?!/|每)|克|g|%|"
    r"碗|两|杯|口|点钟|日|针|种|楼|路|顿|餐|ml|毫升|/|比)"
)
# a spoken digit inside a word is none: 二甲双胍
_ENDS = re.compile(r"$|[\s,。!?;、了的啊吧呢嘛]|个点|个(?=$|[\s,。])|多|左右|mmol|毫摩")
_MG = re.compile(r"mg/?dl|mg%|毫克每?分升|毫克|mg")
_SUPPOSED = re.compile(
    r"(?:正常值?|标准|目标|控制在|超过|高于|低于|大于|小于|应该|不超过|(?<![认叫找])不到|达到|范围)(?:是|在)?[^0-9一二三四五六七八九]{0,4}$"
)
_HINT = re.compile(
    r"报(?:一?[下声哈]|备)|记一?[下哈]|糖水|糖块|[吃含喝].{0,3}糖|仪器|扎.?手指|指血|指尖|"
    r"降糖药|^\d{1,2}\.\d ?[,，。]|(?:冷汗|手抖|发抖|迷糊|胡话|认不[到出得]人).*[,， ]\d\.\d$|"
    r"打(?:了|完)?(?:胰岛素|针)(?!疫苗)|(?<!视力)测(?:了|得|出来?|是|到|一下)*\s?[\d一二三四五六七八九十]"
)
"""Says that glucose is meant, but only of a number with a decimal part."""
_INJECTED = re.compile(r"打(?:了|成|过)?$")
_TAKEN_BACK = re.compile(r".{0,6}?(?:不是|不对|说错|错了|打错|写错|搞错)")
_SLEEP = (
    r"睡前|睡觉那阵|睡觉时|睡觉的时候|临睡|睡觉前|睡觉之前|上床前|要睡|准备睡|快睡|困的时|要困|困觉|上铺前|"
    r"睡之前|困觉前|困告前|躺下前|瞌睡前|歇觉前|睡瞌睡"
)
_JUST_EATEN = (
    r"[吃喝食餐饭][^。]{0,9}?(?<!两)(?<!2)(?:半个?|[1一]个?|(?<=后))(?:多)?(?:小时|钟头|钟(?!头)|h)|"
    r"[早午晚中夜]?(?:餐|饭)(?:之|以)?后(?:半个?|[1一]个?)(?:小时|钟头|h|点钟)|刚吃完|才吃完|刚吃了|刚吃过|吃完饭[1一]个?(?:小时|钟头)|刚撂碗|"
    r"饭后半小时|吃完就"
)
_NOT_EATEN = (
    r"空腹|空的$|fasting|空着肚|空的时候|水都没喝|未呷|没呷|无呷|冇呷|未食|冇食|没食|早课前|过午不食|空起肚|空心肚|饿着|饿肚|饿起|没吃|没有吃|未吃|还没有?吃|没进食|"
    r"没过早|[没未冇莫]喝(?:粥|水|奶|茶|汤|豆浆)|没吃没喝|不吃早[饭餐]?(?![后完])|冇吃|莫吃|没得吃|没喝水|没动筷|没进嘴|"
    r"没沾|没垫|早饭前|早餐前|早饭之前|吃早[饭餐]?之?前|吃早点前|过早前|起床|一起来|起来就|刚起|醒来|一觉醒|晨起|清早|一早|大早|早起|早上起"
)
_EATEN = (
    r"(?:餐|饭|早餐|午餐|晚餐|早饭|午饭|晚饭|中饭|夜饭|宵夜)(?:之|以|过)?后|吃完|吃过|吃了饭|吃罢|饭罢|吃好饭|吃饱|"
    r"[两二俩2]个?(?:半)?(?:小时|钟头|钟|h|点钟)|after (?:meal|lunch|dinner|breakfast)|吃饭(?:以|之)?后|吃了?[早中午晚]?[饭餐]|"
    r"[吃喝]了[^药,。]{0,4}[饭面粥粉馒饼餐饺肉菜水果点]|过早后|饭毕|撂下?碗|丢碗|放下碗|食后|过后|呷饱|呷了|食了|食饱"
)
_BEFORE_EATING = (
    r"(?:没|未|还没|没有)(?:开|吃|做|到|呷)(?:了)?(?:晚|中|午|夜|下)饭|(?:还没|没|未)开饭|吃饭前|"
    r"吃饭之前|(?:午饭|晚饭|中饭|午餐|晚餐|夜饭)(?:之)?前|开饭前|吃(?:午|中|晚|夜)饭之?前"
)
_BEFORE_ANY = r"餐前|饭前"
_MOMENTS = (
    ("fasting", r"(?<![a-z])fbg|(?<![a-z])fpg"),
    ("postprandial_2h", r"(?<![a-z])(?:2h)?p[bp]g"),
    ("bedtime", _SLEEP),
    ("postprandial", _JUST_EATEN),
    ("preprandial", _BEFORE_EATING),
    ("random", r"(?:不是|非|不算)空腹"),
    ("fasting", _NOT_EATEN),
    ("postprandial_2h", _EATEN),
    ("preprandial", _BEFORE_ANY),
    ("morning_fasting", r"早上|早晨|今早|今晨|清晨|早间|朝晨|早浪|this morning|早(?=[\d:是的]|$)"),
    ("random", r"随机|随便测|随手|任意|不定时"),
)
_ALL = re.compile(r"(?:都|全)(?:是|在)?(?:早上|早晨)?$")
_MOMENT = re.compile("|".join(f"(?P<{name}_{place}>{words})" for place, (name, words) in enumerate(_MOMENTS)))


@dataclass(frozen=True)
class Glucose:
    """A blood glucose as said; ``is_mg``: in mg/dL. ``timing`` is a word of the schema.

    ``is_unit_said``: mg/dL was said and not only concluded. ``is_morning``: fasting because it was in the morning, no more.
    ``is_supposed``: a limit or a norm, nobody's value.
    """

    start: int
    end: int
    said: str
    is_mg: bool
    timing: str
    is_unit_said: bool = False
    is_morning: bool = False
    is_supposed: bool = False

    def as_slot(self) -> dict[str, object]:
        """Return the value form of the schema."""
        return {"value": float(self.said), "unit": "mg/dL" if self.is_mg else "mmol/L", "timing": self.timing}


def glucoses(text: str, *, expected: bool = False) -> list[Glucose]:
    """Return the glucose values of a plain text in order, today's before earlier ones.

    Args:
        expected: a glucose was asked for or is being reported, so a number needs no name.
    """
    if not expected and not NAMED.search(text) and not _HINT.search(text):
        return []
    found = [one for one in values(text) if _may_be(text, one)]
    sharp = [one for one in found if not one.is_clock]
    found = sharp or [one for one in found if expected]
    if not expected:
        found = [one for one in found if _is_near_name(text, one)]
    found = [one for one in found if not _TAKEN_BACK.match(text, one.end)] or found
    found = [one for one in found if not one.is_vague] or found
    timings = _timings(text)
    read = []
    for place, one in enumerate(found):
        since = found[place - 1].end if place else 0
        until = found[place + 1].start if place + 1 < len(found) else len(text)
        said_mg = bool(_MG.match(text[one.end :].lstrip()))
        name = _timing(text, timings, one, since, until)
        read.append(
            Glucose(
                one.start,
                one.end,
                one.said,
                one.value > 40 or said_mg,
                name.removeprefix("morning_"),
                said_mg,
                name.startswith("morning_"),
                _SUPPOSED.search(text[: one.start][-12:]) is not None or one.is_vague,
            )  # fmt: skip
        )
    return sorted(read, key=lambda one: rank(text, one.start))


def _timings(text: str) -> list[tuple[int, int, str]]:
    return [(match.start(), match.end(), (match.lastgroup or "").rsplit("_", 1)[0]) for match in _MOMENT.finditer(text)]


def _may_be(text: str, one: Value) -> bool:
    if (
        one.end - one.start == 1
        and not one.is_vague
        and not text[one.start].isascii()
        and not _ENDS.match(text, one.end)
    ):
        return False
    if one.is_whole and one.value < 4 and text.startswith("个", one.end):
        return False  # 吃了一个
    if (_OTHER_UNIT.match(text, one.end) and not one.mark) or _INJECTED.search(text[: one.start]):
        return False
    if re.search(
        r"[第/.月期周拜]\s?$|(?:高压|低压|心率|脉搏|糖化)[^,。; \d一二三四五六七八九十]{0,6}$", text[: one.start][-8:]
    ):
        return False
    return 0.5 <= one.value <= 40 or (40 < one.value <= 650 and bool(re.search(r"糖|mg", text)) and "血压" not in text)


def _is_near_name(text: str, one: Value) -> bool:
    """Without being asked, a number counts behind 血糖 or 空腹, or when it is said with a decimal part."""
    before = text[: one.start]
    named = [match.end() for match in NAMED.finditer(before)]
    return bool(named and len(before) - named[-1] <= 16) or (not one.is_whole and one.value < LEAST_FEVER)


def _timing(text: str, timings: list[tuple[int, int, str]], one: Value, since: int, until: int) -> str:
    """Return the moment said before the value, else behind it, else anywhere."""
    before = [each for each in timings if since <= each[0] and each[1] <= one.start]
    behind = [each for each in timings if one.end <= each[0] < until]
    if since and not before:
        comma = re.search(r"[,。;、]", text[one.end : until])
        behind = [each for each in behind if not comma or each[0] < one.end + comma.start()]
    of_all = [each for each in timings if _ALL.search(text[: each[0]])]
    return (
        _best(before) or _best(behind) or (_best(timings) if not since else _best(of_all)) or _best(of_all) or "random"
    )


def _best(timings: list[tuple[int, int, str]]) -> str | None:
    """Return the clearest moment of several: 早上 alone means fasting, but 早上吃完饭 does not."""
    order = ("bedtime", "postprandial", "fasting", "morning_fasting", "preprandial", "postprandial_2h", "random")
    names = [name for _, _, name in timings]
    if "postprandial_2h" in names or "preprandial" in names or "random" in names:
        return next(
            (name for name in ("bedtime", "postprandial", "postprandial_2h", "preprandial", "random") if name in names),
            None,
        )
    return next((name for name in order if name in names), None)
