"""Agreements that end early: requests to decide, deaths and moves to register, void with a second administrator."""

from collections.abc import Callable

from flask import Response, request, url_for

from server.access import admin_endings as access
from server.access.admin import agreement as own_agreement
from server.actions import signing
from server.errors import AppError
from server.handlers.context import admin, as_admin
from server.handlers.workbench import agreements, forms, site
from server.models import Agreement

TABS = {"": "解约申请", "void": "作废待确认", "decided": "已处理"}


def list_endings() -> Response:
    """List what waits for a decision, the earliest promise first, or what was decided."""
    tab = request.args.get("which", "")
    rows = access.endings(tab if tab in TABS else "", site.cursor(), by=admin())
    return site.page("endings.html", here="endings", rows=rows, tab=tab, tabs=TABS)


def approve(ending_id: str) -> Response:
    """End an agreement as its resident asked."""
    wish = access.termination(ending_id, by=admin())
    note = request.form.get("note", "")
    return _answer(
        wish.agreement,
        lambda: signing.decide_termination(wish, approve=True, note=note, by=as_admin()),
        "已同意解约，居民会收到通知",
    )


def refuse(ending_id: str) -> Response:
    """Let an agreement go on, with a reason that the resident reads."""
    wish = access.termination(ending_id, by=admin())
    note = request.form.get("note", "")
    return _answer(
        wish.agreement,
        lambda: signing.decide_termination(wish, approve=False, note=note, by=as_admin()),
        "已答复不同意，居民会收到通知",
    )


def close(agreement_id: str) -> Response:
    """Register a death or a move."""
    agreement = own_agreement(agreement_id, by=admin())

    def register() -> None:
        form = forms.read(forms.CloseForm)
        signing.close(agreement, form.event, form.on, by=as_admin())

    return _answer(agreement, register, "已登记，相关预约、随访和提醒已一并取消")


def propose_void(agreement_id: str) -> Response:
    """Propose that an agreement be declared void."""
    agreement = own_agreement(agreement_id, by=admin())

    def propose() -> None:
        form = forms.read(forms.VoidForm)
        signing.propose_void(agreement, reason=form.void_reason, note=form.void_note, by=as_admin())

    return _answer(agreement, propose, "已提出，请另一位管理员确认")


def confirm_void(ending_id: str) -> Response:
    """Confirm what another administrator proposed."""
    proposal = access.void(ending_id, by=admin())
    return _answer(
        proposal.agreement, lambda: signing.confirm_void(proposal, by=as_admin()), "协议已作废，原件保留可查"
    )


def drop_void(ending_id: str) -> Response:
    """Leave the agreement as it is."""
    proposal = access.void(ending_id, by=admin())
    return _answer(proposal.agreement, lambda: signing.drop_void(proposal, by=as_admin()), "已取消，协议不变")


def _answer(agreement: Agreement, step: Callable[[], object], text: str) -> Response:
    """Take the step and go back to the agreement; a refusal is shown there, with what was typed."""
    try:
        step()
    except AppError as error:
        return agreements.page_of(agreement, error)
    return site.done(url_for("workbench.show_agreement", agreement_id=agreement.id), text)
