"""Whom a resident's notice goes to, and what keeps it back: wishes, the night, the day's limit (domain.md §7.1).

In the caller's transaction. Every reason to keep something back ends in a visible state: later, merged, or cancelled.
"""

from datetime import datetime, time, timedelta

from server import clock
from server.access import channels
from server.access.channels import Person
from server.database import db
from server.models import Notification, Team, notice_setting
from server.models import NotificationStatus as N
from server.models.delivery import copy_to, hand_over, merge, put_off, shift
from server.policy.notice_topics import is_reminder, may_travel_together
from server.policy.notices import DIGEST, KINDS
from server.policy.reminder_times import is_quiet, quiet_ends
from server.policy.schema import Policy

MOST_TITLES = 3


def address(row: Notification, who: Person, policy: Policy, at: datetime) -> bool:
    """Hand what is about a child or a ward over to the guardian; a guardian of 14 to 17 hears it besides.

    Returns whether the row changed: it comes again at once.
    """
    if row.about_id is not None or row.user_id is not None or row.attempts:
        return False
    today = clock.local(at).date()
    age = who.age_on(today)
    guardians = channels.guardians(who.resident_id, today)
    if not guardians:
        return False
    if policy.reminders.guardian_below <= age < 18:
        for guardian_id in guardians:
            if channels.person(guardian_id) is not None:
                copy_to(row, guardian_id, at)
        return False
    return hand_over(row, guardians[0], at)


def pass_on(row: Notification, at: datetime) -> bool:
    """Hand a notice over to the next of the person's chain when nothing reaches the present one; False: nobody is left."""
    if row.user_id is not None or row.resident_id is None or KINDS[row.kind].who != "resident":
        return False
    about = channels.person(row.about_id or row.resident_id)
    if about is None:
        return False
    today = clock.local(at).date()
    chain = [*channels.guardians(about.resident_id, today), *channels.substitutes(about, today)]
    for next_id in chain:
        if next_id not in (row.resident_id, *row.passed_to) and channels.person(next_id) is not None:
            _leave_day(row)
            return hand_over(row, next_id, at)
    return False


def keep_back(row: Notification, who: Person, about: Person, policy: Policy, at: datetime) -> bool:
    """Cancel, put off or give up a resident's notice that must not go out now. Returns whether it did."""
    local = clock.local(at)
    reminder = is_reminder(row.kind) and not row.is_urgent
    if not about.wants(row.kind):
        return shift(row.id, N.CREATED, N.CANCELLED, reason="opted_out")
    if reminder and (about.is_muted(local.date()) or who.is_muted(local.date())):
        return shift(row.id, N.CREATED, N.CANCELLED, reason="muted")
    if KINDS[row.kind].keeps_quiet and not row.is_urgent and is_quiet(local, policy.reminders):
        # one instant for all that waits for one person, so that it can travel together
        return put_off(row.id, quiet_ends(local, policy.reminders, who.resident_id))
    if not reminder:
        return False
    due_on = clock.local(row.due_at or row.created_at).date()
    if local.date() - due_on > timedelta(days=policy.reminders.max_age_days):
        return shift(row.id, N.CREATED, N.FAILED, reason="too_old")
    return False


def gather(row: Notification, who: Person, about: Person, at: datetime) -> bool:
    """Let a reminder and the others that wait for the same person travel in one message. Returns whether it did.

    Raises:
        StaleState: another sender took one of them meanwhile.
    """
    if row.attempts or row.is_urgent or not may_travel_together(row.kind):
        return False
    others = [other for other in channels.others_waiting(row, who.resident_id, at) if about.wants(other.kind)]
    if not others:
        return False
    rows = sorted((row, *others), key=lambda one: (one.created_at, one.id))
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


def takes_place(row: Notification, who: Person | None, policy: Policy, at: datetime) -> bool:
    """Count a reminder against the day's limit; True also for what is not counted, or counted already."""
    today = clock.local(at).date()
    if who is None or row.is_urgent or not is_reminder(row.kind) or row.counted_on == today:
        return True
    if not notice_setting.take_place(who.resident_id, today, policy.reminders.max_a_day, at):
        return False
    row.counted_on = today
    db.session.flush()
    return True


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
