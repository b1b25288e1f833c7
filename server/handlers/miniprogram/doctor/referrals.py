"""Referring my residents, receiving who is sent back, and what hospitals told of discharges."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import doctor as doctors
from server.access import followups as followup_access
from server.access import referrals as access
from server.access import resident as resident_access
from server.actions.booking import referring
from server.handlers import context
from server.handlers.miniprogram.shapes.booking import SlotOut
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.referrals import (
    DischargeOut,
    EmergencyIn,
    ReferIn,
    ReferralOptionsOut,
    ReferralTabIn,
    RegisterIn,
    TargetSlotsIn,
    TeamReferralOut,
    TerminateIn,
)
from server.models.referral import Referral

blueprint = APIBlueprint("doctor_referrals", __name__, url_prefix="/api/doctor")


def shown(rows: list[Referral], *, opened: bool = False) -> list[TeamReferralOut]:
    """Show referrals of my teams; opened with what is in them."""
    desks, at = access.desks({row.hospital_id for row in rows if row.hospital_id}), clock.now()
    policy = context.wiring().policy
    return [TeamReferralOut.to_team(row, desks.get(row.hospital_id or ""), policy, at, opened=opened) for row in rows]


@blueprint.get("/residents/<resident_id>/referral")
@blueprint.output(ReferralOptionsOut)
def options(resident_id: str) -> ReferralOptionsOut:
    """Where a resident of my teams can be sent, and for which reasons. Errors: not_found."""
    resident = followup_access.panel_resident(resident_id, context.staff())
    team, policy = doctors.serving_team(resident_id, context.staff()), context.wiring().policy
    horizon = policy.booking.horizon_days
    targets = access.targets(team, policy.combination.guidance_hospitals, horizon)
    return ReferralOptionsOut.of(resident, targets, team.name, policy)


@blueprint.get("/referral-slots")
@blueprint.input(TargetSlotsIn, location="query", arg_name="query")
def slots(query: TargetSlotsIn) -> dict[str, Any]:
    """A hospital's coming numbers that a referral can carry, soonest first."""
    policy, at = context.wiring().policy, clock.now()
    found = resident_access.slots(query.hospital_id, policy.booking.horizon_days, query.cursor)
    return listed([SlotOut.of(slot, policy, at).model_dump() for slot in found.items], found.next)


@blueprint.post("/residents/<resident_id>/referrals")
@blueprint.input(ReferIn, arg_name="body")
def refer(resident_id: str, body: ReferIn) -> tuple[dict[str, Any], int]:
    """Send a resident of my teams to a hospital; 201 when new, 200 when repeated.

    Errors: not_found, referral_reason_invalid, summary_needed, outside_reason_needed, referral_open,
    patient_consent_missing, verbal_consent_not_allowed, referral_text_changed, other_hospitals_slot, slot_full,
    slot_closed, slot_past, slot_too_far, appointments_overlap, no_active_agreement, sharing_not_allowed.
    """
    resident = followup_access.panel_resident(resident_id, context.staff())
    fields = body.model_dump(exclude={"consent"})
    consent = referring.Consent(**body.consent.model_dump()) if body.consent else None
    row, is_new = referring.refer(
        resident,
        referring.Plan(**fields),
        consent,
        staff=context.staff(),
        policy=context.wiring().policy,
        by=context.as_staff(),
    )
    return shown([row])[0].model_dump(), 201 if is_new else 200


@blueprint.get("/referrals")
@blueprint.input(ReferralTabIn, location="query", arg_name="query")
def referrals(query: ReferralTabIn) -> dict[str, Any]:
    """My teams' referrals in one tab, newest first."""
    found = access.of_teams(context.staff(), query.tab, query.cursor)
    return listed([one.model_dump() for one in shown(found.items)], found.next)


@blueprint.get("/referrals/<referral_id>")
@blueprint.output(TeamReferralOut)
def referral(referral_id: str) -> TeamReferralOut:
    """One of my teams' referrals with what is in it; recorded. Errors: not_found."""
    found = access.of_team(referral_id, context.staff())
    referring.note_opened(found, by=context.as_staff())
    return shown([found], opened=True)[0]


@blueprint.post("/referrals/<referral_id>/terminate")
@blueprint.input(TerminateIn, arg_name="body")
@blueprint.output(TeamReferralOut)
def terminate(referral_id: str, body: TerminateIn) -> TeamReferralOut:
    """End it with a reason. Errors: not_found, termination_reason_needed, illegal_move, stale_state."""
    found = access.of_team(referral_id, context.staff())
    return shown([referring.terminate(found, body.reason, by=context.as_staff())])[0]


@blueprint.post("/referrals/<referral_id>/receive")
@blueprint.output(TeamReferralOut)
def receive(referral_id: str) -> TeamReferralOut:
    """Receive somebody a hospital sent back. Errors: not_found, illegal_move, stale_state."""
    found = access.of_team(referral_id, context.staff())
    return shown([referring.receive_down(found, policy=context.wiring().policy, by=context.as_staff())])[0]


@blueprint.post("/residents/<resident_id>/emergencies")
@blueprint.input(EmergencyIn, arg_name="body")
def emergency(resident_id: str, body: EmergencyIn) -> tuple[dict[str, Any], int]:
    """A resident of my teams was admitted directly; 201 when new, 200 when repeated.

    Errors: not_found, emergency_invalid, no_active_agreement.
    """
    resident = followup_access.panel_resident(resident_id, context.staff())
    told = referring.Emergency(**body.model_dump())
    row, is_new = referring.report(resident, told, policy=context.policy_for(resident), by=context.as_staff())
    return shown([row])[0].model_dump(), 201 if is_new else 200


@blueprint.post("/referrals/<referral_id>/register")
@blueprint.input(RegisterIn, arg_name="body")
@blueprint.output(TeamReferralOut)
def register(referral_id: str, body: RegisterIn) -> TeamReferralOut:
    """Complete the formalities of an emergency. Errors: not_found, emergency_invalid."""
    found = access.of_team(referral_id, context.staff())
    return shown([referring.register(found, **body.model_dump(), by=context.as_staff())])[0]


@blueprint.get("/followups/<followup_id>/discharge")
@blueprint.output(DischargeOut)
def discharge(followup_id: str) -> DischargeOut:
    """What the hospital told about whom I am to contact; recorded. Errors: not_found."""
    found = access.discharge_of(followup_id, context.staff())
    referring.note_opened(found, by=context.as_staff())
    return DischargeOut.of(found)
