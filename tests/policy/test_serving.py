"""A region whose rules the code does not follow cannot go live; every region there is can."""

import pytest

from server import policy
from server.app import RegionNotServed, check_region, create_app
from server.policy.schema import Policy
from server.policy.serving import unserved
from tests import configured

REGIONS = ("national", *policy.regions())


def unknown() -> Policy:
    """A region with a rule that nobody has written code for."""
    rules = policy.load("erqi")
    renewal = rules.renewal.model_copy(update={"mode": "by_oracle"})
    ending = rules.signing.model_copy(update={"end_rule": "never"})
    return rules.model_copy(update={"renewal": renewal, "signing": ending})


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_is_served(region: str) -> None:
    assert unserved(policy.load(region)) == []
    check_region(policy.load(region), "production")


@pytest.mark.parametrize("region", policy.regions())
def test_the_application_starts_in_every_region(region: str) -> None:
    settings = configured.settings("sqlite://")
    here = settings.app.model_copy(update={"region": region})

    app = create_app(settings.model_copy(update={"app": here}))

    assert app.extensions["family_doctor"].policy.region == region


def test_rules_that_signing_would_break_are_named_and_refused_in_production() -> None:
    assert unserved(unknown()) == ["renewal.mode = by_oracle", "signing.end_rule = never"]

    check_region(unknown(), "demo")
    with pytest.raises(RegionNotServed, match="renewal.mode = by_oracle"):
        check_region(unknown(), "production")
