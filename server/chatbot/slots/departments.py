"""Which department: by name, by its sound (新内科), by the body part or complaint somebody wants to be seen for."""

import functools
import re
import tomllib
from pathlib import Path

from server.chatbot.slots.plain import sounds

_FLOWS = frozenset({"book_specialist", "change_team"})
_ERRAND = re.compile(r"挂|约|专家|门诊|哪个科|啥科|什么科|哪科|大医院|看看|想看|要看|去看|瞧瞧|找个.{0,4}医生")
_FALSE_NAME = re.compile(
    r"耳鼻喉(?:镜)|牙科费|中医药|中医生|老中医说|心理准备|心理压力|消化不[良好]|呼吸(?:困难|机|急促|不|很|有)|皮肤(?:痒|上|有|发|过|红|烂|病|瘙)|神经(?:痛|病|衰)|急诊费|肿瘤标志物|内科楼|心理作用|康复(?:了|得|训练|出院|中)|理疗费|乳腺(?:增生|结节|痛|疼)|风湿(?:痛|病|膏)|推拿费|全科(?:医生|大夫|团队)|口腔(?:溃疡|异味)|针灸费|尿科目"
)
_EXAMINATION = re.compile(
    r"彩超|b超|ct|核磁|磁共振|造影|心电图|片子|拍片|胸片|x光|超声|[胃肠]镜|抽血|化验|肺功能|脑电图|做个|四维|睡眠监测|气管镜|骨密度|透析|拍个|照个"
)
_DOCTOR = re.compile(
    r"[^查普本]科|(?<!看)看(?!看|一?下|一下|哈|还)|挂|专家|门诊|(?:医生|大夫)(?!说|讲|建议|喊|叫|让|给|要|开|以前)"
)
"""Says that somebody wants a doctor beside the examination: 看肚子做个胃镜, but not 做个 B 超看看."""
_CAN = re.compile(
    r"(?:看|治|懂|管|做|搞)过?$|(?:换|转|改|调|要|找|想|签|跟|挪|划|安|归)(?:一?个|成|到|去|给|为|一下|下|有|会|的)*(?:男的?|女的?|老的?|年轻的?)?$"
)
_TEAM = re.compile(r"的?(?:小?组|团?队|那边|方向|专家|博士|大夫|医生)")
_OLD_TEAM = re.compile(r"(?:签的|现在|原来|之前|原先|以前)(?:是|的|那位|那个|这位|这个)*$|问起?$")
_BOOKS = re.compile(r"挂(?:个|上|号|一)|约(?:个|一下|号|上)|有[没]?[有得]?号|号[吗不没]|的号|[安占排]个|门诊")
"""A booking, whatever it was taken for."""
_OLD_ERRAND = re.compile(r"退|取消|撤|号|改期")
_ABLE = re.compile(r"(?:能|会|懂)(?:给|帮)?(?:看|治|做)?$")
_PROCEDURE = re.compile(r"[拔补洗镶种假]牙|[取上]环|建卡|糖耐|唐筛|石膏|[化放]疗|透析|配镜|扎针|扎干针|拔罐")
"""What is done, of which an old booking speaks instead of a department."""
_BARE = re.compile(r"\W*(\w)\W*")
"""One character in answer to "which department?": 骨, 眼, 牙."""
_KNOWN = frozenset({"cancel_booking", "reschedule_booking", "my_bookings"})
_SEEN = re.compile(r"(?:看|查|治|瞧)(?:我|他|她|妈|爸|一下|下)?的?$")
_OF = re.compile(r"(?:的|那个|勒个|这个|那|科)*(?:号|复查|预约|门诊|约)")
_CHANGE = re.compile(r"(?:[换调]一?个|改挂|改成|换成|改约|改看|换挂|改为)")
_CHILD = re.compile(r"小孩|娃娃|娃儿|孩子|宝宝|小朋友")
_WANTED = re.compile(r"(?:挂|约|排|找|去|要|看|换|改)(?:个|一个|一下|下|到|成|的)?$")
_GENERAL = frozenset({"内科", "外科", "全科", "急诊科"})
_UNSURE_NAMES = frozenset(
    {
        "五官",
        "疼痛",
        "肝病",
        "神经",
        "消化",
        "呼吸",
        "皮肤",
        "心理",
        "康复",
        "急诊",
        "风湿",
        "口腔",
        "乳腺",
        "泌尿",
        "肿瘤",
        "针灸",
        "推拿",
        "理疗",
        "中医",
        "老中医",
        "牙医",
        "心血管",
        "普通门诊",
        "全科",
        "内科",
        "心内",
        "肛肠",
        "心科",
    }
)


@functools.cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "departments.toml").read_text(encoding="utf-8"))


@functools.cache
def names() -> dict[str, str]:
    """Return how departments are called and their proper names."""
    return {called: name for name, entry in _table().items() for called in entry["names"]}


@functools.cache
def _about() -> dict[str, str]:
    return {word: name for name, entry in _table().items() for word in entry["about"]}


@functools.cache
def _by_sound(least: int) -> dict[str, str]:
    """Return names by their sounds: of two characters, or of three and more."""
    return {sounds(called): name for called, name in names().items() if (len(called) > 2) == (least > 2)}


def _any(words: list[str] | dict[str, str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(
        "|".join(rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else re.escape(word) for word in ordered)
    )


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    of_two = [sound for sound in _by_sound(2) if sound.endswith(sounds("科"))]
    return _any(names()), _any(_by_sound(3)), _any(of_two), _any(_about())


@functools.cache
def _with_one_open() -> dict[str, str]:
    """Return the sounds of names of four and more characters with one but the last left open: 好吸内科."""
    return {
        sound[:place] + "?" + sound[place + 1 :]: name
        for sound, name in _by_sound(3).items()
        if len(sound) > 3 and sound.endswith(sounds("科"))
        for place in range(len(sound) - 1)
    }


def _nearly(text: str) -> str:
    heard, table = sounds(text), _with_one_open()
    for match in re.finditer("科", text):
        for size in (7, 6, 5, 4):
            piece = heard[max(match.end() - size, 0) : match.end()]
            for place in range(len(piece) - 1):
                name = table.get(piece[:place] + "?" + piece[place + 1 :])
                if name:
                    return name
    return ""


def read(text: str, asked: str | None, flow: str | None) -> str | None:
    """Return the department of a plain text, by its proper name; the new one where it is changed."""
    bare = _BARE.fullmatch(text) if asked == "department" else None
    if bare and f"{bare[1]}科" in names():
        return names()[f"{bare[1]}科"]
    change = _CHANGE.search(text)
    new = re.split(r"[,。; ]", text[change.end() :])[0] if change else ""
    return _read(new, "department", flow) or _read(text, asked, flow)


def _read(text: str, asked: str | None, flow: str | None) -> str | None:
    by_name, by_sound, by_short_sound, about = _patterns()
    is_errand = asked == "department" or flow in _FLOWS | _KNOWN or bool(_ERRAND.search(text))
    false = [match.span() for match in _FALSE_NAME.finditer(text)]
    found = [match for match in by_name.finditer(text) if not any(a <= match.start() < b for a, b in false)]
    if not (is_errand or _OLD_ERRAND.search(text)):
        found = [match for match in found if match.group() not in _UNSURE_NAMES]
    if flow == "change_team":
        found = [match for match in found if _is_of_a_team(text, match)]
    wanted = [match for match in found if not _is_refused(text, match)] or (found if flow not in _FLOWS else [])
    # 内科 says little beside 心内科, and nothing in 新内科
    wanted.sort(key=lambda match: (names()[match.group()] in _GENERAL, not _WANTED.search(text[: match.start()])))
    if wanted and names()[wanted[0].group()] not in _GENERAL:
        return names()[wanted[0].group()]
    heard = by_sound.search(sounds(text))
    if heard and flow == "change_team" and not _is_of_a_team(text, heard):
        heard = None
    if heard and (is_errand or text[heard.end() - 1] == "科" or len(heard.group()) > 3):
        return _by_sound(3)[heard.group()]
    nearly = _nearly(text) if is_errand else ""
    if nearly:
        return nearly
    if wanted:
        return names()[wanted[0].group()]
    heard = by_short_sound.search(sounds(text)) if is_errand else None
    if heard and text[heard.end() - 1] in "克刻课颗棵":
        return _by_sound(2)[heard.group()]
    if asked == "department" and _CHILD.search(text) and not about.search(text):
        return "儿科"
    complaints = [
        match for match in about.finditer(text) if _is_complaint(text, match, asked, flow, is_errand=is_errand)
    ]
    return (
        _about()[
            max(
                complaints, key=lambda each: (_ABLE.search(text[: each.start()]) is not None, len(each.group()))
            ).group()
        ]
        if complaints
        else None
    )


def _is_complaint(text: str, match: re.Match[str], asked: str | None, flow: str | None, *, is_errand: bool) -> bool:
    """Tell whether somebody wants to be seen for a body part or an illness: any in a new booking, 看心脏的号 of an old one."""
    if _is_refused(text, match) or (_EXAMINATION.search(text) and not _DOCTOR.search(text)):
        return False
    if asked == "department" or flow == "book_specialist" or (flow is None and is_errand):
        return True
    if flow not in _KNOWN | _FLOWS and _BOOKS.search(text):
        return True
    is_seen = _SEEN.search(text[: match.start()]) is not None
    if flow in _KNOWN and (_PROCEDURE.fullmatch(match.group()) or text[: match.start()].endswith("查")):
        return False
    if flow == "change_team" and _CAN.search(text[: match.start()][-6:]):
        return True
    if flow in _KNOWN or flow == "change_team":
        return is_seen or (flow in _KNOWN and _OF.match(text, match.end()) is not None)
    return is_seen and text[match.end() : match.end() + 1] == "的"


def _is_of_a_team(text: str, match: re.Match[str]) -> bool:
    """Tell whether a doctor of a department is wished for: 换个会看中医的; not 我妈签的那位老中医."""
    before = text[max(0, match.start() - 6) : match.start()]
    return not _OLD_TEAM.search(before) and bool(_CAN.search(before) or _TEAM.match(text, match.end()))


def _is_refused(text: str, match: re.Match[str]) -> bool:
    return bool(
        re.search(r"(?:不是|不要|不挂|不约|不看|不去|别挂)(?:的)?$", text[max(0, match.start() - 4) : match.start()])
        or re.match(r"(?:不要|不看|不挂|退|不去)", text[match.end() : match.end() + 3])
    )
