"""A hospital's referral desk: what waits for its answer, who is coming, who is here, and going home."""

import hashlib
import json
from collections.abc import Callable
from datetime import date

from flask import Response, request, url_for

from server import clock
from server.access import referrals as access
from server.access import resident as resident_access
from server.actions.booking import referring
from server.errors import AppError, Invalid
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site
from server.handlers.workbench.labels import ACTORS
from server.models import Referral
from server.models.referral import CONSENT_LABELS, DOWN_REASON_LABELS, REJECT_LABELS, STATUS_LABELS, ReferralStatus

TABS = {
    "": "待答复",
    "coming": "即将到院",
    "here": "在院",
    access.WITHDRAWN: "已撤回待查看",
    "sent_back": "已下转和已结束",
}
S = ReferralStatus


class DayUnreadable(Invalid):
    """No day."""

    code, default_message = "day_unreadable", "请选择日期"


def list_desk() -> Response:
    """List what comes to my hospital."""
    desk, tab = access.desk_of(admin()), request.args.get("tab", "")
    tab = tab if tab in TABS else ""
    return site.page(
        "desk_referrals.html",
        here="referral_desk",
        desk=desk,
        tabs=TABS,
        tab=tab,
        rows=access.at_desk(desk, tab or "inbox", site.cursor()) if desk else None,
        now=clock.now(),
        counts=access.waiting_at(desk) if desk else (0, 0),
        withdrawn=access.withdrawn_at(desk) if desk else 0,
    )


def show_desk_referral(referral_id: str) -> Response:
    """Show one with what is in it; that it was read is noted."""
    found = access.desk_referral(referral_id, by=admin())
    referring.note_opened(found, by=as_admin())
    if found.withdrawn_at is not None:
        referring.note_withdrawal(found, by=as_admin())
    return _show(found)


def accept(referral_id: str) -> Response:
    """Take him in with a number or a bed."""

    def work(found: Referral) -> None:
        bed_on = request.form.get("bed_on", "")
        place = referring.Place(
            slot_id=request.form.get("slot_id") or None,
            bed=request.form.get("bed", "")[:64],
            bed_on=_day(bed_on) if bed_on else None,
        )
        referring.accept(found, place, policy=wiring().policy, by=as_admin())

    return _do(referral_id, work, "已接收，居民和团队会收到通知")


def reject(referral_id: str) -> Response:
    """Say no, with a reason."""
    code, note = request.form.get("code", ""), request.form.get("note", "")[:200]
    return _do(referral_id, lambda found: referring.reject(found, code, note, by=as_admin()), "已答复，团队会收到通知")


def arrive(referral_id: str) -> Response:
    """He is here."""
    return _do(referral_id, lambda found: referring.arrive(found, by=as_admin()), "已登记到院")


def see(referral_id: str) -> Response:
    """The clinic is over."""
    return _do(referral_id, lambda found: referring.see(found, by=as_admin()), "已登记就诊结束")


def admit(referral_id: str) -> Response:
    """He stays."""
    return _do(referral_id, lambda found: referring.admit(found, by=as_admin()), "已登记住院")


def send_down(referral_id: str) -> Response:
    """Back to his team."""
    reason, summary = request.form.get("down_reason", ""), request.form.get("summary", "")[:2000]

    def work(found: Referral) -> None:
        referring.send_down(found, reason, summary, policy=wiring().policy, by=as_admin())

    return _do(referral_id, work, "已下转，团队会收到通知")


def discharge(referral_id: str) -> Response:
    """He goes home: the team is told what it needs."""

    def work(found: Referral) -> None:
        if found.hospital is None or found.status not in (S.ADMITTED, S.DISCHARGED, S.DOWN_SENT):
            raise referring.refusals.DischargeInvalid()
        names = ("discharged_on", "diagnosis", "drugs", "needs", "next_clinic_on", "down_reason")
        told = {name: request.form.get(name, "").strip()[:2000] for name in names}
        push = referring.Push(
            key=f"desk-{found.id}",
            body_sha256=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
            source="desk",
            discharged_on=_day(told["discharged_on"]),
            diagnosis=told["diagnosis"],
            drugs=told["drugs"],
            needs=told["needs"],
            next_clinic_on=_day(told["next_clinic_on"]) if told["next_clinic_on"] else None,
            down_reason=told["down_reason"] or None,
        )
        referring.receive(found.hospital, found.resident, push, policy=wiring().policy, by=as_admin())

    return _do(referral_id, work, "已登记出院并通知团队")


def _do(referral_id: str, work: Callable[[Referral], object], said: str) -> Response:
    found = access.desk_referral(referral_id, by=admin())
    try:
        work(found)
    except AppError as error:
        return _show(access.desk_referral(referral_id, by=admin()), error)
    return site.done(url_for("workbench.show_desk_referral", referral_id=found.id), said)


def _show(found: Referral, error: AppError | None = None) -> Response:
    policy = wiring().policy
    waits = found.status in (S.SUBMITTED, S.ESCALATED)
    slots = resident_access.slots(found.hospital_id or "", policy.booking.horizon_days, None).items if waits else []
    return site.page(
        "desk_referral.html",
        here="referral_desk",
        row=found,
        steps=access.events(found),
        step_labels=STATUS_LABELS,
        actors=ACTORS,
        slots=[slot for slot in slots if slot.places_left > 0],
        reject_reasons=REJECT_LABELS,
        down_reasons={code: DOWN_REASON_LABELS[code] for code in policy.referral.down_reasons},
        consent=CONSENT_LABELS.get(found.consent_method or "", ""),
        content_needed=policy.referral.discharge_push == "required",
        back_expected=policy.referral.back_in_recovery,
        now=clock.now(),
        error=error,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayUnreadable() from None
