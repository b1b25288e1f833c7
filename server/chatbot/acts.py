"""What a message does inside an open flow: answer what was asked, say yes or no, give up, or ask for something else.

The order matters: giving up first ("算了" is no answer), then the yes or no that was asked for, then the slot that was
asked for, and only then another wish. Dialect forms are those of the five regions.
"""

import re
from collections.abc import Mapping

_SOFT = r"(?:[ 嗯哦哎唉啊呀嘛吧呢啦哈咯撒噻嘞哩额呃那就我你]|还是|干脆|麻烦|不好意思|谢谢|师傅|医生|大夫)*"
_END = r"(?:[ 了吧啊呀嘛呢啦哈咯撒噻嘞哩额的哟喔哇]|谢谢|谢谢你|麻烦了|不好意思)*"

_GIVES_UP = re.compile(
    r"算了|先留|留着|算啦|算喽|算求|算球|拉倒|罢了|作罢|"
    r"不(?:想)?(?:约|办|改|签|弄|报|挂|取消|退|续|换|要|用|搞|整|看|去|登记|填|写|加|投诉|说|问|开|查|麻烦|折腾|耍|做|预约|续约|申请|操作|管|上门|拿|量|订|买|解|动|关|撤|销)了|"
    r"先不|暂时不|暂不|先放|先搁|搁到|放一放|放一哈|缓一缓|缓缓|等[一]?(?:下|会|哈|哈儿|下子|会儿|阵|歇|等)|等.{0,8}再|"
    r"再说|再讲|再议|再想想|再考虑|想一哈|考虑考虑|考虑一下|考虑下|商量|改天|改日|下次|回头|二回|以后再|过后再|过两天再|过几天再|"
    r"不(?:用|必|要)(?:来|去|上门|过来|派人)了?(?:吧|[ ,]|$)|不弄|不搞|不整|停[止下]?|"
    r"退出|结束|返回|取消吧|取消办理|放弃|不急|没空|莫得空|没得空|忙起|有事.{0,4}先|"
    r"莫(?:办|约|弄|搞|改|整|挂|签|订)|免[啦了咯]|不想弄|不想办|懒得|用不着|不需要|不必|勿要|勿弄|勿办|免了|作废|当我没说|点错|按错|发错|打错|"
    r"自己(?:去|来|送|弄|办|拿).{0,6}(?:得了|就行|就好|好了)|自(?:己|个儿?|家)跑.{0,4}趟|"
    r"(?<![a-z])(?:abort|cancel|quit|exit|never ?mind|forget it)(?![a-z])"
)
_STAYS = re.compile(r"(?:不|别|莫|甭|勿)(?:要)?(?:算了|取消|停|退出|放弃)|等下周|等一下午|下次随访|下次预约|回头客")
"""… although a word of giving up stands in it."""

_YES = re.compile(
    rf"{_SOFT}(?:是|是的|对|对头|对的|对滴|对着|对哒|对咯|没[记写弄搞说看打填]?错|冇错|冒错|莫得错|没得错|不错|不差|确认|确定|确认无误|无误|(?:没有|没得|没|无|并无|确无)异议|好|好的|好滴|好哒|好嘞|好咧|好勒|可以|"
    r"可得|可中|中|中中|中嘞|中啊|要得|要的|行|行的|行行|得行|得|得嘞|成|成嘞|同意|要|要约|需要|没问题|没得问题|冇问题|嗯|嗯嗯|恩|恩恩|唔|哦|噢|"
    r"ok|okay|yes|y|ok的|okk|👌|就这样|就这么办|就这么定|就这个|就它|就是它|就是|是这个|是这样|是嘞|是哩|是啊|是呀|是咯|是滴|蛮好|满好|好个|可以个|对个|"
    r"有劳|提交|办吧|约吧|签吧|续吧|改吧|取消吧|退吧|换吧|定了|说定|妥|妥了|妥妥|安排|搞起|整起|来吧|弄吧|办嘛|约嘛|签嘛|尽管办|那就办|晓得|照办|使得|有影|"
    r"会使|会用得|没意见|1|一)"
    rf"(?:[ ,]*(?:是|是的|对|对头|对的|确认|确定|好|好的|可以|中|要得|行|得行|成|嗯|就这样|就这么办|没问题|没错|约吧|办吧|"
    rf"签|签吧|续吧|取消吧|退吧|换吧|改吧|取消|约|办|续|换|改|退|提交|麻烦你|谢谢|谢谢你|谢谢您))*{_END}"
)
_NO = re.compile(
    r"不[是对行中得可成要约签改办退换续]|不(?:了|用|要|想|同意|确认|确定|可以|得行|好|取消|需要|必|愿意)|错|搞错|弄错|说错|听错|记错|"
    r"没(?:说|想|要)|没得|莫得|莫要|莫|别|甭|勿|非也|否|no|^n$|反了|搞反|相反|另外|换成|改成|改到|应该是|是.{1,8}不是|不是.{1,8}是|重新|重来|再改|^2$|^二$|冇"
)
_WANTS_PERSON = re.compile(
    r"人工|真人|活人|[叫喊换](?:个|一个|位)(?:会|懂|管事|明白|能).{0,4}人|[叫喊换](?:个|一个|位)人(?:来|跟|和|听|接|讲|说)|找(?:个)?(?:医生|大夫|客服|人)|转(?:医生|客服)|跟(?:医生|大夫)(?:说|讲)"
)

_NAMES_IT = re.compile(r"签|解约|协议|合同|家庭?医|团队|提醒|短信|消息|推送|通知|退订|号|预约")
_WISHES = re.compile(r"(?:帮|给|替)(?:我|俺|咱|他|她|忙)|(?:我|俺|咱)(?:还|又)?(?:要|想)")
_SOMEBODY = re.compile(
    r"(?:那|就是|是|给|帮|为)?(?:我们?|俺们?|咱们?)?(?:家|屋头)?(?:里|的)?(?:老伴儿?|妈妈?|老妈|娘|爸爸?|老爸|老汉儿?|爹|娃儿?|娃娃|"
    r"孩子|儿子|女儿|闺女|老公|老婆|爱人|媳妇|堂客|婆婆|公公|爷爷|奶奶|外公|外婆|孙子|孙女|老人家?|老头子?|老太婆|家人)(?:呢|啊|呀|嘛)?"
    r"|(?:那|就是|是|给|帮|为)?(?:我|俺|咱|本人)(?:自己|本人)?(?:个儿)?(?:的|用|要)?(?:呢|啊|呀|嘛)?"
)
_TO_DOCTOR = re.compile(r"医生|大夫|主任|老师|护士|看(?:一[下哈眼]|[下哈看])|回[复我]|[您你]们?(?:看|觉得|说)")

_CORRECTS = re.compile(
    r"^(?:不对|不是|非也|毋是|唔是|唔系|不系|错|搞错|弄错|说错|听错|反了)|我(?:说|讲|要)的是|应该是|写错|(?:换成|改成|改到|改为).{2,}|[少多漏]了?一位"
)
_REMOVES = re.compile(
    r"(?:那|就|给我|帮我|麻烦|都|全|直接|嗯|对|好|行|可以|[ ,])*"
    r"(?:解约?|退约?|退订|取消|关|停|撤|销|注销|删|去)(?:了|掉|除|脱)?(?:它|嘛|吧|噻|咯|了|呗)*"
)
REMOVALS = frozenset({"terminate", "cancel_booking", "unsubscribe"})
"""Errands whose yes is "退了吧"."""
_ASKS = re.compile(r"[吗么不没呢][哦啊呀嘛啦]?$|(.)[不没]\1|几点|几[年次]|多[少久长]|怎么|咋|啥|什么|哪")
_ANY = re.compile(r"(?:随便|任)(?:哪|几|什么|啥)|(?:哪|几|什么|啥)[^ ]{0,4}都(?:行|可以|好|成|中|得|要得)")
"""… unless whichever it is will do."""
_ASIDE = re.compile(
    r"^(?:那|诶|哎|欸|[你您]|等一?[下会]|等等|慢着|且慢)?[ ,]*"
    r"(?:先(?:告诉|说|问|讲|查|看)|等等|等一?下|慢着|且慢|打断|插一?句|对了)|顺便?(?:问|带)"
)
"""Begins a question before our own is answered."""
_DOCTOR = re.compile(r"医生|大夫|主任|专家|教授|老师")

OPEN = frozenset(
    {"reason", "content", "text", "detail", "name", "address", "note", "complaint", "description", "symptom"}
)
"""Questions that any words answer."""


def gives_up(said: str) -> bool:
    """Tell whether a normalised message ends the open flow."""
    return bool(_GIVES_UP.search(_STAYS.sub("", said))) and len(said) <= 30


def wants_person(said: str) -> bool:
    """Tell whether somebody asks for a human being, in whatever flow."""
    return bool(_WANTS_PERSON.search(said))


def says_yes(said: str) -> bool:
    """Tell whether a normalised message is a yes and nothing else."""
    return bool(_YES.fullmatch(said))


def removes(said: str, flow: str) -> bool:
    """Tell whether a normalised message only says again that something is to be taken away, where that is the errand."""
    return flow in REMOVALS and bool(_REMOVES.fullmatch(said))


def takes_away(said: str, intent: str) -> bool:
    """Tell whether a wish to have something taken away names what; "不约了" alone is about the open flow."""
    return intent not in REMOVALS or bool(_NAMES_IT.search(said))


def corrects(said: str) -> bool:
    """Tell whether a normalised message says that what was echoed is wrong, and is no yes."""
    return bool(_CORRECTS.search(said)) and not _YES.match(said)


def asks(said: str) -> bool:
    """Tell whether a normalised message is a question."""
    return bool(_ASKS.search(_ANY.sub("", said)))


def asks_aside(said: str) -> bool:
    """Tell whether a message asks something of its own before it answers: 先告诉我…, 等下，…几年."""
    return bool(_ASIDE.search(said)) and asks(said)


def says_no(said: str) -> bool:
    """Tell whether a normalised message is a no or corrects what was echoed."""
    return bool(_NO.search(said))


def asks_for_something(said: str) -> bool:
    """Tell whether a message sounds like a wish or question of its own: 帮我…, 我要…, …吗, 怎么…"""
    return bool(_WISHES.search(said)) or asks(said)


def names_somebody_only(said: str) -> bool:
    """Tell whether a message names a relative or the writer and says nothing about him: a beginning, not yet a wish."""
    return bool(_SOMEBODY.fullmatch(said))


def speaks_to_doctor(said: str) -> bool:
    """Tell whether a message of somebody who waits is meant for the doctor, not for the bot."""
    return bool(_TO_DOCTOR.search(said))


def answers(asked: str, said: str, slots: Mapping[str, object]) -> bool:
    """Tell whether a message answers the slot that was asked for."""
    if asked in OPEN:
        return True
    if not asked:
        return bool(slots)
    if asked in ("date", "time", "slot", "day"):
        return any(key in slots for key in ("date", "date_range", "time", "shift"))
    if asked == "doctor" and _DOCTOR.search(said):
        return True
    if {"person": "member"}.get(asked, asked) in slots:
        return True
    # a line of a numbered list
    return bool(re.fullmatch(r"第?[\d一二两三四五六七八九十]{1,2}(?:个|号|项|条)?", said))
