"""What was promised to somebody who waits: reminding the one who has to act, telling who is responsible, and the end of it.

Public holidays are not known: a working day is a weekday.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update

from server import clock
from server.actions.signing import places
from server.actions.signing.steps import S, tell_lead_of, tell_resident, withdraw_row
from server.database import db, first, retried, transaction
from server.models import Agreement, AgreementStatus
from server.models.actor import CLOCK
from server.policy.dates import SATURDAY, workdays_after
from server.policy.schema import Policy

SIGNATURE_AFTER_DAYS = (1, 3, 6)
"""N-15: days after staff began it on which the resident is told again."""
PAYMENT_DAYS_BEFORE = 1
OWN_DEADLINE = (S.DRAFT, S.PENDING_RESIDENT, S.PENDING_PAYMENT)

Tell = Callable[[Agreement, int, datetime], None]


def overdue(policy: Policy, today: date) -> ColumnElement[bool]:
    """Return what is withdrawn today: nobody acted in time (L7).

    A request to a team stays some days longer than the promise, in which the institution sees it on top of its list.

    Source:
        policy keys signing.answer_within_days, overdue_grace_days, draft_days, pay_within_days.
    """
    last_on = today - timedelta(days=policy.signing.overdue_grace_days)
    own = Agreement.status.in_(OWN_DEADLINE) & (Agreement.answer_by_on < today)
    return own | ((Agreement.status == S.PENDING_TEAM) & (Agreement.answer_by_on < last_on))


@retried
def withdraw_overdue_next(policy: Policy) -> bool:
    """Withdraw one signing on which nobody acted in time, and give its place back (L7)."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        late = select(Agreement.id).where(overdue(policy, today))
        agreement = first(Agreement, late.order_by(Agreement.answer_by_on, Agreement.id))
        if agreement is None:
            return False
        before = AgreementStatus(agreement.status)
        withdraw_row(agreement, by=CLOCK, at=at, reason=REASONS[before])
        places.give_back(agreement.team_id, agreement.resident_id)
        if before != S.DRAFT:
            tell_resident(
                agreement, "agreement_decided", f"agreement_decided:{agreement.id}:late", at, result=RESULTS[before]
            )
    return True


REASONS = {
    S.DRAFT: "draft too old",
    S.PENDING_RESIDENT: "not signed in time",
    S.PENDING_TEAM: "not answered in time",
    S.PENDING_PAYMENT: "not paid in time",
}
RESULTS = {S.PENDING_RESIDENT: "未签字", S.PENDING_TEAM: "未答复", S.PENDING_PAYMENT: "未缴费"}


def remind_next(policy: Policy) -> bool:
    """Tell the next one who has to act: the resident to sign (N-15) or to pay, the leader to answer (N-16).

    Each step once; a late run tells only the step that counts today.

    Returns:
        Whether there was one.
    """
    plan = [
        (status, step, steps, tell)
        for status, steps, tell in _plan(policy, clock.today())
        for step in range(len(steps))
    ]
    # one look at all of them: on most days nobody waits
    waiting = db.session.execute(
        select(*(select(Agreement.id).where(_waits(*line[:3])).exists() for line in plan))
    ).one()
    return any(_remind(*line) for line, somebody in zip(plan, waiting, strict=True) if somebody)


def _waits(status: AgreementStatus, step: int, steps: list[date]) -> ColumnElement[bool]:
    return and_(Agreement.status == status, Agreement.promise_step == step, Agreement.answer_by_on <= steps[step])


def _plan(policy: Policy, today: date) -> list[tuple[AgreementStatus, list[date], Tell]]:
    """For each state: by step, the last promised day that makes the step due today."""
    draft_days = policy.signing.draft_days
    signature = [today + timedelta(days=draft_days - days) for days in SIGNATURE_AFTER_DAYS]
    answer = [workdays_after(today, 1)]
    if today.weekday() < SATURDAY:
        answer.append(today - timedelta(days=1))
    payment = [today + timedelta(days=PAYMENT_DAYS_BEFORE)]
    return [
        (S.PENDING_RESIDENT, signature, _tell_to_sign),
        (S.PENDING_TEAM, answer, _tell_to_answer),
        (S.PENDING_PAYMENT, payment, _tell_to_pay),
    ]


@retried
def _remind(status: AgreementStatus, step: int, steps: list[date], tell: Tell) -> bool:
    at = clock.now()
    with transaction() as session:
        found = session.scalar(
            select(Agreement).where(_waits(status, step, steps)).order_by(Agreement.answer_by_on, Agreement.id).limit(1)
        )
        if found is None:
            return False
        reached = sum(1 for last_on in steps if found.answer_by_on <= last_on)
        claimed = db.session.execute(
            update(Agreement)
            .where(Agreement.id == found.id, Agreement.status == status, Agreement.promise_step == step)
            .values(promise_step=reached)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount == 1:  # type: ignore[attr-defined]
            tell(found, reached, at)
    return True


def _tell_to_sign(agreement: Agreement, step: int, at: datetime) -> None:
    until = agreement.answer_by_on.isoformat()
    tell_resident(agreement, "signature_waiting", f"signature_waiting:{agreement.id}:{step}", at, until=until)


def _tell_to_answer(agreement: Agreement, step: int, at: datetime) -> None:
    until = agreement.answer_by_on.isoformat()
    key = f"answer_due:{agreement.id}:{step}"
    late = "1" if agreement.answer_by_on < clock.local(at).date() else ""
    tell_lead_of(agreement.team, agreement, "answer_due", key, at, until=until, late=late)


def _tell_to_pay(agreement: Agreement, step: int, at: datetime) -> None:
    until = agreement.answer_by_on.isoformat()
    tell_resident(agreement, "payment_due", f"payment_due:{agreement.id}:{step}", at, until=until)
