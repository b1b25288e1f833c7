"""Lists of authorities: one person imports, another certifies; who is taken off loses the group.

A list is small (a township's, at most a few hundred people): it is one transaction, so that it counts as a whole or not
at all. People nobody knows yet are registered by it, unverified, as their own registration later joins them.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.populations.certifying import close_programmes
from server.actions.populations.refusals import GroupNotAllowed, ListInvalid, ListSecondPerson
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import (
    Organisation,
    PopulationList,
    PopulationTag,
    Resident,
    TagSource,
    TagStatus,
    audit,
    population,
    states,
)
from server.models.actor import Actor
from server.policy import identity, populations
from server.policy.identity import DocumentType
from server.policy.parts.kinds import Group
from server.policy.schema import Policy

MOST_ROWS = 500


@dataclass(frozen=True)
class Line:
    """One line of a list, as typed."""

    name: str
    number: str
    document_type: str = DocumentType.ID_CARD
    valid_from: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Person:
    """One line, checked."""

    name: str
    card: identity.Identity
    facts: identity.Facts
    valid_from: date
    note: str


def import_list(
    organisation: Organisation, group: Group, source_document: str, lines: list[Line], *, by: Actor
) -> PopulationList:
    """Keep an authority's list until a second person certifies it. All lines are good, or none is taken.

    Args:
        source_document: which document says so; the designated hospital's notice for tuberculosis and mental disorders.
    Raises:
        GroupNotAllowed; ListInvalid: ``details["rows"]`` has the number of each bad line (from 1) and why.
    Source:
        domain.md §4: lists and upstream notices; §8.2: certifier is not importer.
    """
    if group not in (*populations.LISTED, *populations.NOTIFIED):
        raise GroupNotAllowed()
    if not 0 < len(lines) <= MOST_ROWS:
        raise ListInvalid(f"一份名单应有1到{MOST_ROWS}人")
    people = _people(lines, clock.today())
    try:
        return _import(organisation, group, source_document, people, by=by)
    except IntegrityError as cause:  # somebody registered one of them meanwhile
        raise ListInvalid("名单中有人刚刚被登记，请重新提交") from cause


def _people(lines: list[Line], today: date) -> list[Person]:
    people: list[Person] = []
    wrong: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, start=1):
        try:
            person = _person(line, today)
        except Invalid as error:
            wrong[str(number)] = error.message
            continue
        if person.card.key in seen:
            wrong[str(number)] = "与前面的行重复"
        seen.add(person.card.key)
        people.append(person)
    if wrong:
        raise ListInvalid(rows=wrong)
    return people


def _person(line: Line, today: date) -> Person:
    try:
        kind = DocumentType(line.document_type)
    except ValueError:
        raise ListInvalid("证件类型代码有误") from None
    checked = identity.check(kind, line.number, today)
    facts = identity.complete(checked, today)
    first = line.valid_from or today
    if first > today:
        raise ListInvalid("认定日期不能晚于今天")
    return Person(identity.check_name(line.name), checked, facts, first, line.note)


@retried
def _import(
    organisation: Organisation, group: Group, source_document: str, people: list[Person], *, by: Actor
) -> PopulationList:
    at = clock.now()
    with transaction() as session:
        known = _known(people)
        wrong = {
            str(number): "姓名与已登记的不一致，请核对"
            for number, person in enumerate(people, start=1)
            if (row := known.get(Resident.hash_of(*person.card.key))) is not None
            and row.name.casefold() != person.name.casefold()
        }
        if wrong:
            raise ListInvalid(rows=wrong)
        batch = PopulationList(
            organisation_id=organisation.id, group=group, source_document=source_document, status=TagStatus.WAITING,
            row_count=len(people), entered_at=at, entered_by=by.id,
        )  # fmt: skip
        session.add(batch)
        session.flush()
        for person in people:
            hashed = Resident.hash_of(*person.card.key)
            resident = known.get(hashed) or _register(person, hashed, at)
            key = population.open_key(resident.id, group)
            if session.scalar(select(PopulationTag.id).where(PopulationTag.open_key == key)) is None:
                population.add(
                    resident.id, group, TagSource.LIST, person.valid_from,
                    valid_to=populations.listed_until(group, person.valid_from), list_id=batch.id,
                    evidence=source_document, detail=json.dumps({"note": person.note}, ensure_ascii=False),
                    by=by, at=at,
                )  # fmt: skip
        audit.record("population_list_imported", batch, by=by, at=at)
    return batch


def _known(people: Iterable[Person]) -> dict[str, Resident]:
    hashes = [Resident.hash_of(*person.card.key) for person in people]
    return {
        row.identity_hash: row for row in db.session.scalars(select(Resident).where(Resident.identity_hash.in_(hashes)))
    }


def _register(person: Person, hashed: str, at: datetime) -> Resident:
    resident = Resident(
        name=person.name,
        document_type=person.card.key[0],
        identity_number=person.card.key[1],
        identity_hash=hashed,
        birth_on=person.facts.birth_on,
        sex=person.facts.sex,
        nationality=person.facts.nationality,
        created_at=at,
    )
    db.session.add(resident)
    db.session.flush()
    return resident


@retried
def decide(batch: PopulationList, *, approve: bool, by: Actor) -> PopulationList:
    """Certify or decline a list as a whole; deciding twice is deciding once. Raises ListSecondPerson, states.StaleState."""
    at = clock.now()
    to = TagStatus.CERTIFIED if approve else TagStatus.DECLINED
    with transaction() as session:
        batch = session.get_one(PopulationList, batch.id, with_for_update=True, populate_existing=True)
        if batch.status == to and batch.decided_by == by.id:
            return batch
        if batch.status != TagStatus.WAITING:
            raise states.StaleState()
        if batch.entered_by == by.id:
            raise ListSecondPerson()
        batch.status, batch.decided_at, batch.decided_by = to, at, by.id
        waiting = select(PopulationTag).where(
            PopulationTag.list_id == batch.id, PopulationTag.status == TagStatus.WAITING
        )
        for tag in session.scalars(waiting.order_by(PopulationTag.id)):
            if approve:
                states.move(tag, to, by=by, at=at, certified_at=at, certified_by=by.id)
            else:
                states.move(tag, to, by=by, at=at, reason="declined", ended_reason="declined", open_key=None)
        audit.record("population_list_certified" if approve else "population_list_declined", batch, by=by, at=at)
    return batch


@retried
def remove(tag: PopulationTag, *, by: Actor, policy: Policy) -> PopulationTag:
    """Take somebody off a list: the group held until yesterday. Raises GroupNotAllowed, states.IllegalMove."""
    at = clock.now()
    with transaction():
        if tag.source != TagSource.LIST:
            raise GroupNotAllowed()
        if tag.status == TagStatus.ENDED:
            return tag
        population.end(tag, clock.local(at).date() - timedelta(days=1), "list_removed", by=by, at=at)
        close_programmes(tag, policy, by=by, at=at)
        audit.record("group_removed_from_list", tag, by=by, at=at)
    return tag
