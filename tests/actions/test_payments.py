"""The resident's own share: PENDING_PAYMENT, receipts, refunds."""

from typing import Any

import pytest
from sqlalchemy import select

from server.actions import signing
from server.database import db
from server.models import Agreement, AgreementStatus, Charge, FeeLine, Notification, Payment
from server.models.actor import Actor, ActorKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.test_signing import BY, POLICY, events_of, panel, request

S = AgreementStatus
DESK = Actor(ActorKind.ADMIN, "desk")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def accepted(own_fen: int = 1500) -> Agreement:
    team = make.team()
    package = make.package(price_fen=1000 + own_fen, public_health_fen=700, insurance_fen=300, self_pay_fen=own_fen)
    agreement, _ = request(make.resident(insurance="resident"), team, package)
    return signing.accept(agreement, policy=POLICY, by=Actor(ActorKind.STAFF, team.lead.id), staff=team.lead)


def refund_of(agreement: Agreement) -> Payment | None:
    return db.session.scalar(select(Payment).where(Payment.kind == "refund"))


def test_without_an_own_share_nobody_waits_for_money() -> None:
    agreement = accepted(own_fen=0)

    assert agreement.status == S.ACTIVE
    with pytest.raises(IllegalMove):
        signing.pay(agreement, receipt="R1", amount_fen=0, by=DESK)


def test_with_an_own_share_the_place_is_held_until_it_is_paid() -> None:
    agreement = accepted()

    assert (agreement.status, agreement.start_on, panel(agreement.team_id)) == (S.PENDING_PAYMENT, None, 1)
    assert agreement.answer_by_on.isoformat() == "2026-03-09"
    assert db.session.scalar(select(Notification).where(Notification.kind == "payment_due")) is not None


def test_paying_begins_the_agreement_and_leaves_the_receipt() -> None:
    agreement = accepted()

    signing.pay(agreement, receipt=" R-2026-1 ", amount_fen=1500, by=DESK)

    assert (agreement.status, str(agreement.start_on), str(agreement.end_on)) == (S.ACTIVE, "2026-03-02", "2027-03-01")
    paid = db.session.scalars(select(Payment)).one()
    assert (paid.kind, paid.amount_fen, paid.receipt, paid.taken_by) == ("paid", 1500, "R-2026-1", "desk")
    line = db.session.scalar(select(FeeLine).where(FeeLine.payer == "resident"))
    assert line is not None and line.charged_fen == 1500
    assert db.session.scalars(select(Charge.receipt)).all() == ["R-2026-1"]
    assert events_of(agreement)[-2:] == [("pending_team", "pending_payment"), ("pending_payment", "active")]


def test_the_same_receipt_again_changes_nothing_and_belongs_to_one_agreement() -> None:
    first, second = accepted(), accepted()
    signing.pay(first, receipt="R1", amount_fen=1500, by=DESK)

    signing.pay(first, receipt="R1", amount_fen=1500, by=DESK)
    with pytest.raises(signing.ReceiptTaken):
        signing.pay(second, receipt="R1", amount_fen=1500, by=DESK)

    db.session.refresh(second)
    assert second.status == S.PENDING_PAYMENT
    assert len(db.session.scalars(select(Payment)).all()) == 1


@pytest.mark.parametrize("amount", [1499, 1501, 0, -1500, 3000])
def test_never_more_and_never_less_than_listed(amount: int) -> None:
    agreement = accepted()

    with pytest.raises(signing.PaymentAmountWrong) as refused:
        signing.pay(agreement, receipt="R1", amount_fen=amount, by=DESK)

    assert refused.value.details == {"listed_fen": 1500}
    assert db.session.scalar(select(Payment.id)) is None


@pytest.mark.parametrize("receipt", ["", "  ", "R" * 65])
def test_no_money_without_a_receipt(receipt: str) -> None:
    with pytest.raises(signing.ReceiptNeeded):
        signing.pay(accepted(), receipt=receipt, amount_fen=1500, by=DESK)


def test_unpaid_is_reminded_withdrawn_and_gives_its_place_back(clock: Any) -> None:
    agreement = accepted()
    clock.set("2026-03-08 09:00")
    assert signing.remind_next(POLICY)
    assert not signing.remind_next(POLICY)
    assert not signing.withdraw_overdue_next(POLICY)

    clock.set("2026-03-10 00:30")

    assert signing.withdraw_overdue_next(POLICY)
    db.session.refresh(agreement)
    assert (agreement.status, panel(agreement.team_id)) == (S.WITHDRAWN, 0)
    with pytest.raises(IllegalMove):
        signing.pay(agreement, receipt="R1", amount_fen=1500, by=DESK)


def test_the_resident_may_leave_instead_of_paying() -> None:
    agreement = accepted()

    signing.withdraw(agreement, by=BY)

    assert (agreement.status, panel(agreement.team_id)) == (S.WITHDRAWN, 0)
    assert refund_of(agreement) is None


def test_what_was_paid_is_looked_at_again_when_it_ends_early() -> None:
    agreement = accepted()
    signing.pay(agreement, receipt="R1", amount_fen=1500, by=DESK)

    signing.close(agreement, signing.Event.MOVED, agreement.start_on, by=DESK)

    due = refund_of(agreement)
    assert due is not None
    assert (due.state, due.amount_fen, due.receipt) == ("due", 1500, None)
    signing.settle_refund(due, amount_fen=900, receipt="B1", note="退未满月份", by=DESK)
    assert (due.state, due.amount_fen, due.receipt) == ("done", 900, "B1")


def test_a_refund_is_never_more_than_was_paid_and_says_why_not() -> None:
    agreement = accepted()
    signing.pay(agreement, receipt="R1", amount_fen=1500, by=DESK)
    signing.close(agreement, signing.Event.MOVED, agreement.start_on, by=DESK)
    due = refund_of(agreement)
    assert due is not None

    for amount, receipt, note, error in [
        (1501, "B1", "", signing.RefundTooHigh),
        (-1, "B1", "", signing.RefundTooHigh),
        (100, "", "", signing.ReceiptNeeded),
        (0, "", "", signing.ReceiptNeeded),
        (100, "R1", "", signing.ReceiptTaken),
    ]:
        with pytest.raises(error):
            signing.settle_refund(due, amount_fen=amount, receipt=receipt, note=note, by=DESK)
    signing.settle_refund(due, amount_fen=0, receipt="", note="服务已用完", by=DESK)

    assert (due.state, due.receipt) == ("none", None)
