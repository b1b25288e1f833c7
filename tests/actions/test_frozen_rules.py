"""The rules somebody signed under stay, whatever the region decides afterwards (domain.md §8.2)."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from server import policy as policies
from server.actions import signing
from server.actions.signing.rules import frozen
from server.database import db, transaction
from server.models import Agreement, PolicyProfile
from server.models.actor import Actor, ActorKind
from server.models.agreement import BORN, MOVES
from server.models.states import IllegalMove, born
from server.policy import freezing
from tests import make
from tests.actions.test_signing import SIGNATURE

BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
REGIONS = policies.regions()


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.mark.parametrize("region", REGIONS)
def test_a_policy_comes_back_from_the_freezer_as_it_went_in(region: str) -> None:
    policy = policies.load(region)

    body, sha256 = freezing.freeze(policy)

    assert freezing.thaw(body) == policy
    assert freezing.freeze(freezing.thaw(body)) == (body, sha256)


def test_a_signed_agreement_keeps_region_version_and_every_rule() -> None:
    policy = policies.load("erqi")
    agreement = signed_under(policy)

    kept = db.session.scalars(select(PolicyProfile)).one()
    assert (kept.region, kept.version, agreement.policy_id) == ("erqi", policy.version, kept.id)
    assert signing.rules_of(agreement) == policy


def test_later_changes_of_the_region_do_not_reach_it() -> None:
    """One allowed to leave, the region then forbids it: who signed before may still leave."""
    then = policies.load("erqi")
    now = then.model_copy(update={"termination": then.termination.model_copy(update={"in_term": "not_allowed"})})
    before, after = signed_under(then), signed_under(now)

    assert signing.rules_of(before).termination.in_term == "allowed"
    assert signing.rules_of(after).termination.in_term == "not_allowed"


def test_a_hundred_signings_under_one_profile_keep_it_once() -> None:
    ids = {frozen(policies.load("fujian")) for _ in range(3)}

    assert len(ids) == db.session.scalar(select(func.count(PolicyProfile.id))) == 1


def test_rules_that_did_not_exist_then_are_the_regions_of_today() -> None:
    policy = policies.load("mianyang")
    body = json.loads(freezing.freeze(policy)[0])
    del body["renewal"]["grace_days"], body["complaints"]
    body["renewal"]["abolished"] = 1
    body["renewal"]["open_before_days"] = 5

    thawed = freezing.thaw(json.dumps(body))

    assert (thawed.renewal.open_before_days, thawed.renewal.grace_days) == (5, policy.renewal.grace_days)
    assert thawed.complaints == policy.complaints


def test_an_agreement_cannot_begin_anywhere() -> None:
    for status in set(MOVES) - set(BORN):
        with pytest.raises(IllegalMove), transaction():
            born(Agreement(status=status), by=BY, at=None)  # type: ignore[arg-type]


def signed_under(policy: Any) -> Agreement:
    resident, team, package = make.resident(), make.team(), make.package()
    text = signing.document(resident, team, package, policy)
    wish = signing.Wish(team, package, text.sha256, tuple(policy.signing.consents), SIGNATURE)
    return signing.request(resident, wish, policy=policy, by=BY)[0]
