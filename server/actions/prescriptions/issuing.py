"""Issuing, signing, renewing and stopping a long prescription (domain.md §7.3)."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import prescriptions as access
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid, NotAllowed
from server.models import (
    Agreement,
    Credential,
    Licence,
    Prescription,
    PrescriptionStatus,
    Referral,
    ReferralStatus,
    Resident,
    Role,
    Staff,
    Team,
    audit,
    evidence,
    notification,
    prescription,
    states,
)
from server.models.actor import Actor
from server.models.prescription import STOP_REASONS
from server.policy import prescribing
from server.policy.pictures import check_drawing
from server.policy.prescribing import EvaluationNeeded, ExtendedNotAllowed, Row
from server.policy.schema import Policy

P = PrescriptionStatus
BACK = (ReferralStatus.DOWN_ACCEPTED, ReferralStatus.CLOSED)
LATEST_START = timedelta(days=14)
BY_DOCTORS = (Licence.CLINICAL, Licence.TCM)


class PrescriberNotQualified(NotAllowed):
    """Only a physician of the team prescribes."""

    code, default_message = "prescriber_not_qualified", "只有团队里有执业资格的医师可以开具长期处方"


class PrescriptionOpen(Conflict):
    """There is one that is not over: renew or stop that one."""

    code, default_message = "prescription_open", "这位居民已有一张未结束的长期处方，请续方或先停止"


class NoContract(Conflict):
    """Long prescriptions are for residents with an agreement in force."""

    code, default_message = "no_contract", "该居民没有履约中的签约，或已撤回健康信息处理的同意"


class StartInvalid(Invalid):
    """The day cannot be meant."""

    code, default_message = "start_invalid", "起始日期应在今天到两周之内"


class TextChanged(Conflict):
    """What was read is not what is to be signed."""

    code, default_message = "knowledge_changed", "告知内容已更新，请重新阅读"


class StopReasonUnknown(Invalid):
    """Not one of the reasons."""

    code, default_message = "stop_reason_unknown", "请选择停止原因"


@dataclass(frozen=True)
class Draft:
    """What a doctor writes: medicines, days, from when on; the evaluation where one is needed."""

    client_id: str
    rows: tuple[Row, ...]
    days: int
    start_on: date
    evaluation: str = ""
    is_extended: bool = False


def words_for(team: Team, days: int) -> tuple[list[str], str]:
    """Return what the resident reads before he signs, and its hash."""
    paragraphs = prescribing.knowledge(team.name, days)
    return paragraphs, hashlib.sha256("\n".join(paragraphs).encode()).hexdigest()


def issue(resident: Resident, draft: Draft, *, policy: Policy, by: Actor) -> tuple[Prescription, bool]:
    """Issue a first prescription. Above the region's usual days it waits until the resident has read and signed.

    Returns:
        The prescription, and whether it is new: the same ``client_id`` issues once.
    Raises:
        MedicineNotAllowed, SupplyInvalid, EvaluationNeeded, ExtendedNotAllowed, PrescriberNotQualified, NoContract,
        PrescriptionOpen, StartInvalid.
    Source:
        policy part prescriptions; domain.md §7.3.
    """
    return _once(resident, draft, None, policy, by)


def renew(before: Prescription, draft: Draft, *, policy: Policy, by: Actor) -> tuple[Prescription, bool]:
    """Let another prescription follow the running one, from the day after its supply or later. Raises as ``issue``."""
    return _once(before.resident, draft, before, policy, by)


def _once(
    resident: Resident, draft: Draft, before: Prescription | None, policy: Policy, by: Actor
) -> tuple[Prescription, bool]:
    prescribing.check_rows(draft.rows)
    prescribing.check_days(draft.days, policy.prescriptions)
    needs_more = before is None or prescribing.is_long(draft.days, policy.prescriptions)
    if needs_more and not draft.evaluation.strip():
        raise EvaluationNeeded()
    if draft.is_extended and not policy.prescriptions.extended:
        raise ExtendedNotAllowed()
    try:
        return _issue(resident, draft, before, policy, by)
    except IntegrityError as cause:
        known = access.of_client(_key(by, draft))
        if known is None:
            raise PrescriptionOpen() from cause
        return known, False


@retried
def _issue(
    resident: Resident, draft: Draft, before: Prescription | None, policy: Policy, by: Actor
) -> tuple[Prescription, bool]:
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        known = access.of_client(_key(by, draft))
        if known is not None:
            return known, False
        agreement = session.scalar(
            select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement)
        )
        if agreement is None or not evidence.stands(agreement.id, "health_data"):
            raise NoContract()
        _check_prescriber(by, agreement.team, today)
        start_on = max(draft.start_on, before.end_on + timedelta(days=1)) if before else draft.start_on
        latest = max(today, before.end_on) + LATEST_START if before else today + LATEST_START
        if not today <= start_on <= latest:
            raise StartInvalid()
        referral_id = _sent_back(resident) if draft.is_extended else None
        if before is not None:
            states.move(before, P.RENEWED, by=by, at=at, open_key=None)
            notification.cancel(subject_id=before.id, kinds=prescription.DUE)
        elif access.open_of(resident.id) is not None:
            raise PrescriptionOpen()
        long = prescribing.is_long(draft.days, policy.prescriptions)
        row = Prescription(
            resident=resident,
            team=agreement.team,
            issued_by=by.id,
            status=P.WAITING if long else P.ACTIVE,
            open_key=resident.id,
            client_key=_key(by, draft),
            medicines=_written(draft.rows),
            supply_days=draft.days,
            start_on=start_on,
            end_on=prescribing.last_day(start_on, draft.days),
            evaluation=draft.evaluation.strip() or None,
            evaluated_on=today if draft.evaluation.strip() else None,
            needs_signature=long,
            is_extended=draft.is_extended,
            referral_id=referral_id,
            previous_id=before.id if before else None,
            policy_version=policy.version,
            created_at=at,
        )
        session.add(row)
        session.flush()
        states.born(row, by=by, at=at)
        audit.record("prescription_issued", row, by=by, at=at)
        if long:
            _ask_to_sign(row, at)
    return row, True


@retried
def sign(row: Prescription, text_sha256: str, signature: str | None, *, by: Actor) -> Prescription:
    """The resident, or who signs for him, has read what was explained: yes with a signature, or no without one.

    A supply that was to begin before today begins today. Twice is once.

    Raises:
        TextChanged, DrawingInvalid, states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    today = clock.local(at).date()
    if text_sha256 != words_for(row.team, row.supply_days)[1]:
        raise TextChanged()
    drawn = check_drawing(signature) if signature is not None else None
    with transaction() as session:
        session.refresh(row)
        if drawn is None:
            if row.status != P.STOPPED:
                prescription.stop(row, "declined", "", by=by, at=at)
                if row.previous_id is not None:  # the running supply counts as renewed: nobody else would speak of it
                    prescription.tell_unsigned(row, "declined", at=at)
            return row
        if row.status == P.ACTIVE and row.signed_at is not None:
            return row
        start_on = max(row.start_on, today)
        states.move(
            row, P.ACTIVE, by=by, at=at, text_sha256=text_sha256, signature=drawn, signed_at=at, start_on=start_on,
            end_on=prescribing.last_day(start_on, row.supply_days),
        )  # fmt: skip
        notification.cancel(subject_id=row.id, kinds=("renewal_unsigned",))
        audit.record("prescription_signed", row, by=by, at=at)
    return row


@retried
def stop(row: Prescription, reason: str, note: str, *, by: Actor) -> Prescription:
    """Stop a prescription with a reason (§7.3). Twice is once.

    Raises:
        StopReasonUnknown, PrescriberNotQualified, states.IllegalMove, states.StaleState.
    """
    if reason not in STOP_REASONS or reason in ("service_ended", "declined"):
        raise StopReasonUnknown()
    at = clock.now()
    with transaction() as session:
        session.refresh(row)
        if row.status == P.STOPPED:
            return row
        prescription.stop(row, reason, note, by=by, at=at)
    return row


@retried
def look(resident: Resident, *, by: Actor) -> None:
    """Write down that a member of staff was shown somebody's prescriptions."""
    at = clock.now()
    with transaction():
        audit.record("prescriptions_seen", resident, by=by, at=at)


def _key(by: Actor, draft: Draft) -> str:
    return f"{by.id}:{draft.client_id}"


def _written(rows: tuple[Row, ...]) -> str:
    names = prescribing.medicines()
    return json.dumps([{**asdict(row), "name": names[row.code].name} for row in rows], ensure_ascii=False)


def _check_prescriber(by: Actor, team: Team, today: date) -> None:
    """A physician of this team whose licence, where it is kept here, is one and has not run out."""
    mine = next((one for one in team.memberships if one.staff_id == by.id), None)
    if mine is None or mine.role not in (Role.FAMILY_DOCTOR, Role.SPECIALIST) or db.session.get(Staff, by.id) is None:
        raise PrescriberNotQualified()
    licence = db.session.scalar(select(Credential).where(Credential.staff_id == by.id))
    if licence and (licence.licence not in BY_DOCTORS or (licence.valid_to is not None and licence.valid_to < today)):
        raise PrescriberNotQualified()


def _sent_back(resident: Resident) -> str:
    """Return the referral with which a hospital sent somebody back, the latest. Raises ExtendedNotAllowed."""
    found = db.session.scalar(
        select(Referral.id)
        .where(Referral.resident_id == resident.id, Referral.status.in_(BACK), Referral.down_reason_code.is_not(None))
        .order_by(Referral.created_at.desc())
        .limit(1)
    )
    if found is None:
        raise ExtendedNotAllowed()
    return found


def _ask_to_sign(row: Prescription, at: datetime) -> None:
    notification.queue(
        "prescription_to_sign",
        dedupe_key=f"prescription_to_sign:{row.id}",
        subject_id=row.id,
        at=at,
        resident_id=row.resident_id,
        team_id=row.team_id,
        facts={"team": row.team.name, "phone": row.team.phone, "prescription_id": row.id},
    )
