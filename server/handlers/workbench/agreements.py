"""Agreements: lists with masked names, and one with its frozen text; opening it is audited."""

from flask import Response, request, url_for

from server.access import admin as access
from server.access import admin_endings
from server.actions import administrators, signing
from server.errors import AppError, Invalid
from server.handlers.context import admin, as_admin
from server.handlers.workbench import evidence_card, labels, site
from server.models import Agreement, AgreementStatus, renewal
from server.models.agreement import IN_FORCE, STATUS_LABELS
from server.models.ending import REASONS, EndingKind

LATE = "late"


def list_agreements() -> Response:
    """List the agreements of the organisation's teams."""
    status, team_id = request.args.get("status", ""), request.args.get("team_id", "")
    rows = access.agreements(
        site.cursor(),
        status=AgreementStatus(status) if status in set(AgreementStatus) else None,
        team_id=team_id or None,
        late=status == LATE,
        by=admin(),
    )
    choices = {LATE: "超过承诺日期未答复", **{str(key): label for key, label in STATUS_LABELS.items()}}
    return site.page(
        "agreements.html",
        here="agreements",
        rows=rows,
        status=status,
        statuses=choices,
        team_id=team_id,
        teams=access.team_choices(by=admin()),
    )


def show_agreement(agreement_id: str) -> Response:
    """Show one agreement, and note that it was opened."""
    agreement = access.agreement(agreement_id, by=admin())
    administrators.open_agreement(agreement, by=as_admin())
    return page_of(agreement)


def reveal_name(agreement_id: str) -> Response:
    """Show the resident's full name once, for a reason that is noted."""
    agreement = access.agreement(agreement_id, by=admin())
    try:
        name = administrators.reveal_name(agreement, request.form.get("reason", ""), by=as_admin())
    except Invalid as error:
        return page_of(agreement, error)
    where = url_for("workbench.show_agreement", agreement_id=agreement_id)
    return site.done(where, "签约居民姓名（本次查看已记录）", name=name)


def page_of(agreement: Agreement, error: AppError | None = None) -> Response:
    """Show an agreement with its steps, its text and what may be done about it; opening it is the caller's to record."""
    wishes = admin_endings.of_agreement(agreement)
    steps = access.agreement_steps(agreement)
    title, *paragraphs = agreement.text_body.splitlines() or [""]
    return site.page(
        "agreement.html",
        here="agreements",
        agreement=agreement,
        steps=steps,
        step_labels={"": "发起", **{str(key): label for key, label in STATUS_LABELS.items()}},
        wishes=wishes,
        waiting=[wish for wish in wishes if wish.outcome is None],
        void_reasons=[(code, REASONS[EndingKind.VOID][code]) for code in signing.void_reasons(agreement)],
        may_close=agreement.status in (*IN_FORCE, AgreementStatus.EXPIRED),
        step_reasons=labels.STEP_REASONS,
        names=access.names_of({step.actor_id for step in steps} | {wish.requested_by for wish in wishes}),
        actors=labels.ACTORS,
        renewals=renewal.steps_of(agreement.id),
        renewal_modes=labels.RENEWAL_MODES,
        title=title,
        paragraphs=paragraphs,
        consents=labels.CONSENTS,
        channel=labels.channel,
        reasons=administrators.REVEAL_REASONS,
        evidence=evidence_card.card_of(agreement),
        error=error,
    )
