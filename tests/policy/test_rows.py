"""The regions' values are those of the comparison, row by row (domain.md §1.9)."""

from datetime import date
from typing import Any

import pytest

from server import policy
from tools.policy_page import parameters
from tools.policy_rows import ROWS

GENERAL, SPECIAL = "changyinsha", "changyinsha_special"
EVERYWHERE = ("national", "changyinsha", "changyinsha_special", "erqi", "fujian", "mianyang", "qianjiang")

# row -> the rules that hold it
PATHS: dict[int, set[str]] = {
    1: {
        "signing.units",
        "signing.teams_at_a_time",
        "signing.household_signer",
        "signing.members_from",
        "signing.package_per_member",
        "signing.opt_out_days",
        "signing.adult_notice_days",
    },
    2: {
        "signing.subjects",
        "signing.support_unit_required",
        "signing.independent_team_licences",
        "signing.private_institutions",
    },
    3: {"teams.positions", "teams.tcm", "teams.specialists_may_join", "teams.hospital_doctor_shares"},
    4: {"signing.panel_cap_persons", "signing.cap_unit", "signing.cap_soft", "signing.cap_hard"},
    5: {
        "area.division",
        "area.smallest_unit",
        "area.cross_region",
        "area.nearest_preferred",
        "area.may_pair_with_private",
    },
    6: {"signing.nonlocal_signers"},
    7: {
        "combination.optional",
        "combination.level2_max",
        "combination.level3_max",
        "combination.others",
        "combination.hospitals",
        "combination.guidance_hospitals",
        "combination.specialist_named",
        "combination.co_management",
    },
    8: {
        "signing.term_months",
        "signing.term_months_min",
        "signing.term_months_max",
        "signing.term_extendable",
        "signing.end_rule",
        "signing.fixed_end_on",
        "signing.effective_from",
    },
    9: {
        "renewal.mode",
        "renewal.alternatives",
        "renewal.team_change_mode",
        "renewal.reconfirm_within_days",
        "renewal.team_prompts",
        "renewal.rate_monitored",
    },
    10: {"termination.in_term", "termination.exceptions", "termination.decide_within_workdays"},
    11: {"refusal.notice", "refusal.reasons"},
    12: {
        "packages.types",
        "packages.yearly_frequency_required",
        "packages.uniform_clauses",
        "packages.free_items",
    },
    13: {
        "fee.set_by",
        "fee.base",
        "fee.amount_fen",
        "fee.payers",
        "fee.resident_fen",
        "fee.subsidy_groups",
        "wording.fee_note",
    },
    14: {
        "fee_use.public_health_min_pct",
        "fee_use.staff_pay_min_pct",
        "fee_use.unreferred_deducts_team_fee",
        "fee_use.improper_referral_deducts_institution_fee",
        "fee_use.linked_to_pay_total",
        "fee_use.extra_charging_forbidden",
    },
    15: {
        "insurance.registration_fee_waived",
        "insurance.realtime_extra_points",
        "insurance.outpatient_limit",
        "insurance.prescription",
        "insurance.employee_rates",
        "insurance.outpatient_preference",
    },
    16: {
        "insurance.inpatient_up",
        "insurance.inpatient_down",
        "insurance.first_deductible_discount_pct",
        "insurance.stepwise_accumulates",
    },
    17: {"booking.share_pct", "booking.share_basis"},
    18: {
        "booking.slot_types",
        "booking.hospital_levels",
        "booking.quota_hospitals",
        "booking.given_by",
        "booking.upload_to_pool",
        "booking.priority_for",
    },
    19: {"booking.bed_share_pct", "referral.beds", "referral.desk_person_named"},
    20: {"referral.retro_registration_hours"},
    21: {"referral.discharge_push", "referral.back_in_recovery"},
    22: {
        "followups.home_visit_mode",
        "followups.home_visit_groups",
        "followups.home_visit_promise",
        "wording.may_advertise_home_service",
    },
    23: {
        "prescriptions.long_min_days",
        "prescriptions.long_usual_max_days",
        "prescriptions.long_max_days",
        "prescriptions.extended",
    },
    24: {"prescriptions.home_delivery"},
    25: {"health_card.value_fen", "health_card.per", "health_card.valid_at"},
    26: {"limits.exam_items_max", "limits.exam_kinds", "limits.specialist_visits_min"},
    27: {"coverage.targets", "coverage.thirty_pct_meaning"},
    28: {"groups.key", "groups.elderly_min_age", "groups.poverty_labels", "groups.applies_to"},
    29: {"communities.kinds", "communities.organisation_signs"},
    30: {"assessment.cycles", "assessment.assessor", "assessment.published"},
    31: {
        "reports.forms",
        "reports.due_day",
        "reports.due_inclusive",
        "reports.cycle_from",
        "reports.cycle_to",
    },
    32: {
        "records.import_enabled",
        "records.backfill_from",
        "records.backfill_to",
        "records.backfill_deadline",
        "records.after_deadline",
        "records.ledger_must_match",
        "records.phone_check",
        "records.copies",
        "records.handbook",
        "records.log_is_assessed",
    },
    33: {
        "complaints.route",
        "complaints.mediated",
        "complaints.supervision_phone_on_card",
        "complaints.members_may_be_expelled",
        "complaints.surveys",
        "wording.complaint_phone",
    },
    34: {"insurance.shared_in_real_time", "insurance.insurer_co_assesses"},
}

# rule -> the regions' values; who is not named has the national one, named last
VALUES: dict[str, tuple[dict[str, Any], Any]] = {
    "signing.units": (
        {
            "mianyang": ["person", "household"],
            "erqi": ["household"],
            GENERAL: ["household"],
            SPECIAL: ["household"],
            "fujian": ["person", "household", "organisation"],
        },
        ["person"],
    ),
    "signing.subjects": (
        {GENERAL: ["station"], SPECIAL: ["station"], "fujian": ["team", "doctor"]},
        ["team"],
    ),
    "signing.cap_unit": ({"erqi": "households_per_team"}, "persons_per_doctor"),
    "signing.cap_soft": ({"erqi": 1000}, 1800),
    "signing.cap_hard": ({"erqi": 1500}, 2000),
    "signing.panel_cap_persons": ({}, 2000),
    "area.cross_region": ({"mianyang": "allowed"}, "allowed_with_warning"),
    "signing.nonlocal_signers": ({}, ["floating", "hk_macao_taiwan", "foreigner"]),
    "combination.others": ({"mianyang": True}, False),
    "signing.term_months": ({"erqi": 36}, 12),
    "signing.term_months_min": ({"erqi": 36}, 12),
    "signing.term_months_max": ({"erqi": 36, "fujian": 36}, 12),
    "signing.term_extendable": ({"fujian": True}, False),
    "signing.end_rule": ({SPECIAL: "fixed"}, "rolling"),
    "signing.fixed_end_on": ({SPECIAL: date(2018, 2, 28)}, None),
    "renewal.mode": ({"erqi": "auto_reconfirm", "qianjiang": "sign_confirm"}, "explicit"),
    "renewal.alternatives": ({"qianjiang": ["redo"]}, []),
    "renewal.team_change_mode": ({"qianjiang": "sign_confirm"}, "explicit"),
    "termination.in_term": ({"erqi": "allowed", GENERAL: "not_allowed"}, "allowed_with_review"),
    "refusal.notice": ({"qianjiang": "required"}, "optional"),
    "fee.set_by": (
        {"mianyang": "document", "erqi": "document", GENERAL: "price_list", SPECIAL: "free"},
        "local",
    ),
    "fee.base": ({"erqi": "served"}, "signed"),
    "fee.amount_fen": ({"mianyang": 1000, "erqi": 1000}, None),
    "fee.resident_fen": ({GENERAL: None, "fujian": None}, 0),
    "fee_use.public_health_min_pct": ({"erqi": 40}, None),
    "fee_use.staff_pay_min_pct": ({"fujian": 70}, None),
    "fee_use.unreferred_deducts_team_fee": ({"mianyang": True}, False),
    "insurance.registration_fee_waived": ({"mianyang": True}, False),
    "insurance.realtime_extra_points": ({"mianyang": 5}, 0),
    "insurance.inpatient_up": ({"mianyang": "difference_only", "fujian": "no_second"}, "full"),
    "insurance.inpatient_down": ({"mianyang": "none"}, "full"),
    "insurance.first_deductible_discount_pct": ({GENERAL: 20, SPECIAL: 20}, 0),
    "booking.share_pct": ({"mianyang": 30, GENERAL: 0, SPECIAL: 0}, 20),
    "booking.share_basis": (
        {
            "erqi": "unspecified",
            "fujian": "unspecified",
            "qianjiang": "minimum",
            GENERAL: "none",
            SPECIAL: "none",
        },
        "figure",
    ),
    "booking.slot_types": (
        {
            "mianyang": ["SPECIALIST", "EXPERT"],
            "qianjiang": ["GENERAL", "SPECIALIST", "EXPERT"],
            "fujian": ["EXPERT", "EXAM"],
            GENERAL: [],
            SPECIAL: [],
        },
        ["EXPERT"],
    ),
    "booking.bed_share_pct": ({"mianyang": 100, "erqi": 20, "fujian": 20, "qianjiang": 20}, 0),
    "referral.beds": (
        {
            "mianyang": "teams_first",
            "erqi": "reserved_per_team",
            "qianjiang": "reserved",
            GENERAL: "green_channel",
            SPECIAL: "green_channel",
            "fujian": "part_reserved",
        },
        "priority_flag",
    ),
    "referral.retro_registration_hours": ({GENERAL: 24}, None),
    "referral.discharge_push": ({"fujian": "required"}, "if_interface"),
    "followups.home_visit_mode": ({"mianyang": "monthly", SPECIAL: "monthly"}, "on_need"),
    "prescriptions.long_min_days": ({"mianyang": 28, "fujian": 28}, 1),
    "prescriptions.long_max_days": ({"mianyang": 62}, 84),
    "prescriptions.extended": ({"fujian": True}, False),
    "prescriptions.home_delivery": ({"mianyang": True}, False),
    "health_card.value_fen": ({SPECIAL: 100_000}, None),
    "limits.exam_items_max": ({SPECIAL: 4}, None),
    "limits.specialist_visits_min": ({SPECIAL: 2}, 0),
    "communities.organisation_signs": ({"fujian": True}, False),
    "assessment.cycles": (
        {
            "mianyang": ["regular", "yearly"],
            "erqi": ["half_yearly", "yearly"],
            "qianjiang": ["quarterly"],
            GENERAL: ["periodic"],
            SPECIAL: ["periodic"],
            "fujian": ["phased", "from_system"],
        },
        ["yearly"],
    ),
    "reports.due_day": ({GENERAL: 26, SPECIAL: 26}, None),
    "records.backfill_deadline": ({"qianjiang": date(2021, 9, 30)}, None),
    "complaints.route": (
        {"mianyang": ["open_channel"], GENERAL: ["town_centre"], SPECIAL: ["normal_channels"]},
        ["institution", "district"],
    ),
    "insurance.shared_in_real_time": ({"mianyang": ["signed_doctor", "visits", "referrals"]}, []),
    "insurance.insurer_co_assesses": ({"fujian": True}, False),
}


def value_of(region: str, path: str) -> Any:
    part, key = path.split(".")
    return getattr(getattr(policy.load(region), part), key)


def test_these_are_all_profiles() -> None:
    assert set(EVERYWHERE) == {policy.BASE, *policy.regions()}


def test_there_are_34_rows() -> None:
    assert sorted(PATHS) == sorted(ROWS) == list(range(1, 35))


@pytest.mark.parametrize("row", PATHS)
def test_a_row_stands_in_the_schema_and_its_docstrings_say_so(row: int) -> None:
    assert {path for path, rows in parameters().items() if row in rows} == PATHS[row]


@pytest.mark.parametrize("path", VALUES)
def test_regions_have_the_values_of_the_comparison(path: str) -> None:
    own, national = VALUES[path]

    assert {region: value_of(region, path) for region in EVERYWHERE} == {
        region: own.get(region, national) for region in EVERYWHERE
    }


def test_each_row_differs_somewhere_or_is_the_same_by_document() -> None:
    """A row in which all regions agree is no row of a comparison: only 6, said by one, is the others' default."""
    alike = [
        row
        for row, paths in PATHS.items()
        if all(value_of(region, path) == value_of("national", path) for path in paths for region in EVERYWHERE)
    ]

    assert alike == [6]
    assert policy.rules("qianjiang")["signing", "nonlocal_signers"].entry.source == "QJ"


@pytest.mark.parametrize(("path", "number"), [("termination.in_term", 10), ("referral.retro_registration_hours", 20)])
def test_where_the_special_agreement_is_silent_the_national_default_holds(path: str, number: int) -> None:
    part, key = path.split(".")
    entry = policy.rules(SPECIAL)[part, key].entry

    assert value_of(SPECIAL, path) == value_of("national", path) != value_of(GENERAL, path)
    assert entry.source == "domain.md" and f"row {number}:" in entry.clause


def test_ten_yuan_are_seven_and_three_and_two_of_the_seven_for_guidance() -> None:
    fund, insurer = policy.load("mianyang").fee.payers

    assert (fund.payer, fund.amount_fen, fund.of_which[0].amount_fen) == ("public_health_fund", 700, 200)
    assert (insurer.payer, insurer.amount_fen) == ("insurance", 300)


def test_insurance_rises_of_the_two_annexes() -> None:
    for region in (GENERAL, SPECIAL):
        rules = policy.load(region).insurance
        assert rules.outpatient_limit and rules.prescription
        assert rules.outpatient_limit.before_fen * 120 == rules.outpatient_limit.after_fen * 100
        assert (rules.prescription.limit_fen, rules.prescription.after_pct) == (5000, 60)
        assert [(one.before_pct, one.after_pct) for one in rules.employee_rates] == [(70, 75), (80, 85)]


def test_packages_of_three_classes_and_five_types() -> None:
    types = policy.load(GENERAL).packages.types

    assert len(types) == 5 and {kind.tier for kind in types} == {"primary", "intermediate", "advanced"}
    assert len(policy.load(SPECIAL).packages.free_items) == 4


def test_a_team_for_special_households_is_two_doctors_one_of_them_of_a_hospital() -> None:
    assert [place.hospital_level for place in policy.load(SPECIAL).teams.positions] == [None, 2]
    assert [(one.year, one.pct) for one in policy.load("mianyang").teams.hospital_doctor_shares] == [
        (2017, 30),
        (2020, 60),
    ]
    assert {role for place in policy.load("erqi").teams.positions for role in place.any_of} >= {"maternal_child"}


@pytest.mark.parametrize(
    ("region", "targets"),
    [
        ("mianyang", [(2017, "all", 60), (2017, "key", 80), (2017, "groups", 100), (2020, "all", None)]),
        ("erqi", [(2017, "urban", 30), (2017, "rural", 80), (2020, "households", 100)]),
        ("qianjiang", [(2021, "willing", 100)]),
        (GENERAL, [(2017, "groups", 30), (2017, "groups", 90)]),
        ("fujian", [(2022, "all", 1), (2022, "key", 1), (2035, "all", 75), (2035, "key", 85), (2035, "all", 85)]),
    ],
)
def test_targets(region: str, targets: list[tuple[int, str, float | None]]) -> None:
    found = policy.load(region).coverage.targets

    assert [(one.year, one.population, one.min_pct) for one in found] == targets


def test_only_values_of_regions_may_come_from_their_documents() -> None:
    """A region's value names its region's document, or our rule book where that is silent."""
    documents = {"mianyang": "MY", "erqi": "EQ", "qianjiang": "QJ", GENERAL: "CYS", SPECIAL: "CYS", "fujian": "FJ"}
    for region, document in documents.items():
        sources = {entry.source for part in policy.values(region).values() for entry in part.values()}
        assert document in sources and sources <= {document, "domain.md"}, region
