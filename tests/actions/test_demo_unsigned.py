"""The demo's people to sign come into being in every region."""

from collections import Counter
from typing import Any

import pytest

from server import policy as policies
from server.actions import campaigns
from server.cli import demo_unsigned
from server.database import db
from server.models import CampaignTarget, Community, InformedNotice, UnsignedEntry
from tests import make
from tests.actions.test_signing import SIGNATURE


@pytest.mark.parametrize("region", ["mianyang", "erqi", "qianjiang", "changyinsha", "fujian"])
def test_the_demo_shows_every_result(app: Any, region: str) -> None:
    team = make.team()
    policy = policies.load(region)

    demo_unsigned.seed(team.organisation, team, make.package(), policy, SIGNATURE)
    while campaigns.fill_next():
        pass

    db.session.rollback()
    states = Counter(entry.status for entry in db.session.query(UnsignedEntry))
    assert {"open", "contacted", "explained", "noticed"} <= set(states)
    assert db.session.query(InformedNotice).count() == 1
    assert db.session.query(CampaignTarget).count() > 0
    assert db.session.query(Community).count() == (1 if policy.communities.kinds else 0)
