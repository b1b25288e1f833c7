"""A resident says that he belongs to a group, or takes it back. It counts nowhere before staff certified it."""

import json

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.populations.details import Told, check
from server.actions.populations.refusals import AlreadyInGroup, GroupNotAllowed
from server.database import db, retried, transaction
from server.models import PopulationTag, Resident, TagSource, TagStatus, audit, population, states
from server.models.actor import Actor
from server.policy import populations
from server.policy.parts.kinds import Group


def declare(resident: Resident, group: Group, told: Told, *, by: Actor) -> PopulationTag:
    """Keep a declaration until staff looks at it; saying the same again returns the first one.

    Raises:
        GroupNotAllowed, DeclarationInvalid, AlreadyInGroup (certified), and the errors of policy.identity.
    Source:
        domain.md §4: MATERNAL, DISABLED, FLOATING.
    """
    if group not in populations.DECLARED:
        raise GroupNotAllowed()
    checked = check(group, told, resident, clock.today())
    try:
        return _declare(resident, group, json.dumps(checked.detail), checked.evidence, by=by)
    except IntegrityError:  # two taps at once: the other one was first
        return _standing(resident, group)


@retried
def _declare(resident: Resident, group: Group, detail: str, evidence: str | None, *, by: Actor) -> PopulationTag:
    at = clock.now()
    with transaction() as session:
        key = population.open_key(resident.id, group)
        standing = session.scalar(select(PopulationTag).where(PopulationTag.open_key == key).with_for_update())
        if standing is not None:
            if standing.status != TagStatus.WAITING:
                raise AlreadyInGroup()
            standing.detail, standing.evidence = detail, evidence  # what he says now is what staff looks at
            return standing
        tag = population.add(
            resident.id, group, TagSource.RESIDENT_DECLARED, clock.local(at).date(),
            detail=detail, evidence=evidence, by=by, at=at,
        )  # fmt: skip
        audit.record("group_declared", tag, by=by, at=at)
    return tag


def _standing(resident: Resident, group: Group) -> PopulationTag:
    key = population.open_key(resident.id, group)
    found = db.session.scalar(select(PopulationTag).where(PopulationTag.open_key == key))
    if found is None or found.status != TagStatus.WAITING:
        raise AlreadyInGroup()
    return found


@retried
def withdraw(tag: PopulationTag, *, by: Actor) -> PopulationTag:
    """Take a declaration back before staff decided. Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if tag.status == TagStatus.WITHDRAWN:
            return tag
        states.move(tag, TagStatus.WITHDRAWN, by=by, at=at, reason="resident", open_key=None)
        audit.record("group_withdrawn", tag, by=by, at=at)
    return tag
