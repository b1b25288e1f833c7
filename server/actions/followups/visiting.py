"""Home visits for whole groups: where the region visits them monthly, nobody under contract is forgotten."""

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import retried, transaction
from server.models import Agreement, Enrolment, PopulationTag, Programme, audit, population
from server.models.actor import CLOCK
from server.policy import visiting
from server.policy.schema import Policy

STEP = 100
"""Tags looked at in one transaction."""


def enrol_visited_next(policy: Policy, after: str) -> str | None:
    """Look at the next hundred tags of groups that are visited monthly, and enrol those under contract who are not yet.

    Args:
        after: what the step before returned, "" for the first one.
    Returns:
        Where to go on, None at the end.
    Source:
        policy keys followups.home_visit_mode, followups.home_visit_groups (MY: monthly for chronic patients under contract).
    """
    groups = sorted(visiting.monthly(policy).groups)
    if not groups:
        return None
    group, _, tag_id = after.partition(":")
    group = group or groups[0]
    try:
        last = _enrol_step(group, tag_id)
    except IntegrityError:
        return after  # somebody enrolled one of them meanwhile: look again
    if last is not None:
        return f"{group}:{last}"
    following = [name for name in groups if name > group]
    return f"{following[0]}:" if following else None


@retried
def _enrol_step(group: str, after: str) -> str | None:
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        tags = session.execute(
            select(PopulationTag.id, PopulationTag.resident_id)
            .where(PopulationTag.group == group, PopulationTag.id > after, population.counting(today))
            .order_by(PopulationTag.id)
            .limit(STEP)
        ).all()
        enrolled = exists().where(
            Enrolment.resident_id == Agreement.resident_id,
            Enrolment.programme == Programme.HOME_VISIT,
            Enrolment.open_key.is_not(None),
        )
        served = session.execute(
            select(Agreement.resident_id, Agreement.team_id)
            .where(Agreement.active_key.in_([tag.resident_id for tag in tags]), ~enrolled)
            .with_for_update(of=Agreement)
        )
        for resident_id, team_id in served.all():
            enrolment = Enrolment(
                resident_id=resident_id,
                team_id=team_id,
                programme=Programme.HOME_VISIT,
                started_on=today,
                open_key=f"{resident_id}:{Programme.HOME_VISIT}",
            )
            session.add(enrolment)
            session.flush()
            audit.record("followup_enrolled", enrolment, by=CLOCK, at=at)
    return tags[-1].id if tags else None
