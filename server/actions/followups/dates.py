"""The doctor chooses another day than the rule's: earlier as he likes, later with a reason (domain.md §2.0)."""

from datetime import date

from server import clock
from server.actions.followups.following import check_day, move_to
from server.actions.followups.planning import free_day
from server.actions.followups.refusals import DateInvalid
from server.database import db, retried, transaction
from server.models import Enrolment, FollowUp, FollowUpStatus, audit
from server.models.actor import Actor
from server.models.states import IllegalMove


@retried
def choose_date(row: FollowUp, due_on: date, *, reason: str | None, by: Actor) -> FollowUp:
    """Move a planned follow-up; of one with a window the day stays inside it.

    Raises:
        DateInvalid, ReasonNeeded, states.IllegalMove (not planned any more).
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        row = session.get_one(FollowUp, row.id, with_for_update={"of": FollowUp}, populate_existing=True)
        if row.status != FollowUpStatus.PLANNED:
            raise IllegalMove(old=str(row.status), new=str(FollowUpStatus.PLANNED))
        if row.due_on == due_on:
            return row
        rule_on = row.rule_due_on or row.due_on
        check_day(due_on, rule_on, reason, today)
        enrolment = session.get_one(Enrolment, row.enrolment_id)
        if free_day(enrolment, due_on, due_on, row) != due_on:
            raise DateInvalid("这一天已安排了另一次随访")
        if row.kind_key:
            if not (row.window_start_on or due_on) <= due_on <= row.window_end_on:
                raise DateInvalid("日期应在规定的服务时间之内")
            end_on = row.window_end_on
            move_to(row, due_on, 0)
            row.window_end_on = end_on
        else:
            move_to(row, due_on, (row.window_end_on - row.due_on).days)
        row.rule_due_on = rule_on if rule_on != due_on else None
        row.due_reason = (reason or "").strip() or None
        audit.record("followup_moved", row, by=by, at=at)
        db.session.flush()
    return row
