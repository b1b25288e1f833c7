"""A referral written at the desk for the resident of a conversation: the mini-program's own choices and actions."""

from datetime import datetime

from flask import Response, request

from server import clock
from server.access import referrals as access
from server.actions.booking import referring
from server.errors import AppError
from server.handlers import context
from server.handlers.desk import booking, forms
from server.handlers.desk.conversation import after
from server.handlers.desk.leading import Lead, kept, lead, page
from server.handlers.miniprogram.shapes.referrals import ReferralOptionsOut
from server.models import Referral

VERBAL = "居民口头同意，开单医生在场"
WHYS = ("本地只有这家有这个专科", "离居民最近", "居民正在该院治疗")
MOST_SLOTS = 20


def show(conversation_id: str) -> Response:
    """Open it: where to, why, with which number, and how the resident agrees."""
    return _page(lead(conversation_id))


def send(conversation_id: str) -> Response:
    """Send it off, or to the resident's phone for his consent; a form sent twice refers once."""
    found = lead(conversation_id)
    try:
        told = forms.read(forms.ReferralForm)
        fields = told.model_dump(include=set(referring.Plan.__dataclass_fields__))
        plan = referring.Plan(**fields | {"slot_id": told.slot_id or None})
        row, _ = referring.refer(
            found.resident,
            plan,
            _consent(told),
            staff=context.staff(),
            policy=context.wiring().policy,
            by=context.as_staff(),
        )
    except AppError as error:
        return _page(found, error)
    return after(found.row, f"转诊单 {row.number}：{row.hospital_name}，{_follows(row)}")


def emergency(conversation_id: str) -> Response:
    """Write down that he was admitted directly; a form sent twice reports once."""
    found = lead(conversation_id)
    try:
        told = forms.read(forms.EmergencyForm)
        at = datetime.fromisoformat(f"{told.admitted_on}T{told.admitted_time}").replace(tzinfo=clock.SHANGHAI)
        fields = told.model_dump(exclude={"admitted_on", "admitted_time"})
        row, _ = referring.report(
            found.resident,
            referring.Emergency(**fields, admitted_at=at),
            policy=context.policy_for(found.resident),
            by=context.as_staff(),
        )
    except AppError as error:
        return _page(found, error, is_emergency=True)
    is_whole = row.retro_registered_at is not None
    return after(found.row, f"已登记急诊住院：{row.hospital_name}{'' if is_whole else '，资料请在时限内补齐'}")


def _consent(told: forms.ReferralForm) -> referring.Consent | None:
    if told.consent == "app":
        return None
    proof = VERBAL if told.consent == "verbal" else told.proof
    return referring.Consent(told.consent, told.text_sha256, proof)


def _follows(row: Referral) -> str:
    return "已发到居民手机，等他同意" if row.consent_method is None else row.status_label


def _page(found: Lead, error: AppError | None = None, *, is_emergency: bool = False) -> Response:
    policy, team = context.wiring().policy, found.agreement.team
    targets = access.targets(team, policy.combination.guidance_hospitals, policy.booking.horizon_days)
    options = ReferralOptionsOut.of(found.resident, targets, team.name, policy)
    asked = request.form.get("to") or request.form.get("hospital_id", "")
    target = next((one for one in options.targets if one.id == asked), next(iter(options.targets), None))
    return page(
        found,
        "referral.html",
        error,
        options=options,
        target=target,
        slots=booking.free(target.id)[:MOST_SLOTS] if target else [],
        whys=WHYS,
        kept=kept,
        today=clock.today(),
        is_emergency=is_emergency,
    )
