"""Checking phone numbers by calling them (domain.md DA-07): sampling, what a call found, entering a new number."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import (
    Agreement,
    PhoneCheck,
    PhoneCheckStatus,
    PhoneResult,
    Resident,
    Team,
    audit,
    phone_check,
    states,
)
from server.models.actor import Actor
from server.models.agreement import IN_FORCE
from server.models.phone_check import OPEN, CheckMethod
from server.policy import identity

MOST_SAMPLED = 200
P = PhoneCheckStatus


class PhoneCheckDone(Conflict):
    """A colleague finished it."""

    code, default_message = "phone_check_done", "这项核实已由同事完成，请刷新后再看"


class PhoneNumberSame(Invalid):
    """The new number is the old one."""

    code, default_message = "phone_number_same", "新号码与原号码相同，请核对"


def sample(team: Team, count: int, *, by: Actor) -> int:
    """Choose residents of a team's panel whose number was never checked, and have it checked.

    Args:
        count: how many, at most 200.
    Returns:
        How many were chosen; fewer when no more are left. The choice follows the keyed hash of the document, which is
        as good as drawing lots, and cannot be steered by whoever asks.
    """
    try:
        return _sample(team, count, by=by)
    except IntegrityError:
        # a colleague drew the same ones at the same moment
        return _sample(team, count, by=by)


@retried
def _sample(team: Team, count: int, *, by: Actor) -> int:
    at = clock.now()
    with transaction() as session:
        known = select(PhoneCheck.id).where(PhoneCheck.resident_id == Resident.id).correlate(Resident)
        chosen = session.scalars(
            select(Resident)
            .join(Agreement, Agreement.active_key == Resident.id)
            .where(
                Agreement.team_id == team.id,
                Agreement.status.in_(IN_FORCE),
                Resident.phone.is_not(None),
                ~known.exists(),
            )
            .order_by(Resident.identity_hash)
            .limit(min(count, MOST_SAMPLED))
        ).all()
        for resident in chosen:
            phone_check.ask(resident, team.id, by=by, at=at)
        if chosen:
            audit.record("phone_checks_sampled", team, by=by, at=at)
    return len(chosen)


@retried
def record(check: PhoneCheck, *, result: PhoneResult, method: CheckMethod, note: str = "", by: Actor) -> PhoneCheck:
    """Write down what a call found: OK ends it, anything else leaves the task to find a new number.

    Raises:
        PhoneCheckDone: it is over, or waits for a new number and did not turn out well now either.
    """
    at = clock.now()
    with transaction():
        fresh = _locked(check)
        is_ok = result is PhoneResult.OK
        if fresh.status not in OPEN or (fresh.status == P.TO_UPDATE and not is_ok):
            raise PhoneCheckDone()
        to = P.CONFIRMED if is_ok else P.TO_UPDATE
        found = {"result": result, "method": method, "note": note or None, "checked_at": at, "checked_by": by.id}
        states.move(fresh, to, by=by, at=at, reason=str(result), open_key=None if is_ok else fresh.resident_id, **found)
        audit.record("phone_checked", fresh, by=by, at=at)
    return fresh


@retried
def enter_number(check: PhoneCheck, phone: str, *, by: Actor) -> PhoneCheck:
    """Enter a resident's new number; it is to be checked in its turn.

    Returns:
        The check of the new number.
    Raises:
        identity.PhoneFormat, PhoneNumberSame, PhoneCheckDone.
    """
    at = clock.now()
    number = identity.check_contact_phone(phone)
    with transaction() as session:
        fresh = _locked(check)
        if fresh.status not in OPEN:
            raise PhoneCheckDone()
        resident = session.get_one(Resident, fresh.resident_id, populate_existing=True, with_for_update=True)
        if resident.phone == number:
            raise PhoneNumberSame()
        resident.phone = number
        states.move(fresh, P.UPDATED, by=by, at=at, open_key=None)
        audit.record("phone_updated", resident, by=by, at=at)
        session.flush()
        following = phone_check.ask(resident, fresh.team_id, by=by, at=at)
        assert following is not None
    return following


def _locked(check: PhoneCheck) -> PhoneCheck:
    return db.session.get_one(PhoneCheck, check.id, populate_existing=True, with_for_update=True)
