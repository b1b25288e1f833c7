"""Who is told that an agreement ends, has ended, or went on silently: N-12, N-13, N-14, by the rules it was signed under."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from server import clock
from server.actions.signing.following import GIVEN_UP, day_after, successor_of
from server.actions.signing.rules import rules_of
from server.actions.signing.steps import S, tell_resident, tell_team_today
from server.database import db, retried, transaction
from server.models import Agreement
from server.models.agreement import IN_FORCE, OPEN
from server.policy.renewal_notices import Step, after_end, before_end, due, following, while_unconfirmed
from server.policy.schema import Policy
from server.policy.terms import last_grace_day

WATCHED = (S.ACTIVE, S.AUTO_RENEWED_UNCONFIRMED, S.EXPIRED)


@retried
def offer_next_renewal(policy: Policy) -> bool:
    """Do what is due today about the end of one agreement: a notice, or working out the day of its next one.

    Each notice once, without anybody opening anything; a late run tells only what counts today. One range of an index,
    whatever the number of agreements.

    Returns:
        Whether there was one.
    Source:
        policy keys renewal.notice_days, lapsed_notice_days, reconfirm_notice_days, open_before_days, team_prompts.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        found = _next_due(today)
        if found is not None:
            tell_about_end(found, at)
    return found is not None


def _next_due(today: date) -> Agreement | None:
    for status in WATCHED:
        found = _first(status, Agreement.next_notice_on <= today)
        if found is None and status != S.EXPIRED:  # a new one; one that has ended is planned when it ends
            found = _first(status, Agreement.next_notice_on.is_(None))
        if found is not None:
            return found
    return None


def _first(status: str, when: ColumnElement[bool]) -> Agreement | None:
    mine = select(Agreement).where(Agreement.status == status, when)
    return db.session.scalar(mine.order_by(Agreement.next_notice_on, Agreement.id).limit(1))


def tell_about_end(agreement: Agreement, at: datetime) -> None:
    """Queue what is due about an agreement's end, and set the day of the next notice, in the caller's transaction."""
    today, seen = clock.local(at).date(), agreement.next_notice_on
    steps, until = _steps(agreement)
    following_on = following(steps, today)
    if following_on is None and until is not None:
        following_on = max(until, today) + timedelta(days=1)  # by then something else happens to it
    same = Agreement.next_notice_on.is_(None) if seen is None else Agreement.next_notice_on == seen
    claimed = db.session.execute(
        update(Agreement)
        .where(Agreement.id == agreement.id, Agreement.status == agreement.status, same)
        .values(next_notice_on=following_on)
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return
    db.session.expire(agreement, ["next_notice_on"])
    for step in due(steps, seen, today):
        _tell(agreement, step, today, at)


def _steps(agreement: Agreement) -> tuple[list[Step], date | None]:
    """The notices of an agreement in its state, and the day after which it will have left this state."""
    assert agreement.start_on is not None and agreement.end_on is not None
    rules = rules_of(agreement).renewal
    if agreement.status == S.AUTO_RENEWED_UNCONFIRMED:
        assert agreement.reconfirm_by_on is not None
        began = agreement.reconfirm_by_on - timedelta(days=rules.reconfirm_within_days)
        return while_unconfirmed(rules, began), agreement.reconfirm_by_on
    if agreement.status == S.EXPIRED:
        return after_end(rules, agreement.end_on), None
    return before_end(rules, agreement.end_on), agreement.end_on


def _tell(agreement: Agreement, step: Step, today: date, at: datetime) -> None:
    assert agreement.end_on is not None
    if agreement.status == S.AUTO_RENEWED_UNCONFIRMED:
        _tell_unconfirmed(agreement, step, at)
    elif not _is_settled(agreement, today):
        if agreement.status == S.EXPIRED:
            kind, for_team = "agreement_expired", "renewals_lapsed"
        else:
            kind, for_team = "renewal_offer", "renewals_ahead"
        if step.to == "team":
            tell_team_today(agreement, for_team, at)
        else:
            left = str((agreement.end_on - today).days)
            key = f"{kind}:{agreement.id}:{agreement.end_on}:{step.days}"
            tell_resident(agreement, kind, key, at, days_left=left, **_grace(agreement))


def _tell_unconfirmed(agreement: Agreement, step: Step, at: datetime) -> None:
    if step.to == "team":
        if agreement.team_confirmed_at is None:
            tell_team_today(agreement, "reconfirm_waiting", at)
    elif agreement.resident_confirmed_at is None:
        assert agreement.reconfirm_by_on is not None
        key = f"reconfirm_due:{agreement.id}:{agreement.start_on}:{step.days}"
        tell_resident(agreement, "reconfirm_due", key, at, confirm_by_on=agreement.reconfirm_by_on.isoformat())


def _is_settled(agreement: Agreement, today: date) -> bool:
    """Whether nobody needs to be told any more: something follows already, or it is too late."""
    assert agreement.end_on is not None
    successor = successor_of(agreement)
    if successor is not None and successor.status not in GIVEN_UP:
        return True
    if agreement.status != S.EXPIRED:
        return agreement.end_on < today
    if today > last_grace_day(rules_of(agreement).renewal, agreement.end_on):
        return True
    other = select(Agreement.id).where(
        Agreement.resident_id == agreement.resident_id, Agreement.status.in_((*OPEN, *IN_FORCE))
    )
    return db.session.scalar(other.limit(1)) is not None


def _grace(agreement: Agreement) -> dict[str, str]:
    assert agreement.end_on is not None
    last_on = last_grace_day(rules_of(agreement).renewal, agreement.end_on)
    return {"renew_from_on": day_after(agreement).isoformat(), "renew_until_on": last_on.isoformat()}
