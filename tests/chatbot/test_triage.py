"""Red flags: sentences that must be RED, readings, near misses."""

from datetime import date

import pytest

from server import chatbot, policy
from server.chatbot import State
from server.chatbot.triage import Finding, Tier

LIMITS = policy.load("national").followups


def assess(text: str, state: State | None = None) -> Finding:
    """What triage says of a whole message."""
    return chatbot.understand(text, today=date(2026, 11, 21), limits=LIMITS, state=state).finding


# Written for this table; none of them stands in data/.
RED_FLAGS = [
    "我胸口疼得厉害，冷汗直冒",
    "胸闷得喘不过气",
    "老公突然晕倒，叫不醒",
    "我爸嘴角歪了，一边胳膊抬不动",
    "说话说不清楚，半边身子没力气",
    "吐血了怎么办",
    "流血止不住",
    "孩子抽搐口吐白沫",
    "喝了农药",
    "煤气中毒了",
    "奶奶没有呼吸了",
    "孕妇羊水破了",
    "人快不行了救命",
    "快叫救护车",
    "怀孕七个月血压165，头痛眼花",
    "血压190/115，头痛恶心",
    "血糖2.1，冷汗，迷糊",
    "呼吸困难，嘴唇发紫🆘",
    "我爸去年中过风，现在叫不醒了",
    "出院以后今天突然吐血了",
    "连着两回222和130，走路像踩棉花，说话舌头打绊",
]
SELF_HARM = [
    "我不想活了",
    "想自杀",
    "活着没意思，想一死了之",
    "想从楼上跳楼",
    "老伴去年走了，我也不想活了",
    "我割腕了",
    "我活够了",
]
EVERYDAY = [
    "我再想一会儿", "容我跟儿子商量", "搞快些嘛", "网页点不开", "转圈圈好一会儿了", "字小得看不清楚", "我不大会弄手机",
    "我先去吃个饭", "先睡了哈", "我走了哦", "没得事了", "不太好弄", "不是这样子", "前头那个", "记不到密码了", "电视坏了一个",
]  # fmt: skip
"""Short words of every chat, none of them in ``data/``: a model that learnt emergencies must not hear one in each."""
READINGS = [
    ("血压180/90", True),
    ("今天量的血压 150/110", True),
    ("高压一百八十五，人没事", True),
    ("血压１８２／９５", True),
    ("空腹血糖16.7", True),
    ("餐后十七点二，没有不舒服", True),
    ("血糖3.9", True),
    ("血糖302", True),
    ("血压179/109", False),
    ("血糖16.6", False),
    ("血糖4.0", False),
    ("血压142/90，没有头痛", False),
    ("我的预约编号是185", False),
]
NOT_RED = [
    "我爸去年心梗过，想约心内科复查",
    "怎么预防中风",
    "120救护车一次多少钱",
    "电视里有人昏迷了",
    "想死我了你们",
    "上次昏倒住院的病历能查吗",
    "急得我要上吊，药店又没货",
    "热得快断气了，你们有空调没",
    "笑死我了",
    "你好",
    "我要签约",
]


@pytest.mark.parametrize("text", RED_FLAGS)
def test_assess_of_a_red_flag_is_red(text: str) -> None:
    assert assess(text).tier is Tier.RED


@pytest.mark.parametrize("text", SELF_HARM)
def test_assess_of_self_harm_is_red_and_says_so(text: str) -> None:
    found = assess(text)

    assert (found.tier, found.is_self_harm) == (Tier.RED, True)


@pytest.mark.parametrize(("text", "crisis"), READINGS)
def test_assess_of_a_reading_follows_the_limits(text: str, crisis: bool) -> None:
    found = assess(text)

    assert found.is_reading is crisis
    assert found.tier is not Tier.RED
    assert not crisis or found.tier is Tier.AMBER


@pytest.mark.parametrize("text", NOT_RED)
def test_assess_of_a_near_miss_is_not_red(text: str) -> None:
    assert assess(text).tier is not Tier.RED


@pytest.mark.parametrize("text", ["", " ", "😀😀", "。。。", "\x00\x01", "𠮷" * 5000, "a" * 100_000])
def test_assess_of_odd_text_does_not_alarm(text: str) -> None:
    assert assess(text).tier is Tier.NONE


@pytest.mark.parametrize("text", ["喘不上来气了", "他晕倒了", "不约了，我爸胸口疼得冒冷汗", "血压 190/120 头痛得厉害"])
def test_an_emergency_breaks_into_every_flow(text: str) -> None:
    for asked in ("date", "department", "bp", "confirm"):
        assert assess(text, State("book_specialist", asked)).tier is Tier.RED, asked


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("department", "心、心脏那个"),
        ("date", "12.5"),
        ("bp", "一五零 九五"),
        ("confirm", "有误,应为十时三十分"),
        ("member", "老头子"),
    ],
)
def test_a_bare_answer_to_our_own_question_alarms_nobody(asked: str, text: str) -> None:
    assert assess(text, State("book_specialist", asked)).tier is Tier.NONE


def test_a_crisis_value_is_seen_though_it_answers_our_question() -> None:
    found = assess("195/118", State("report_bp", "bp"))

    assert (found.tier, found.is_reading) == (Tier.AMBER, True)


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("爸高压一百七十二低压一百零三头晕", Tier.AMBER),
        ("空腹血糖13.5，口干心慌", Tier.AMBER),
        ("血压172/103，人没事", Tier.NONE),
        ("血压130/80，头不晕了", Tier.NONE),
        ("今早血压128/79，一切正常", Tier.NONE),
    ],
)
def test_a_raised_value_beside_a_complaint_is_read_by_a_doctor(text: str, tier: Tier) -> None:
    assert assess(text).tier is tier


@pytest.mark.parametrize("text", ["今天天气怎么样", "帮我取消明天的号", "我的家庭医生是谁", "签约多少钱"])
def test_an_errand_without_doubt_gets_no_line_about_120(text: str) -> None:
    assert assess(text).tier is Tier.NONE


@pytest.mark.parametrize(
    ("text", "asked"), [("18.5", "glucose"), ("三点二", "glucose"), ("一百九 一百一", "bp"), ("195 100", "bp")]
)
def test_a_bare_crisis_value_in_answer_to_our_question_alarms(text: str, asked: str) -> None:
    finding = assess(text, State(f"report_{asked}", asked))

    assert finding.tier is Tier.AMBER and finding.is_reading


@pytest.mark.parametrize(
    "text",
    [
        "宝宝两个月发烧38.3，精神还可以",
        "刚满月的娃娃发烧了，明天带来看行吗",
        "二十五天的宝宝38度6",
        "氧饱和度只有八十三",
        "血氧 79",
        "快打120",
        "救护车",
        "帮我叫120",
    ],
)
def test_what_a_number_or_a_call_for_help_says_does_not_depend_on_the_model(text: str) -> None:
    assert assess(text).tier is Tier.RED


@pytest.mark.parametrize(
    "text",
    [
        "羊吃了喷过药的菜叶子口吐白沫",
        "电脑卡死叫不醒了",
        "昨晚电影里那个人中毒吐血了",
        "流了点鼻血，已经止住了，要不要去看",
        "想知道有人触电了应该怎么救，写作文用",
        "之前自杀未遂住过院，现在稳定，想约心理科复诊",
        "救命恩人，谢谢您",
        "孩子两个月前发烧住过院，病历能查吗",
        "宝宝三个月了，什么时候打预防针",
        "156/98，不心慌不出汗",
        "表舅前年跳河走了，他的健康档案要注销吗",
    ],
)
def test_what_is_over_denied_learnt_or_about_nobody_is_not_red(text: str) -> None:
    assert assess(text).tier is not Tier.RED


@pytest.mark.parametrize(
    "text", ["我以后都用不上这些药了，谢谢你们", "下辈子再来找你看病", "不想再拖累女儿了", "哪种死法不痛"]
)
def test_a_farewell_is_never_let_pass(text: str) -> None:
    assert assess(text).tier is not Tier.NONE


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("我头晕得很", Tier.AMBER),
        ("头好痛", Tier.AMBER),
        ("我妈肚子不舒服两天了", Tier.AMBER),
        ("脑壳痛惨了", Tier.AMBER),
        ("突然头痛得像要裂开", Tier.RED),
        ("头晕得很，一边手没力", Tier.RED),
        ("胸口疼得很", Tier.RED),
    ],
)
def test_a_complaint_without_a_red_flag_is_read_by_a_doctor_and_no_alarm(text: str, tier: Tier) -> None:
    assert assess(text).tier is tier


@pytest.mark.parametrize("text", ["3.0，我爷爷喊不醒了", "2.2，摇她都不醒"])
def test_who_cannot_be_woken_is_an_emergency_although_a_value_was_asked_for(text: str) -> None:
    assert assess(text, State("report_glucose", "glucose")).tier is Tier.RED


@pytest.mark.parametrize(
    "text",
    [
        "上礼拜胸口抽了一下，一会儿就没了，至今没犯",
        "自行车胎扎了，快没气了",
        "动画片里小狗掉河里没气了",
        "假如有人血糖十，药要加吗",
        "我女儿不听我的，你们劝她吃药",
        "我侄女去年跳楼了，她妈到现在睡不着，约个心理科",
        "我妈昏迷两个月走的，签约怎么销",
        "做梦梦见满身是血，吓醒了",
        "血压计坏了，按了没反应",
        "群里说有人触电没气了，真的假的",
    ],
)
def test_what_was_over_at_once_or_is_about_things_is_not_red(text: str) -> None:
    assert assess(text).tier is not Tier.RED


@pytest.mark.parametrize("text", EVERYDAY)
@pytest.mark.parametrize("asked", [None, "department", "confirm"])
def test_everyday_words_alarm_nobody(text: str, asked: str | None) -> None:
    assert assess(text, State("book_specialist", asked) if asked else None).tier is Tier.NONE


@pytest.mark.parametrize("text", ["嘴歪了", "没脉搏了", "喝农药了", "喊不答应", "血止不住", "心口绞痛", "卡住了脸紫"])
def test_few_words_of_an_emergency_are_enough(text: str) -> None:
    assert assess(text).tier is Tier.RED
