"""Change of team within the term (变更团队): the resident asks, and both leaders answer (L17)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing import areas, signers
from server.actions.signing.cascade import live
from server.actions.signing.manning import check_team
from server.actions.signing.moving import Move, may_move, move, paper
from server.actions.signing.places import Pressure, pressure
from server.actions.signing.refusals import (
    CapExceeded,
    ChangeOver,
    DecisionNoteNeeded,
    SameTeam,
    TeamClosed,
    TextChanged,
    TooEarlyToChange,
)
from server.actions.signing.rules import frozen
from server.actions.signing.steps import S, check_signature, tell_lead_of, tell_resident, withdraw_row
from server.database import db, retried, transaction
from server.models import Agreement, ChangeReason, ChangeState, Staff, Team, TeamChange, audit, states
from server.models import transfer as transfers
from server.models.actor import Actor
from server.policy import texts
from server.policy.schema import Policy

NEEDS_SIGNATURE = ("sign_confirm", "redo")


def change_text(agreement: Agreement, to: Team, policy: Policy) -> texts.Document:
    """Return what a resident reads before he asks for another team. Source: policy key renewal.team_change_term."""
    return paper(agreement, to, "asked", policy.renewal.team_change_term, months=policy.signing.term_months)


def can_change(agreement: Agreement) -> bool:
    """Whether a resident may ask for another team today: it is in force and began before today."""
    return agreement.status == S.ACTIVE and may_move(agreement, clock.today())


def signature_needed(policy: Policy) -> bool:
    """Whether a change of team needs a signature here. Source: policy key renewal.team_change_mode (AG-12)."""
    return policy.renewal.team_change_mode in NEEDS_SIGNATURE


def request_change(
    agreement: Agreement,
    to: Team,
    *,
    reason: ChangeReason,
    note: str,
    text_sha256: str,
    signature: str | None,
    policy: Policy,
    by: Actor,
) -> tuple[TeamChange, bool]:
    """Ask to be served by another team; the old one serves until both leaders have agreed.

    Returns:
        The wish, and whether it is new: asking again while it is open returns the first one.
    Raises:
        SignatureInvalid, GuardianNeeded, SameTeam, TeamClosed, TeamIncomplete, OutOfArea, AddressNeeded, CapExceeded,
        TextChanged, TooEarlyToChange, states.IllegalMove, states.StaleState.
    Source:
        domain.md L17; policy keys renewal.team_change_mode, signing.answer_within_days.
    """
    signers.check_able(agreement, clock.today())
    if signature_needed(policy) or signature is not None:
        check_signature(signature or "")
    try:
        return _request(
            agreement, to, reason=reason, note=note, text_sha256=text_sha256, signature=signature, policy=policy, by=by
        )
    except (IntegrityError, states.StaleState):  # two taps at once: the other one was first
        found = transfers.open_change(agreement.id)
        if found is None:
            raise
        return found, False


@retried
def _request(
    agreement: Agreement,
    to: Team,
    *,
    reason: ChangeReason,
    note: str,
    text_sha256: str,
    signature: str | None,
    policy: Policy,
    by: Actor,
) -> tuple[TeamChange, bool]:
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        others = live(agreement.resident_id)
        session.refresh(agreement)
        known = transfers.open_change(agreement.id)
        if known is not None:
            return known, False
        if to.id == agreement.team_id:
            raise SameTeam()
        if not to.takes_residents:
            raise TeamClosed()
        check_team(to, policy)
        areas.check(agreement.resident, to, policy)
        if agreement.status == S.ACTIVE and not may_move(agreement, today):
            raise TooEarlyToChange()
        if pressure(to, policy) is Pressure.FULL:
            raise CapExceeded()
        text = change_text(agreement, to, policy)
        if text.sha256 != text_sha256:
            raise TextChanged()
        states.move(agreement, S.CHANGE_REQUESTED, by=by, at=at, reason=reason)
        for row in others:
            if row.status in (S.DRAFT, S.PENDING_RESIDENT, S.PENDING_TEAM):  # it names the old team
                withdraw_row(row, by=by, at=at, reason="team_changed")
        change = TeamChange(
            agreement=agreement,
            from_team_id=agreement.team_id,
            to_team_id=to.id,
            state=ChangeState.WAITING,
            open_key=agreement.id,
            reason=reason,
            note=note.strip(),
            signature=signature,
            text_body=text.body,
            text_sha256=text.sha256,
            requested_at=at,
            requested_by=by.id,
            answer_by_on=today + timedelta(days=policy.signing.answer_within_days),
        )
        session.add(change)
        session.flush()
        audit.record("team_change_requested", agreement, by=by, at=at)
        for team in (agreement.team, to):
            tell_lead_of(team, agreement, "change_requested", f"change_requested:{change.id}:{team.id}", at)
    return change, True


@retried
def take_back_change(agreement: Agreement, *, by: Actor) -> Agreement:
    """Stay with the old team after all, until both agreed (L11); taking back twice is taking back once.

    Raises:
        states.IllegalMove: there is nothing to take back any more.
    """
    at = clock.now()
    with transaction() as session:
        live(agreement.resident_id)
        session.refresh(agreement)
        change = transfers.open_change(agreement.id)
        if change is None:
            if agreement.status == S.ACTIVE and last_change_state(agreement.id) == ChangeState.TAKEN_BACK:
                return agreement
            raise states.IllegalMove(old=str(agreement.status), new=str(S.ACTIVE))
        transfers.settle_change(change.id, ChangeState.TAKEN_BACK, at=at)
        states.move(agreement, S.ACTIVE, by=by, at=at, reason="taken_back")
        audit.record("team_change_taken_back", agreement, by=by, at=at)
    return agreement


def last_change_state(agreement_id: str) -> str | None:
    """Return what became of the latest wish for another team."""
    last = select(TeamChange.state).where(TeamChange.agreement_id == agreement_id)
    return db.session.scalar(last.order_by(TeamChange.requested_at.desc(), TeamChange.id.desc()).limit(1))


def agree_change(
    change: TeamChange, team: Team, *, handover_note: str = "", policy: Policy, by: Actor, staff: Staff
) -> TeamChange:
    """Say yes for one of the two teams; the second yes moves the resident today. Saying yes twice is saying it once.

    Args:
        handover_note: what the new team should know; only the old team writes it.
        policy: the rules of today, for a new term; a rest of the term keeps those it was signed under.
    Raises:
        ChangeOver: it was refused, taken back or overtaken. CapExceeded, TooEarlyToChange.
    """
    policy_id = frozen(policy) if policy.renewal.team_change_term == "new" else None
    return _agree(change, team, handover_note, policy=policy, policy_id=policy_id, by=by, staff=staff)


@retried
def _agree(
    change: TeamChange,
    team: Team,
    handover_note: str,
    *,
    policy: Policy,
    policy_id: str | None,
    by: Actor,
    staff: Staff,
) -> TeamChange:
    at = clock.now()
    with transaction() as session:
        agreement = change.agreement
        live(agreement.resident_id)
        session.refresh(change, with_for_update={"of": TeamChange})
        session.refresh(agreement)
        if change.state == ChangeState.DONE:
            return change
        if change.state != ChangeState.WAITING:
            raise ChangeOver()
        if team.id == change.from_team_id:
            change.old_by = change.old_by or staff.id
            change.handover_note = handover_note.strip() or change.handover_note
        if team.id == change.to_team_id:
            change.new_by = change.new_by or staff.id
        session.flush()
        audit.record("team_change_agreed", agreement, by=by, at=at)
        if change.old_by and change.new_by:
            term = policy.renewal.team_change_term
            how = Move(
                to=change.to_team,
                text=texts.Document.from_body(change.text_body),
                channel="miniprogram",
                signature=change.signature,
                term=term,
                policy=policy if term == "new" else None,
                policy_id=policy_id,
            )
            successor = move(agreement, how, by=by, at=at, settle=lambda made: _done(change, made, at))
            audit.record("team_change_done", successor, by=by, at=at)
    return change


def _done(change: TeamChange, successor: Agreement, at: datetime) -> None:
    transfers.settle_change(change.id, ChangeState.DONE, at=at, successor_id=successor.id)
    db.session.refresh(change)


@retried
def refuse_change(change: TeamChange, team: Team, *, note: str, by: Actor, staff: Staff) -> TeamChange:
    """Say no for one of the two teams, with a reason the resident reads; he stays with the old one (L11).

    Raises:
        DecisionNoteNeeded, ChangeOver: both agreed, it was taken back or overtaken.
    """
    at = clock.now()
    if not note.strip():
        raise DecisionNoteNeeded()
    with transaction() as session:
        agreement = change.agreement
        live(agreement.resident_id)
        session.refresh(change, with_for_update={"of": TeamChange})
        session.refresh(agreement)
        if change.state == ChangeState.REFUSED and change.refused_by_team_id == team.id:
            return change
        if not transfers.settle_change(
            change.id, ChangeState.REFUSED, at=at, refused_by_team_id=team.id, refusal_note=note.strip()
        ):
            raise ChangeOver()
        session.refresh(change)
        states.move(agreement, S.ACTIVE, by=by, at=at, reason="refused")
        audit.record("team_change_refused", agreement, by=by, at=at)
        key = f"change_decided:{change.id}"
        tell_resident(agreement, "agreement_ended", key, at, item="变更团队申请", result="未同意")
    return change
