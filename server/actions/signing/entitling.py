"""What an agreement promises becomes rows when it comes into force: the entitlement ledger."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from server.actions.signing.rules import rules_of
from server.database import db, retried, transaction
from server.models import Agreement, Entitlement, ItemKind, PackageItem
from server.models.agreement import IN_FORCE
from server.models.entitlement import WHOLE_TERM
from server.policy.dates import add_months
from server.policy.parts.benefits import Limits
from server.policy.schema import Policy


class Span(NamedTuple):
    """One year of an agreement (1, 2, …), or its whole term (0); a last year may be shorter."""

    year: int
    from_on: date
    until_on: date

    @property
    def months(self) -> int:
        """Begun months, at most 12 of a year."""
        found = 1
        while add_months(self.from_on, found) <= self.until_on:
            found += 1
        return found


def years(start_on: date, end_on: date, after: int = 0) -> Iterator[Span]:
    """Return the years of an agreement, each beginning on the day it began (3 years: 3 spans).

    Args:
        after: years of the terms that went before, where it renewed itself.
    """
    number, from_on = 1, start_on
    while from_on <= end_on:
        following = add_months(start_on, 12 * number)
        yield Span(after + number, from_on, min(following - timedelta(days=1), end_on))
        number, from_on = number + 1, following


def open_ledger(agreement: Agreement) -> None:
    """Write down what an agreement in force promises, in the caller's transaction; what is there stays.

    Source:
        the package's items; policy keys limits.exam_items_max, limits.exam_kinds, limits.specialist_visits_min of the
        rules frozen into the agreement.
    """
    assert agreement.start_on is not None and agreement.end_on is not None
    rules = rules_of(agreement)
    known = select(Entitlement.item_id, Entitlement.from_on).where(Entitlement.agreement_id == agreement.id)
    written = {(item_id, from_on) for item_id, from_on in db.session.execute(known)}
    spans = list(years(agreement.start_on, agreement.end_on, after=_years_before(agreement)))
    for item in agreement.package.items:
        whole = [Span(WHOLE_TERM, agreement.start_on, agreement.end_on)]
        for span in whole if _of_term(item, rules.limits) else spans:
            if (item.id, span.from_on) not in written:
                db.session.add(_row(agreement, item, span, rules))
    agreement.ledger_until_on = agreement.end_on
    db.session.flush()


def _years_before(agreement: Agreement) -> int:
    """The years of its earlier terms: an agreement that renewed itself keeps its row and what it promised before."""
    earlier = select(func.max(Entitlement.year)).where(
        Entitlement.agreement_id == agreement.id, Entitlement.until_on < agreement.start_on
    )
    return db.session.scalar(earlier) or 0


def _of_term(item: PackageItem, limits: Limits) -> bool:
    """Tell whether an item is counted over the whole term: as the package says, or as the region's limits are meant."""
    limited = {
        ItemKind.EXAM: limits.exam_items_max is not None,
        ItemKind.SPECIALIST_VISIT: limits.specialist_visits_min > 0,
    }
    return item.per == "term" or limited.get(ItemKind(item.kind), False)


def _row(agreement: Agreement, item: PackageItem, span: Span, rules: Policy) -> Entitlement:
    return Entitlement(
        agreement_id=agreement.id,
        resident_id=agreement.resident_id,
        item_id=item.id,
        year=span.year,
        position=item.position,
        name=item.name,
        kind=item.kind,
        unit=item.unit,
        from_on=span.from_on,
        until_on=span.until_on,
        promised=_promised(item, span, rules.limits),
        is_minimum=item.is_minimum,
        choices=list(rules.limits.exam_kinds) if item.kind == ItemKind.EXAM else [],
    )


def _promised(item: PackageItem, span: Span, limits: Limits) -> int | None:
    """How often; the region's limits go before what the package says. A short last year promises its part, rounded up."""
    if item.kind == ItemKind.EXAM and limits.exam_items_max is not None:
        return limits.exam_items_max
    if item.kind == ItemKind.SPECIALIST_VISIT and limits.specialist_visits_min:
        return limits.specialist_visits_min
    if not item.times_per_year:
        return None
    return item.times_per_year if item.per == "term" else -(-item.times_per_year * min(span.months, 12) // 12)


@retried
def open_next_ledger() -> bool:
    """Write down what one agreement in force promises that came into force some other way than by an acceptance.

    An imported or transferred one, or one whose end was moved. Returns whether there was one.
    """
    with transaction() as session:
        waiting = select(Agreement).where(Agreement.status.in_(IN_FORCE), Agreement.ledger_until_on.is_(None))
        agreement = session.scalar(waiting.order_by(Agreement.id).limit(1).execution_options(populate_existing=True))
        if agreement is None:
            return False
        locked = select(Agreement.id).where(Agreement.id == agreement.id, Agreement.ledger_until_on.is_(None))
        if session.scalar(locked.with_for_update()) is not None:
            open_ledger(agreement)
    return True
