"""What birth date, document and calendar do to groups, in small steps."""

from datetime import timedelta

from sqlalchemy import or_, select

from server import clock
from server.actions.populations.certifying import close_programmes
from server.database import db, retried, transaction
from server.models import PopulationTag, Resident, TagStatus, audit, population
from server.models.actor import CLOCK
from server.policy import populations
from server.policy.schema import Policy

STEP = 100
"""People in one transaction."""


@retried
def derive_next(policy: Policy) -> bool:
    """Derive the groups of up to a hundred people whose age, document or rule changed. Returns whether there were any.

    Only who is due is looked at: at a birthday that matters, after a correction, after the region changed the age.

    Source:
        domain.md §4; policy key groups.elderly_min_age (C-18).
    """
    at = clock.now()
    today = clock.local(at).date()
    age = policy.groups.elderly_min_age
    with transaction() as session:
        # unequal is said as two ranges, each of them in the index; the dead need no groups
        other_age = or_(Resident.groups_elderly_age < age, Resident.groups_elderly_age > age)
        columns = (Resident.id, Resident.birth_on, Resident.document_type, Resident.died_on)
        for due, key in (
            (Resident.groups_due_on <= today, Resident.groups_due_on),
            (other_age, Resident.groups_elderly_age),
        ):
            found = select(*columns).where(due).order_by(key, Resident.id).limit(STEP).with_for_update()
            people = session.execute(found).all()
            if people:
                break
        else:
            return False
        held = population.open_tags([row.id for row in people])
        for row in people:
            derived = populations.derive(row.birth_on, row.document_type, today, policy.groups)
            population.settle_derived(
                row.id,
                {} if row.died_on else derived.spans,
                held.get(row.id, []),
                due_on=None if row.died_on else derived.due_on,
                elderly_age=age,
                today=today,
                at=at,
            )
    return True


@retried
def expire_next(policy: Policy) -> bool:
    """End one tag whose last day has passed, and the programme that hangs on it. Returns whether there was one."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        tag = session.scalar(
            select(PopulationTag)
            .where(PopulationTag.status == TagStatus.CERTIFIED, PopulationTag.valid_to < today)
            .order_by(PopulationTag.valid_to, PopulationTag.id)
            .limit(1)
        )
        if tag is None:
            return False
        population.end(tag, today - timedelta(days=1), "expired", by=CLOCK, at=at)
        close_programmes(tag, policy, by=CLOCK, at=at)
        audit.record("group_expired", tag, by=CLOCK, at=at)
    db.session.expire_all()
    return True
