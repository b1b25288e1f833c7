"""My referrals: where I am sent, what I agree to, and an emergency that took me to a hospital directly."""

from typing import Any

from apiflask import APIBlueprint

from server.access import referrals as access
from server.actions.booking import referring
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.referrals import AgreeIn, EmergencyIn, ReferralOut
from server.models.referral import Referral

blueprint = APIBlueprint("referrals", __name__, url_prefix="/api/referrals")


def shown(rows: list[Referral], *, opened: bool = False) -> list[ReferralOut]:
    """Show my referrals with their hospitals' desks; opened with my consent."""
    desks = access.desks({row.hospital_id for row in rows if row.hospital_id})
    policy = context.policy_for(context.resident())
    return [ReferralOut.of(row, desks.get(row.hospital_id or ""), policy, opened=opened) for row in rows]


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def referrals(query: PageIn) -> dict[str, Any]:
    """My referrals, newest first."""
    found = access.of_resident(context.resident(), query.cursor)
    return listed([one.model_dump() for one in shown(found.items)], found.next)


@blueprint.get("/<referral_id>")
@blueprint.output(ReferralOut)
def referral(referral_id: str) -> ReferralOut:
    """One of mine: where, when, floor, desk, what to bring. Errors: not_found."""
    return shown([access.own(referral_id, context.resident())], opened=True)[0]


@blueprint.post("/<referral_id>/agree")
@blueprint.input(AgreeIn, arg_name="body")
@blueprint.output(ReferralOut)
def agree(referral_id: str, body: AgreeIn) -> ReferralOut:
    """I agree to be referred: it goes to the hospital.

    Errors: not_found, referral_text_changed, no_active_agreement, booking_needs_real_name, sharing_not_allowed,
    illegal_move, stale_state.
    """
    found = access.own(referral_id, context.resident())
    policy = context.wiring().policy
    return shown([referring.agree(found, body.text_sha256, policy=policy, by=context.as_resident())], opened=True)[0]


@blueprint.post("/<referral_id>/decline")
@blueprint.output(ReferralOut)
def decline(referral_id: str) -> ReferralOut:
    """I do not want to be referred, or not any more. Errors: not_found, illegal_move, stale_state."""
    found = access.own(referral_id, context.resident())
    return shown([referring.terminate(found, "居民不同意", by=context.as_resident())])[0]


@blueprint.post("/emergencies")
@blueprint.input(EmergencyIn, arg_name="body")
def emergency(body: EmergencyIn) -> tuple[dict[str, Any], int]:
    """I was admitted directly in an emergency; 201 when new, 200 when repeated.

    Errors: emergency_invalid, no_active_agreement.
    """
    resident = context.resident()
    told = referring.Emergency(**body.model_dump())
    row, is_new = referring.report(resident, told, policy=context.policy_for(resident), by=context.as_resident())
    return shown([row])[0].model_dump(), 201 if is_new else 200
