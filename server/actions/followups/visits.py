"""Recording a visit: judging it, planning the next one, alarming when it is an emergency."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select

from server import clock
from server.actions.followups.planning import DateInvalid, free_day, is_monthly, plan, unplanned
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import (
    Agreement,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    ItemKind,
    Programme,
    ServiceRecord,
    Staff,
    WechatUser,
    audit,
    entitlement,
    notification,
    referral,
)
from server.models.actor import Actor
from server.models.followup import REMINDERS
from server.models.states import move
from server.policy import followup_rules as rules
from server.policy.dates import add_months, month_end
from server.policy.schema import FollowUps, Policy

OLDEST_VISIT_DAYS = 366
RECORDED = "已记录"


class MeasurementInvalid(Invalid):
    """Not a blood pressure (domain.md §2.0 hard ranges), or missing where it is needed."""

    code, default_message = "measurement_invalid", "血压数值有误：收缩压 50–300，舒张压 30–200，且收缩压高于舒张压"


@dataclass(frozen=True)
class Completed:
    """A recorded visit and what follows from it."""

    followup: FollowUp
    next: FollowUp | None
    class_label: str
    advice: str
    is_emergency: bool


@retried
def complete(
    followup: FollowUp,
    *,
    visited_on: date,
    method: str,
    systolic: int | None,
    diastolic: int | None,
    note: str | None,
    by: Actor,
    policy: Policy,
) -> Completed:
    """Record a visit, judge it and plan the next one; a missed follow-up may be entered late with its true day.

    Args:
        systolic, diastolic: mmHg; both or none, needed for blood-pressure follow-ups.
        method: "clinic", "home" or "phone". by: a member of the follow-up's team.
    Raises:
        DateInvalid, MeasurementInvalid, states.IllegalMove, states.StaleState.
    Source:
        domain.md §2.1 H1–H7.
    """
    at = clock.now()
    today = clock.local(at).date()
    if not today - timedelta(days=OLDEST_VISIT_DAYS) <= visited_on <= today:
        raise DateInvalid("随访日期不能晚于今天，也不能早于一年前")
    _check_measurement(followup, systolic, diastolic)
    with transaction():
        judged = _judge(followup, visited_on, systolic, diastolic, policy.followups)
        emergency = judged.is_emergency if judged else _is_emergency(systolic, diastolic, policy.followups)
        result = {
            "systolic": systolic,
            "diastolic": diastolic,
            "note": note,
            "rule": judged.rule if judged else None,
            "emergency": emergency,
            "refer": judged.refer if judged else emergency,
        }
        move(
            followup,
            FollowUpStatus.DONE,
            by=by,
            at=at,
            visited_on=visited_on,
            entered_at=at,
            entered_by=by.id,
            method=method,
            outcome_class=int(judged.outcome_class) if judged else None,
            result=json.dumps(result, ensure_ascii=False),
        )
        notification.cancel(subject_id=followup.id, kinds=tuple(REMINDERS.values()))
        following = _following(followup, judged, visited_on, today, policy.followups, by, at)
        _record_service(followup, visited_on, by, at)
        if followup.programme == Programme.DISCHARGE:
            referral.followed_up(followup.id, by=by, at=at)
        audit.record("followup_completed", followup, by=by, at=at)
        if emergency:
            _alarm_lead(followup, at)
    return Completed(
        followup,
        following,
        judged.class_label if judged else (rules.EMERGENCY_LABEL if emergency else RECORDED),
        judged.advice if judged else (rules.ADVICE["H7"] if emergency else ""),
        emergency,
    )


def _check_measurement(followup: FollowUp, systolic: int | None, diastolic: int | None) -> None:
    if systolic is None and diastolic is None:
        if followup.programme == Programme.HTN:
            raise MeasurementInvalid("请填写收缩压和舒张压")
        return
    if systolic is None or diastolic is None:
        raise MeasurementInvalid("收缩压和舒张压请一起填写")
    problem = rules.problem_of(systolic, diastolic)
    if problem:
        raise MeasurementInvalid(problem=str(problem))


def _is_emergency(systolic: int | None, diastolic: int | None, numbers: FollowUps) -> bool:
    return systolic is not None and diastolic is not None and rules.is_emergency(systolic, diastolic, numbers)


def _judge(
    followup: FollowUp, visited_on: date, systolic: int | None, diastolic: int | None, numbers: FollowUps
) -> rules.Judgement | None:
    if followup.programme != Programme.HTN or systolic is None or diastolic is None:
        return None
    before = db.session.scalar(
        _done(followup)
        .where(FollowUp.visited_on <= visited_on, FollowUp.outcome_class.is_not(None))
        .order_by(FollowUp.visited_on.desc(), FollowUp.entered_at.desc())
        .limit(1)
    )
    previous = rules.Previous(before.outcome_class) if before and before.outcome_class is not None else None
    visit = rules.Visit(visited_on, followup.resident.age_on(visited_on), systolic, diastolic)
    return rules.judge(visit, previous, numbers)


def _done(followup: FollowUp) -> Select[FollowUp]:
    """Visits of the same person and programme that took place."""
    return select(FollowUp).where(
        FollowUp.resident_id == followup.resident_id,
        FollowUp.programme == followup.programme,
        FollowUp.status == FollowUpStatus.DONE,
        FollowUp.id != followup.id,
    )


def _following(
    followup: FollowUp,
    judged: rules.Judgement | None,
    visited_on: date,
    today: date,
    numbers: FollowUps,
    by: Actor,
    at: datetime,
) -> FollowUp | None:
    """Return the next follow-up: the one already planned, moved to its new day, or a new one."""
    enrolment = db.session.get_one(Enrolment, followup.enrolment_id)
    planned = db.session.scalar(
        select(FollowUp)
        .where(FollowUp.enrolment_id == enrolment.id, FollowUp.status == FollowUpStatus.PLANNED)
        .order_by(FollowUp.due_on)
        .limit(1)
    )
    # a late entry of an old visit does not overrule what a newer one decided
    newer = db.session.scalar(_done(followup).where(FollowUp.visited_on > visited_on).limit(1))
    if enrolment.ended_on is not None or newer is not None:
        return planned
    if judged is None:
        return planned or _next_home_visit(followup, enrolment, numbers, by, at)
    due_on = free_day(enrolment, max(judged.next_on, today), visited_on, planned)
    grace = numbers.routine_grace_days if judged.has_grace else 0
    if planned is None:
        return plan(enrolment, due_on, grace, by=by, at=at)
    if planned.due_on != due_on:
        planned.due_on, planned.window_end_on, planned.remind_step = due_on, due_on + timedelta(days=grace), 0
        notification.cancel(subject_id=planned.id, kinds=tuple(REMINDERS.values()))
    return planned


def _next_home_visit(
    followup: FollowUp, enrolment: Enrolment, numbers: FollowUps, by: Actor, at: datetime
) -> FollowUp | None:
    if not is_monthly(Programme(followup.programme), numbers):
        return None
    due_on = month_end(add_months(followup.due_on.replace(day=1), 1))
    wanted = db.session.scalar(unplanned(due_on).where(Enrolment.id == enrolment.id))
    return plan(enrolment, due_on, 0, by=by, at=at) if wanted else None


def _record_service(followup: FollowUp, visited_on: date, by: Actor, at: datetime) -> None:
    agreement_id = db.session.scalar(select(Agreement.id).where(Agreement.active_key == followup.resident_id))
    kind = ItemKind.HOME_VISIT if followup.programme == Programme.HOME_VISIT else ItemKind.FOLLOWUP
    db.session.add(
        ServiceRecord(
            resident_id=followup.resident_id,
            agreement_id=agreement_id,
            team_id=followup.team_id,
            staff_id=by.id,
            kind=kind,
            source_key=f"followup:{followup.id}",
            served_on=visited_on,
            recorded_at=at,
            entitlement_id=entitlement.book(agreement_id, kind, visited_on),
            place=followup.method,
        )
    )


def _alarm_lead(followup: FollowUp, at: datetime) -> None:
    lead: Staff | None = followup.team.lead
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if user_id:
        notification.queue(
            "emergency_alarm",
            dedupe_key=f"emergency:followup:{followup.id}",
            subject_id=followup.id,
            at=at,
            facts={"sender": followup.resident.name_masked, "summary": "随访发现危急情况，请立即处理"},
            user_id=user_id,
            team_id=followup.team_id,
            is_urgent=True,
        )
