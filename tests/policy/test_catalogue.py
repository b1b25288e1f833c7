"""What each region's catalogue begins with, and what it says about people's insurance."""

import pytest

from server import policy
from server.policy import benefits, catalogue


@pytest.mark.parametrize("region", policy.regions())
def test_every_type_of_a_region_becomes_a_package(region: str) -> None:
    rules = policy.load(region)

    drafts = catalogue.drafts(rules)

    assert [draft.code for draft in drafts] == [kind.code for kind in rules.packages.types]
    assert all(draft.items and draft.name and draft.summary for draft in drafts)


def test_pk02_the_five_types_of_changyinsha_and_for_whom() -> None:
    drafts = {draft.code: draft for draft in catalogue.drafts(policy.load("changyinsha"))}

    assert {code: (draft.tier, draft.groups) for code, draft in drafts.items()} == {
        "PRIMARY": ("primary", ()),
        "MID_HTN": ("intermediate", ("HTN",)),
        "MID_DM": ("intermediate", ("DM",)),
        "MID_MIXED": ("intermediate", ("HTN", "DM")),
        "ADVANCED": ("advanced", ()),
    }


def test_pk16_the_four_ones_with_their_limits() -> None:
    (draft,) = catalogue.drafts(policy.load("changyinsha_special"))
    items = {item.kind: item for item in draft.items}

    assert draft.price_fen == 0
    assert (items["exam"].times, items["exam"].per, items["exam"].is_minimum) == (4, "term", False)
    assert (items["specialist_visit"].times, items["specialist_visit"].is_minimum) == (2, True)
    assert items["home_visit"].times == 12
    assert {"health_prescription", "nursing_training"} <= set(items)
    assert [draft.summary] == ["家庭医生团队、健康服务卡、个性化健康处方、家庭护理技能培训"]


def test_pk09_the_basic_package_costs_what_the_document_says() -> None:
    basic = catalogue.drafts(policy.load("mianyang"))[0]

    assert (basic.price_fen, basic.guidance_fen) == (1000, 200)
    assert basic.shares == {"public_health_fund": 700, "insurance": 300}


def test_c20_ten_per_cent_are_ten_points() -> None:
    said = "".join(benefits.lines(policy.load("changyinsha")))

    assert "由50%提高到60%，即10个百分点" in said
    assert "由70%提高到75%" in said and "由80%提高到85%" in said
    assert "500元提高到600元" in said and "下调20%" in said


def test_pk24_to_pk29_each_region_says_what_its_papers_say() -> None:
    said = {region: benefits.lines(policy.load(region)) for region in policy.regions()}

    assert any("挂号费" in line for line in said["mianyang"]) and any("5个百分点" in line for line in said["mianyang"])
    assert any("差额" in line for line in said["mianyang"])
    assert any("不再另计起付标准" in line for line in said["fujian"])
    assert said["erqi"] == said["qianjiang"] == []
    assert all(lines[-1] == benefits.CLOSING for lines in said.values() if lines)
