"""For whom: the person a message is about, in one normalised name (老汉儿, 俺爹 → 父亲)."""

import re

from server.chatbot.slots.persons import Person, persons

_SELF = re.compile(
    r"(?:给|帮|替|为)?(?:我|俺|咱)?(?:自己|自个儿?|自家|本人)|是我(?:自己)?(?:看|约|要|用|签)|"
    r"^(?:就)?(?:我|俺|咱)(?:个人|的|啊|呀|哈|要|看|约|签|嘛|呗)*[。,!. ]*$"
)
_OWN = re.compile(
    r"(?:先|只|就)(?:约|挂|办|签|要|查|报)(?:一下|个)?[我俺]的|(?:不是|不对|说错了?)[,。 .…]+(?:是)?[我俺]的(?!爸|妈|爹|娘)"
)
"""It is about the speaker after all: 先约我的; 不是，我的."""
_FOR = re.compile(
    r"(?:给|帮|替|为|代|帮着|领|带|陪|送|让你们给)(?:我|俺|咱|我们|咱们|我家|俺家|家里|家头|屋头|的|一下|下|他|她|那|那个|这|个|老)*$"
)
_IS = re.compile(r"(?:^|不对|不是.{1,6})[,. ]*(?:是|看病的是|病人是)(?:我|俺|咱|我家|俺家|家里)*$")
_SAYS = re.compile(
    r"^(?:昨天|今天|早上|刚才|刚刚|刚|一直|老|总|就|又|天天|非|也|还|都|打电话|他|她)*(?:[说讲](?!话|闲话|不出|不清|着)|[喊叫](?!不|了?半天|了?几声)|让|问|要我|催|托|看到|看见|发现|教|嫌|埋怨|"
    r"告诉|交代|嘱咐|提醒|听|担心|怕|骂|要骂|唠叨|念叨|吵|笑|想给|要给|想帮|要帮|想替|要替|给我|帮我|替我|搭我|同我|陪我|带我|送我|买|弄(?!到一起|[到进]来|进去|到我)|装|张罗|操办|"
    r"没请|要请假|在[^,。]{1,6}[, ](?:喊|叫|让|说|要)(?:我|俺)|在[^,。]{1,6}(?:说|讲|[给帮替](?:我|俺))|给(?:约|挂|报|办|弄"
    r"|订|填)|看的是|(?:给)?(?:撕|扔|弄丢|弄坏|玩坏|折|丢)|睡(?:着)?了.{0,2}(?:我|俺)|[去来](?:帮我|替我)?(?:拿|取|领|代)|"
    r"代(?:笔|写|问|办)|去$|"
    r"(?:已经|早就)?[带陪领](?:着|了|过)?(?:我|俺|咱)?(?=[爸妈爹娘爷奶婆公姥外老]|孩子|娃)|"
    r"[拉背扶接抱喂塞]我|[偷硬][喂塞给]我|没空|不在|在外|在城|在打工|打工|上[夜白早晚中]?班|在的时候|在世|生前|轮休|休息|放假|休班|有空|请假|开车)"
)
"""What a relative does who is not the patient."""
_SAID_OF_HIMSELF = re.compile(
    r"^(?:又|老|总|就|也|还|一直|天天|非|硬|偏)*(?:(?:说|讲|喊|听|嫌|怕)(?!我|[^,。; ]{0,6}[替给帮陪带送接](?!她|他|伊))|(?:想"
    r"|要)?(?:问|打听|知道|晓得)|(?:让|叫|喊|托|要)我?(?:来|帮忙|帮)?(?:问|查|报|记|拍|打听|转告|念|打字|写))"
)
_ELDER = frozenset(
    {"父亲", "母亲", "父母", "配偶", "丈夫", "妻子", "爷爷", "奶奶", "外公", "外婆", "公公", "婆婆", "岳父", "岳母", "老人"}
)  # fmt: skip
_CHILDREN = frozenset(
    {"孩子", "儿子", "女儿", "孙子", "孙女", "侄子", "侄女", "外甥", "外甥女"}
)  # fmt: skip
_GREETED = re.compile(r"[你您]?好(?:呀|啊)?(?:[,。! ]|$)")
_TOGETHER = re.compile(r"(?:我|俺|咱)[跟和同](?:我|俺|咱)?$")
_FETCHED = re.compile(r"(?:接|送|哄|喂|照顾|照看|伺候|守|抱|带)(?:我|俺|咱|着|到|起|我家|好|完|了)?$")
_TO_BE_SEEN = re.compile(r"^(?:们|儿)?(?:过?来|去|上|到|看|检查|打|做|体检|复查|抽|挂|约|查|瞧|拔|补|拍|种|住院|就诊)")
_BUSY = re.compile(
    r"^[^,。; ]{1,12}[,。; ]?.{0,8}?(?:(?:我|俺|额|咱|人)(?:上午|下午|那天|今天|明天|这天)?(?:就|又|也|都|要|得)?"
    r"(?:来不|去不|走不|不去|不来|不得空|没空|没得空|要去带|得去带|得守|要守|挪|脱不开|离不开|抽不开)|那个我[来去]不)"
)
"""A relative is why the speaker cannot come: 孙女发烧，我走不开."""
_HOUSEWORK = re.compile(
    r"^(?:去)?(?:开家长会|开会|过生日|过寿|做饭|送饭|烧饭|洗衣|辅导|补课|交学费|上坟|搬家|陪考)|^的?(?:生日|大寿|婚礼|满月酒)"
)
_HELD = re.compile(r"^[^,。; ]{0,8}(?:要(?:我|俺)?[陪带守]|要在家|要.{0,3}去带)")
_PLACE = re.compile(r"^(?:那里|那边|这里|这边|处)(?!的(?:药|号|约|签约|档案|血))")
_VISITED = re.compile(r"[去到回][^,。; ]{1,6}(?:看|带|陪|找)(?:我|俺)?$")
_AT = re.compile(r"[去到在回住搬](?:我|俺)?$")
_IN_HAND = re.compile(r"^[^,。; ]{1,12}[,。; ].{0,4}[把帮给替将](?:她|他|伊)(?!说|讲|打|送|买|带)")
"""Said of a relative whose matter it is: 我妈要带孙子，把她的号往后挪."""
_OWNED = re.compile(r"(?:号码|电话|手机|微信|卡|名字|号)[^,。]{0,3}(?:是|用)(?:我|俺)?$")
_I_AM = re.compile(
    r"(?:我|俺|额|咱)(?:就|也)?是$|我(?:一|是)个$|我(?:是|叫)(?:他|她|老人|病人|患者)?的?$|我是[^,。]{0,8}(?:的|家)$"
)
_I_TOO = re.compile(r"^(?:们|家)?(?:都|也|早就|已经)?[^,。;]{0,8}[,。; ].{0,2}(?:我|俺|咱)也")
_SEEN_TO = re.compile(r"睇|打针|换药|量|攞药|约|挂号")
"""What is done for somebody where 同 means "for": 同阿婆睇下."""
_WITH = re.compile(
    r"(?:和|跟着?|同|与|随着?|被|靠|除了|听|等|遭|挨|住|告诉|瞒着|不让|靠着|迁去|搬到|给了|拿给|送给)(?:我|俺|咱)*$"
)


_ACQUAINTED = frozenset({"邻居", "朋友", "同事", "室友", "战友", "师父", "师兄", "师弟", "师姐"})
_OWN_MATTERS = frozenset(
    {
        "sign_up", "renew", "terminate", "my_contract", "change_team", "refill", "report_bp", "report_glucose", "my_bookings",
        "change_phone", "next_followup", "health_record", "cancel_booking", "reschedule_booking", "checkup_vaccine", "team_card",
        "talk_human",
    }
)  # fmt: skip
"""Matters that nobody has for his neighbour without saying so."""
_COMPLAINTS = frozenset({"medical_advice", "emergency"})
_MOVED = frozenset({"cancel_booking", "reschedule_booking"})
_SEES = frozenset({"book_specialist", "checkup_vaccine", "medical_advice", "home_visit", None})
"""Matters for which one brings a relative: 带娃打针."""


def read(text: str, asked: str | None, flow: str | None = None) -> str | None:
    """Return the normalised name of the person a plain text is about; 本人 when that was said in answer to the question."""
    named = [one for one in persons(text) if not _is_excuse(text, one, flow)]
    if flow in _OWN_MATTERS:
        others = [one for one in named if one.name in _ACQUAINTED and not _FOR.search(text[: one.start])]
        # 隔壁二叔 is next door, not an uncle
        ends = {end for one in others for end in range(one.end, one.end + 4)}
        named = [one for one in named if one not in others and one.start not in ends]
    if asked == "member" and _SELF.search(text) and not any(_FOR.search(text[: one.start]) for one in named):
        return "本人"
    if not named or _OWN.search(text):
        return None
    for test in (_is_told, _is_patient):
        chosen = test(text, named)
        if chosen:
            return chosen.name
    left = [one for one in named if not _is_speaker(text, one)] or (
        named if asked == "member" else _elders(text, named, flow)
    )
    return left[0].name if left else None


def _is_told(text: str, named: list[Person]) -> Person | None:
    """Return the person of a correction: 不是我妈，是我爸."""
    return next((one for one in named if _IS.search(text[: one.start])), None)


def _is_patient(text: str, named: list[Person]) -> Person | None:
    """Return the person something is done for: 给我妈约, 帮老伴拿药."""
    marked = [one for one in named if _FOR.search(text[max(0, one.start - 10) : one.start])]
    return marked[0] if marked else None


def _elders(text: str, named: list[Person], flow: str | None) -> list[Person]:
    """Return old people and partners who say something about themselves: 阿嬷讲那个号不要了. Children only help,
    unless it is a complaint: 孩子说肚子疼.
    """
    own = _ELDER | _CHILDREN if flow in _COMPLAINTS else _ELDER
    return [one for one in named if one.name in own and _SAID_OF_HIMSELF.match(text[one.end :])]


def _is_excuse(text: str, one: Person, flow: str | None) -> bool:
    """Tell whether a relative is only the reason of what is asked: 要接娃, 孙女发烧我走不开."""
    before, after = text[max(0, one.start - 6) : one.start], text[one.end :]
    fetched = _FETCHED.search(before)
    if _HOUSEWORK.match(after):
        return True
    is_child = one.name in _CHILDREN and flow not in _SEES
    if fetched and not _TO_BE_SEEN.match(after) and (fetched.group()[0] in "接送抱哄" or is_child):
        return True
    return flow in _MOVED and bool(_BUSY.match(after) or _HELD.match(after))


def _is_speaker(text: str, one: Person) -> bool:
    """Tell whether a relative only says, asks or helps: 我女儿帮我弄的, 我是他儿子."""
    before, after = text[max(0, one.start - 10) : one.start], text[one.end : one.end + 10]
    if _TOGETHER.search(text[: one.start]) and re.match(
        r"(?:都|一起|两|俩|(?:签|加|弄|放|归|挂|并|绑)(?:到|在|成)一)", after
    ):
        return False
    if _GREETED.match(after):
        return True
    if before.endswith("同") and _SEEN_TO.match(after):
        return False
    if _IN_HAND.search(text[one.end :]):
        return False
    if _AT.search(before) and after.startswith("家"):
        return True
    if any(words.search(before) for words in (_I_AM, _WITH, _OWNED, _VISITED)) or _PLACE.match(after):
        return True
    return bool(_SAYS.search(after) or _I_TOO.search(text[one.end :]))
