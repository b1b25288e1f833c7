"""Deaths and moves: one event closes the agreement and everything that was still to happen to this person (L19, L20)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import update

from server import clock
from server.actions.signing.cascade import end_service, live
from server.actions.signing.refusals import ClosingDateInvalid
from server.actions.signing.steps import S, tell_resident
from server.database import db, retried, transaction
from server.models import Agreement, AgreementStatus, Resident, audit, states
from server.models.actor import Actor
from server.models.agreement import IN_FORCE


class Event(StrEnum):
    """What happened to the resident."""

    DEATH = "death"
    MOVED = "moved"


STATES: dict[Event, AgreementStatus] = {Event.DEATH: S.CLOSED_DEATH, Event.MOVED: S.CLOSED_MOVED}


@retried
def close(agreement: Agreement, event: Event, on: date, *, by: Actor) -> Agreement:
    """Close an agreement because its resident died or moved away; closing twice for the same is closing once.

    A death is registered also for somebody whose last agreement has expired, because follow-ups go on after that.
    After a death nothing is told to this person any more, and he can sign nothing; his WeChat stays logged in, because
    the family may use the telephone.

    Args:
        on: day of death or of moving, not in the future; also the agreement's last day.
    Raises:
        ClosingDateInvalid, states.IllegalMove: the agreement is not in force.
    """
    at = clock.now()
    with transaction():
        resident = agreement.resident
        if not resident.birth_on <= on <= clock.local(at).date():
            raise ClosingDateInvalid()
        in_force = any(row.status in IN_FORCE for row in live(agreement.resident_id))
        if agreement.status == STATES[event]:
            return agreement
        serves = agreement.status in IN_FORCE
        if not serves and not (event is Event.DEATH and agreement.status == S.EXPIRED and not in_force):
            raise states.IllegalMove(old=str(agreement.status), new=str(STATES[event]))
        is_dead = event is Event.DEATH
        if is_dead:
            _note_death(agreement.resident_id, on, agreement, by=by, at=at)
        end_service(agreement.resident_id, STATES[event], on, by=by, at=at, reason=event, is_dead=is_dead)
        if event is Event.MOVED:
            key = f"agreement_ended:{agreement.id}"
            tell_resident(agreement, "agreement_ended", key, at, item="签约服务", result="已终止")
            audit.record("agreement_closed_moved", agreement, by=by, at=at)
    return agreement


def register_death(resident: Resident, on: date | None, *, by: Actor, at: datetime) -> None:
    """Register the death of somebody who has no agreement, in the caller's transaction; a second time changes nothing.

    Raises:
        ClosingDateInvalid.
    """
    if resident.died_on is not None:
        return
    if on is None or not resident.birth_on <= on <= clock.local(at).date():
        raise ClosingDateInvalid()
    live(resident.id)
    _note_death(resident.id, on, resident, by=by, at=at)
    end_service(resident.id, S.CLOSED_DEATH, on, by=by, at=at, reason=Event.DEATH, is_dead=True)


def _note_death(resident_id: str, on: date, about: Agreement | Resident, *, by: Actor, at: datetime) -> None:
    """Note the day. Requests being written now are finished before: their rows share-lock this one."""
    update_row = update(Resident).where(Resident.id == resident_id).values(died_on=on)
    db.session.execute(update_row.execution_options(synchronize_session=False))
    audit.record("death_registered", about, by=by, at=at)
