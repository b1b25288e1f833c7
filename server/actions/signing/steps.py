"""What the steps of signing share: the text, a new request, the team's places, who is told."""

import base64
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.actions.signing import wording
from server.actions.signing.period import Period, agreed
from server.actions.signing.pricing import freeze_fee
from server.actions.signing.refusals import AgreementOverlap, ResidentDeceased, SignatureInvalid
from server.database import db
from server.ids import new_id
from server.models import (
    Agreement,
    AgreementStatus,
    Membership,
    Resident,
    ServicePackage,
    Team,
    WechatUser,
    audit,
    states,
)
from server.models import ending as endings
from server.models import notification as notifications
from server.models import payment as payments
from server.models.actor import Actor
from server.policy import texts
from server.policy.schema import Policy

S = AgreementStatus
UNSIGNED = (S.DRAFT, S.PENDING_RESIDENT)
"""Begun, and nothing signed yet."""
MAX_SIGNATURE_BYTES = 200_000
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def document(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    policy: Policy,
    *,
    predecessor: Agreement | None = None,
    term_months: int | None = None,
    representative: tuple[str, str, int] | None = None,
    is_extended: bool = False,
    period: Period | None = None,
) -> texts.Document:
    """Return the text a resident reads for a first signing, or for what follows ``predecessor``.

    Args:
        term_months: what is to be agreed; None: the region's usual term.
        representative: as ``texts.agreement``: who signs for him.
        is_extended: longer than the region's longest term, and marked so.
        period: what is agreed about the time, where it is known already.
    Raises:
        TermTooShort, TermTooLong, TermNeedsExtension, FixedEndPassed.
    """
    period = period or agreed(policy, term_months=term_months, is_extended=is_extended, predecessor=predecessor)
    return texts.agreement(
        wording.facts(resident, team, package, policy),
        name=policy.records.template,
        months=period.months,
        start_on=period.start_on,
        end_on=period.end_on,
        from_signing=policy.signing.effective_from == "signing_date",
        is_extended=period.is_extended,
        representative=representative,
    )


def check_alive(resident: Resident) -> None:
    """Refuse a new agreement of somebody who has died. Raises ResidentDeceased."""
    # a share lock: whoever registers the death waits for this request and then withdraws it
    died_on = db.session.scalar(select(Resident.died_on).where(Resident.id == resident.id).with_for_update(read=True))
    if died_on is not None:
        raise ResidentDeceased()


def new_request(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    text: texts.Document,
    policy: Policy,
    *,
    by: Actor,
    at: datetime,
) -> Agreement:
    check_alive(resident)
    today = clock.local(at).date()
    answer_by_on = today + timedelta(days=policy.signing.answer_within_days)
    begun = unsigned_of(resident.id)
    if begun is not None:  # what was drafted, or begun by staff, is what is signed now
        if begun.status == S.PENDING_RESIDENT and (begun.team_id, begun.package_id) != (team.id, package.id):
            raise AgreementOverlap()
        begun.team, begun.package, begun.requested_at, begun.answer_by_on = team, package, at, answer_by_on
        begun.region, begun.policy_version = policy.region, policy.version
        begun.text_body, begun.text_sha256 = text.body, text.sha256
        begun.client_address = by.source
        return begun
    identifier = new_id()
    return Agreement(
        id=identifier,
        number=f"{today:%Y%m%d}-{identifier[-8:]}",
        resident=resident,
        team=team,
        package=package,
        status=S.PENDING_TEAM,
        open_key=resident.id,
        requested_at=at,
        answer_by_on=answer_by_on,
        region=policy.region,
        policy_version=policy.version,
        text_body=text.body,
        text_sha256=text.sha256,
        consents=[],
        channel="miniprogram",
        client_address=by.source,
    )


def unsigned_of(resident_id: str) -> Agreement | None:
    """Lock and return what somebody has begun and not signed: his draft, or what staff began for him."""
    begun = select(Agreement.id).where(Agreement.open_key == resident_id, Agreement.status.in_(UNSIGNED))
    row_id = db.session.scalar(begun.with_for_update())
    return db.session.get_one(Agreement, row_id, populate_existing=True) if row_id else None


def announce(agreement: Agreement, *, by: Actor, at: datetime) -> None:
    """Save a new request with its fee, and leave a note for the team's leader."""
    db.session.add(agreement)
    db.session.flush()
    freeze_fee(agreement)
    if agreement.status in UNSIGNED:
        states.move(agreement, S.PENDING_TEAM, by=by, at=at, draft_step=None, promise_step=0)
        notifications.cancel(subject_id=agreement.id, kinds=("signature_waiting",))
    else:
        states.born(agreement, by=by, at=at)
    audit.record("agreement_requested", agreement, by=by, at=at)
    tell_lead(agreement, "agreement_requested", at)


def tell_lead(agreement: Agreement, kind: str, at: datetime) -> None:
    """Leave a note for the leader of the team, if his WeChat is known."""
    # six people who signed together are one request to him
    about = agreement.joint_id if kind == "agreement_requested" and agreement.joint_id else agreement.id
    lead = agreement.team.lead
    doctor = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if doctor:
        notifications.queue(
            kind,
            dedupe_key=f"{kind}:{about}",
            subject_id=agreement.id,
            at=at,
            user_id=doctor,
            team_id=agreement.team_id,
            facts=facts_of(agreement),
        )


def tell_teams_today(about: list[tuple[str, str]], at: datetime) -> None:
    """Leave the leaders of teams one note a day of a kind, however many agreements it is about: their lists show them all.

    Args:
        about: team ids and kinds.
    """
    day = clock.local(at).date()
    keys = {f"{kind}:{team_id}:{day}": (team_id, kind) for team_id, kind in about}
    told = notifications.known_keys(list(keys))
    leaders = {
        team_id: (user_id, name)
        for team_id, user_id, name in db.session.execute(
            select(Membership.team_id, WechatUser.id, Team.name)
            .join(WechatUser, WechatUser.staff_id == Membership.staff_id)
            .join(Team, Team.id == Membership.team_id)
            .where(Membership.lead_key.in_({team_id for team_id, _ in about}))
        )
    }
    notifications.queue_many(
        [
            {
                "kind": kind,
                "dedupe_key": key,
                "subject_id": team_id,
                "at": at,
                "user_id": leaders[team_id][0],
                "team_id": team_id,
                "facts": {"team": leaders[team_id][1]},
            }
            for key, (team_id, kind) in keys.items()
            if key not in told and team_id in leaders
        ]
    )


def tell_lead_of(team: Team, subject: Any, kind: str, key: str, at: datetime, **facts: str) -> None:
    """Leave a note for the leader of a team about any row, if his WeChat is known."""
    lead = team.lead
    doctor = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if doctor:
        notifications.queue(
            kind,
            dedupe_key=key,
            subject_id=subject.id,
            at=at,
            user_id=doctor,
            team_id=team.id,
            facts={"team": team.name, **facts},
        )


def facts_of(agreement: Agreement, **more: str) -> dict[str, str]:
    end_on = agreement.end_on.isoformat() if agreement.end_on else ""
    return {
        "team": agreement.team.name,
        "package": agreement.package.name,
        "end_on": end_on,
        "agreement_id": agreement.id,
        **more,
    }


def tell_resident(agreement: Agreement, kind: str, key: str, at: datetime, **facts: str) -> None:
    notifications.queue(
        kind,
        dedupe_key=key,
        subject_id=agreement.id,
        at=at,
        resident_id=agreement.resident_id,
        team_id=agreement.team_id,
        facts=facts_of(agreement, **facts),
    )


def check_signature(signature: str) -> None:
    head, _, body = signature.partition(",")
    try:
        drawn = base64.b64decode(body, validate=True)
    except ValueError:  # binascii.Error is one; letters beyond ASCII raise the plain one
        raise SignatureInvalid() from None
    if head != "data:image/png;base64" or not drawn.startswith(PNG_HEAD) or len(drawn) > MAX_SIGNATURE_BYTES:
        raise SignatureInvalid()


def withdraw_row(agreement: Agreement, *, by: Actor, at: datetime, reason: str) -> None:
    payments.owe_refund(agreement, by=by, at=at)
    keys = agreement.keys_for(S.WITHDRAWN)
    states.move(agreement, S.WITHDRAWN, by=by, at=at, reason=reason, start_on=None, end_on=None, **keys)
    endings.overtake(agreement.id, by=by, at=at)
    # the predecessor may be renewed again: the link moves out of the way, the event row keeps the history
    if agreement.predecessor_id is not None:
        agreement.predecessor_id = None
    notifications.cancel(subject_id=agreement.id, kinds=("agreement_requested", "signature_waiting", "payment_due"))
    audit.record("agreement_withdrawn", agreement, by=by, at=at)
