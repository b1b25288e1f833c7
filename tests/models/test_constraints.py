"""What must never be true is refused by the database itself, whoever writes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server import clock
from server.database import db, transaction
from server.models import Agreement, AgreementStatus, Slot, Team, states
from server.models.actor import Actor, ActorKind
from tests import make

BY = Actor(ActorKind.SYSTEM, "test")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def refused(statement: str, **values: Any) -> None:
    # SQLite raises IntegrityError for a CHECK, MariaDB through PyMySQL OperationalError
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement), values)


def test_two_active_agreements_of_one_person() -> None:
    resident = make.resident()
    make.agreement(resident=resident)

    with pytest.raises(DBAPIError):
        make.agreement(resident=resident)


def test_two_open_requests_of_one_person() -> None:
    resident = make.resident()
    make.agreement(resident=resident, status=AgreementStatus.PENDING_TEAM)

    with pytest.raises(DBAPIError):
        make.agreement(resident=resident, status=AgreementStatus.SIGNED)


def test_a_status_that_does_not_fit_its_keys() -> None:
    agreement = make.agreement()

    refused("UPDATE agreement SET status = 'expired' WHERE id = :id", id=agreement.id)
    refused("UPDATE agreement SET active_key = NULL WHERE id = :id", id=agreement.id)


def test_an_agreement_that_ends_before_it_starts() -> None:
    agreement = make.agreement()

    refused("UPDATE agreement SET end_on = '2020-01-01' WHERE id = :id", id=agreement.id)


def test_more_taken_than_there_are_places() -> None:
    slot = make.slot(capacity=5)

    refused("UPDATE slot SET fd_taken = 6 WHERE id = :id", id=slot.id)
    refused("UPDATE slot SET fd_taken = -1 WHERE id = :id", id=slot.id)


def test_a_panel_beyond_its_cap() -> None:
    team = make.team(panel_cap=1)

    refused("UPDATE team SET panel_count = 2 WHERE id = :id", id=team.id)


def test_a_price_whose_payers_do_not_add_up() -> None:
    with pytest.raises(DBAPIError):
        make.package(price_fen=1000, public_health_fen=700, insurance_fen=200, self_pay_fen=0)


def test_a_follow_up_done_without_a_visit_day() -> None:
    followup = make.followup()

    refused("UPDATE followup SET status = 'done' WHERE id = :id", id=followup.id)


def test_a_move_that_is_not_drawn_is_refused() -> None:
    agreement = make.agreement()

    with pytest.raises(states.IllegalMove), transaction():
        states.move(agreement, AgreementStatus.WITHDRAWN, by=BY, at=clock.now(), active_key=None)


def test_a_row_somebody_else_moved_first_is_stale() -> None:
    agreement = make.agreement(status=AgreementStatus.PENDING_TEAM)

    with pytest.raises(states.StaleState), transaction() as session:
        assert agreement.status == AgreementStatus.PENDING_TEAM
        session.execute(
            text("UPDATE agreement SET status = 'withdrawn', open_key = NULL WHERE id = :id"), {"id": agreement.id}
        )
        states.move(agreement, AgreementStatus.REJECTED, by=BY, at=clock.now(), open_key=None)


def test_writing_outside_a_transaction_is_refused() -> None:
    agreement = make.agreement()

    agreement.reject_note = "outside"
    with pytest.raises(RuntimeError, match="outside"):
        db.session.flush()
    db.session.rollback()


def test_transactions_do_not_nest() -> None:
    with transaction(), pytest.raises(RuntimeError, match="one transaction"), transaction():
        pass


def test_an_error_rolls_everything_back() -> None:
    team = make.team()

    with pytest.raises(ZeroDivisionError), transaction():
        team.name = "改名"
        db.session.flush()
        raise ZeroDivisionError

    assert db.session.scalar(select(Team.name).where(Team.id == team.id)) != "改名"


def test_instants_keep_microseconds_and_refuse_naive_ones() -> None:
    at = clock.now().replace(microsecond=123456)
    slot = make.slot(starts=at + timedelta(days=3))

    db.session.expire_all()
    assert db.session.get(Slot, slot.id).starts_at == at + timedelta(days=3)
    with pytest.raises(Exception, match="naive"):
        make.slot(release_at=at.replace(tzinfo=None))
    db.session.rollback()


def test_text_is_compared_to_the_letter() -> None:
    """General collations find 'a' = 'A' and all emoji equal: two different keys would collide."""
    make.agreement(number="a😀")
    make.agreement(number="A😀")
    make.agreement(number="a😁")

    assert db.session.scalar(select(Agreement.number).where(Agreement.number == "a😁")) == "a😁"
