"""The resident's own share: paid at the desk before the agreement begins, and given back when it ends early (PK-23).

Nothing is paid online and nothing is promised about it: the desk takes the money and writes down the receipt.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing.deciding import begin
from server.actions.signing.pricing import RESIDENT, own_share_fen
from server.actions.signing.refusals import PaymentAmountWrong, ReceiptNeeded, ReceiptTaken, RefundTooHigh
from server.actions.signing.steps import S
from server.database import db, retried, transaction
from server.models import Agreement, Charge, FeeLine, Payment, PaymentKind, audit, fee, payment, states
from server.models.actor import Actor


def pay(agreement: Agreement, *, receipt: str, amount_fen: int, by: Actor) -> Agreement:
    """Record that the own share was paid; the agreement begins as if it had been accepted now (L4).

    Recording the same receipt again changes nothing.

    Args:
        receipt: number of the paper receipt, unique everywhere. amount_fen: must be exactly the listed own share.
    Raises:
        ReceiptNeeded, ReceiptTaken, PaymentAmountWrong, states.IllegalMove, states.StaleState.
    """
    receipt = receipt.strip()
    if not 0 < len(receipt) <= 64:
        raise ReceiptNeeded()
    try:
        return _pay(agreement, receipt=receipt, amount_fen=amount_fen, by=by)
    except IntegrityError as cause:
        raise ReceiptTaken() from cause


@retried
def _pay(agreement: Agreement, *, receipt: str, amount_fen: int, by: Actor) -> Agreement:
    at = clock.now()
    with transaction() as session:
        session.execute(select(Agreement.id).where(Agreement.id == agreement.id).with_for_update())
        session.refresh(agreement)
        known = payment.paid_for(agreement)
        if known is not None and (known.receipt, known.agreement_id) == (receipt, agreement.id):
            return agreement
        if agreement.status != S.PENDING_PAYMENT:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.ACTIVE))
        share = own_share_fen(agreement)
        if amount_fen != share:
            raise PaymentAmountWrong(f"应收{share / 100:.2f}元，不能多收或少收", listed_fen=share)
        session.add(
            Payment(
                agreement=agreement,
                kind=PaymentKind.PAID,
                state="done",
                amount_fen=amount_fen,
                receipt=receipt,
                taken_at=at,
                taken_by=by.id,
            )
        )
        session.flush()
        _charge(agreement, receipt, amount_fen, by=by, at=at)
        audit.record("own_share_paid", agreement, by=by, at=at)
        begin(agreement, by=by, at=at)
    return agreement


def _charge(agreement: Agreement, receipt: str, amount_fen: int, *, by: Actor, at: datetime) -> None:
    """Charge the resident's fee line, too: it refuses more than the listed price."""
    mine = select(FeeLine.id).where(FeeLine.agreement_id == agreement.id, FeeLine.payer == RESIDENT, FeeLine.year == 1)
    line_id = db.session.scalar(mine)
    if line_id is None or not fee.take(line_id, amount_fen):
        raise PaymentAmountWrong()
    db.session.add(Charge(fee_line_id=line_id, receipt=receipt, amount_fen=amount_fen, charged_at=at, charged_by=by.id))
    db.session.flush()


def settle_refund(refund: Payment, *, amount_fen: int, receipt: str, note: str, by: Actor) -> Payment:
    """Write down what was given back (with its receipt), or that nothing was and why.

    Args:
        amount_fen: 0: nothing is given back, and the note says why; never more than was paid.
    Raises:
        RefundTooHigh, ReceiptNeeded, ReceiptTaken, states.StaleState: it was settled meanwhile.
    """
    try:
        return _settle_refund(refund, amount_fen=amount_fen, receipt=receipt.strip(), note=note.strip(), by=by)
    except IntegrityError as cause:
        raise ReceiptTaken() from cause


@retried
def _settle_refund(refund: Payment, *, amount_fen: int, receipt: str, note: str, by: Actor) -> Payment:
    at = clock.now()
    with transaction() as session:
        session.refresh(refund)
        if not 0 <= amount_fen <= refund.amount_fen and refund.state == "due":
            raise RefundTooHigh()
        if not (receipt if amount_fen else note):
            raise ReceiptNeeded()
        values = {"state": "done", "amount_fen": amount_fen, "receipt": receipt} if amount_fen else {"state": "none"}
        settled = session.execute(
            update(Payment)
            .where(Payment.id == refund.id, Payment.kind == PaymentKind.REFUND, Payment.state == "due")
            .values(note=note[:200], taken_at=at, taken_by=by.id, **values)
            .execution_options(synchronize_session=False)
        )
        if settled.rowcount != 1:  # type: ignore[attr-defined]
            raise states.StaleState()
        session.refresh(refund)
        audit.record("refund_settled", refund.agreement, by=by, at=at)
    return refund
