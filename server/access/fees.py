"""Fees: the lines of one agreement, and for an institution what is missing an account and what it all comes to."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, Charge, FeeLine, ServedPopulation
from server.models.agreement import IN_FORCE
from server.models.fee import UNASSIGNED


@dataclass(frozen=True)
class Total:
    """What one payer bears out of one account, for agreements in force; fen."""

    payer: str
    account: str
    amount_fen: int
    guidance_fen: int
    charged_fen: int


def lines_of(agreement: Agreement) -> list[FeeLine]:
    """Return what each payer bears of an agreement, by year."""
    mine = select(FeeLine).where(FeeLine.agreement_id == agreement.id)
    return list(db.session.scalars(mine.order_by(FeeLine.year, FeeLine.payer)))


def unassigned(cursor: str | None, *, by: AdminLogin) -> Page[FeeLine]:
    """Return the parts that no account pays (C-12), by agreement."""
    mine = _own(by).where(FeeLine.account == UNASSIGNED)
    return page(mine, (FeeLine.agreement_id, FeeLine.id), cursor)


def agreements_of(lines: list[FeeLine]) -> dict[str, Agreement]:
    """Return the agreements of some lines by id; at most a page of them."""
    ids = {line.agreement_id for line in lines}
    return {row.id: row for row in db.session.scalars(select(Agreement).where(Agreement.id.in_(ids)))}


def line(line_id: str, *, by: AdminLogin) -> FeeLine:
    """Return a line of an agreement of the organisation. Raises NotFound."""
    found = db.session.scalar(_own(by).where(FeeLine.id == line_id))
    if found is None:
        raise NotFound()
    return found


def totals(*, by: AdminLogin) -> list[Total]:
    """Return what the agreements in force come to, by payer and account."""
    sums = (func.sum(FeeLine.amount_fen), func.sum(FeeLine.guidance_fen), func.sum(FeeLine.charged_fen))
    statement = (
        select(FeeLine.payer, FeeLine.account, *sums)
        .join(Agreement, Agreement.id == FeeLine.agreement_id)
        .where(FeeLine.organisation_id == by.organisation_id, Agreement.status.in_(IN_FORCE))
        .group_by(FeeLine.payer, FeeLine.account)
        .order_by(FeeLine.payer, FeeLine.account)
    )
    return [Total(payer, account, *map(int, fen)) for payer, account, *fen in db.session.execute(statement)]


def charges_of(lines: list[FeeLine]) -> list[Charge]:
    """Return what was charged on some lines of one agreement, oldest first."""
    ids = [one.id for one in lines]
    return list(db.session.scalars(select(Charge).where(Charge.fee_line_id.in_(ids)).order_by(Charge.id)))


def served(*, by: AdminLogin) -> list[ServedPopulation]:
    """Return how many persons the organisation served, by year, newest first."""
    mine = select(ServedPopulation).where(ServedPopulation.organisation_id == by.organisation_id)
    return list(db.session.scalars(mine.order_by(ServedPopulation.year.desc()).limit(20)))


def _own(by: AdminLogin) -> Select[FeeLine]:
    return select(FeeLine).where(FeeLine.organisation_id == by.organisation_id)
