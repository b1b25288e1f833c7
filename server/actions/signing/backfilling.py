"""Signings on paper are entered (补录, L22): rows an approved file holds become people and agreements, some at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from server import clock, masking
from server.access import import_rows
from server.access.import_rows import Verdict
from server.actions.signing import places
from server.actions.signing.refusals import CapExceeded
from server.actions.signing.rules import frozen
from server.actions.signing.steps import S
from server.database import db, retried, transaction
from server.ids import new_id
from server.models import (
    Agreement,
    EntryStatus,
    ImportBatch,
    RealNameState,
    Resident,
    RowOutcome,
    audit,
    entering,
    phone_check,
    refusal,
    states,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy import texts
from server.policy.backfill import Purpose, SignedRow
from server.policy.schema import Policy

CHANNEL = "backfill"
SEEN = (RealNameState.VERIFIED, RealNameState.STAFF_SEEN)


def enter_next(policy: Policy, rows: int = entering.GROUP_ROWS) -> bool:
    """Enter the next rows of an approved file, in one transaction with the note of how far the file is.

    Each row is judged again: what came in between (a signing, a death, a full team) is refused and reported. When the
    database refuses the group, its rows are entered one by one, and the one in the way is reported.

    Returns:
        False when no file is being entered.
    Source:
        domain.md §6.2 L22; the cap by the same step as an acceptance (L4).
    """
    step = partial(_enter, policy=policy, policy_id=frozen(policy))
    return entering.together_or_alone(Purpose.BACKFILL, lambda batch_id: partial(step, batch_id), rows)


@retried
def _enter(batch_id: str, seen: int, most: int, *, policy: Policy, policy_id: str, is_taken: bool = False) -> bool:
    """Enter rows from ``seen`` on; False when there are none, or another process has them."""
    at = clock.now()
    with transaction() as session:
        batch = session.get_one(ImportBatch, batch_id, populate_existing=True)
        rows = import_rows.rows_from(batch, seen, most)
        if not rows or not entering.advance(batch_id, seen, len(rows)):
            return False
        ready = entering.approved(batch_id, rows[0].index, rows[-1].index)
        verdicts = import_rows.judge_signed(
            batch, [row for row in rows if row.index in ready], policy, clock.local(at).date()
        )
        if is_taken:  # somebody registers or signs this person at this moment
            for verdict in verdicts:
                verdict.refuse("taken_meanwhile")
        good = [verdict for verdict in verdicts if verdict.outcome is RowOutcome.READY]
        known = {verdict.identity_hash for verdict in good if verdict.resident is not None}
        _give_places(_with_people(good, at), clock.local(at).date(), policy)
        _forget_strangers(good, known)
        good = [verdict for verdict in good if verdict.outcome is RowOutcome.READY]
        with session.no_autoflush:  # the agreements of a group are written together
            agreements = [_enter_row(verdict, batch, policy, policy_id, at) for verdict in good]
        session.flush()  # the events point at the agreements
        _note(agreements, batch, policy, at)
        _settle([verdict for verdict in good if verdict.identity_hash in known], at)
        results = [_result(ready[verdict.row.index], verdict) for verdict in verdicts]
        entering.settle(batch, seen + len(rows), results, at)
    return True


def _result(row_id: str, verdict: Verdict) -> dict[str, object]:
    return {
        "id": row_id,
        "outcome": verdict.outcome,
        "codes": ",".join(verdict.codes)[:255],
        "agreement_id": verdict.agreement_id,
    }


def _note(agreements: Sequence[Agreement], batch: ImportBatch, policy: Policy, at: datetime) -> None:
    """Who uploaded the file entered its rows; who approved it decided. Where the region asks for it, phones are checked.

    Source: policy key records.phone_check (domain.md DA-07).
    """
    by = Actor(ActorKind.ADMIN, batch.uploaded_by, f"import {batch.id}")
    for agreement in agreements:
        states.born(agreement, by=by, at=at, reason=CHANNEL)
        audit.record("agreement_backfilled", agreement, by=by, at=at)
        if policy.records.phone_check and agreement.status == S.ACTIVE:
            phone_check.ask(agreement.resident, agreement.team_id, by=by, at=at)


def _settle(verdicts: Sequence[Verdict], at: datetime) -> None:
    """Whoever was on a list of the unsigned is on it no more; nobody new can be."""
    for verdict in verdicts:
        if (
            verdict.resident is not None
            and verdict.signed is not None
            and verdict.signed.end_on >= clock.local(at).date()
        ):
            refusal.settle(verdict.resident.id, EntryStatus.SIGNED, by=CLOCK, at=at)


def _with_people(verdicts: Sequence[Verdict], at: datetime) -> Sequence[Verdict]:
    """Add the people of a group nobody knew; two rows about one person share him."""
    people: dict[str, Resident] = {}
    for verdict in verdicts:
        assert verdict.identity_hash is not None
        if verdict.resident is None:
            verdict.resident = people.get(verdict.identity_hash) or _new_resident(verdict, at)
            people[verdict.identity_hash] = verdict.resident
    db.session.flush()
    return verdicts


def _give_places(verdicts: Sequence[Verdict], today: date, policy: Policy) -> None:
    """Give everybody whose agreement runs a place: all at once, or where places are few team by team, then one by one."""
    by_team: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        assert verdict.signed is not None and verdict.team is not None
        if verdict.signed.end_on >= today:
            by_team[verdict.team.id].append(verdict)
    if not by_team or _taken(by_team, policy):
        return
    for team_id in sorted(by_team):
        group = by_team[team_id]
        if not _taken({team_id: group}, policy):
            for verdict in group:
                if not _taken({team_id: [verdict]}, policy):
                    verdict.refuse("cap_exceeded")


def _taken(groups: Mapping[str, Sequence[Verdict]], policy: Policy) -> bool:
    people = {
        team_id: [verdict.resident.id for verdict in group if verdict.resident is not None]
        for team_id, group in groups.items()
    }
    try:
        with db.session.begin_nested():
            places.take_all(people, policy)
    except CapExceeded:
        return False
    return True


def _forget_strangers(verdicts: Sequence[Verdict], known: Collection[str | None]) -> None:
    """Who came with a row that found no place, and with no other one, is not registered."""
    stay = {verdict.identity_hash for verdict in verdicts if verdict.outcome is RowOutcome.READY} | set(known)
    gone = {verdict.identity_hash: verdict.resident for verdict in verdicts if verdict.identity_hash not in stay}
    for resident in gone.values():
        db.session.delete(resident)


def _enter_row(verdict: Verdict, batch: ImportBatch, policy: Policy, policy_id: str, at: datetime) -> Agreement:
    """Add the agreement of a row whose person has his place."""
    signed, team, package, resident = verdict.signed, verdict.team, verdict.package, verdict.resident
    assert signed is not None and team is not None and package is not None and resident is not None
    today = clock.local(at).date()
    to = S.ACTIVE if signed.end_on >= today else S.EXPIRED
    _seen_on_paper(resident, signed)
    identifier = new_id()
    text = _text(resident, signed, verdict)
    agreement = Agreement(
        id=identifier,
        number=f"{signed.signed_on:%Y%m%d}-{identifier[-8:]}",
        resident_id=resident.id,
        team_id=team.id,
        package_id=package.id,
        status=to,
        active_key=resident.id if to is S.ACTIVE else None,
        requested_at=at,
        answer_by_on=today,
        decided_at=at,
        decided_by=batch.reviewed_by,
        start_on=signed.start_on,
        end_on=signed.end_on,
        term_months=None if policy.signing.fixed_end_on else signed.months,
        region=policy.region,
        policy_id=policy_id,
        policy_version=policy.version,
        text_body=text.body,
        text_sha256=text.sha256,
        consents=[],
        channel=CHANNEL,
        signed_on=signed.signed_on,
        paper_reference=signed.paper,
    )
    db.session.add(agreement)
    verdict.outcome, verdict.agreement_id = RowOutcome.ENTERED, identifier
    return agreement


def _new_resident(verdict: Verdict, at: datetime) -> Resident:
    person = verdict.person
    assert person is not None and verdict.identity_hash is not None
    resident = Resident(
        id=new_id(),
        name=person.name,
        document_type=str(person.document.key[0]),
        identity_number=person.document.key[1],
        identity_hash=verdict.identity_hash,
        birth_on=person.facts.birth_on,
        sex=person.facts.sex,
        nationality=person.facts.nationality,
        phone=person.phone,
        real_name_state=RealNameState.STAFF_SEEN,
        created_at=at,
    )
    db.session.add(resident)
    return resident


def _seen_on_paper(resident: Resident, signed: SignedRow) -> None:
    """Whoever signed on paper was seen by staff; what the person told us himself is not overwritten."""
    if resident.real_name_state not in SEEN:
        resident.real_name_state = RealNameState.STAFF_SEEN
        resident.verify_due_at = None
    if resident.phone is None and signed.person.phone:
        resident.phone = signed.person.phone
    if not resident.address and signed.address:
        resident.address = signed.address


def _text(resident: Resident, signed: SignedRow, verdict: Verdict) -> texts.Document:
    """The record that stands for the paper: the paper itself remains the agreement."""
    assert verdict.team is not None and verdict.package is not None
    lines = (
        f"居民：{resident.name}　证件：{masking.identity_number(resident.identity_number)}",
        f"团队：{verdict.team.organisation.name} {verdict.team.name}",
        f"服务包：{verdict.package.name}（{verdict.package.code}，第{verdict.package.version}版）",
        f"纸质协议签字日期：{texts.chinese(signed.signed_on)}",
        f"服务期限：{texts.chinese(signed.start_on)}至{texts.chinese(signed.end_on)}",
        f"纸质协议编号：{signed.paper}",
        "本记录由纸质协议补录，双方权利义务以纸质协议为准。",
    )
    return texts.Document("家庭医生签约服务协议（补录）", lines)
