"""A township's ledger held against the system: what is the same, different, only there, only here (domain.md DA-06)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select

from server.access.import_rows import DataRow, Verdict, residents_by_hash
from server.access.paging import Page, page
from server.database import db
from server.models import Agreement, ImportBatch, ImportRow, Resident, RowOutcome, Team
from server.models.agreement import IN_FORCE
from server.policy import backfill

LEDGER_OUTCOMES = (RowOutcome.SAME, RowOutcome.DIFFERENT, RowOutcome.ONLY_LEDGER, RowOutcome.MERGED, RowOutcome.REFUSED)


@dataclass(frozen=True)
class PlaceTotals:
    """Rows of one township: numbers of people."""

    place: str
    same: int
    different: int
    only_ledger: int
    merged: int
    refused: int


def judge(batch: ImportBatch, rows: Sequence[DataRow], today: date) -> list[Verdict]:
    """Compare some lines of a ledger with the agreements in force of the organisation's teams. Changes nothing."""
    verdicts, lines = [], []
    for row in rows:
        line, reader = backfill.read_ledger(row.cells, today)
        outcome = RowOutcome.ONLY_LEDGER if line else RowOutcome.REFUSED
        verdict = Verdict(row, outcome, [*reader.problems, *reader.warnings])
        if line:
            verdict.identity_hash, verdict.place = Resident.hash_of(*line.document.key), line.place
            lines.append((verdict, line))
        verdicts.append(verdict)
    hashes = {verdict.identity_hash for verdict, _ in lines if verdict.identity_hash}
    people = residents_by_hash(hashes)
    agreements = _in_force(batch.organisation_id, [person.id for person in people.values()])
    known = set(_lines_before(batch, hashes, rows[0].index if rows else 0))
    for verdict, line in lines:
        assert verdict.identity_hash is not None
        if verdict.identity_hash in known:
            verdict.outcome = RowOutcome.MERGED
            verdict.codes.append("same_in_file")
            continue
        known.add(verdict.identity_hash)
        person = people.get(verdict.identity_hash)
        agreement = agreements.get(person.id) if person else None
        if agreement is not None:
            verdict.agreement_id = agreement.id
            differences = _differences(line, agreement)
            verdict.outcome = RowOutcome.DIFFERENT if differences else RowOutcome.SAME
            verdict.codes += differences
    return verdicts


def _differences(line: backfill.LedgerRow, agreement: Agreement) -> list[str]:
    """Return what differs; what the ledger leaves empty is not compared."""
    resident = agreement.resident
    differs = {
        "name_differs": line.name and line.name != resident.name,
        "team_differs": line.team and line.team not in (agreement.team.name, agreement.team_id),
        "signed_differs": line.signed_on and line.signed_on != (agreement.signed_on or agreement.start_on),
        "end_on_differs": line.end_on and line.end_on != agreement.end_on,
        "ledger_phone_differs": line.phone and line.phone != (resident.phone or ""),
    }
    return [code for code, is_so in differs.items() if is_so]


def _in_force(organisation_id: str, resident_ids: Sequence[str]) -> dict[str, Agreement]:
    found = _own(organisation_id).where(Agreement.active_key.in_(resident_ids))
    agreements: list[Agreement] = list(db.session.scalars(found).unique())
    return {agreement.resident_id: agreement for agreement in agreements}


def _own(organisation_id: str) -> Select[Agreement]:
    teams = select(Team.id).where(Team.organisation_id == organisation_id)
    return select(Agreement).where(Agreement.team_id.in_(teams), Agreement.status.in_(IN_FORCE))


def _lines_before(batch: ImportBatch, hashes: set[str], index: int) -> list[str]:
    rows = select(ImportRow.identity_hash).where(
        ImportRow.batch_id == batch.id, ImportRow.identity_hash.in_(hashes), ImportRow.row_index < index
    )
    return [found for found in db.session.scalars(rows) if found]


def _only_system(batch: ImportBatch) -> Select[Agreement]:
    """Agreements in force whose resident the ledger does not name."""
    named = (
        select(ImportRow.id)
        .join(Resident, Resident.identity_hash == ImportRow.identity_hash)
        .where(ImportRow.batch_id == batch.id, Resident.id == Agreement.resident_id)
        .correlate(Agreement)
    )
    return _own(batch.organisation_id).where(~named.exists())


def only_system(batch: ImportBatch, cursor: str | None = None, *, rows: int = 20) -> Page[Agreement]:
    """Return agreements in force that the ledger does not name, by number of row."""
    return page(_only_system(batch), (Agreement.id,), cursor, rows=rows)


def only_system_count(batch: ImportBatch) -> int:
    """Count the agreements in force that the ledger does not name."""
    ids = _only_system(batch).with_only_columns(Agreement.id)
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def totals(batch: ImportBatch) -> list[PlaceTotals]:
    """Return the numbers by township as the ledger names them, in its order of names."""
    counts = [func.sum(case((ImportRow.outcome == outcome, 1), else_=0)) for outcome in LEDGER_OUTCOMES]
    rows = (
        select(ImportRow.place, *counts)
        .where(ImportRow.batch_id == batch.id)
        .group_by(ImportRow.place)
        .order_by(ImportRow.place)
    )
    return [PlaceTotals(row[0], *(int(number) for number in row[1:])) for row in db.session.execute(rows)]
