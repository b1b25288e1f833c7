"""Somebody does not sign: that he was asked, why he is unsigned, and the informed notice he signs (AG-20, AG-21)."""

from datetime import date, datetime

from sqlalchemy import select, update

from server import clock, masking
from server.actions.signing.closing import register_death
from server.actions.signing.refusals import TextChanged
from server.actions.signing.steps import check_alive, check_signature
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.ids import new_id
from server.models import InformedNotice, Resident, Staff, Team, UnsignedEntry, UnsignedReason, audit, states
from server.models import refusal as model
from server.models.actor import Actor
from server.models.refusal import LIVE, EntryStatus, NoticeOutcome, ReasonCode, Signer
from server.policy import texts
from server.policy.dates import add_months
from server.policy.schema import Policy

S = EntryStatus


class NoticeNeeded(Conflict):
    """The region wants an informed notice of whoever declines."""

    code, default_message = "notice_needed", "按本地区规定，居民不签约须先签知情告知书"


class WitnessUnnamed(Invalid):
    """Somebody else must have been there."""

    code, default_message = "witness_unnamed", "请填写见证人姓名，见证人不能是居民本人或告知人"


class ReasonNotListed(Invalid):
    """The region does not know this reason."""

    code, default_message = "reason_not_listed", "本地区不使用这个原因，请重新选择"


class ReasonNoteNeeded(Invalid):
    """A reason that says nothing by itself."""

    code, default_message = "reason_note_needed", "请写明具体情况"


@retried
def note_contact(entry: UnsignedEntry, *, by: Actor) -> UnsignedEntry:
    """Note that somebody on the list was asked and has not decided. Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction() as session:
        if entry.status != S.CONTACTED:
            states.move(entry, S.CONTACTED, by=by, at=at, **entry.key_for(S.CONTACTED))
        session.execute(
            update(UnsignedEntry)
            .where(UnsignedEntry.id == entry.id)
            .values(contacts=UnsignedEntry.contacts + 1, contacted_at=at)
            .execution_options(synchronize_session=False)
        )
        session.refresh(entry)
        audit.record("unsigned_contacted", entry, by=by, at=at)
    return entry


@retried
def give_reason(
    entry: UnsignedEntry, code: ReasonCode, *, note: str, died_on: date | None, policy: Policy, by: Actor
) -> UnsignedEntry:
    """Put on record why somebody is unsigned; the reason before it stays in the history.

    A death goes the way every death goes: registered once, and all that was still to come for the person ends with it.

    Args:
        died_on: the day, with reason "deceased" only.
    Raises:
        ReasonNotListed, ReasonNoteNeeded, NoticeNeeded: he refuses and the region wants an informed notice first.
        ClosingDateInvalid, states.IllegalMove, states.StaleState.
    Source:
        policy keys refusal.reasons, refusal.notice, refusal.review_after_months.
    """
    if code not in policy.refusal.reasons:
        raise ReasonNotListed()
    note = note.strip()
    if code == ReasonCode.OTHER and not note:
        raise ReasonNoteNeeded()
    at = clock.now()
    with transaction() as session:
        resident = entry.resident
        if code == ReasonCode.DECEASED:
            if resident.died_on is None or entry.status in LIVE:
                register_death(resident, died_on, by=by, at=at)
                session.add(_reason(entry, code, note, None, policy, by, at, ended_by=S.CLOSED_DEATH))
                session.refresh(entry)
            return entry
        if entry.status not in LIVE:
            raise states.IllegalMove(old=str(entry.status), new=str(S.EXPLAINED))
        notice = session.scalar(select(InformedNotice).where(InformedNotice.open_key == resident.id))
        if code == ReasonCode.REFUSED and policy.refusal.notice == "required" and notice is None:
            raise NoticeNeeded()
        if _is_same(resident.id, code, note):
            return entry
        model.end_reason(resident.id, "replaced", at)
        linked = notice if code == ReasonCode.REFUSED else None
        session.add(_reason(entry, code, note, linked, policy, by, at))
        if entry.status not in (S.EXPLAINED, S.NOTICED):
            states.move(entry, S.EXPLAINED, by=by, at=at, reason=code, **entry.key_for(S.EXPLAINED))
        audit.record("unsigned_reason_recorded", entry, by=by, at=at)
    return entry


def _is_same(resident_id: str, code: ReasonCode, note: str) -> bool:
    standing = db.session.scalar(select(UnsignedReason).where(UnsignedReason.open_key == resident_id))
    return standing is not None and (standing.code, standing.note) == (code, note)


def _reason(
    entry: UnsignedEntry,
    code: ReasonCode,
    note: str,
    notice: InformedNotice | None,
    policy: Policy,
    by: Actor,
    at: datetime,
    *,
    ended_by: str = "",
) -> UnsignedReason:
    today = clock.local(at).date()
    return UnsignedReason(
        resident_id=entry.resident_id,
        organisation_id=entry.organisation_id,
        team_id=entry.team_id,
        code=code,
        note=note,
        notice_id=notice.id if notice else None,
        recorded_at=at,
        recorded_by=by.id,
        review_on=add_months(today, policy.refusal.review_after_months),
        open_key=None if ended_by else entry.resident_id,
        ended_at=at if ended_by else None,
        ended_by=ended_by,
    )


# ---------------------------------------------------------------- informed notices


def notice_text(resident: Resident, team: Team, staff: Staff, policy: Policy) -> tuple[str, texts.Document]:
    """Return version and text of what somebody is told who declines."""
    facts = {
        "resident": resident.name,
        "identity": masking.identity_number(resident.identity_number),
        "organisation": team.organisation.name,
        "team": team.name,
        "staff": staff.name,
        "phone": team.phone,
        "complaint_phone": policy.wording.complaint_phone,
    }
    return texts.filled("informed_notice", facts)


@retried
def show_notice(
    entry: UnsignedEntry, team: Team, *, policy: Policy, by: Actor, staff: Staff
) -> tuple[str, texts.Document]:
    """Return version and text of the informed notice, and note who opened it: it names the person in full."""
    at = clock.now()
    with transaction():
        audit.record("informed_notice_shown", entry, by=by, at=at)
        return notice_text(entry.resident, team, staff, policy)


@retried
def inform(
    entry: UnsignedEntry,
    team: Team,
    *,
    text_sha256: str,
    signer: Signer,
    signature: str,
    witness_name: str,
    policy: Policy,
    by: Actor,
    staff: Staff,
) -> tuple[InformedNotice, bool]:
    """Keep an informed notice of somebody who declines, signed by himself or, if he refuses even that, by a witness.

    It puts the reason "refused" on record. Signing an agreement stays possible at any time and closes both.

    Args:
        team: the team that told him. signature: PNG as a data URL drawn by the signer, at most 200 kB.
        witness_name: full name, with signer "witness" only; neither the resident nor who tells him.
    Returns:
        The notice, and whether it is new: repeating it returns the one that stands.
    Raises:
        SignatureInvalid, WitnessUnnamed, TextChanged, ResidentDeceased, states.IllegalMove, states.StaleState.
    """
    check_signature(signature)
    witness = witness_name.strip() if signer == Signer.WITNESS else ""
    if signer == Signer.WITNESS and (not witness or witness in (staff.name, entry.resident.name)):
        raise WitnessUnnamed()
    at = clock.now()
    with transaction() as session:
        resident = entry.resident
        standing = session.scalar(select(InformedNotice).where(InformedNotice.open_key == resident.id))
        if entry.status == S.NOTICED and standing is not None:
            return standing, False
        check_alive(resident)
        version, text = notice_text(resident, team, staff, policy)
        if text.sha256 != text_sha256:
            raise TextChanged()
        model.close_notice(resident.id, NoticeOutcome.REPLACED, at)
        notice = _notice(resident, team, staff, policy, by, at)
        notice.text_version, notice.text_body, notice.text_sha256 = version, text.body, text.sha256
        notice.signer, notice.signature, notice.witness_name = signer, signature, witness or None
        session.add(notice)
        session.flush()
        model.end_reason(resident.id, "replaced", at)
        session.add(_reason(entry, ReasonCode.REFUSED, "", notice, policy, by, at))
        states.move(entry, S.NOTICED, by=by, at=at, reason=signer, **entry.key_for(S.NOTICED))
        audit.record("informed_notice_kept", notice, by=by, at=at)
    return notice, True


def _notice(resident: Resident, team: Team, staff: Staff, policy: Policy, by: Actor, at: datetime) -> InformedNotice:
    identifier = new_id()
    return InformedNotice(
        id=identifier,
        number=f"GZ{clock.local(at):%Y%m%d}-{identifier[-8:]}",
        resident_id=resident.id,
        organisation_id=team.organisation_id,
        team_id=team.id,
        staff_id=staff.id,
        region=policy.region,
        policy_version=policy.version,
        channel="staff_phone",
        client_address=by.source,
        signed_at=at,
        open_key=resident.id,
    )
