"""A region whose rules the code does not follow yet cannot go live."""

import pytest

from server import policy
from server.app import RegionNotServed, check_region
from server.policy.serving import unserved


@pytest.mark.parametrize(
    ("region", "missing"),
    [
        ("national", []),
        ("mianyang", []),
        ("qianjiang", []),
        ("fujian", []),
        ("erqi", ["renewal.mode"]),
        ("changyinsha", []),
        ("changyinsha_special", ["signing.end_rule"]),
    ],
)
def test_rules_that_signing_would_break_are_named(region: str, missing: list[str]) -> None:
    assert [rule.partition(" =")[0] for rule in unserved(policy.load(region))] == missing


def test_production_refuses_such_a_region_and_the_demo_does_not() -> None:
    erqi = policy.load("erqi")

    check_region(erqi, "demo")
    with pytest.raises(RegionNotServed, match="renewal.mode = auto_reconfirm"):
        check_region(erqi, "production")
    check_region(policy.load("mianyang"), "production")
