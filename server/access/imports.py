"""What an administrator may see of files handed in: those of his own organisation."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select

from server import masking, sheets
from server.access.import_ledgers import only_system
from server.access.paging import PAGE_ROWS, Page, page
from server.config import Imports
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, ImportBatch, ImportRow, RowOutcome
from server.policy import backfill
from server.policy.backfill import Purpose

MEGABYTE = 1024 * 1024
REPORT_ROWS = 500
ONLY_SYSTEM = "only_system"
WHO = ("doctor", "label", "day", "starts")
"""Of a session's row: who sits there when, shown where other files have the team."""
REPORT_HEADINGS = ("行号", "结果", "说明", "姓名", "证件号码", "电话", "团队", "乡镇（街道）")


@dataclass(frozen=True)
class Numbers:
    """A file at a glance: rows by outcome, rows by problem or warning."""

    outcomes: dict[str, int]
    codes: dict[str, int]

    @property
    def total(self) -> int:
        """All rows that were judged."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class ShownRow:
    """One row of a report, masked."""

    number: int
    outcome: str
    outcome_label: str
    reasons: list[str]
    name: str
    identity: str
    phone: str
    team: str
    place: str
    agreement_id: str | None


def limits_of(settings: Imports) -> sheets.Limits:
    """Return what one file may have."""
    return sheets.Limits(settings.max_file_megabytes * MEGABYTE, settings.max_rows)


def batches(cursor: str | None = None, *, by: AdminLogin) -> Page[ImportBatch]:
    """Return the organisation's files, newest first."""
    mine = select(ImportBatch).where(ImportBatch.organisation_id == by.organisation_id)
    return page(mine, (ImportBatch.uploaded_at, ImportBatch.id), cursor, newest_first=True)


def batch(batch_id: str, *, by: AdminLogin) -> ImportBatch:
    """Return one of the organisation's files. Raises NotFound."""
    found = db.session.scalar(
        select(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.organisation_id == by.organisation_id)
    )
    if found is None:
        raise NotFound()
    return found


def headings(batch: ImportBatch) -> list[str]:
    """Return the file's own headings, in their order."""
    found: list[str] = json.loads(batch.headings or "[]")
    return found


def mapping(batch: ImportBatch) -> dict[str, int]:
    """Return which of our columns stands where, from 0."""
    found: dict[str, int] = json.loads(batch.mapping or "{}")
    return found


def columns(batch: ImportBatch) -> tuple[backfill.Column, ...]:
    """Return the columns a file of this kind has."""
    return backfill.COLUMNS[Purpose(batch.kind)]


def numbers(batch: ImportBatch) -> Numbers:
    """Count a file's rows by outcome and by problem."""
    rows = (
        select(ImportRow.outcome, ImportRow.codes, func.count())
        .where(ImportRow.batch_id == batch.id)
        .group_by(ImportRow.outcome, ImportRow.codes)
    )
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for outcome, said, count in db.session.execute(rows):
        outcomes[str(outcome)] += count
        for code in filter(None, said.split(",")):
            codes[code] += count
    return Numbers(dict(outcomes), dict(codes.most_common()))


def _found(batch: ImportBatch, outcome: str, code: str) -> Select[Any]:
    found = select(ImportRow).where(ImportRow.batch_id == batch.id)
    if outcome in set(RowOutcome):
        found = found.where(ImportRow.outcome == outcome)
    if code in backfill.PROBLEMS or code in backfill.WARNINGS:
        found = found.where((literal(",") + ImportRow.codes + ",").contains(f",{code},", autoescape=True))
    return found


def rows(
    batch: ImportBatch, cursor: str | None = None, *, outcome: str = "", code: str = "", most: int = PAGE_ROWS
) -> Page[ShownRow]:
    """Return what became of a file's rows, in the file's order; of one outcome or problem, or all. Masked.

    Args:
        outcome: a RowOutcome, ``only_system`` (ledgers: agreements the file does not name), or "".
    """
    if outcome == ONLY_SYSTEM:
        agreements = only_system(batch, cursor, rows=most)
        return Page([_of_agreement(agreement) for agreement in agreements.items], agreements.next)
    found = page(_found(batch, outcome, code), (ImportRow.row_index,), cursor, rows=most)
    return Page([_shown(row) for row in found.items], found.next)


def _shown(row: ImportRow) -> ShownRow:
    cells: dict[str, str] = json.loads(row.cells) if row.cells else {}
    reasons = [backfill.label(code) for code in filter(None, row.codes.split(","))]
    return ShownRow(
        row.number,
        str(row.outcome),
        row.outcome_label,
        reasons,
        masking.name(cells.get("name", "")),
        masking.identity_number(cells.get("number", "")),
        masking.phone(cells["phone"]) if cells.get("phone") else "",
        cells.get("team", "") or " ".join(filter(None, (cells.get(key) for key in WHO))),
        row.place or cells.get("place", ""),
        row.agreement_id,
    )


def _of_agreement(agreement: Agreement) -> ShownRow:
    resident = agreement.resident
    return ShownRow(
        0,
        ONLY_SYSTEM,
        "仅系统有",
        [],
        resident.name_masked,
        masking.identity_number(resident.identity_number),
        masking.phone(resident.phone) if resident.phone else "",
        agreement.team.name,
        "",
        agreement.id,
    )


def report(batch: ImportBatch, *, outcome: str = "", code: str = "") -> Iterator[tuple[str, ...]]:
    """Return a report's lines under ``REPORT_HEADINGS``, read page by page so that memory does not grow."""
    cursor: str | None = None
    while True:
        found = rows(batch, cursor, outcome=outcome, code=code, most=REPORT_ROWS)
        for row in found.items:
            number = str(row.number) if row.number else ""
            yield (
                number, row.outcome_label, "；".join(row.reasons), row.name, row.identity, row.phone, row.team, row.place,
            )  # fmt: skip
        if found.next is None:
            return
        cursor = found.next
