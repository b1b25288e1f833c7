"""What identifies a person taken out of what he wrote: numbers, names, addresses. Rather too much than too little."""

import re
import unicodedata
from collections.abc import Iterable

MOST = 200
"""Characters kept."""
NUMBER, NAME, PLACE = "[号码]", "[姓名]", "[地址]"

_SURE = (
    "王李张刘陈杨赵吴徐孙朱郭罗郑梁宋唐邓韩冯曹彭曾萧肖董袁潘蒋蔡余杜叶苏"
    "魏吕丁沈姚卢姜崔钟谭陆汪范廖贾韦邹熊孟秦阎薛侯雷龙郝邵史毛赖武邱覃戴"
)
"""Surnames that begin hardly any other word …"""
_DOUBTFUL = "周何谢许田程石段顾康钱严孔汤黄林马胡高江方白金夏万常于任莫"
"""… and such as begin many: 高血压, 黄疸, 周三. They count where the words before say that a name follows."""
_COMPOUND = "欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|令狐|慕容"
_SURELY = rf"(?!孙[子女])(?:{_COMPOUND}|[{_SURE}])"
_ANY = rf"(?:{_COMPOUND}|[{_SURE}{_DOUBTFUL}])"
_HAN = "[一-鿿]"
_ENDS = r"(?=$|[^一-鿿]|[的要想在是有今昨明身电手约预挂查签])"
_DIGIT = "[0-9零〇一二三四五六七八九幺两]"
_LONG_NUMBER = re.compile(rf"(?<![0-9])(?!20\d\d[-/.年]){_DIGIT}(?:[\s\-–—_.,、]{{0,2}}{_DIGIT}){{6,}}[xX]?")
_HANDLE = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9_-]*[0-9_-][A-Za-z0-9_-]{3,}"
)
_NAMED = re.compile(rf"(?P<before>(?:名字?|姓名)[是叫为:\s]{{0,3}}|叫做?\s?){_ANY}{_HAN}{{1,2}}{_ENDS}")
_I_AM = re.compile(rf"(?P<before>我是|这是|本人|患者|病人|联系人|户主|[帮给替]){_SURELY}{_HAN}{{1,2}}{_ENDS}")
_RELATIVE = re.compile(
    rf"(?P<before>爸|妈|父亲|母亲|老伴|老公|老婆|丈夫|妻子|儿子|女儿|孙子|孙女|爷爷|奶奶|外公|外婆|公公|婆婆)"
    rf"{_SURELY}{_HAN}{{2}}{_ENDS}"
)
_ALONE = re.compile(rf"(?P<before>^|[,;。、:!?\s]){_SURELY}{_HAN}{{1,2}}(?=$|[,;。、:!?\s\[]|的[号预协签约])")
_TITLED = re.compile(
    rf"(?<!谢)(?!谢谢){_ANY}{_HAN}{{0,2}}?(?P<title>医生|大夫|主任|护士|院长|阿姨|大爷|大妈|叔|婶|师傅|先生|女士|老师|书记)"
)
_COUNT = r"[0-9一二三四五六七八九十百]+(?:号楼?|栋|幢|单元|组|队|楼|室|户)"
_ADDRESS = re.compile(
    rf"{_HAN}{{2,6}}(?:小区|花园|新村|村|社区|街道|路|街|巷|镇|乡)(?:{_COUNT})+(?:[0-9]+(?:号|单元|室|户)?)*"
)


def redacted(text: str, names: Iterable[str] = (), *, most: int = MOST) -> str:
    """Return a message without phone and identity numbers, accounts, addresses and names, cut to ``most`` characters.

    Args:
        names: names known to belong to the person and those around him.
    """
    said = unicodedata.normalize("NFKC", text)
    said = "".join(" " if unicodedata.category(char).startswith("C") else char for char in said)
    said = _HANDLE.sub(NUMBER, said)
    said = _LONG_NUMBER.sub(NUMBER, said)
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) > 1:
            said = said.replace(name, NAME)
    said = _ADDRESS.sub(PLACE, said)
    for pattern in (_NAMED, _I_AM, _RELATIVE, _ALONE):
        said = pattern.sub(lambda found: found["before"] + NAME, said)
    said = _TITLED.sub(lambda found: NAME + found["title"], said)
    return " ".join(said.split())[:most]
