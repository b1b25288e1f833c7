"""Fees after signing: charging a payer, finding the account of what has none, and the population served."""

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import Charge, FeeLine, Organisation, ServedPopulation, audit, fee
from server.models.actor import Actor
from server.models.fee import UNASSIGNED
from server.models.states import StaleState
from server.policy.schema import Policy

ACCOUNTS = ("outpatient_pool", "personal_account", "fund", "self")


class ChargeAbovePrice(Conflict):
    """More than the payer's part of the listed price (PK-23)."""

    code, default_message = "charge_above_price", "超过标价，不能收取，请核对金额"


class ReceiptUsed(Conflict):
    """The receipt stands for another amount."""

    code, default_message = "receipt_used", "这个票据号已登记过其他金额，请核对"


class AmountInvalid(Invalid):
    """Nothing, or less."""

    code, default_message = "amount_invalid", "金额须大于 0，最多两位小数"


class AccountInvalid(Invalid):
    """No account that anything is paid from."""

    code, default_message = "account_invalid", "请选择由哪个账户支付"


class NotByPopulation(Conflict):
    """The region's fee goes by agreements."""

    code, default_message = "fee_not_by_population", "本地区按签约人数计费，不登记服务人口"


def charge(line: FeeLine, amount_fen: int, receipt: str, *, by: Actor) -> tuple[Charge, bool]:
    """Write down that money was asked of a payer; together never more than his part of the listed price.

    Returns:
        The charge, and whether it is new: the same receipt is booked once.
    Raises:
        AmountInvalid, ChargeAbovePrice, ReceiptUsed.
    Source:
        CYS annex 2 三（二）2 (PK-23), policy key fee_use.extra_charging_forbidden.
    """
    if amount_fen <= 0:
        raise AmountInvalid()
    try:
        return _charge(line, amount_fen, receipt, by=by)
    except IntegrityError:
        return _same(line, amount_fen, receipt), False


@retried
def _charge(line: FeeLine, amount_fen: int, receipt: str, *, by: Actor) -> tuple[Charge, bool]:
    at = clock.now()
    with transaction() as session:
        if session.scalar(_known(line, receipt)) is not None:
            return _same(line, amount_fen, receipt), False
        if not fee.take(line.id, amount_fen):
            raise ChargeAbovePrice(listed_fen=line.amount_fen)
        row = Charge(fee_line_id=line.id, receipt=receipt, amount_fen=amount_fen, charged_at=at, charged_by=by.id)
        session.add(row)
        session.flush()
        session.refresh(line)
        audit.record("fee_charged", row, by=by, at=at)
    return row, True


def _known(line: FeeLine, receipt: str) -> Select[Charge]:
    return select(Charge).where(Charge.fee_line_id == line.id, Charge.receipt == receipt)


def _same(line: FeeLine, amount_fen: int, receipt: str) -> Charge:
    known = db.session.scalars(_known(line, receipt)).one()
    if known.amount_fen != amount_fen:
        raise ReceiptUsed()
    return known


@retried
def assign(line: FeeLine, account: str, *, by: Actor) -> FeeLine:
    """Say out of which account a part without one is paid (C-12); once. Raises AccountInvalid, states.StaleState."""
    if account not in ACCOUNTS:
        raise AccountInvalid()
    at = clock.now()
    with transaction() as session:
        session.refresh(line)
        if line.account == account:
            return line
        changed = session.execute(
            update(FeeLine)
            .where(FeeLine.id == line.id, FeeLine.account == UNASSIGNED)
            .values(account=account)
            .execution_options(synchronize_session=False)
        )
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise StaleState()
        session.refresh(line)
        audit.record("fee_account_assigned", line, by=by, at=at)
    return line


@retried
def count_served(organisation: Organisation, year: int, persons: int, *, policy: Policy, by: Actor) -> ServedPopulation:
    """Write down how many persons an institution served in a year, where the fee goes by that (C-11).

    Raises:
        NotByPopulation, AmountInvalid.
    Source:
        policy keys fee.base, fee.amount_fen.
    """
    if policy.fee.base != "served" or policy.fee.amount_fen is None:
        raise NotByPopulation()
    if persons < 0:
        raise AmountInvalid()
    at = clock.now()
    with transaction() as session:
        known = select(ServedPopulation).where(
            ServedPopulation.organisation_id == organisation.id, ServedPopulation.year == year
        )
        row = session.scalar(known.with_for_update())
        if row is None:
            row = ServedPopulation(organisation_id=organisation.id, year=year)
            session.add(row)
        row.persons, row.amount_fen, row.entered_on = persons, policy.fee.amount_fen, clock.local(at).date()
        session.flush()
        audit.record("served_population_entered", row, by=by, at=at)
    return row
