"""Relatives and other persons named in a text, by one normalised name each (老汉儿, 俺爹 → 父亲)."""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_FALSE = re.compile(
    r"老板娘|奶奶头|看(?:小孩|孩子|娃娃?)的|(?:爷爷?|奶奶?|爸爸?|妈妈?)那[辈代]|[张王李赵刘陈杨黄周吴徐孙朱马胡郭林何高罗]老[汉爷太头]|[喊叫]妈(?!妈)|毛头小子|婆家|新生儿科|娘家人|老同事|单位同事|妈呀|我的妈呀|他妈的|老人机|老年人(?=.{0,2}体检|打|可以|能|有|要|年度)|以上的?老人|岁的?老人|老年人证|"
    r"妇女儿童|儿科|小儿科|孩子气|女儿墙|先生你好|医生先生|护士姐姐|姐姐你好|"
    r"您老人家|阿姨你好|阿姨您好|奶粉|牛奶|奶茶|奶瓶|喂奶|母乳|娘家|姑且|伯克|大娘水饺|朋友圈|男朋友圈|公公婆婆树|老爷车|宝宝树|妈祖|"
    r"对象是|对象有|什么对象|服务对象|哪些对象|老师傅|大爷的|老人卡|老人优惠|医生姐姐|护士妹妹|护士小妹|小妹你好|小姐姐|姨妈来|来姨妈|大姨妈|姨妈痛|"
    r"老家|爷们|太太口服液|夫人参|孩子王|老太婆子树|姑娘家|小子样|妈咪爱|婴儿床|妈妈手|老人院|敬老院|养老院|老乡镇|两个女儿红|"
    r"[牛猪羊狗猫鸡鸭]下?[完了]?(?:的)?(?:崽子?|仔)|新娘|伴娘|糖妈|宝妈|服务对象|慢病对象|管理对象|师傅们|老师父|老师傅|公(?:司|共|安|家|园|交|众"
    r"|示|告|里|斤|卫|分|务|办|寓|证|积|益|费|文|社|立|馆|职)|隔壁(?=组|村|县|街|镇|楼|科|医|诊|社区|那边|那个|刘|王|李|张|老?[王李张刘陈]家"
    r"|桌|床|病)|屋头[那的]个?(?:事|人|话|地|护士|医生|大夫|女|男|胖|瘦|高|小|年轻|姑娘|娃)|女娃子?家的|那[个位]叔叔|[孤太很最好衰]老的?|"
    r"老的(?:药|方|号|样|时候|毛病|医生|大夫)|(?:[十百]|\d\d)[一二三四五六七八九]?多?[位名]老人|[我俺咱]?(?:娘儿?|爷儿?|父子|母子|母女|父女"
    r"|婆媳)俩|姨妈(?:推迟|没来|不来|迟|疼|痛|量|期|又)|女人家|(?:管我|来过?|新来|量血压|签约)的?(?:那个|这个)(?:女|男)?(?:娃儿|娃娃|女娃)"
    r"|小的(?=[\d一二三四五六七八九]|是|数)|娃娃脸|孩子们都|学校的?孩子|班上的?孩子|老大(?:难|不|的不|远|夫|爷|娘|一)|老二维|老师傅|师傅(?:你|"
    r"您)好|单位同事|双双(?:都|把|来|去)"
)
_STRANGER = re.compile(r"(?<![我俺咱你家给帮替带把让])(?<![,。 ])(?<!^)$|(?:那个|这个|[位])$")
_STRANGERS = re.compile(
    r"妹儿|姑娘|妹崽|丫头|小妹|女娃娃|女娃儿?|姐姐|大姐|阿姨|大妈|大爷|小伙|大哥|妹子|妹妹|幺妹|师傅|先生|太太|夫人"
)
_CALLED = re.compile(
    r"^(?:阿姐|大姐|大哥|兄弟|老弟|老乡|师傅|妹儿|妹子|小妹|阿妹|小伙|大爷大妈|大爷|大妈|阿姨|姑娘|先生)"
    r"(?=[,! ]|我|俺|你|您|在不在|在吗)"
)
"""How people of the centre are called at the beginning of a message."""


@dataclass(frozen=True)
class Person:
    """A relative named at ``start:end``."""

    start: int
    end: int
    name: str


@functools.cache
def words() -> dict[str, str]:
    """Return the words for persons and their normalised names."""
    table = tomllib.loads((Path(__file__).parent / "members.toml").read_text(encoding="utf-8"))
    return {word: name for name, all_words in table.items() for word in all_words}


@functools.cache
def _pattern() -> re.Pattern[str]:
    ordered = sorted(words(), key=len, reverse=True)
    # a single character is a relative only where it stands like one: 我爸, 俺娘, 爸的
    long = [word for word in ordered if len(word) > 1]
    short = "".join(word for word in ordered if len(word) == 1)
    plain = "爸妈爹娘娃"
    # 我儿 is a son, and in 我儿子 no more than the beginning of one
    long = [rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word for word in long]
    whole = (word + "(?![子媳女夫爷奶爸妈家弟妹哥姐俩])" if word[0] in "我俺" else word for word in long)
    return re.compile(
        "|".join(whole)
        + f"|(?<![大小阿干老姑舅姨奶爷婆伯叔婶丈岳娃崽爹])[{plain}](?![生科子粉茶瓶牛片们么])"
        + f"|(?<=[我俺咱他她阮给帮替带])[{short}](?![生科子粉茶瓶牛片们么])"
    )


def persons(text: str) -> list[Person]:
    """Return the relatives named in a plain text in order."""
    false = [match.span() for match in _FALSE.finditer(text)]
    return [
        Person(match.start(), match.end(), words()[match.group()])
        for match in _pattern().finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in false)
        and not (match.start() == 0 and _CALLED.match(text))
        and not (_STRANGERS.fullmatch(match.group()) and _STRANGER.search(text[: match.start()]))
    ]
