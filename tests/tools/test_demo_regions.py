"""The demo's people fit every region: its packages, its terms, its texts."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server.actions import signing
from server.app import create_app
from server.cli import demo, demo_services
from server.config import Settings
from server.database import db
from server.models import Agreement, AgreementStatus, Organisation, ServicePackage
from tests import configured
from tools.demo import folder_of, regions
from wechat_sandbox.serving import Sandbox

S = AgreementStatus


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=5, miniprogram=None) as served:
        yield served


def test_each_region_keeps_data_of_its_own() -> None:
    assert regions() == ["changyinsha", "erqi", "fujian", "mianyang", "qianjiang"]
    assert len({folder_of(region) for region in regions()}) == 5


@pytest.mark.parametrize("region", [region for region in regions() if region != "mianyang"])
def test_people_stand_where_the_regions_rules_put_them(sandbox: Sandbox, database_url: str, region: str) -> None:
    settings: Settings = configured.settings(database_url, sandbox.url)
    here = settings.app.model_copy(update={"region": region})
    app = create_app(settings.model_copy(update={"app": here}))
    with app.app_context():
        wiring: Any = app.extensions["family_doctor"]

        demo.seed(sandbox.url, wiring)

        months = wiring.policy.signing.term_months
        rows = list(db.session.scalars(select(Agreement)))
        stand = Counter((row.status, signing.rules_of(row).region) for row in rows)
        assert stand == {
            (S.ACTIVE, region): 5,  # the member, two of the panel, two whose team closes
            (S.ACTIVE, demo_services.with_card()): 1,  # the household with the four ones, under their region's rules
            (S.EXPIRED, region): 1,
            (S.PENDING_TEAM, region): 1,
            (S.PENDING_RESIDENT, region): 1,
        }
        signed = [row for row in rows if row.status != S.PENDING_RESIDENT]
        assert all(row.policy_id for row in signed)  # each keeps the rules it was signed under
        ours = [row for row in signed if signing.rules_of(row).region == region]
        assert {row.term_months for row in ours} == {months}
        running = [row for row in ours if row.status == S.ACTIVE]
        nearest = min(row.end_on for row in running if row.end_on)
        assert clocks.today() <= nearest <= clocks.today() + timedelta(days=31)
        assert db.session.scalar(select(ServicePackage.id).where(ServicePackage.region == region)) is not None
        assert db.session.scalar(select(Organisation.name).order_by(Organisation.id)) == demo.place_of(region).centre
        db.session.remove()
        db.engine.dispose()


def test_a_later_start_changes_nothing(sandbox: Sandbox, database_url: str) -> None:
    """The tests in the browser start from data that was made before: their people stand exactly as at a first start."""
    app = create_app(configured.settings(database_url, sandbox.url))
    with app.app_context():
        wiring: Any = app.extensions["family_doctor"]
        demo.seed(sandbox.url, wiring)
        first = written()

        with Sandbox(seed=5, miniprogram=None) as restarted:
            demo.seed(restarted.url, wiring)

        assert written() == first
        db.session.remove()
        db.engine.dispose()


def written() -> dict[str, list[str]]:
    """All rows, but for WeChat's tokens: each sandbox has its own."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*table.columns))))
            for table in db.metadata.sorted_tables
            if table.name != "wechat_token"
        }
