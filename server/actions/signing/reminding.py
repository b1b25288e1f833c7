"""Who is told that an agreement ends, has ended, or went on silently: N-12, N-13, N-14, by the rules it was signed under."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, update

from server import clock
from server.actions.signing.following import GIVEN_UP
from server.actions.signing.rules import kept_rules
from server.actions.signing.steps import S, tell_teams_today
from server.database import db, retried, transaction
from server.models import Agreement, Resident, ServicePackage, Team
from server.models import notification as notifications
from server.models.agreement import IN_FORCE, OPEN
from server.policy.renewal_notices import Step, after_end, before_end, due, following, while_unconfirmed
from server.policy.schema import Policy
from server.policy.terms import last_grace_day

WATCHED = (S.ACTIVE, S.AUTO_RENEWED_UNCONFIRMED, S.EXPIRED)
BATCH = 500
"""Agreements of one transaction: thousands fall due in a night, and each commit costs as much as many rows."""


class Due(NamedTuple):
    """What the notices need to know of an agreement; neither texts nor signatures are opened for it."""

    id: str
    status: str
    resident_id: str
    team_id: str
    start_on: date
    end_on: date
    next_notice_on: date | None
    reconfirm_by_on: date | None
    resident_confirmed_at: datetime | None
    team_confirmed_at: datetime | None
    policy_id: str | None
    region: str
    died_on: date | None
    team: str
    package: str


COLUMNS = (
    *(getattr(Agreement, name) for name in Due._fields[:12]),
    Resident.died_on,
    Team.name,
    ServicePackage.name,
)


@retried
def offer_next_renewal(policy: Policy) -> int:
    """Do what is due today about the ends of some agreements: notices, or working out the day of the next ones.

    Each notice once, without anybody opening anything; a late run tells only what counts today. One range of an index,
    whatever the number of agreements, and up to 500 of them in one transaction.

    Returns:
        How many there were.
    Source:
        policy keys renewal.notice_days, lapsed_notice_days, reconfirm_notice_days, open_before_days, team_prompts.
    """
    at = clock.now()
    with transaction():
        found = _next_due(clock.local(at).date())
        _tell_all(found, at)
    return len(found)


def tell_about_end(agreement: Agreement, at: datetime) -> None:
    """Queue what is due about an agreement's end, and set the day of the next notice, in the caller's transaction."""
    db.session.flush()
    _tell_all(_load([agreement.id]), at)
    db.session.expire(agreement, ["next_notice_on"])


def _next_due(today: date) -> list[Due]:
    for status in WATCHED:
        ids = _ids(status, Agreement.next_notice_on <= today)
        if not ids and status != S.EXPIRED:  # new ones; one that has ended is planned when it ends
            ids = _ids(status, Agreement.next_notice_on.is_(None))
        if ids:
            return _load(ids)
    return []


def _ids(status: str, when: ColumnElement[bool]) -> list[str]:
    """Lock and return the first ones, so that nobody moves them while they are told."""
    mine = select(Agreement.id).where(Agreement.status == status, when)
    return list(
        db.session.scalars(mine.order_by(Agreement.next_notice_on, Agreement.id).limit(BATCH).with_for_update())
    )


def _load(ids: list[str]) -> list[Due]:
    rows = (
        select(*COLUMNS)
        .select_from(Agreement)
        .join(Resident, Resident.id == Agreement.resident_id)
        .join(Team, Team.id == Agreement.team_id)
        .join(ServicePackage, ServicePackage.id == Agreement.package_id)
        .where(Agreement.id.in_(ids))
    )
    return [Due(*row) for row in db.session.execute(rows.order_by(Agreement.id))]


def _tell_all(rows: list[Due], at: datetime) -> None:
    """Queue what is due about each, and write down the days on which to look again."""
    today = clock.local(at).date()
    settled = _settled(rows, today)
    again: dict[date | None, list[str]] = defaultdict(list)
    notices: list[dict[str, Any]] = []
    teams: dict[tuple[str, str], None] = {}
    for row in rows:
        steps, until = _steps(row)
        on = following(steps, today)
        if on is None and until is not None:
            on = max(until, today) + timedelta(days=1)  # by then something else happens to it
        again[on].append(row.id)
        for step in due(steps, row.next_notice_on, today):
            notice = _notice(row, step, today, at, is_settled=row.id in settled)
            if isinstance(notice, str):
                teams[row.team_id, notice] = None
            elif notice is not None and row.died_on is None:
                notices.append(notice)
    for on, ids in again.items():
        plan = update(Agreement).where(Agreement.id.in_(ids)).values(next_notice_on=on)
        db.session.execute(plan.execution_options(synchronize_session=False))
    notifications.queue_many(notices)
    tell_teams_today(list(teams), at)


def _steps(row: Due) -> tuple[list[Step], date | None]:
    """The notices of an agreement in its state, and the day after which it will have left this state."""
    rules = kept_rules(row.policy_id, row.region).renewal
    if row.status == S.AUTO_RENEWED_UNCONFIRMED:
        assert row.reconfirm_by_on is not None
        began = row.reconfirm_by_on - timedelta(days=rules.reconfirm_within_days)
        return while_unconfirmed(rules, began), row.reconfirm_by_on
    if row.status == S.EXPIRED:
        return after_end(rules, row.end_on), None
    return before_end(rules, row.end_on), row.end_on


def _notice(row: Due, step: Step, today: date, at: datetime, *, is_settled: bool) -> dict[str, Any] | str | None:
    """Return the resident's notice, or the kind of the team's, or None when nobody needs to be told any more."""
    if row.status == S.AUTO_RENEWED_UNCONFIRMED:
        if step.to == "team":
            return "reconfirm_waiting" if row.team_confirmed_at is None else None
        if row.resident_confirmed_at is not None:
            return None
        assert row.reconfirm_by_on is not None
        key = f"reconfirm_due:{row.id}:{row.start_on}:{step.days}"
        return _words(row, "reconfirm_due", key, at, confirm_by_on=row.reconfirm_by_on.isoformat())
    if is_settled:
        return None
    has_ended = row.status == S.EXPIRED
    if step.to == "team":
        return "renewals_lapsed" if has_ended else "renewals_ahead"
    kind = "agreement_expired" if has_ended else "renewal_offer"
    rules = kept_rules(row.policy_id, row.region).renewal
    return _words(
        row,
        kind,
        f"{kind}:{row.id}:{row.end_on}:{step.days}",
        at,
        days_left=str((row.end_on - today).days),
        renew_until_on=last_grace_day(rules, row.end_on).isoformat(),
        **({"goes_on": "1"} if rules.mode == "auto_reconfirm" and not has_ended else {}),
    )


def _words(row: Due, kind: str, key: str, at: datetime, **more: str) -> dict[str, Any]:
    facts = {"team": row.team, "package": row.package, "end_on": row.end_on.isoformat(), "agreement_id": row.id, **more}
    return {
        "kind": kind,
        "dedupe_key": key,
        "subject_id": row.id,
        "at": at,
        "resident_id": row.resident_id,
        "team_id": row.team_id,
        "facts": facts,
    }


def _settled(rows: list[Due], today: date) -> set[str]:
    """The ones about which nobody needs to be told any more: something follows already, or it is too late."""
    ids = [row.id for row in rows]
    follows = select(Agreement.predecessor_id).where(
        Agreement.predecessor_id.in_(ids), Agreement.status.not_in(GIVEN_UP)
    )
    ended = [row.resident_id for row in rows if row.status == S.EXPIRED]
    others = select(Agreement.resident_id).where(
        Agreement.resident_id.in_(ended), Agreement.status.in_((*OPEN, *IN_FORCE))
    )
    followed = set(db.session.scalars(follows)) if ids else set()
    served = set(db.session.scalars(others)) if ended else set()
    return {row.id for row in rows if row.id in followed or _is_too_late(row, today) or _is_served(row, served)}


def _is_too_late(row: Due, today: date) -> bool:
    if row.status != S.EXPIRED:
        return row.end_on < today
    return today > last_grace_day(kept_rules(row.policy_id, row.region).renewal, row.end_on)


def _is_served(row: Due, served: set[str]) -> bool:
    return row.status == S.EXPIRED and row.resident_id in served
