"""Reminding residents of what is due."""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select, update

from server import clock
from server.actions.followups.planning import MONTHLY, is_monthly
from server.database import retried, transaction
from server.models import (
    FollowUp,
    FollowUpStatus,
    Programme,
    notification,
)
from server.models.followup import REMINDERS
from server.policy.dates import month_end
from server.policy.reminder_times import reminder_day, steps_before, steps_in_month
from server.policy.schema import FollowUps, Policy


@retried
def remind_next(policy: Policy) -> bool:
    """Queue the latest due reminder of one follow-up. Returns False when nobody has to be reminded now.

    A clock that starts late catches up with one reminder, not with all it missed. Nothing before the policy's time of
    day; the message expires with the due day.

    Source:
        policy keys followups.remind_days_before, followups.visit_notice_days_of_month; domain.md N-01, N-10.
    """
    at = clock.now()
    day = reminder_day(clock.local(at), policy.reminders)
    with transaction() as session:
        row = session.scalar(_to_remind(day, policy.followups).limit(1).execution_options(populate_existing=True))
        if row is None:
            return False
        step = _steps(row, day, policy.followups)
        claimed = session.execute(
            update(FollowUp)
            .where(
                FollowUp.id == row.id,
                FollowUp.status == FollowUpStatus.PLANNED,
                FollowUp.remind_step == row.remind_step,
            )
            .values(remind_step=step)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        if claimed == 1:
            _queue_reminder(row, step, at)
    return True


def _steps(row: FollowUp, day: date, numbers: FollowUps) -> int:
    if is_monthly(Programme(row.programme), numbers):
        return steps_in_month(row.due_on, day, numbers.visit_notice_days_of_month)
    return steps_before(row.due_on, day, numbers.remind_days_before)


def _to_remind(day: date, numbers: FollowUps) -> Select[FollowUp]:
    before, monthly = numbers.remind_days_before, numbers.home_visit_mode == MONTHLY
    by_days = [
        (FollowUp.remind_step < step) & (FollowUp.due_on <= day + timedelta(days=days))
        for step, days in enumerate(before, start=1)
    ]
    reached = sum(1 for number in numbers.visit_notice_days_of_month if number <= day.day)
    in_month = (FollowUp.due_on <= month_end(day)) & (FollowUp.remind_step < reached)
    is_visit = FollowUp.programme == Programme.HOME_VISIT
    days_before = or_(*by_days)
    wanted = or_(is_visit & in_month, ~is_visit & days_before) if monthly else days_before
    return (
        select(FollowUp)
        .where(FollowUp.status == FollowUpStatus.PLANNED, FollowUp.due_on >= day, wanted)
        .order_by(FollowUp.due_on, FollowUp.id)
    )


def _queue_reminder(row: FollowUp, step: int, at: datetime) -> None:
    notification.queue(
        REMINDERS[Programme(row.programme)],
        dedupe_key=f"followup:{row.id}:{row.due_on}:{step}",
        subject_id=row.id,
        at=at,
        facts={"team": row.team.name, "phone": row.team.phone, "due_on": row.due_on.isoformat()},
        resident_id=row.resident_id,
        team_id=row.team_id,
        expires_at=clock.midnight(row.due_on + timedelta(days=1)),
    )
