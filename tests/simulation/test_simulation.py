"""The county at a reduced size in each region, and proof that the checks find what they look for."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from server import policy as policies
from server.database import transaction
from server.models import Agreement, AgreementEvent, AgreementStatus, Notification, Resident, Team
from server.models.actor import CLOCK
from server.models.agreement import IN_FORCE, OPEN
from server.models.states import born
from tests import make
from tests.conftest import Clock
from tests.simulation import checks
from tests.simulation.county import simulate

S = AgreementStatus


@pytest.fixture
def clock() -> None:
    """The county brings its own time."""


@pytest.mark.parametrize("region", policies.regions())
def test_three_years_in_a_region_leave_no_overlap_no_gap_no_illegal_move(region: str, database_url: str) -> None:
    report = simulate(region, agreements=24, years=3, seed=7, url=database_url)

    assert report.faults == []
    if policies.load(region).signing.fixed_end_on is None:
        assert report.happened["accept"] >= 24
        assert report.happened["renew"] >= 5
        return
    # all agreements end on one day and nothing may follow: who comes after it is refused, who wants to renew, too
    assert report.happened["accept"] >= 10
    assert report.statuses["expired"] >= 5
    assert report.happened["renew"] == 0
    assert report.happened["renew: fixed_end_passed"] >= 1
    assert not {str(state) for state in (*OPEN, *IN_FORCE)} & set(report.statuses)


class TestTheChecksThemselves:
    """Each fault is planted in the rows and must be found."""

    @pytest.fixture
    def clock(self) -> Any:
        now = Clock()
        now.set("2026-03-02 10:00")
        yield now
        now.stop()

    @pytest.fixture(autouse=True)
    def _app(self, clock: Clock, app: Any) -> None:
        """A database at that time."""

    def kinds(self) -> set[str]:
        return {fault.partition(":")[0] for fault in checks.faults()}

    def kept(self, **fields: Any) -> Agreement:
        agreement: Agreement = make.agreement(**fields)
        with transaction() as session:
            row = session.get_one(Agreement, agreement.id)
            born(row, by=CLOCK, at=row.requested_at)
            session.execute(update(Team).where(Team.id == row.team_id).values(panel_count=Team.panel_count + 1))
        return agreement

    def test_a_sound_agreement_is_no_fault(self) -> None:
        self.kept()

        assert checks.faults() == []

    def test_two_agreements_on_one_day(self) -> None:
        first = self.kept()
        make.agreement(status=S.EXPIRED, resident=first.resident, start_on=date(2025, 6, 1))

        assert "overlap" in self.kinds()

    def test_a_day_between_an_agreement_and_its_renewal(self) -> None:
        first = self.kept()
        assert first.end_on
        make.agreement(
            status=S.SIGNED,
            resident=first.resident,
            predecessor_id=first.id,
            start_on=first.end_on + timedelta(days=2),
            decided_at=first.requested_at,
        )

        assert "gap" in self.kinds()

    def test_a_move_that_is_not_drawn(self) -> None:
        agreement = self.kept()
        with transaction() as session:
            session.add(
                AgreementEvent(
                    subject_id=agreement.id, old="active", new="rejected", actor_kind="system", actor_id="x",
                    at=agreement.requested_at + timedelta(hours=1),
                )
            )  # fmt: skip

        assert {"illegal", "unrecorded"} <= self.kinds()

    def test_a_notice_that_was_not_given(self, clock: Clock) -> None:
        self.kept()
        clock.set("2027-02-05 10:00")
        with transaction() as session:
            session.execute(delete(Notification))

        assert "notice" in self.kinds()

    def test_a_place_that_is_counted_twice(self) -> None:
        agreement = self.kept()
        with transaction() as session:
            session.execute(update(Team).where(Team.id == agreement.team_id).values(panel_count=2))

        assert "count" in self.kinds()

    def test_an_agreement_of_the_dead(self) -> None:
        agreement = self.kept()
        with transaction() as session:
            session.execute(
                update(Resident).where(Resident.id == agreement.resident_id).values(died_on=date(2026, 3, 1))
            )

        assert "death" in self.kinds()
