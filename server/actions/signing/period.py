"""For how long: the term that is agreed, and the first and last day that come of it (C-01, C-10, AG-01 … AG-05)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from server import clock
from server.actions.signing.refusals import FixedEndPassed, TermNeedsExtension, TermTooLong, TermTooShort
from server.actions.signing.rules import rules_of
from server.database import db
from server.models import Agreement, AgreementEvent, AgreementStatus
from server.models.agreement import CLOSED, IN_FORCE
from server.policy.schema import Policy, Signing
from server.policy.terms import TermProblem, last_day, term_problem

S = AgreementStatus
ENDED = (*CLOSED, S.EXPIRED, S.RENEWED)


@dataclass(frozen=True)
class Period:
    """What the text says about the time."""

    months: int | None
    """None: the region's agreements all end on one day."""
    is_extended: bool
    start_on: date | None
    """Known before the team accepts only where one agreement follows another in force."""
    end_on: date | None
    """Known before the team accepts with the start, or where all end on one day."""


def agreed(
    policy: Policy,
    *,
    term_months: int | None = None,
    is_extended: bool = False,
    predecessor: Agreement | None = None,
) -> Period:
    """Return what a new agreement says about the time.

    Args:
        term_months: None: the region's usual term. is_extended: marked as longer than usual by agreement.
        predecessor: the agreement in force that it follows without a gap; one that has ended fixes no day.
    Raises:
        TermTooShort, TermTooLong, TermNeedsExtension, FixedEndPassed.
    Source:
        policy keys signing.term_months_min, term_months_max, term_extendable, end_rule, fixed_end_on.
    """
    rules, today = policy.signing, clock.today()
    months = term_months or rules.term_months
    _check(rules, months, is_extended)
    start_on = None
    if predecessor is not None and predecessor.end_on is not None and predecessor.end_on >= today:
        start_on = predecessor.end_on + timedelta(days=1)
    if rules.end_rule == "fixed":
        end_on = last_day(rules, start_on or today, months)
        if end_on < (start_on or today):
            raise FixedEndPassed(end_on=end_on.isoformat())
        return Period(None, False, start_on, end_on)
    until = last_day(rules, start_on, months) if start_on else None
    return Period(months, months > rules.term_months_max, start_on, until)


def _check(rules: Signing, months: int, is_extended: bool) -> None:
    match term_problem(rules, months, extended_by_agreement=is_extended):
        case TermProblem.TOO_SHORT:
            raise TermTooShort(f"签约期限最短{rules.term_months_min}个月", least=rules.term_months_min)
        case TermProblem.TOO_LONG:
            raise TermTooLong(f"签约期限最长{rules.term_months_max}个月", most=rules.term_months_max)
        case TermProblem.NEEDS_EXTENSION:
            raise TermNeedsExtension(most=rules.term_months_max)


def settle(agreement: Agreement, period: Period) -> None:
    """Write into a request what was agreed; days only where the text names both."""
    agreement.term_months, agreement.is_extended = period.months, period.is_extended
    if period.start_on is not None:
        agreement.start_on, agreement.end_on = period.start_on, period.end_on


def period_of(agreement: Agreement) -> Period:
    """Return what was agreed about the time of an agreement that has its days."""
    return Period(agreement.term_months, agreement.is_extended, agreement.start_on, agreement.end_on)


def days_of(agreement: Agreement, before: Agreement | None, today: date) -> tuple[date, date]:
    """Return first and last day of a request that is accepted today, by the rules it was signed under.

    A text that names the days binds. Else it begins today, or on the day of the signature where the region counts from
    there, but never before the day after an earlier agreement's last one.

    Args:
        before: what it follows, when it follows something.
    Raises:
        FixedEndPassed: the day on which all agreements of the region end has passed since the resident signed.
    Source:
        policy keys signing.effective_from, signing.end_rule.
    """
    if agreement.start_on is not None and agreement.end_on is not None:
        return agreement.start_on, agreement.end_on
    rules = rules_of(agreement).signing
    begins = signed_on(agreement) if rules.effective_from == "signing_date" else today
    start_on = max(begins, _first_free_day(agreement.resident_id, before) or begins)
    end_on = last_day(rules, start_on, agreement.term_months or rules.term_months)
    if end_on < start_on:
        raise FixedEndPassed(end_on=end_on.isoformat())
    return start_on, end_on


def signed_on(agreement: Agreement) -> date:
    """Return the day on which the resident signed: when it came to wait for the team, else when it was asked for."""
    signed = select(func.max(AgreementEvent.at)).where(
        AgreementEvent.subject_id == agreement.id, AgreementEvent.new == S.PENDING_TEAM
    )
    return clock.local(db.session.scalar(signed) or agreement.requested_at).date()


def _first_free_day(resident_id: str, before: Agreement | None) -> date | None:
    """The day after the last agreement of a person that has ended, or will end before: last days are inclusive."""
    ended = select(func.max(Agreement.end_on)).where(Agreement.resident_id == resident_id)
    last_on = db.session.scalar(ended.where(Agreement.status.in_(ENDED)))
    if before is not None and is_in_force(before):
        last_on = before.end_on
    return last_on + timedelta(days=1) if last_on else None


def is_in_force(agreement: Agreement | None) -> bool:
    """Tell whether the team of an agreement still serves."""
    return agreement is not None and agreement.status in IN_FORCE
