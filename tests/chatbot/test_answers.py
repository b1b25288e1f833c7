"""What residents are answered about rules: each region's own, with its source and date; and never what must not be said."""

import re
from datetime import date
from typing import Any

import pytest

from server import chatbot, policy
from server.chatbot import Facts, Intent, Tier, Understood, rule_topics, wording
from server.chatbot import flows as flow_definitions
from server.chatbot.__main__ import answer_row
from server.chatbot.intents import ACTS
from server.chatbot.ruling import PREFIX, Quoting, sentence
from server.chatbot.triage import Finding
from server.policy import texts
from tests import source
from tools import answers_page

REGIONS = [policy.BASE, *policy.regions()]
STRANGER = Facts()
WAITING = Facts(contract="pending", team_name="城北第一团队", package="基础服务包", centre_phone="0816-2222222")
SIGNED = Facts(
    contract="active",
    team_name="城北第一团队",
    team_phone="0816-3333333",
    team_hours="周一至周五 8:00-17:00",
    doctor_name="陈医生",
    address="北街1号",
    package="基础服务包",
    end_on=date(2027, 3, 1),
    next_appointment="3月9日 09:00 市中心医院",
    next_followup_on=date(2026, 12, 1),
    centre_phone="0816-2222222",
)
PEOPLE = [STRANGER, WAITING, SIGNED]

DOSE = re.compile(
    r"\d\s*(mg|毫克|微克|克(?!拉)|ml|毫升|片|粒|颗|支|袋|单位)|[一二两三四半几]\s*(片|粒|颗|袋)|[每一]\s*[日天].{0,2}[次顿]|"
    r"(加|减|停|换)药|(加|减)量|饭[前后][吃服]|多吃|少吃|吃药|吃一|可以吃|注射"
)
DIAGNOSIS = re.compile(
    r"您(得了|患有|这是|可能是)|确诊|诊断|高血压|糖尿病|血糖高|血压高|中风|心梗|癌|肿瘤|感冒|肺炎|贫血|结核|精神障碍"
)
REASSURANCE = re.compile(
    r"没事|没有大碍|不要紧|不用担心|别担心|不必担心|放心|正常(?!途径)|没问题|问题不大|不严重|不碍事|不用去医院|不用看医生|会好的|小毛病"
)
PROMISE = re.compile(r"免费|不要钱|不收费|上门|随叫随到|送医上门|私人医生|包治|保证")
FORBIDDEN = (DOSE, DIAGNOSIS, REASSURANCE, PROMISE)


def asked(intent: Intent, **found: Any) -> Understood:
    return Understood(intent, (intent,), 1.0, Finding(**{"tier": Tier.NONE, "confidence": 1.0, **found}))


def ask(intent: Intent, region: str, facts: Facts = STRANGER) -> str:
    return chatbot.answer(asked(intent), facts, policy.load(region)).text


def everything() -> dict[tuple[str, str, str], str]:
    """Every entry as it comes out in every region, for everybody."""
    found = {}
    for region in REGIONS:
        rules = policy.load(region)
        for facts in PEOPLE:
            words = {
                **chatbot._words(facts, rules),
                "value": "血压 128/79",
                "documents": "文件（2026年）",
                "year": "2026",
            }
            for key, entry in wording.all_answers().items():
                if not key.startswith(PREFIX):
                    found[region, facts.contract, key] = entry.text.format_map(Quoting(words, rules))
        for topic in rule_topics.TOPICS:
            found[region, "", topic] = sentence(topic, rules)
    return found


# ---------------------------------------------------------------- the five regions, and where they contradict each other

FIVE = ["mianyang", "erqi", "changyinsha", "fujian", "qianjiang"]


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        (Intent.CONTRACT_TERM, ["管1年", "管3年", "管1年", "1年到3年", "管1年"]),
        (Intent.CONTRACT_TERM, ["您自己确认才续签", "自动续约", "您自己确认才续签", "您确认才续", "重新签字"]),
        (Intent.RENEW, ["不会自动续", "没有提出解约的自动续约", "不会自动续", "不会自动续", "重新签字确认"]),
        (Intent.TERMINATE, ["没有写明", "没到期也可以", "原则上不能解约", "没有写明", "没有写明"]),
        (Intent.REFILL, ["1到2个月", "没有写明", "没有写明", "4到12周", "没有写明"]),
        (Intent.INSURANCE, ["提高5个百分点", "没有写明", "50%提到60%（10个百分点）", "没有写明", "没有写明"]),
        (Intent.INSURANCE, ["只补差额", "有没有优惠", "少收20%", "不再算第二次", "有没有优惠"]),
        (Intent.ASK_REFERRAL, ["没有写明", "没有写明", "24小时内补办", "没有写明", "没有写明"]),
        (Intent.BOOK_SPECIALIST, ["30%", "留多少文件没有写明", "没有规定留号", "留多少文件没有写明", "不少于20%"]),
        (Intent.HOME_VISIT, ["每月访视一次", "没有写明", "行动不便", "残疾人", "不作承诺"]),
        (Intent.PACKAGES_FEES, ["每人每年10元：", "按团队服务人口", "价目表", "没有写明", "没有写明"]),
        (Intent.ELIGIBILITY, ["一家人一起签也可以", "以一家人为单位", "户口簿", "单位都可以", "每位居民自己"]),
        (Intent.SIGN_UP, ["本人签字", "代表全家", "代表全家", "本人签字", "本人签字"]),
        (Intent.CHANGE_TEAM, ["另选团队", "没有写明", "没有写明", "没有写明", "重新签字"]),
        (Intent.SPECIAL_FAMILY, ["脱贫人口", "没有写明", "1000元", "没有写明", "没有写明"]),
        (Intent.COMPLAINT, ["卫生健康部门投诉举报", "先向签约机构", "镇社区卫生服务中心", "先向签约机构", "先向签约机构"]),
    ],
)  # fmt: skip
def test_regions_that_contradict_each_other_answer_differently(intent: Intent, said: list[str]) -> None:
    facts = SIGNED if intent is Intent.CHANGE_TEAM else STRANGER
    answers = {region: ask(intent, region, facts) for region in FIVE}

    assert {
        region: text for (region, text), words in zip(answers.items(), said, strict=True) if words not in text
    } == {}


@pytest.mark.parametrize(
    ("intent", "region", "document"),
    [
        (Intent.CONTRACT_TERM, "mianyang", "绵卫发〔2017〕21号（2017年）"),
        (Intent.CONTRACT_TERM, "erqi", "二七卫计〔2016〕110号（2016年）"),
        (Intent.INSURANCE, "changyinsha", "现农政发〔2017〕13号（2017年）"),
        (Intent.REFILL, "fujian", "闽卫基层〔2022〕91号（2022年）"),
        (Intent.RENEW, "qianjiang", "黔江区卫生健康委员会2021年8月28日通知（2021年）"),
        (Intent.REFILL, "qianjiang", "平台默认规则（2026年）"),
    ],
)
def test_an_answer_about_rules_ends_with_its_document_and_year(intent: Intent, region: str, document: str) -> None:
    assert ask(intent, region).splitlines()[-1] == f"依据：{document}"


@pytest.mark.parametrize("region", REGIONS)
def test_every_quoted_rule_names_its_source(region: str) -> None:
    rules = policy.load(region)
    known = set(texts.read("sources").values())
    for topic in rule_topics.TOPICS:
        quoting = Quoting({}, rules)
        if quoting[PREFIX + topic]:
            (line,) = quoting.source_lines
            assert line == "依据：平台默认规则（2026年）" or re.search(r"依据：.+（20\d\d年）$", line)
            assert any(name in line for name in (*known, "平台默认规则", "国卫基层发", "国家基本公共卫生服务规范"))


def test_what_a_region_leaves_open_is_said_honestly_and_goes_to_the_team() -> None:
    signed = chatbot.answer(asked(Intent.INSURANCE), SIGNED, policy.load("qianjiang"))
    stranger = chatbot.answer(asked(Intent.INSURANCE), STRANGER, policy.load("qianjiang"))
    settled = chatbot.answer(asked(Intent.INSURANCE), SIGNED, policy.load("mianyang"))

    assert "没有写明的，以团队答复为准；已转给城北第一团队" in signed.text
    assert "请致电12320问清楚" in stranger.text
    assert signed.hand_over and not settled.hand_over
    assert "没有写明" not in settled.text


def test_a_changed_value_changes_the_answer() -> None:
    """No sentence holds a figure of its own: each comes from the profile."""
    base = policy.load("mianyang")
    insurance = base.insurance.model_copy(update={"realtime_extra_points": 7})
    signing = base.signing.model_copy(update={"term_months": 24, "term_months_min": 24, "term_months_max": 24})
    booking = base.booking.model_copy(update={"share_pct": 35})
    other = base.model_copy(update={"insurance": insurance, "signing": signing, "booking": booking})

    assert "提高7个百分点" in sentence("points", other)
    assert sentence("term", other) == "签约一次管2年。"
    assert "35%" in sentence("quota", other)


def test_a_special_household_hears_its_own_rules() -> None:
    general, special = (policy.load(name) for name in ("changyinsha", "changyinsha_special"))

    assert sentence("term", special) == "不论哪天签，这一轮都到2018年2月28日为止。"
    assert "每月访视一次" in sentence("home_visit", special)
    assert "健康服务卡每户一张" in ask(Intent.SPECIAL_FAMILY, "changyinsha")
    assert sentence("special_kit", general) == sentence("special_kit", special)
    assert sentence("complaint", general) != sentence("complaint", special)


@pytest.mark.parametrize(
    ("topic", "part", "key"),
    [
        ("renewal", "renewal", "mode"),
        ("leaving", "termination", "in_term"),
        ("team_change", "renewal", "team_change_mode"),
        ("crossing", "area", "cross_region"),
        ("home_visit", "followups", "home_visit_promise"),
    ],
)
def test_every_value_a_region_may_choose_has_a_sentence(topic: str, part: str, key: str) -> None:
    kind = policy.PARTS[part].model_fields[key].annotation  # type: ignore[union-attr]
    may_be = getattr(kind, "__value__", kind).__args__
    sentences = {name.rpartition(".")[2] for name in wording.all_answers() if name.startswith(f"rule_{topic}.")}

    missing = set(may_be) - sentences
    assert missing == ({"auto_reconfirm"} if topic == "team_change" else set())


@pytest.mark.parametrize(
    ("called", "said"), [("绵阳", "管1年"), ("erqi", "管3年"), ("福建省", "1年到3年"), ("张家港", "原则上不能解约")]
)
def test_the_command_answers_for_the_region_of_a_row(called: str, said: str) -> None:
    row = {"id": "1", "text": "签约一次管几年，到期会自动续吗", "today": "2026-11-21", "region": called}

    assert said in answer_row(row, called)["reply"]


# ---------------------------------------------------------------- the closed list


def test_every_intent_has_an_answer_of_its_own() -> None:
    known = wording.all_answers()

    assert [i for i in Intent if i not in ACTS and str(i) not in known] == []
    assert {intent: ask(intent, "national") for intent in ACTS} == dict.fromkeys(
        ACTS, wording.LABEL + known["heard"].text
    )


def test_nothing_that_may_be_said_anywhere_is_a_dose_a_diagnosis_a_comfort_or_a_promise() -> None:
    said = everything()

    assert len(said) > 1500
    found = {name: (text, p.search(text)) for name, text in said.items() for p in FORBIDDEN if p.search(text)}
    assert found == {}
    assert {name: text for name, text in said.items() if re.search(r"[{}]", text)} == {}


@pytest.mark.parametrize(
    "text",
    ["一天吃两片", "降压药可以停药", "您这是胃炎", "没事，不用去医院", "签约后免费上门", "吃5mg", "血压正常，放心", "每日一次"],
)  # fmt: skip
def test_what_must_not_be_said_would_be_found(text: str) -> None:
    assert any(pattern.search(text) for pattern in FORBIDDEN)


def test_errands_quote_rules_that_exist_and_say_nothing_forbidden_either() -> None:
    flows = flow_definitions.all_flows().values()
    spoken = [text for flow in flows for text in (flow.confirm, flow.done, *(slot.ask for slot in flow.slots))]

    assert {topic for flow in flows for topic in flow.rules} <= set(rule_topics.TOPICS)
    assert sum(bool(flow.rules) for flow in flows) >= 6
    assert {text: p for text in spoken for p in (DOSE, DIAGNOSIS, REASSURANCE) if p.search(text)} == {}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("facts", PEOPLE, ids=lambda facts: facts.contract)
def test_whole_answers_are_short_labelled_and_end_with_what_to_do(region: str, facts: Facts) -> None:
    rules = policy.load(region)
    for intent in Intent:
        for tier in (Tier.NONE, Tier.AMBER):
            reply = chatbot.answer(asked(intent, tier=tier), facts, rules)
            assert len(reply.text.encode()) <= 2048
            assert reply.text.startswith(wording.LABEL)
            assert tier is Tier.NONE or "120" in reply.text
            assert not [p for p in FORBIDDEN if p.search(reply.text)], reply.text
            body = [line for line in reply.text.splitlines() if not line.startswith("依据：")]
            assert len("".join(body)) <= 330


def test_the_answers_are_plain_enough_for_a_phone() -> None:
    """About 120 characters where possible: the median; the longest tell a table of rates."""
    lengths = sorted(
        len(ask(intent, region, facts)) for intent in Intent for region in REGIONS for facts in (STRANGER, SIGNED)
    )

    assert lengths[len(lengths) // 2] <= 100
    assert lengths[-1] <= 220


def test_only_a_table_of_rates_is_longer_than_120_characters() -> None:
    """What the page of answers shows, without the line that names the documents."""
    too_long = {
        (intent, region)
        for intent in Intent
        if intent not in ACTS and PREFIX in wording.chosen(str(intent), ("active",)).text
        for region in answers_page.regions()
        if len(re.sub("\n|依据：.*", "", answers_page.answer(intent, region).text.removeprefix(wording.LABEL))) > 120
    }

    assert too_long == {(Intent.INSURANCE, "changyinsha"), (Intent.INSURANCE, "changyinsha_special")}


@pytest.mark.parametrize("key", [key for key, one in wording.all_answers().items() if not key.startswith(PREFIX)])
def test_a_sentence_about_the_team_is_only_for_those_who_have_one(key: str) -> None:
    """Who has no team reads the variant without it: no "已转给家庭医生团队" that nobody reads."""
    entry, known = wording.all_answers()[key], wording.all_answers()
    if "已转给{team_name}" in entry.text and "." not in key:
        assert f"{key}.no_team" in known


def test_the_page_is_up_to_date() -> None:
    """If not: `python -m tools.answers_page`."""
    assert source.text("docs/answers.md") == answers_page.page()


def test_every_entry_names_who_wrote_it_when_and_from_what() -> None:
    for key, entry in wording.all_answers().items():
        assert entry.author and entry.source and isinstance(entry.date, date), key
        assert entry.hand_over in ("always", "if_open", "never"), key


def test_the_bot_says_it_is_a_machine_whenever_people_ask_who_it_is() -> None:
    for intent in (Intent.TALK_HUMAN, Intent.GREETING, Intent.OUT_OF_SCOPE):
        for facts in PEOPLE:
            assert "智能助手，不是真人" in chatbot.answer(asked(intent), facts, policy.load("national")).text
