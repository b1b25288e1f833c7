"""Referral by region: the same way to a hospital, decided differently by five documents."""

from datetime import UTC, date, datetime, timedelta

import pytest

from server import policy as policies
from server.policy import referring as rules

T0 = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
PROPER = rules.Compliance(referred_by_team=True, meets_standard=True)
IMPROPER = rules.Compliance(referred_by_team=True, meets_standard=False)


def direct(region: str, registered: datetime) -> rules.Compliance:
    """An emergency admitted directly at T0 and registered then."""
    until = rules.retro_by(T0, policies.load(region).referral)
    return rules.Compliance(False, False, rules.is_in_time(registered, until))


@pytest.mark.parametrize(
    ("region", "proper", "in_time", "late", "cuts", "beds", "push", "back"),
    [
        # region, benefits of a proper referral with return, of an emergency registered after 24 h and one second later,
        # whose fee is cut (improper referral, unreferred emergency), beds, discharge push, back in recovery
        (
            "mianyang",
            ["difference_only", "no_down_deductible", "extra_points"],
            [],
            [],
            (["institution_fee"], ["team_fee"]),
            "teams_first",
            "if_interface",
            False,
        ),
        ("qianjiang", [], [], [], ([], []), "reserved", "if_interface", False),
        ("fujian", ["no_second_deductible"], [], [], ([], []), "part_reserved", "required", False),
        ("erqi", [], [], [], ([], []), "reserved_per_team", "if_interface", True),
        (
            "changyinsha",
            ["first_deductible_less", "stepwise"],
            ["first_deductible_less", "stepwise"],
            [],
            ([], []),
            "green_channel",
            "if_interface",
            True,
        ),
    ],
)
def test_five_regions_decide_the_same_ways_differently(
    region: str,
    proper: list[str],
    in_time: list[str],
    late: list[str],
    cuts: tuple[list[str], list[str]],
    beds: str,
    push: str,
    back: bool,
) -> None:
    policy = policies.load(region)
    limit = T0 + timedelta(hours=24)

    assert rules.benefits(PROPER, policy, down=True, realtime=True) == proper
    assert rules.benefits(IMPROPER, policy, down=True, realtime=True) == []
    assert rules.benefits(direct(region, limit), policy, down=False) == in_time
    assert rules.benefits(direct(region, limit + timedelta(seconds=1)), policy, down=False) == late
    unreferred = direct(region, limit + timedelta(seconds=1))
    assert (rules.deductions(IMPROPER, policy), rules.deductions(unreferred, policy)) == cuts
    assert (policy.referral.beds, policy.referral.discharge_push, policy.referral.back_in_recovery) == (
        beds,
        push,
        back,
    )


def test_the_special_households_of_the_park_have_no_24_hours() -> None:
    special = policies.load("changyinsha_special").referral

    assert (rules.retro_by(T0, special), special.retro_late) == (None, "recorded_only")


def test_no_benefit_is_lost_where_the_region_only_records() -> None:
    park = policies.load("changyinsha").referral
    mild = park.model_copy(update={"retro_late": "recorded_only"})
    late = rules.Compliance(False, False, False)

    assert (rules.counts(late, park), rules.counts(late, mild)) == (False, True)


def test_deadlines() -> None:
    national = policies.load("national").referral

    assert rules.answer_by(T0, national, urgent=False) == T0 + timedelta(hours=24)
    assert rules.answer_by(T0, national, urgent=True) == T0 + timedelta(minutes=30)
    assert rules.ends_at(T0, national) == T0 + timedelta(hours=72)
    assert rules.contact_by(date(2026, 3, 2), national) == date(2026, 3, 9)


def test_the_limit_is_called_to_mind_in_the_middle_and_before_its_end() -> None:
    park = policies.load("changyinsha").referral

    assert rules.retro_reminders(T0, park) == [T0 + timedelta(hours=12), T0 + timedelta(hours=22)]
    assert rules.retro_reminders(T0, policies.load("mianyang").referral) == []


@pytest.mark.parametrize(
    ("reason", "in_list", "why", "meets"),
    [
        ("diagnosis", True, "", True),
        ("diagnosis", False, "只有这家有", True),
        ("diagnosis", False, " ", False),
        ("wish", True, "", False),
    ],
)
def test_what_meets_the_requirements(reason: str, in_list: bool, why: str, meets: bool) -> None:
    national = policies.load("national").referral

    assert rules.meets_standard(reason, national, in_combination=in_list, outside_reason=why) is meets
