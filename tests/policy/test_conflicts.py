"""Where the documents disagree, two regions have different rules (domain.md §1.10 C-01 … C-20)."""

from datetime import date
from typing import Any

import pytest

from server import policy
from tools.policy_page import parameters
from tools.policy_rows import CONFLICTS

GENERAL, SPECIAL = "changyinsha", "changyinsha_special"

# conflict -> rule, one region and its value, another and its value
TWO: dict[str, tuple[str, str, Any, str, Any]] = {
    "C-01": ("signing.term_months", "mianyang", 12, "erqi", 36),
    "C-02": ("renewal.mode", "erqi", "auto_reconfirm", "qianjiang", "sign_confirm"),
    "C-03": ("termination.in_term", "erqi", "allowed", GENERAL, "not_allowed"),
    "C-04": ("signing.cap_unit", "mianyang", "persons_per_doctor", "erqi", "households_per_team"),
    "C-05": ("signing.units", "erqi", ["household"], "qianjiang", ["person"]),
    "C-06": ("booking.share_pct", "mianyang", 30, "qianjiang", 20),
    "C-07": ("booking.slot_types", "erqi", ["EXPERT"], "fujian", ["EXPERT", "EXAM"]),
    "C-08": (
        "booking.quota_hospitals",
        "qianjiang",
        ["中心医院", "区中医院", "区妇幼保健计划生育服务中心"],
        "mianyang",
        [],
    ),
    "C-09": ("coverage.thirty_pct_meaning", "qianjiang", "SAMPLE", "fujian", "none"),
    "C-10": ("signing.effective_from", SPECIAL, "signing_date", "mianyang", "acceptance"),
    "C-11": ("fee.base", "mianyang", "signed", "erqi", "served"),
    "C-13": ("prescriptions.long_max_days", "mianyang", 62, "fujian", 84),
    "C-14": ("followups.home_visit_promise", "mianyang", "monthly_right", "qianjiang", "never_promised"),
    "C-15": ("reports.due_day", GENERAL, 26, "mianyang", None),
}


def value_of(region: str, path: str) -> Any:
    part, key = path.split(".")
    return getattr(getattr(policy.load(region), part), key)


def test_there_are_twenty_and_each_names_real_rules() -> None:
    assert list(CONFLICTS) == [f"C-{number:02}" for number in range(1, 21)]
    assert [path for one in CONFLICTS.values() for path in one.rules if path not in parameters()] == []
    assert all(TWO[name][0] in CONFLICTS[name].rules for name in TWO)


@pytest.mark.parametrize("name", TWO)
def test_two_regions_differ(name: str) -> None:
    path, one, here, other, there = TWO[name]

    assert here != there
    assert (value_of(one, path), value_of(other, path)) == (here, there)


def test_c01_a_range_and_a_fixed_day() -> None:
    ranges = {region: policy.load(region).signing for region in ("fujian", SPECIAL)}

    assert (ranges["fujian"].term_months_min, ranges["fujian"].term_months_max) == (12, 36)
    assert ranges["fujian"].term_extendable and ranges["fujian"].fixed_end_on is None
    assert ranges[SPECIAL].fixed_end_on == date(2018, 2, 28)


def test_c02_only_one_region_ever_renews_silently() -> None:
    assert [region for region in policy.regions() if value_of(region, "renewal.mode") == "auto_reconfirm"] == ["erqi"]


def test_c08_who_gives_numbers_and_who_guides_are_two_lists() -> None:
    rules = policy.load("qianjiang")

    assert (len(rules.booking.quota_hospitals), len(rules.combination.guidance_hospitals)) == (3, 4)
    assert "民族医院" not in rules.booking.quota_hospitals


def test_c10_reports_follow_the_plan_agreements_the_signature() -> None:
    reports = policy.load(SPECIAL).reports

    assert (reports.cycle_from, reports.cycle_to) == (date(2017, 3, 1), date(2018, 2, 28))
    assert policy.load(GENERAL).reports.cycle_from is None


def test_c12_nobody_is_named_for_other_insurances_in_one_region_and_elsewhere_no_account_is_asked() -> None:
    insurer = policy.load("mianyang").fee.payers[1]

    assert (insurer.accounts["resident"], insurer.accounts["employee"]) == ("outpatient_pool", "personal_account")
    assert insurer.accounts["other"] == insurer.accounts["uninsured"] == "unassigned"
    assert [line.accounts for line in policy.load("erqi").fee.payers] == [{}]


def test_c16_one_form_is_counted_twice_the_other_cumulates_and_elsewhere_there_is_none() -> None:
    forms = {form.code: form.counting for form in policy.load(GENERAL).reports.forms}

    assert forms == {"M4": "month_and_cumulative", "M5": "cumulative"}
    assert policy.load("qianjiang").reports.forms == []


def test_c17_words_for_the_poor_hold_for_a_time() -> None:
    words = {region: policy.load(region).groups for region in ("mianyang", "fujian")}
    before, after = words["mianyang"].poverty_labels

    assert before.valid_to == date(2020, 12, 31) and after.valid_from == date(2021, 1, 1)
    assert "MONITORED" in words["fujian"].key and "MONITORED" not in words["mianyang"].key
    assert len([label for label in words["fujian"].poverty_labels if label.group == "MONITORED"]) == 3


def test_c18_one_document_says_65_the_others_take_the_national_standard() -> None:
    said, default = (policy.rules(region)["groups", "elderly_min_age"].entry for region in ("qianjiang", "mianyang"))

    assert said.value == default.value == 65
    assert (said.source, default.source) == ("QJ", "国家基本公共卫生服务规范（第三版）")


def test_c19_targets_have_denominators_of_their_own() -> None:
    populations = {
        region: {target.population for target in policy.load(region).coverage.targets}
        for region in ("erqi", "mianyang", "fujian")
    }

    assert populations == {
        "erqi": {"urban", "rural", "households"},
        "mianyang": {"all", "key", "groups"},
        "fujian": {"all", "key"},
    }


def test_c20_ten_percent_are_ten_points_in_one_region_and_five_in_another() -> None:
    rules = {region: policy.load(region).insurance for region in (GENERAL, "mianyang")}

    assert rules[GENERAL].prescription and rules[GENERAL].prescription.extra_points == 10
    assert rules[GENERAL].prescription.after_pct - rules[GENERAL].prescription.extra_points == 50
    assert rules["mianyang"].prescription is None and rules["mianyang"].realtime_extra_points == 5


def test_every_conflict_is_tested_here() -> None:
    tested = {name[5:8].upper() for name in globals() if name.startswith("test_c")}

    assert {name.replace("-", "") for name in CONFLICTS} <= tested | {name.replace("-", "") for name in TWO}
