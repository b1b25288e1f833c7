"""Staff certifies, declines, adds and ends groups; ending one closes the programme that hangs on it."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.populations.details import Checked, Told, check
from server.actions.populations.refusals import AlreadyInGroup, DeclarationInvalid, GroupNotAllowed, OwnDeclaration
from server.database import db, retried, transaction
from server.models import (
    PopulationTag,
    Programme,
    Resident,
    TagSource,
    TagStatus,
    audit,
    enrolment,
    followup,
    population,
    states,
)
from server.models.account import WechatUser
from server.models.actor import Actor
from server.policy import populations
from server.policy.parts.kinds import Group
from server.policy.schema import Policy


@retried
def certify(tag: PopulationTag, *, by: Actor) -> PopulationTag:
    """Certify what a resident declared, after seeing the proof; it counts from the days it names.

    Raises:
        GroupNotAllowed: not a declaration. OwnDeclaration, DeclarationInvalid (its days have passed),
        states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        if tag.source != TagSource.RESIDENT_DECLARED:
            raise GroupNotAllowed()
        if tag.status == TagStatus.CERTIFIED and tag.certified_by == by.id:
            return tag
        _check_not_own(tag.resident_id, by)
        span = check(Group(tag.group), _told(tag), tag.resident, today).span
        states.move(
            tag, TagStatus.CERTIFIED, by=by, at=at,
            certified_at=at, certified_by=by.id, valid_from=span.first, valid_to=span.to,
        )  # fmt: skip
        audit.record("group_certified", tag, by=by, at=at)
    return tag


@retried
def decline(tag: PopulationTag, *, by: Actor) -> PopulationTag:
    """Decline what a resident declared. Raises GroupNotAllowed, states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if tag.source != TagSource.RESIDENT_DECLARED:
            raise GroupNotAllowed()
        if tag.status == TagStatus.DECLINED:
            return tag
        states.move(tag, TagStatus.DECLINED, by=by, at=at, reason="declined", ended_reason="declined", open_key=None)
        audit.record("group_declined", tag, by=by, at=at)
    return tag


def add(resident: Resident, group: Group, told: Told, *, by: Actor) -> PopulationTag:
    """Certify a group for a resident of one's own accord; what he declared and nobody decided is certified with it.

    Raises:
        GroupNotAllowed: only lists or hospitals say it. OwnDeclaration, DeclarationInvalid, AlreadyInGroup.
    Source:
        domain.md §4: who certifies what.
    """
    if group not in populations.STAFF:
        raise GroupNotAllowed()
    checked = check(group, told, resident, clock.today())
    try:
        return _add(resident, group, checked, by=by)
    except IntegrityError as cause:
        raise AlreadyInGroup() from cause


@retried
def _add(resident: Resident, group: Group, checked: Checked, *, by: Actor) -> PopulationTag:
    at = clock.now()
    values: dict[str, Any] = {
        "detail": json.dumps(checked.detail, ensure_ascii=False),
        "evidence": checked.evidence,
        "valid_to": checked.span.to,
        "reassess_on": populations.reassess_on(group, clock.local(at).date()),
    }
    with transaction() as session:
        _check_not_own(resident.id, by)
        key = population.open_key(resident.id, group)
        tag = session.scalar(select(PopulationTag).where(PopulationTag.open_key == key).with_for_update())
        if tag is None:
            tag = population.add(
                resident.id, group, TagSource.STAFF, checked.span.first, certified_by=by.id, by=by, at=at, **values
            )
        elif tag.status == TagStatus.WAITING and tag.source == TagSource.RESIDENT_DECLARED:
            first = checked.span.first
            states.move(
                tag, TagStatus.CERTIFIED, by=by, at=at, certified_at=at, certified_by=by.id, valid_from=first, **values
            )
        else:
            raise AlreadyInGroup()
        audit.record("group_added", tag, by=by, at=at)
    return tag


@retried
def end(tag: PopulationTag, *, is_wrong: bool, by: Actor, policy: Policy) -> PopulationTag:
    """End a group that staff certified: it no longer holds since today, or it never did.

    The follow-up programme that hangs on it is closed with it.

    Raises:
        GroupNotAllowed: derived and listed groups are not staff's to end. states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        if tag.group not in populations.STAFF:
            raise GroupNotAllowed()
        if tag.status in (TagStatus.ENDED, TagStatus.VOID):
            return tag
        if is_wrong:
            states.move(tag, TagStatus.VOID, by=by, at=at, reason="wrong", ended_reason="wrong", open_key=None)
        else:
            population.end(tag, today - timedelta(days=1), "staff", by=by, at=at)
        close_programmes(tag, policy, by=by, at=at)
        audit.record("group_ended", tag, by=by, at=at)
    return tag


@retried
def delivered(tag: PopulationTag, on: date, *, by: Actor) -> PopulationTag:
    """Note a birth: the group ends 42 days after it. Raises GroupNotAllowed, DeclarationInvalid, states.IllegalMove."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        tag = session.get_one(PopulationTag, tag.id, with_for_update=True, populate_existing=True)
        if tag.group != Group.MATERNAL:
            raise GroupNotAllowed()
        if tag.status != TagStatus.CERTIFIED:
            raise states.IllegalMove(old=str(tag.status), new=str(TagStatus.CERTIFIED))
        if not tag.valid_from <= on <= today:
            raise DeclarationInvalid("分娩日期有误，不能晚于今天，也不能早于登记日期")
        told = json.loads(tag.detail or "{}")
        due_on = date.fromisoformat(told["due_on"])
        tag.valid_to = populations.maternal_span(tag.valid_from, due_on=due_on, delivered_on=on).to
        tag.detail = json.dumps(told | {"delivered_on": on.isoformat()})
        enrolment.learn(tag.resident_id, populations.PROGRAMMES[Group.MATERNAL], tag.detail, today)
        audit.record("delivery_noted", tag, by=by, at=at)
    return tag


@retried
def reassess(tag: PopulationTag, *, by: Actor) -> PopulationTag:
    """Note that a yearly group still holds; the next look is due in a year. Raises GroupNotAllowed, states.IllegalMove."""
    at = clock.now()
    with transaction() as session:
        tag = session.get_one(PopulationTag, tag.id, with_for_update=True, populate_existing=True)
        due_on = populations.reassess_on(tag.group, clock.local(at).date())
        if due_on is None:
            raise GroupNotAllowed()
        if tag.status != TagStatus.CERTIFIED:
            raise states.IllegalMove(old=str(tag.status), new=str(TagStatus.CERTIFIED))
        tag.reassess_on, tag.certified_by, tag.certified_at = due_on, by.id, at
        audit.record("group_reassessed", tag, by=by, at=at)
    return tag


def close_programmes(tag: PopulationTag, policy: Policy, *, by: Actor, at: datetime) -> None:
    """Close what hangs on a group that just ended: its programme, and visits that no other group asks for."""
    programmes = set(populations.PROGRAMMES.get(Group(tag.group), ()))
    visited = set(policy.followups.home_visit_groups)
    left = population.groups_of([tag.resident_id], clock.local(at).date())[tag.resident_id] - {tag.group}
    if tag.group in visited and not left & visited:
        programmes.add(Programme.HOME_VISIT)
    if programmes:
        followup.end_programmes(tag.resident_id, f"group_ended:{tag.group}", by=by, at=at, programmes=tuple(programmes))


def _check_not_own(resident_id: str, by: Actor) -> None:
    own = select(WechatUser.id).where(WechatUser.resident_id == resident_id, WechatUser.staff_id == by.id)
    if db.session.scalar(own) is not None:
        raise OwnDeclaration()


def _told(tag: PopulationTag) -> Told:
    kept = json.loads(tag.detail or "{}")
    days = ("last_period_on", "due_on", "delivered_on", "since_on")
    values: dict[str, Any] = {name: date.fromisoformat(kept[name]) for name in days if name in kept}
    return Told(certificate=tag.evidence or "", **values)
