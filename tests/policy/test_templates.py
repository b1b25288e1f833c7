"""Each region has the agreement's text its document demands (AG-06 to AG-08, AG-16 to AG-19)."""

import re
import string

import pytest

from server import policy
from server.policy import texts

FACTS = {
    "resident", "identity", "resident_phone", "resident_address", "organisation", "address", "team", "lead", "phone",
    "package", "summary", "items", "price", "fee_note", "complaint_phone", "members", "support", "support_lead",
    "support_phone", "term",
}  # fmt: skip
BLOCKS = {"resident", "organisation", "doctor", "support", "support_lead", "hospital", "specialist"}
REGIONS = policy.regions()


def body(name: str) -> str:
    return "\n".join(texts.template(name)["paragraphs"])


def of(region: str) -> str:
    return body(policy.load(region).records.template)


@pytest.mark.parametrize("region", [*REGIONS, "national"])
def test_every_region_names_a_template_that_exists(region: str) -> None:
    assert policy.load(region).records.template in texts.templates()


def test_every_template_is_somebodys() -> None:
    used = {policy.load(region).records.template for region in [*REGIONS, "national"]}

    assert used == set(texts.templates())
    assert len(used) == len(REGIONS) + 1


@pytest.mark.parametrize("name", texts.templates())
def test_templates_can_be_filled_in(name: str) -> None:
    text = texts.template(name)
    wanted = {field for line in text["paragraphs"] for _, field, _, _ in string.Formatter().parse(line) if field}

    assert wanted <= FACTS, wanted - FACTS
    assert {"resident", "organisation", "lead", "package", "items", "price", "term", "complaint_phone"} <= wanted
    assert set(text["blocks"]) <= BLOCKS and text["blocks"][:3] == ["resident", "organisation", "doctor"]
    assert text["version"]
    assert not any("\n" in line for line in text["paragraphs"]), "paragraphs are plain lines"


@pytest.mark.parametrize("name", texts.templates())
def test_every_text_says_what_each_side_may_and_must(name: str) -> None:
    said = body(name)

    assert "一式两份" in said and "120" in said  # AG-06
    for words in ("投诉", "如实告知|及时、准确告知", "转诊", "尊重", "健康档案", "规定为准|按规定执行", "协商"):
        assert re.search(words, said), words  # AG-16 to AG-19


def test_the_general_form_of_the_station() -> None:
    said = of("changyinsha")

    for words in ("{resident_address}", "{support}", "{support_lead}", "{support_phone}", "{members}", "24小时"):
        assert words in said
    for words in ("户口簿为准", "不得解约", "及时举报", "客观评价", "合理控制费用", "社区卫生服务中心投诉"):
        assert words in said
    assert texts.template("station_household")["blocks"][3:] == ["support", "support_lead"]  # AG-07


def test_the_form_of_special_households() -> None:
    said = of("changyinsha_special")

    for words in ("身体状况", "1000元", "4项次", "不少于2次", "健康处方", "护理技能", "正常途径"):
        assert words in said
    assert "不得解约" not in said  # annex 3 has no such clause
    assert texts.template("special_household")["blocks"][3:] == ["hospital", "specialist"]


def test_the_districts_uniform_clauses() -> None:
    said = of("erqi")

    for words in ("{members}", "户主", "解约申请", "自动续约", "再次确定", "签约服务手册", "各持一份"):
        assert words in said


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("mianyang", ("二级医院", "三级医院", "改选其他团队")),
        ("qianjiang", ("签字确认", "重新办理", "流动人口")),
        ("fujian", ("服务清单", "一年至三年", "家庭成员可以一起签约")),
    ],
)
def test_what_the_other_documents_demand(region: str, words: tuple[str, ...]) -> None:
    assert [word for word in words if word not in of(region)] == []


def test_consents_say_what_taking_them_back_means() -> None:
    for region in [*REGIONS, "national"]:
        for key in policy.load(region).signing.consents:
            consent = texts.consent(key)
            assert consent.label and consent.effect and consent.version
    assert not texts.consent("service_content").is_withdrawable
    assert texts.consent("health_data").is_withdrawable and texts.consent("share_with_hospitals").is_withdrawable


@pytest.mark.parametrize("kind", ["phone", "address", "package", "other"])
def test_supplements_can_be_filled_in(kind: str) -> None:
    facts = dict.fromkeys(("phone", "address", "old_package", "package", "items", "price", "note"), "某")
    document = texts.supplement([kind], {**facts, "number": "2", "agreement": "20260302-ABCDEFGH"})

    assert document.title == "补充协议（第2号）" and "20260302-ABCDEFGH" in document.body
    assert texts.Document.from_body(document.body) == document


def test_a_region_keeps_agreements_long_enough() -> None:
    assert all(policy.load(region).records.retention_years >= 15 for region in [*REGIONS, "national"])
