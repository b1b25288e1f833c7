"""Judging the rows of a file against what the database knows: who is known, which agreements there are. Writes nothing.

The dry run and the run ask the same questions here, so that the report is what happens.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from server import sealing
from server.database import db
from server.models import (
    Agreement,
    Hospital,
    ImportBatch,
    ImportPiece,
    ImportRow,
    Organisation,
    Resident,
    RowOutcome,
    ServicePackage,
    Team,
)
from server.models.agreement import OPEN, AgreementStatus
from server.policy import backfill
from server.policy.schema import Policy
from server.sheets import Cell, from_json

DID_NOT_HAPPEN = (AgreementStatus.REJECTED, AgreementStatus.WITHDRAWN, AgreementStatus.VOID)


@dataclass(frozen=True)
class DataRow:
    """One row of a file: our column → cell."""

    index: int
    number: int
    cells: dict[str, Cell]


@dataclass
class Verdict:
    """What is to become of a row."""

    row: DataRow
    outcome: RowOutcome
    codes: list[str] = field(default_factory=list)
    identity_hash: str | None = None
    merge_key: str | None = None
    agreement_id: str | None = None
    place: str = ""
    signed: backfill.SignedRow | None = None
    person: backfill.PersonRow | None = None
    resident: Resident | None = None
    team: Team | None = None
    package: ServicePackage | None = None
    session: backfill.SessionRow | None = None
    hospital: Hospital | None = None

    def refuse(self, code: str) -> None:
        """Do not enter it."""
        self.outcome = RowOutcome.REFUSED
        self.codes.append(code)


def rows_from(batch: ImportBatch, index: int, most: int) -> list[DataRow]:
    """Return rows of data from an index on, at most the rest of the piece they lie in."""
    piece = db.session.scalar(
        select(ImportPiece)
        .where(ImportPiece.batch_id == batch.id, ImportPiece.first_index <= index)
        .order_by(ImportPiece.first_index.desc())
        .limit(1)
    )
    if piece is None:
        return []
    mapping: dict[str, int] = json.loads(batch.mapping or "{}")
    values = json.loads(piece.body)[index - piece.first_index :][:most]
    return [_data_row(index + offset, value, mapping) for offset, value in enumerate(values)]


def _data_row(index: int, value: Any, mapping: dict[str, int]) -> DataRow:
    cells = from_json(value[1])
    return DataRow(index, value[0], {key: cells[at] for key, at in mapping.items() if at < len(cells)})


@dataclass
class Surroundings:
    """What the rows of a batch are held against: the organisation's teams, and the packages, by name and code."""

    teams: dict[str, Team]
    packages: dict[str, ServicePackage]

    @classmethod
    def of(cls, organisation: Organisation) -> "Surroundings":
        """Load them once per piece."""
        mine = db.session.scalars(select(Team).where(Team.organisation_id == organisation.id)).unique()
        teams = {key: team for team in mine for key in (team.id, team.name)}
        packages: dict[str, ServicePackage] = {}
        for package in db.session.scalars(select(ServicePackage).order_by(ServicePackage.version)).unique():
            packages[package.code] = packages[package.name] = package
        return cls(teams, packages)


def judge_signed(batch: ImportBatch, rows: Sequence[DataRow], policy: Policy, today: date) -> list[Verdict]:
    """Return what is to become of some signings on paper."""
    around = Surroundings.of(batch.organisation)
    verdicts = [_read_signed(row, policy, today, around) for row in rows]
    readable = [verdict for verdict in verdicts if verdict.outcome is RowOutcome.READY]
    hashes = {verdict.identity_hash for verdict in readable if verdict.identity_hash}
    people = residents_by_hash(hashes)
    agreements = _agreements_of([person.id for person in people.values()])
    earlier = _earlier_rows(batch, hashes, before=rows[0].index if rows else 0)
    for verdict in readable:
        assert verdict.identity_hash is not None
        verdict.resident = people.get(verdict.identity_hash)
        _hold_against_person(verdict)
        _hold_against_agreements(verdict, agreements.get(verdict.resident.id, []) if verdict.resident else [], today)
        _hold_against_file(verdict, earlier[verdict.identity_hash])
    return verdicts


def _read_signed(row: DataRow, policy: Policy, today: date, around: Surroundings) -> Verdict:
    signed, reader = backfill.read_signed(row.cells, policy, today)
    verdict = Verdict(row, RowOutcome.READY, [*reader.problems, *reader.warnings])
    if signed is None:
        verdict.outcome = RowOutcome.REFUSED
        return verdict
    verdict.signed, verdict.person = signed, signed.person
    verdict.identity_hash = Resident.hash_of(*signed.person.document.key)
    verdict.team, verdict.package = around.teams.get(signed.team), around.packages.get(signed.package)
    if verdict.team is None:
        verdict.refuse("team_unknown")
    else:
        verdict.merge_key = merge_key(verdict.identity_hash, verdict.team.id, signed.signed_on)
    if verdict.package is None:
        verdict.refuse("package_unknown")
    return verdict


def merge_key(identity_hash: str, team_id: str, signed_on: date) -> str:
    """Return the keyed hash of one signing: same person, same team, same original day."""
    return sealing.current().index(f"{identity_hash}:{team_id}:{signed_on}", "import_row.merge")


def residents_by_hash(hashes: Collection[str]) -> dict[str, Resident]:
    """Return the residents known by some keyed hashes."""
    found = db.session.scalars(select(Resident).where(Resident.identity_hash.in_(hashes)))
    return {resident.identity_hash: resident for resident in found}


def _agreements_of(resident_ids: Collection[str]) -> dict[str, list[Agreement]]:
    found: dict[str, list[Agreement]] = defaultdict(list)
    mine = select(Agreement).where(Agreement.resident_id.in_(resident_ids), Agreement.status.not_in(DID_NOT_HAPPEN))
    for agreement in db.session.scalars(mine).unique():
        found[agreement.resident_id].append(agreement)
    return found


def _earlier_rows(batch: ImportBatch, hashes: Iterable[str], *, before: int) -> dict[str, list[ImportRow | Verdict]]:
    """Return the rows of this file about the same people that can be entered, by person."""
    found: dict[str, list[ImportRow | Verdict]] = defaultdict(list)
    rows = select(ImportRow).where(
        ImportRow.batch_id == batch.id,
        ImportRow.identity_hash.in_(list(hashes)),
        ImportRow.row_index < before,
        ImportRow.outcome.in_((RowOutcome.READY, RowOutcome.ENTERED)),
    )
    for row in db.session.scalars(rows):
        assert row.identity_hash is not None
        found[row.identity_hash].append(row)
    return found


def _hold_against_person(verdict: Verdict) -> None:
    """A known document with another name or birth date is not that person."""
    known, person = verdict.resident, verdict.person
    if known is None or person is None:
        return
    if (known.name.casefold(), known.birth_on) != (person.name.casefold(), person.facts.birth_on):
        verdict.refuse("person_differs")
    elif person.phone and known.phone and known.phone != person.phone:
        verdict.codes.append("phone_differs")


def _hold_against_agreements(verdict: Verdict, agreements: list[Agreement], today: date) -> None:
    signed, team, resident = verdict.signed, verdict.team, verdict.resident
    if signed is None or team is None or resident is None:
        return
    for agreement in agreements:
        if agreement.team_id == team.id and signed.signed_on in (agreement.signed_on, agreement.start_on):
            verdict.outcome, verdict.agreement_id = RowOutcome.MERGED, agreement.id
            verdict.codes.append("same_in_system")
            return
    is_running = signed.end_on >= today
    if is_running and resident.died_on is not None:
        verdict.refuse("resident_deceased")
        return
    for agreement in agreements:
        if agreement.status in OPEN and is_running:
            verdict.refuse("agreement_waiting")
            return
        if agreement.start_on is None or agreement.end_on is None:
            continue
        if agreement.start_on <= signed.end_on and signed.start_on <= agreement.end_on:
            verdict.refuse("agreement_overlap")
            return


def _hold_against_file(verdict: Verdict, earlier: list[ImportRow | Verdict]) -> None:
    """Of two rows about one signing the first is entered; two terms of one person must not overlap."""
    if verdict.outcome is not RowOutcome.READY or verdict.signed is None:
        return
    for other in earlier:
        if other.merge_key == verdict.merge_key:
            verdict.outcome = RowOutcome.MERGED
            verdict.codes.append("same_in_file")
            return
    for other in earlier:
        start_on, end_on = term_of(other)
        if start_on and end_on and start_on <= verdict.signed.end_on and verdict.signed.start_on <= end_on:
            verdict.refuse("agreement_overlap")
            return
    earlier.append(verdict)


def term_of(row: ImportRow | Verdict) -> tuple[date | None, date | None]:
    """Return the first and last day of a row, None where it has none."""
    if isinstance(row, ImportRow):
        return row.start_on, row.end_on
    return (row.signed.start_on, row.signed.end_on) if row.signed else (None, None)
