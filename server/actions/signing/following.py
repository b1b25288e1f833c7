"""What a new agreement follows: the one in force that ends soon, or one that ended a short while ago (L12, L16, AG-10)."""

from datetime import date, timedelta

from sqlalchemy import select

from server import clock
from server.actions.signing.rules import rules_of
from server.database import db
from server.models import Agreement, AgreementStatus, Resident
from server.policy.terms import in_grace, in_window, last_grace_day

S = AgreementStatus
GIVEN_UP = (S.REJECTED, S.WITHDRAWN)
"""A successor in one of these states no longer stands in the way of another one."""


def can_renew(agreement: Agreement, today: date) -> bool:
    """Whether it may be renewed today: in the window before its end, or within the grace days after it.

    Source:
        the rules it was signed under: renewal.open_before_days, renewal.grace_days.
    """
    if agreement.end_on is None or agreement.resident.died_on:
        return False
    rules = rules_of(agreement).renewal
    if agreement.status == S.ACTIVE:
        return in_window(rules, agreement.end_on, today)
    return agreement.status == S.EXPIRED and in_grace(rules, agreement.end_on, today)


def predecessor_of(resident: Resident) -> Agreement | None:
    """Return what a new agreement of this person would follow today, None for a first one."""
    latest = select(Agreement).where(Agreement.resident_id == resident.id)
    found = db.session.scalar(latest.where(Agreement.active_key == resident.id))
    if found is None:
        ended = latest.where(Agreement.status == S.EXPIRED).order_by(Agreement.end_on.desc(), Agreement.id.desc())
        found = db.session.scalar(ended.limit(1))
    if found is None or not can_renew(found, clock.today()):
        return None
    successor = successor_of(found)
    return None if successor is not None and successor.status not in GIVEN_UP else found


def successor_of(agreement: Agreement) -> Agreement | None:
    """Return what follows an agreement, whatever became of it."""
    return db.session.scalar(select(Agreement).where(Agreement.predecessor_id == agreement.id))


def link(successor: Agreement, predecessor: Agreement) -> None:
    """Let one agreement follow another; one that was rejected or withdrawn no longer stands in the way.

    The team has to answer while a new agreement still counts as renewal (domain.md §6.5).
    """
    make_way(predecessor, successor.id)
    successor.predecessor_id = predecessor.id
    if predecessor.end_on is not None and predecessor.end_on < clock.today():
        last_on = last_grace_day(rules_of(predecessor).renewal, predecessor.end_on)
        successor.answer_by_on = min(successor.answer_by_on, last_on)


def make_way(predecessor: Agreement, successor_id: str = "") -> None:
    """Let something else follow an agreement: what was rejected, withdrawn or void no longer does."""
    earlier = successor_of(predecessor)
    if earlier is not None and earlier.id != successor_id:
        earlier.predecessor_id = None
        db.session.flush()


def counts(predecessor: Agreement, start_on: date) -> bool:
    """Tell whether an agreement that begins on a day renews another one (L16).

    Source:
        the rules the earlier one was signed under: renewal.grace_days.
    """
    assert predecessor.end_on is not None
    return start_on <= last_grace_day(rules_of(predecessor).renewal, predecessor.end_on)


def day_after(agreement: Agreement) -> date:
    """Return the first day without it: last days are inclusive."""
    assert agreement.end_on is not None
    return agreement.end_on + timedelta(days=1)
