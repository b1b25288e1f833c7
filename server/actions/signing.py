"""Signing and renewal (签约、续签): request, accept, reject, withdraw, renew, and what the calendar does to agreements."""

import base64
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from server import clock, masking
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.ids import new_id
from server.models import Agreement, AgreementStatus, Resident, ServicePackage, Staff, Team, WechatUser, audit, states
from server.models import notification as notifications
from server.models.actor import CLOCK, Actor
from server.policy import texts
from server.policy.dates import agreement_end
from server.policy.schema import Policy

S = AgreementStatus
MAX_SIGNATURE_BYTES = 200_000
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


class AgreementOverlap(Conflict):
    """The resident has an agreement in force or awaiting an answer."""

    code, default_message = "agreement_overlap", "您已有生效或待确认的签约，同一时间只能签约一个团队"


class TextChanged(Conflict):
    """The text signed is not the text in force now."""

    code, default_message = "agreement_text_changed", "协议内容已更新，请重新阅读后签字"


class ConsentMissing(Invalid):
    """A consent was not ticked."""

    code, default_message = "consent_missing", "请逐项勾选同意后再提交"


class SignatureInvalid(Invalid):
    """No usable drawing."""

    code, default_message = "signature_invalid", "签名没有成功保存，请清除后重新签名"


class TeamClosed(Conflict):
    """The team takes nobody now."""

    code, default_message = "team_closed", "该团队暂不接受签约，请选择其他团队"


class PackageNotOffered(Conflict):
    """The package is not offered any more."""

    code, default_message = "package_not_offered", "该服务包已停止签约，请选择其他服务包"


class CapExceeded(Conflict):
    """The team's doctor has as many residents as he may have."""

    code, default_message = "cap_exceeded", "团队签约人数已满，不能再接收"


class NotRenewable(Conflict):
    """Too early, too late, or already renewed."""

    code, default_message = "not_renewable", "当前不能续签，请查看协议状态"


class RejectReason(StrEnum):
    """Why a team says no (domain.md §6.2 L5)."""

    CAP_FULL = "cap_full"
    OUT_OF_AREA = "out_of_area"
    DATA_WRONG = "data_wrong"
    OTHER = "other"


def document(
    resident: Resident, team: Team, package: ServicePackage, policy: Policy, *, predecessor: Agreement | None = None
) -> texts.Document:
    """Return the text a resident reads for a first signing, or for the renewal of ``predecessor``."""
    months = policy.signing.term_months
    start_on = renewal_start(predecessor, clock.today()) if predecessor else None
    items = "；".join(f"{item.name}（{item.frequency_label}）" for item in package.items) or "见服务手册"
    facts = {
        "resident": resident.name,
        "identity": masking.identity_number(resident.identity_number),
        "organisation": team.organisation.name,
        "address": team.organisation.address,
        "team": team.name,
        "lead": team.lead.name if team.lead else "",
        "phone": team.phone,
        "package": package.name,
        "summary": package.summary,
        "items": items,
        "price": price_label(package),
        "fee_note": policy.wording.fee_note,
        "complaint_phone": policy.wording.complaint_phone,
    }
    end_on = agreement_end(start_on, months) if start_on else None
    return texts.agreement(facts, months=months, start_on=start_on, end_on=end_on)


def price_label(package: ServicePackage) -> str:
    """Return the price for people; the only place where fen become yuan in a text."""
    total, own = package.price_fen / 100, package.self_pay_fen / 100
    return f"每人每年{total:.2f}元，其中居民个人支付{own:.2f}元"


def renewal_start(predecessor: Agreement, today: date) -> date:
    """Return the first day of a successor: the day after the end, or today when that has passed."""
    assert predecessor.end_on is not None
    return max(predecessor.end_on + timedelta(days=1), today)


def request(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    *,
    text_sha256: str,
    consents: list[str],
    signature: str,
    policy: Policy,
    by: Actor,
) -> tuple[Agreement, bool]:
    """Ask a team to sign, with text read, consents ticked and signature drawn (L1, L2).

    Args:
        text_sha256: hash of the text that was shown. signature: PNG as a data URL, at most 200 kB.
    Returns:
        The agreement in PENDING_TEAM, and whether it is new: repeating the same request returns the first one.
    Raises:
        AgreementOverlap, TextChanged, ConsentMissing, SignatureInvalid, TeamClosed, PackageNotOffered.
    Source:
        policy keys signing.term_months, signing.consents, signing.answer_within_days.
    """
    _check_signature(signature)
    if not set(policy.signing.consents) <= set(consents):
        raise ConsentMissing(missing=sorted(set(policy.signing.consents) - set(consents)))
    try:
        return _request(
            resident,
            team,
            package,
            text_sha256=text_sha256,
            consents=consents,
            signature=signature,
            policy=policy,
            by=by,
        )
    except IntegrityError:
        # two taps at once: the other one was first
        return _same_request(resident, team, package), False


@retried
def _request(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    *,
    text_sha256: str,
    consents: list[str],
    signature: str,
    policy: Policy,
    by: Actor,
) -> tuple[Agreement, bool]:
    at = clock.now()
    with transaction() as session:
        if session.scalar(_standing(resident)) is not None:
            return _same_request(resident, team, package), False
        if not team.is_open:
            raise TeamClosed()
        if not package.is_offered:
            raise PackageNotOffered()
        text = document(resident, team, package, policy)
        if text.sha256 != text_sha256:
            raise TextChanged()
        agreement = _new(resident, team, package, text, policy, by=by, at=at)
        agreement.consents = sorted(set(consents) & set(policy.signing.consents))
        agreement.signature = signature
        _announce(agreement, by=by, at=at)
    return agreement, True


def _standing(resident: Resident) -> Select[Any]:
    return select(Agreement.id).where((Agreement.open_key == resident.id) | (Agreement.active_key == resident.id))


def _same_request(resident: Resident, team: Team, package: ServicePackage) -> Agreement:
    pending = db.session.scalar(select(Agreement).where(Agreement.open_key == resident.id))
    if pending is None or (pending.team_id, pending.package_id) != (team.id, package.id):
        raise AgreementOverlap()
    return pending


def _new(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    text: texts.Document,
    policy: Policy,
    *,
    by: Actor,
    at: datetime,
) -> Agreement:
    today = clock.local(at).date()
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
        answer_by_on=today + timedelta(days=policy.signing.answer_within_days),
        region=policy.region,
        policy_version=policy.version,
        text_body=text.body,
        text_sha256=text.sha256,
        consents=[],
        channel="miniprogram",
        client_address=by.source,
        notice_step=0,
    )


def _announce(agreement: Agreement, *, by: Actor, at: datetime) -> None:
    """Save a new request, and leave a note for the team's leader."""
    db.session.add(agreement)
    db.session.flush()
    states.born(agreement, by=by, at=at)
    audit.record("agreement_requested", agreement, by=by, at=at)
    lead = agreement.team.lead
    doctor = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if doctor:
        notifications.queue(
            "agreement_requested",
            dedupe_key=f"agreement_requested:{agreement.id}",
            subject_id=agreement.id,
            at=at,
            user_id=doctor,
            team_id=agreement.team_id,
            facts=_facts(agreement),
        )


def _facts(agreement: Agreement, **more: str) -> dict[str, str]:
    end_on = agreement.end_on.isoformat() if agreement.end_on else ""
    return {
        "team": agreement.team.name,
        "package": agreement.package.name,
        "end_on": end_on,
        "agreement_id": agreement.id,
        **more,
    }


def _tell_resident(agreement: Agreement, kind: str, key: str, at: datetime, **facts: str) -> None:
    notifications.queue(
        kind,
        dedupe_key=key,
        subject_id=agreement.id,
        at=at,
        resident_id=agreement.resident_id,
        team_id=agreement.team_id,
        facts=_facts(agreement, **facts),
    )


def _check_signature(signature: str) -> None:
    head, _, body = signature.partition(",")
    try:
        drawn = base64.b64decode(body, validate=True)
    except ValueError:  # binascii.Error is one; letters beyond ASCII raise the plain one
        raise SignatureInvalid() from None
    if head != "data:image/png;base64" or not drawn.startswith(PNG_HEAD) or len(drawn) > MAX_SIGNATURE_BYTES:
        raise SignatureInvalid()


@retried
def accept(agreement: Agreement, *, policy: Policy, by: Actor, staff: Staff) -> Agreement:
    """Accept a request for the team (L4): in force today, or the day after its predecessor ends.

    Accepting twice is accepting once. The cap is kept by one conditional UPDATE.

    Raises:
        CapExceeded, states.IllegalMove (e.g. withdrawn meanwhile), states.StaleState.
    Source:
        policy keys signing.term_months (end day), team.panel_cap (domain.md TM-07).
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        if agreement.status in (S.ACTIVE, S.SIGNED) and agreement.decided_by == staff.id:
            return agreement
        before = _predecessor(agreement)
        start_on = renewal_start(before, today) if before else today
        if not (before is not None and before.status == S.ACTIVE and before.team_id == agreement.team_id):
            _take_place(agreement.team_id)
        to = S.SIGNED if start_on > today else S.ACTIVE
        states.move(
            agreement,
            to,
            by=by,
            at=at,
            start_on=start_on,
            end_on=agreement_end(start_on, policy.signing.term_months),
            decided_at=at,
            decided_by=staff.id,
            **agreement.keys_for(to),
        )
        audit.record("agreement_accepted", agreement, by=by, at=at)
        _tell_resident(agreement, "agreement_decided", f"agreement_decided:{agreement.id}", at, result="已通过")
    return agreement


def _predecessor(agreement: Agreement) -> Agreement | None:
    if agreement.predecessor_id is None:
        return None
    return db.session.get(Agreement, agreement.predecessor_id, populate_existing=True)


def _take_place(team_id: str) -> None:
    taken = db.session.execute(
        update(Team)
        .where(Team.id == team_id, Team.panel_count < Team.panel_cap)
        .values(panel_count=Team.panel_count + 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise CapExceeded()


def _give_place_back(team_id: str) -> None:
    db.session.execute(
        update(Team)
        .where(Team.id == team_id, Team.panel_count > 0)
        .values(panel_count=Team.panel_count - 1)
        .execution_options(synchronize_session=False)
    )


@retried
def reject(agreement: Agreement, *, reason: RejectReason, note: str, by: Actor, staff: Staff) -> Agreement:
    """Decline a request with a reason the resident reads (L5). Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if agreement.status == S.REJECTED and agreement.decided_by == staff.id:
            return agreement
        states.move(
            agreement,
            S.REJECTED,
            by=by,
            at=at,
            reason=reason,
            reject_code=reason,
            reject_note=note or None,
            decided_at=at,
            decided_by=staff.id,
            **agreement.keys_for(S.REJECTED),
        )
        audit.record("agreement_rejected", agreement, by=by, at=at)
        _tell_resident(agreement, "agreement_decided", f"agreement_decided:{agreement.id}", at, result="未通过")
    return agreement


@retried
def withdraw(agreement: Agreement, *, by: Actor) -> Agreement:
    """Take back a request before the team answered (L6). Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if agreement.status == S.WITHDRAWN:
            return agreement
        _withdraw(agreement, by=by, at=at, reason="resident")
    return agreement


def _withdraw(agreement: Agreement, *, by: Actor, at: datetime, reason: str) -> None:
    states.move(agreement, S.WITHDRAWN, by=by, at=at, reason=reason, **agreement.keys_for(S.WITHDRAWN))
    # the predecessor may be renewed again: the link moves out of the way, the event row keeps the history
    if agreement.predecessor_id is not None:
        agreement.predecessor_id = None
    notifications.cancel(subject_id=agreement.id, kinds=("agreement_requested",))
    audit.record("agreement_withdrawn", agreement, by=by, at=at)


def can_renew(agreement: Agreement, policy: Policy, today: date) -> bool:
    """Whether a renewal may be asked for today: in the window before the end, or within the grace days after it."""
    if agreement.end_on is None or agreement.status not in (S.ACTIVE, S.EXPIRED):
        return False
    opens = agreement.end_on - timedelta(days=policy.renewal.open_before_days)
    closes = agreement.end_on + timedelta(days=policy.renewal.grace_days)
    return opens <= today <= closes


def renew(agreement: Agreement, *, signature: str | None = None, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    """Ask for a successor with the same team and package (L16); renewing twice returns the first successor.

    Args:
        signature: PNG as a data URL; needed where the region's renewal.mode is "sign_confirm".
    Returns:
        The successor in PENDING_TEAM, and whether it is new.
    Raises:
        NotRenewable, AgreementOverlap, PackageNotOffered, SignatureInvalid.
    Source:
        policy keys renewal.mode, renewal.open_before_days, renewal.grace_days.
    """
    if signature is not None or policy.renewal.mode == "sign_confirm":
        _check_signature(signature or "")
    try:
        return _renew(agreement, signature=signature, policy=policy, by=by)
    except IntegrityError:
        successor = db.session.scalar(select(Agreement).where(Agreement.predecessor_id == agreement.id))
        if successor is None:
            raise AgreementOverlap() from None
        return successor, False


@retried
def _renew(agreement: Agreement, *, signature: str | None, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    at = clock.now()
    with transaction() as session:
        successor = session.scalar(select(Agreement).where(Agreement.predecessor_id == agreement.id))
        if successor is not None and successor.status not in (S.REJECTED, S.WITHDRAWN):
            return successor, False
        if not can_renew(agreement, policy, clock.local(at).date()):
            raise NotRenewable()
        if not agreement.package.is_offered:
            raise PackageNotOffered()
        if successor is not None:  # a rejected one no longer stands in the way
            successor.predecessor_id = None
            session.flush()
        resident, team, package = agreement.resident, agreement.team, agreement.package
        text = document(resident, team, package, policy, predecessor=agreement)
        successor = _new(resident, team, package, text, policy, by=by, at=at)
        successor.predecessor_id = agreement.id
        successor.consents = list(agreement.consents)
        successor.signature = signature
        _announce(successor, by=by, at=at)
    return successor, True


@retried
def offer_next_renewal(policy: Policy) -> bool:
    """Tell one resident that his agreement ends soon (N-12), each step once, without him opening anything.

    Returns:
        Whether there was one. A late run tells only the step that counts today.
    Source:
        policy key renewal.notice_days.
    """
    at = clock.now()
    today = clock.local(at).date()
    days = sorted(policy.renewal.notice_days, reverse=True)
    with transaction() as session:
        for step, before in enumerate(days):
            found = session.scalar(
                select(Agreement)
                .where(
                    Agreement.status == S.ACTIVE,
                    Agreement.notice_step == step,
                    Agreement.end_on <= today + timedelta(days=before),
                )
                .order_by(Agreement.end_on)
                .limit(1)
            )
            if found is not None:
                _offer(found, days, today, at)
                return True
    return False


def _offer(agreement: Agreement, days: list[int], today: date, at: datetime) -> None:
    assert agreement.end_on is not None
    left = (agreement.end_on - today).days
    reached = sum(1 for before in days if left <= before)
    claimed = db.session.execute(
        update(Agreement)
        .where(Agreement.id == agreement.id, Agreement.notice_step == agreement.notice_step)
        .values(notice_step=reached)
        .execution_options(synchronize_session=False)
    )
    # a successor the team rejected renews nothing
    renewed = select(Agreement.id).where(Agreement.predecessor_id == agreement.id, Agreement.status != S.REJECTED)
    if claimed.rowcount == 1 and left >= 0 and db.session.scalar(renewed) is None:  # type: ignore[attr-defined]
        key = f"renewal_offer:{agreement.id}:{agreement.end_on}:{days[reached - 1]}"
        _tell_resident(agreement, "renewal_offer", key, at, days_left=str(left))


@retried
def expire_next(policy: Policy) -> bool:
    """End one agreement whose last day has passed (L15); an accepted successor takes its place in the same step."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        agreement = session.scalar(
            select(Agreement)
            .where(Agreement.status == S.ACTIVE, Agreement.end_on < today)
            .order_by(Agreement.end_on)
            .limit(1)
        )
        if agreement is None:
            return False
        successor = session.scalar(
            select(Agreement).where(Agreement.predecessor_id == agreement.id, Agreement.status == S.SIGNED)
        )
        to = S.RENEWED if successor else S.EXPIRED
        states.move(agreement, to, by=CLOCK, at=at, **agreement.keys_for(to))
        if successor:
            states.move(successor, S.ACTIVE, by=CLOCK, at=at, **successor.keys_for(S.ACTIVE))
            if successor.team_id != agreement.team_id:
                _give_place_back(agreement.team_id)
        else:
            _give_place_back(agreement.team_id)
            _tell_resident(agreement, "agreement_expired", f"agreement_expired:{agreement.id}", at)
    return True


@retried
def activate_next(policy: Policy) -> bool:
    """Put one signed agreement into force on its first day (L8), when nothing before it is still in force."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        other = aliased(Agreement)
        in_force = select(other.id).where(other.active_key == Agreement.resident_id).exists()
        agreement = session.scalar(
            select(Agreement)
            .where(Agreement.status == S.SIGNED, Agreement.start_on <= today, ~in_force)
            .order_by(Agreement.start_on)
            .limit(1)
        )
        if agreement is None:
            return False
        states.move(agreement, S.ACTIVE, by=CLOCK, at=at, **agreement.keys_for(S.ACTIVE))
    return True


@retried
def withdraw_overdue_next(policy: Policy) -> bool:
    """Withdraw one request that nobody answered in time (L7). Source: policy key signing.answer_within_days."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        agreement = session.scalar(
            select(Agreement)
            .where(Agreement.status == S.PENDING_TEAM, Agreement.answer_by_on < today)
            .order_by(Agreement.answer_by_on)
            .limit(1)
        )
        if agreement is None:
            return False
        _withdraw(agreement, by=CLOCK, at=at, reason="not answered in time")
        _tell_resident(agreement, "agreement_decided", f"agreement_decided:{agreement.id}", at, result="未答复")
    return True
