"""Health cards: one per household, a ledger that only grows, and a balance that never falls below nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from server import clock as clocks
from server import policy as policies
from server.actions import cards, signing
from server.database import db, transaction
from server.models import Agreement, CardEntry, HealthCard, Hospital
from server.models.actor import Actor, ActorKind
from server.models.states import StaleState
from tests import make

BY = Actor(ActorKind.ADMIN, "admin")
SPECIAL = policies.load("changyinsha_special")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def hospital(name: str = "常阴沙医院") -> Hospital:
    return make.saved(Hospital(name=name, level=2, address="园区路1号"))


def issued(agreement: Agreement | None = None) -> HealthCard:
    return cards.issue(agreement or make.agreement(), hospital(), policy=SPECIAL, by=BY)


def take(card: HealthCard, fen: int, receipt: str = "N1", **fields: Any) -> tuple[CardEntry, bool]:
    what = {"on_day": clocks.today(), "resident_id": card.agreement.resident_id} | fields
    return cards.swipe(card, card.hospital, cards.Swipe(fen, receipt, **what), by=BY)


def balance(card: HealthCard) -> int | None:
    return db.session.scalar(select(HealthCard.balance_fen).where(HealthCard.id == card.id))


def test_pk17_a_household_gets_one_card_of_a_thousand_yuan() -> None:
    head, wife = make.resident(), make.resident()
    home = make.household(head)
    make.member(home, wife, "10")
    card = issued(make.agreement(resident=head))

    assert (card.value_fen, balance(card)) == (100_000, 100_000)
    assert {holder.resident_id for holder in card.holders} == {head.id, wife.id}
    with pytest.raises(cards.CardExists):
        cards.issue(make.agreement(resident=wife), hospital("第二医院"), policy=SPECIAL, by=BY)


def test_where_the_rules_give_no_card_there_is_none() -> None:
    with pytest.raises(cards.NoHealthCard):
        cards.issue(make.agreement(), hospital(), policy=policies.load("changyinsha"), by=BY)


def test_the_same_receipt_is_booked_once() -> None:
    card = issued()

    first, is_new = take(card, 4_050)
    again, is_again = take(card, 4_050)

    assert (is_new, is_again, first.id) == (True, False, again.id)
    assert (balance(card), first.balance_fen) == (95_950, 95_950)
    with pytest.raises(cards.CardReceiptUsed):
        take(card, 4_051)


def test_the_balance_never_falls_below_nothing() -> None:
    card = issued()
    take(card, 99_999)

    with pytest.raises(cards.CardShort):
        take(card, 2, "N2")
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE health_card SET balance_fen = -1 WHERE id = :id"), {"id": card.id})
    assert balance(card) == 1


@pytest.mark.parametrize(("fen", "days"), [(0, 0), (-5, 0), (100, 1), (100, -1)])
def test_an_amount_or_day_that_cannot_be(fen: int, days: int) -> None:
    with pytest.raises(cards.CardAmountInvalid):
        take(issued(), fen, on_day=clocks.today() + timedelta(days=days))


def test_only_at_the_designated_hospital_and_only_for_the_household() -> None:
    card = issued()
    what = cards.Swipe(100, "N1", clocks.today(), card.agreement.resident_id)

    with pytest.raises(cards.CardHospital):
        cards.swipe(card, hospital("别的医院"), what, by=BY)
    with pytest.raises(cards.NotOnCard):
        take(card, 100, resident_id=make.resident().id)


def test_who_joined_the_household_later_may_use_it_too() -> None:
    head, baby = make.resident(), make.resident()
    home = make.household(head)
    card = issued(make.agreement(resident=head))
    make.member(home, baby, "20")

    assert take(card, 100, resident_id=baby.id)[1]


def test_a_wrong_line_is_reversed_by_another_one_once() -> None:
    card = issued()
    entry, _ = take(card, 5_000)

    first, second = cards.reverse(entry, by=BY), cards.reverse(entry, by=BY)

    assert (first.id, balance(card)) == (second.id, 100_000)
    assert [row.kind for row in db.session.scalars(select(CardEntry).order_by(CardEntry.id))] == [
        "issue",
        "swipe",
        "reversal",
    ]
    with pytest.raises(StaleState):
        cards.reverse(first, by=BY)


def test_a_line_is_written_once() -> None:
    entry, _ = take(issued(), 5_000)

    with pytest.raises(RuntimeError, match="only grows"), transaction():
        entry.amount_fen = 1


def test_after_its_last_day_and_after_a_death_it_is_not_taken(clock: Any) -> None:
    card = issued()
    signing.close(card.agreement, signing.Event("death"), clocks.today(), by=BY)
    db.session.expire_all()
    assert db.session.get_one(HealthCard, card.id).closed_at is not None
    with pytest.raises(cards.NotOnCard):
        take(card, 100)

    other = cards.issue(make.agreement(), hospital("第二医院"), policy=SPECIAL, by=BY)
    clock.advance(days=400)
    with pytest.raises(cards.CardShort):
        take(other, 100, "N9")
    assert db.session.scalar(select(func.count()).select_from(CardEntry).where(CardEntry.kind == "swipe")) == 0
