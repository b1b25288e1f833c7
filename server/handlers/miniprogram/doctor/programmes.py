"""Programmes of the team's residents: forms, enrolments, other days, visits that did not take place, referral checks."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import followups as access
from server.access import rights
from server.actions import followups
from server.handlers import context
from server.handlers.miniprogram.doctor.followups import shown
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import FollowUpOut
from server.handlers.miniprogram.shapes.programmes import (
    AbsenceOut,
    AssignIn,
    CheckAnswerIn,
    CheckOut,
    DateIn,
    EnrolmentOut,
    FactsIn,
    FormOut,
    NotVisitedIn,
)
from server.models import CheckResult, FollowUpStatus

blueprint = APIBlueprint("doctor_programmes", __name__, url_prefix="/api/doctor")


@blueprint.get("/followups/<followup_id>/form")
@blueprint.output(FormOut)
def form(followup_id: str) -> FormOut:
    """What to fill in, begun with what the visit before found; of one that is done, what it found itself.

    That it was shown is written down; a colleague who looks at a critical one stops the call to the administrator.
    Errors: not_found.
    """
    staff = context.staff()
    row = access.one(followup_id, staff)
    last = row if row.status == FollowUpStatus.DONE else access.previous(row)
    answer = FormOut.of(row, shown([row])[0], last, shown(access.together(row, staff)), clock.today())
    followups.open_done(row, by=context.as_staff())
    return answer


@blueprint.post("/followups/<followup_id>/not-visited")
@blueprint.input(NotVisitedIn, arg_name="body")
@blueprint.output(AbsenceOut)
def not_visited(followup_id: str, body: NotVisitedIn) -> AbsenceOut:
    """Write down why a visit did not take place. Errors: not_found, date_invalid, illegal_move, stale_state."""
    row = access.one(followup_id, context.staff())
    agreement = rights.in_force(row.resident_id)
    done = followups.not_visited(
        row,
        body.reason,
        body.on,
        note=body.note,
        next_on=body.next_on,
        by=context.as_staff(),
        policy=context.wiring().policy,
    )
    return AbsenceOut(
        followup=shown([done.followup])[0],
        next=shown([done.next])[0] if done.next else None,
        ending_hint=done.ending_hint,
        agreement_id=agreement.id if agreement and done.ending_hint else None,
    )


@blueprint.post("/followups/<followup_id>/date")
@blueprint.input(DateIn, arg_name="body")
@blueprint.output(FollowUpOut)
def choose_date(followup_id: str, body: DateIn) -> FollowUpOut:
    """Move a planned follow-up to another day. Errors: not_found, date_invalid, reason_needed, illegal_move."""
    row = access.one(followup_id, context.staff())
    return shown([followups.choose_date(row, body.due_on, reason=body.reason, by=context.as_staff())])[0]


@blueprint.get("/residents/<resident_id>/enrolments")
def enrolments(resident_id: str) -> dict[str, Any]:
    """Which programmes a resident of my panel is and was in. Errors: not_found."""
    staff = context.staff()
    rows = access.enrolments(access.panel_resident(resident_id, staff), staff)
    return listed([EnrolmentOut.of(row, clock.today()).model_dump() for row in rows], None)


@blueprint.post("/enrolments/<enrolment_id>/end")
@blueprint.output(EnrolmentOut)
def end(enrolment_id: str) -> EnrolmentOut:
    """Take somebody out of a programme; what was planned is cancelled. Errors: not_found."""
    row = access.enrolment(enrolment_id, context.staff())
    return EnrolmentOut.of(followups.end(row, by=context.as_staff()), clock.today())


@blueprint.post("/enrolments/<enrolment_id>/facts")
@blueprint.input(FactsIn, arg_name="body")
@blueprint.output(EnrolmentOut)
def facts(enrolment_id: str, body: FactsIn) -> EnrolmentOut:
    """Note what is newly known for somebody's plan; its windows follow. Errors: not_found, fact_invalid, no_active_agreement."""
    row = access.enrolment(enrolment_id, context.staff())
    done = followups.note_facts(row, body.facts, by=context.as_staff(), policy=context.wiring().policy)
    return EnrolmentOut.of(done, clock.today())


@blueprint.post("/enrolments/<enrolment_id>/assign")
@blueprint.input(AssignIn, arg_name="body")
@blueprint.output(EnrolmentOut)
def assign(enrolment_id: str, body: AssignIn) -> EnrolmentOut:
    """Say who of the team looks after somebody; of restricted programmes only he sees it. Errors: not_found."""
    row = access.enrolment(enrolment_id, context.staff())
    colleague = access.colleague(body.staff_id, row.team_id)
    return EnrolmentOut.of(followups.assign(row, colleague.id, by=context.as_staff()), clock.today())


@blueprint.get("/referral-checks")
@blueprint.input(PageIn, location="query", arg_name="query")
def checks(query: PageIn) -> dict[str, Any]:
    """Referrals the team advised and has to ask about, the longest due first."""
    found, today = access.checks_of_team(context.staff(), query.cursor), clock.today()
    return listed([CheckOut.of(row, today).model_dump() for row in found.items], found.next)


@blueprint.post("/referral-checks/<check_id>/answer")
@blueprint.input(CheckAnswerIn, arg_name="body")
@blueprint.output(CheckOut)
def answer(check_id: str, body: CheckAnswerIn) -> CheckOut:
    """Write down what became of a referral. Errors: not_found, check_answered."""
    row = access.check(check_id, context.staff())
    policy = context.wiring().policy
    done = followups.answer(row, CheckResult(body.result), note=body.note, by=context.as_staff(), policy=policy)
    return CheckOut.of(done, clock.today())
