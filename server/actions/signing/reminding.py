"""Who is told that an agreement ends, has ended, or went on silently: N-12, N-13, N-14, by the rules it was signed under.

Thousands fall due in a night, and most of them have everything in common but their ids. So the rules are asked once for
each situation, and the database writes its notices itself.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, func, literal, or_, select, update
from sqlalchemy.orm import aliased

from server import clock
from server.actions.signing.following import GIVEN_UP
from server.actions.signing.rules import kept_rules
from server.actions.signing.steps import S, tell_teams_today
from server.database import db, retried, transaction
from server.models import Agreement, AgreementStatus, Resident, ServicePackage, Team
from server.models import notification as notifications
from server.policy.renewal_notices import Step, after_end, before_end, due, following, while_unconfirmed
from server.policy.schema import Policy
from server.policy.terms import last_grace_day

WATCHED = (S.ACTIVE, S.AUTO_RENEWED_UNCONFIRMED, S.EXPIRED)
BATCH = 5000
"""Agreements of one transaction, half a second: each commit costs as much as many rows; on SQLite a writer waits for one."""


class Situation(NamedTuple):
    """What agreements have in common that are told the same on the same day."""

    status: AgreementStatus
    policy_id: str | None
    region: str
    end_on: date
    next_notice_on: date | None
    reconfirm_by_on: date | None
    start_on: date | None
    """Only of what went on silently: its notices are counted from there."""


Alike = dict[Situation, list[str]]
"""Ids of agreements by their situation."""

FOLLOWS = aliased(Agreement)
OTHER = aliased(Agreement)


@retried
def offer_next_renewal(policy: Policy) -> int:
    """Do what is due today about the ends of some agreements: notices, or working out the day of the next ones.

    Each notice once, without anybody opening anything; a late run tells only what counts today. One range of an index,
    whatever the number of agreements, and up to BATCH of them in one transaction.

    Returns:
        How many there were.
    Source:
        policy keys renewal.notice_days, lapsed_notice_days, reconfirm_notice_days, open_before_days, team_prompts.
    """
    at = clock.now()
    with transaction():
        found = _next_due(clock.local(at).date())
        _tell_all(found, at)
    return sum(map(len, found.values()))


def tell_about_end(agreement: Agreement, at: datetime) -> None:
    """Queue what is due about an agreement's end, and set the day of the next notice, in the caller's transaction."""
    db.session.flush()
    _tell_all(_alike(Agreement.id == agreement.id), at)
    db.session.expire(agreement, ["next_notice_on"])


def _next_due(today: date) -> Alike:
    for status in WATCHED:
        found = _alike(Agreement.status == status, Agreement.next_notice_on <= today)
        if not found and status != S.EXPIRED:  # new ones; one that has ended is planned when it ends
            found = _alike(Agreement.status == status, Agreement.next_notice_on.is_(None))
        if found:
            return found
    return {}


def _alike(*which: ColumnElement[bool]) -> Alike:
    """Lock and return the first ones, so that nobody moves them while they are told."""
    kept = Agreement.__table__.c  # plain columns: nothing of the mapping is needed for thousands of rows
    rows = select(kept.id, *(kept[name] for name in Situation._fields)).where(*which)
    found: Alike = defaultdict(list)
    for row_id, *common in db.session.execute(rows.order_by(kept.next_notice_on).limit(BATCH).with_for_update()):
        if common[0] != S.AUTO_RENEWED_UNCONFIRMED:
            common[-1] = None
        found[Situation(*common)].append(row_id)
    return found


def _tell_all(found: Alike, at: datetime) -> None:
    """Queue what is due about each, and write down the days on which to look again."""
    today = clock.local(at).date()
    again: dict[date | None, list[str]] = defaultdict(list)
    teams: dict[tuple[str, str], None] = {}
    for situation, ids in found.items():
        steps, until = _steps(situation)
        on = following(steps, today)
        if on is None and until is not None:
            on = max(until, today) + timedelta(days=1)  # by then something else happens to it
        again[on] += ids
        for step in due(steps, situation.next_notice_on, today):
            concerned = _concerned(situation, step, ids, today)
            if concerned is None:
                continue
            if step.to == "team":
                about = select(Agreement.team_id).where(*concerned).distinct()
                teams |= dict.fromkeys((team_id, _TO_TEAM[situation.status]) for team_id in db.session.scalars(about))
            else:
                _tell_residents(situation, step, concerned, at)
    for on, ids in again.items():
        plan = update(Agreement).where(Agreement.id.in_(ids)).values(next_notice_on=on)
        db.session.execute(plan.execution_options(synchronize_session=False))
    tell_teams_today(list(teams), at)


def _steps(situation: Situation) -> tuple[list[Step], date | None]:
    """The notices of agreements in a state, and the day after which they will have left this state."""
    rules = kept_rules(situation.policy_id, situation.region).renewal
    if situation.status == S.AUTO_RENEWED_UNCONFIRMED:
        assert situation.reconfirm_by_on is not None
        began = situation.reconfirm_by_on - timedelta(days=rules.reconfirm_within_days)
        return while_unconfirmed(rules, began), situation.reconfirm_by_on
    if situation.status == S.EXPIRED:
        return after_end(rules, situation.end_on), None
    return before_end(rules, situation.end_on), situation.end_on


_TO_TEAM = {
    S.ACTIVE: "renewals_ahead",
    S.AUTO_RENEWED_UNCONFIRMED: "reconfirm_waiting",
    S.EXPIRED: "renewals_lapsed",
}
_TO_RESIDENT = {
    S.ACTIVE: "renewal_offer",
    S.AUTO_RENEWED_UNCONFIRMED: "reconfirm_due",
    S.EXPIRED: "agreement_expired",
}


def _concerned(situation: Situation, step: Step, ids: list[str], today: date) -> list[ColumnElement[bool]] | None:
    """Which of these agreements a notice is still about; None: it is too late for all of them."""
    these = Agreement.id.in_(ids)
    if situation.status == S.AUTO_RENEWED_UNCONFIRMED:
        by_team = step.to == "team"
        return [these, (Agreement.team_confirmed_at if by_team else Agreement.resident_confirmed_at).is_(None)]
    # each looked up by a unique key, whatever the database believes about how rare they are
    follows = select(FOLLOWS.id).where(FOLLOWS.predecessor_id == Agreement.id, FOLLOWS.status.not_in(GIVEN_UP))
    if situation.status != S.EXPIRED:
        return None if situation.end_on < today else [these, ~follows.exists()]
    rules = kept_rules(situation.policy_id, situation.region).renewal
    if today > last_grace_day(rules, situation.end_on):
        return None
    asked = select(OTHER.id).where(OTHER.open_key == Agreement.resident_id)
    served = select(OTHER.id).where(OTHER.active_key == Agreement.resident_id)
    return [these, ~or_(follows.exists(), asked.exists(), served.exists())]


def _tell_residents(situation: Situation, step: Step, concerned: list[ColumnElement[bool]], at: datetime) -> None:
    """Queue one notice for the resident of each agreement, unless he has died."""
    kind = _TO_RESIDENT[situation.status]
    counted_from = situation.start_on or situation.end_on
    died = select(Resident.id).where(Resident.id == Agreement.resident_id, Resident.died_on.is_not(None))
    facts = {
        "team": select(Team.name).where(Team.id == Agreement.team_id).scalar_subquery(),
        "package": select(ServicePackage.name).where(ServicePackage.id == Agreement.package_id).scalar_subquery(),
        "agreement_id": Agreement.id,
    } | {name: literal(said) for name, said in _facts(situation, clock.local(at).date()).items()}
    notifications.queue_each(
        select(
            literal(f"{kind}:", String()).concat(Agreement.id).concat(f":{counted_from}:{step.days}"),
            Agreement.resident_id,
            Agreement.team_id,
            Agreement.id,
            func.json_object(*(part for name, said in facts.items() for part in (literal(name), said))),
        ).where(*concerned, ~died.exists()),
        kind=kind,
        at=at,
    )


def _facts(situation: Situation, today: date) -> dict[str, str]:
    """What a notice says about an agreement in this situation, besides whose it is."""
    facts = {"end_on": situation.end_on.isoformat()}
    if situation.status == S.AUTO_RENEWED_UNCONFIRMED:
        assert situation.reconfirm_by_on is not None
        return facts | {"confirm_by_on": situation.reconfirm_by_on.isoformat()}
    rules = kept_rules(situation.policy_id, situation.region).renewal
    facts["days_left"] = str((situation.end_on - today).days)
    facts["renew_until_on"] = last_grace_day(rules, situation.end_on).isoformat()
    goes_on = rules.mode == "auto_reconfirm" and situation.status != S.EXPIRED
    return facts | ({"goes_on": "1"} if goes_on else {})
