"""Whom a resident's notice goes to, and what keeps it back: wishes, the night, the day's limit (domain.md §7.1).

Nothing here writes: what is to be done comes back as an ``Act``, done in the caller's transaction. Every reason to keep
something back ends in a visible state: later, merged, or cancelled.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from server import clock
from server.access.channels import Person
from server.access.known import Known, is_gatherable
from server.database import db
from server.models import Notification, Team, notice_setting
from server.models import NotificationStatus as N
from server.models.delivery import copy_to, hand_over, merge, put_off, shift
from server.policy.notice_topics import is_reminder
from server.policy.notices import DIGEST, KINDS
from server.policy.reminder_times import is_quiet, quiet_ends
from server.policy.schema import Policy

MOST_TITLES = 3

Act = Callable[[], bool]
"""Writes what was decided about one notification, and tells whether it was still as the decision took it to be."""


def copies(row: Notification, who: Person, policy: Policy, known: Known) -> list[Act]:
    """A guardian of 14 to 17 hears what the young person hears."""
    if not _is_first_told(row) or not policy.reminders.guardian_below <= _age(who, known) < 18:
        return []
    living = [one for one in known.guardians(who.resident_id) if known.person(one) is not None]
    return [partial(copy_to, row, one, known.at) for one in living]


def address(row: Notification, who: Person, policy: Policy, known: Known) -> Act | None:
    """Hand what is about a child or a ward over to the guardian: it comes again at once."""
    if not _is_first_told(row) or policy.reminders.guardian_below <= _age(who, known) < 18:
        return None
    guardians = known.guardians(who.resident_id)
    return (lambda: hand_over(row, guardians[0], known.at)) if guardians else None


def _is_first_told(row: Notification) -> bool:
    return row.about_id is None and row.user_id is None and not row.attempts


def _age(who: Person, known: Known) -> int:
    return who.age_on(clock.local(known.at).date())


def pass_on(row: Notification, known: Known) -> Act | None:
    """Hand a notice over to the next of the person's chain when nothing reaches the present one; None: nobody is left."""
    if row.user_id is not None or row.resident_id is None or KINDS[row.kind].who != "resident":
        return None
    about = known.person(row.about_id or row.resident_id)
    if about is None:
        return None
    for next_id in (*known.guardians(about.resident_id), *known.substitutes(about)):
        if next_id not in (row.resident_id, *row.passed_to) and known.person(next_id) is not None:
            return partial(_hand_on, row, next_id, known.at)
    return None


def _hand_on(row: Notification, next_id: str, at: datetime) -> bool:
    _leave_day(row)
    return hand_over(row, next_id, at)


def keep_back(row: Notification, who: Person, about: Person, policy: Policy, at: datetime) -> Act | None:
    """Cancel, put off or give up a resident's notice that must not go out now."""
    local = clock.local(at)
    reminder = is_reminder(row.kind) and not row.is_urgent
    if not about.wants(row.kind):
        return lambda: shift(row.id, N.CREATED, N.CANCELLED, reason="opted_out")
    if reminder and (about.is_muted(local.date()) or who.is_muted(local.date())):
        return lambda: shift(row.id, N.CREATED, N.CANCELLED, reason="muted")
    if KINDS[row.kind].keeps_quiet and not row.is_urgent and is_quiet(local, policy.reminders):
        # one instant for all that waits for one person, so that it can travel together
        return lambda: put_off(row.id, quiet_ends(local, policy.reminders, who.resident_id))
    if not reminder:
        return None
    due_on = clock.local(row.due_at or row.created_at).date()
    if local.date() - due_on > timedelta(days=policy.reminders.max_age_days):
        return lambda: shift(row.id, N.CREATED, N.FAILED, reason="too_old")
    return None


def gather(row: Notification, who: Person, about: Person, known: Known) -> tuple[list[str], Act] | None:
    """Let a reminder and the others that wait for the same person travel in one message.

    Returns:
        The ids that travel, and what writes it; None when there are no others. The writing raises StaleState when
        another sender took one of them meanwhile.
    """
    if not is_gatherable(row):
        return None
    others = [other for other in known.others_waiting(row, who.resident_id) if about.wants(other.kind)]
    if not others:
        return None
    rows = sorted((row, *others), key=lambda one: (one.created_at, one.id))
    return [one.id for one in rows], lambda: _merge(row, rows, who, known.at)


def _merge(row: Notification, rows: list[Notification], who: Person, at: datetime) -> bool:
    notice_setting.own_row(who.resident_id, at)
    titles = list(dict.fromkeys(KINDS[one.kind].title for one in rows))
    team = _team(rows)
    merge(
        rows,
        {
            "kind": DIGEST,
            "dedupe_key": f"digest:{rows[0].id}:{rows[-1].id}",
            "subject_id": rows[0].id,
            "at": at,
            "facts": {
                "count": len(rows),
                "titles": titles[:MOST_TITLES],
                "team": team.name if team else "",
                "phone": team.phone if team else "",
            },
            "resident_id": who.resident_id,
            "about_id": row.about_id,
            "passed_to": tuple(row.passed_to),
            "team_id": team.id if team else None,
        },
    )
    return True


def _team(rows: list[Notification]) -> Team | None:
    team_id = next((row.team_id for row in rows if row.team_id), None)
    return db.session.get(Team, team_id) if team_id else None


def is_counted(row: Notification, at: datetime) -> bool:
    """Tell whether a notice takes a place of this day's limit, and has none yet."""
    return not row.is_urgent and is_reminder(row.kind) and row.counted_on != clock.local(at).date()


def till_tomorrow(row: Notification, who: Person, policy: Policy, at: datetime) -> datetime | None:
    """Return when a reminder beyond the day's limit goes out; None when it would be over by then."""
    local = clock.local(at)
    last_minute = datetime.combine(local.date(), time(23, 59), clock.SHANGHAI)
    morning = quiet_ends(last_minute, policy.reminders, who.resident_id)
    return None if row.expires_at is not None and row.expires_at <= morning else morning


def _leave_day(row: Notification) -> None:
    if row.counted_on is not None and row.resident_id is not None:
        notice_setting.give_place_back(row.resident_id, row.counted_on)


def leave_day(row_id: str) -> None:
    """Take a reminder that reached nobody off the count of its day."""
    row = db.session.get(Notification, row_id, populate_existing=True)
    if row is not None:
        _leave_day(row)
