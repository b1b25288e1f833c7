"""Judging rows of a file of sessions against the hospitals there are and who sits where already. Writes nothing."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from server import clock
from server.access.import_rows import DataRow, Verdict
from server.database import db
from server.models import Department, Hospital, ImportBatch, ImportRow, RowOutcome, Shift, Specialist
from server.policy import numbers
from server.policy.backfill.sessions import SessionRow, read_session
from server.policy.schema import Policy

MAX_DAYS_AHEAD = 180
Times = tuple[datetime, datetime]


def judge(batch: ImportBatch, rows: Sequence[DataRow], policy: Policy) -> list[Verdict]:
    """Return what is to become of some sessions: entered, merged with one that is there, or refused."""
    hospitals = {one.name: one for one in db.session.scalars(select(Hospital))}
    verdicts = [_read(row, hospitals, policy) for row in rows]
    readable = [verdict for verdict in verdicts if verdict.outcome is RowOutcome.READY]
    known = _known([verdict.merge_key or "" for verdict in readable])
    earlier = _earlier(batch, readable, before=rows[0].index if rows else 0)
    busy = _busy(readable)
    for verdict in readable:
        _hold_against(verdict, known, earlier, busy)
    return verdicts


def origin_key(merge_key: str) -> str:
    """Return under which key a file's session is kept: the same row is never entered twice, from whatever file."""
    return f"file:{merge_key}"


def times_of(row: SessionRow) -> Times:
    """Return a session's instants."""
    return (
        datetime.combine(row.day, row.starts, clock.SHANGHAI),
        datetime.combine(row.day, row.ends, clock.SHANGHAI),
    )


def _read(row: DataRow, hospitals: dict[str, Hospital], policy: Policy) -> Verdict:
    session, problems = read_session(row.cells)
    verdict = Verdict(row, RowOutcome.READY, problems)
    if session is None:
        verdict.outcome = RowOutcome.REFUSED
        return verdict
    verdict.session, verdict.hospital = session, hospitals.get(session.hospital)
    verdict.place = f"{session.hospital} {session.department}"[:64]
    starts_at, _ = times_of(session)
    if verdict.hospital is None:
        verdict.refuse("hospital_unknown")
        return verdict
    who = session.doctor or session.label
    said = "\0".join((verdict.hospital.id, session.department, who, starts_at.isoformat()))
    verdict.merge_key = hashlib.sha256(said.encode()).hexdigest()
    if starts_at <= clock.now():
        verdict.refuse("session_in_past")
    elif session.day > clock.today() + timedelta(days=MAX_DAYS_AHEAD):
        verdict.refuse("session_too_far")
    pct = numbers.share_of(policy.booking, verdict.hospital.name, verdict.hospital.level, session.kind)
    if numbers.places_of(session.capacity, pct) + session.other > session.capacity:
        verdict.refuse("own_share_too_large")
    return verdict


def _known(merge_keys: list[str]) -> set[str]:
    keys = [origin_key(key) for key in merge_keys]
    found = db.session.scalars(select(Shift.origin_key).where(Shift.origin_key.in_(keys)))
    return {key for key in found if key}


def _earlier(batch: ImportBatch, verdicts: list[Verdict], *, before: int) -> set[str]:
    """Return which of these sessions stand in an earlier piece of the file, too."""
    found = select(ImportRow.merge_key).where(
        ImportRow.batch_id == batch.id,
        ImportRow.merge_key.in_([verdict.merge_key for verdict in verdicts]),
        ImportRow.row_index < before,
        ImportRow.outcome.in_((RowOutcome.READY, RowOutcome.ENTERED)),
    )
    return {key for key in db.session.scalars(found) if key}


def _busy(verdicts: list[Verdict]) -> dict[tuple[str, str, str], list[Times]]:
    """Return when the doctors of these rows sit somewhere already, by hospital, department and name."""
    days = [verdict.session.day for verdict in verdicts if verdict.session]
    if not days:
        return {}
    since = datetime.combine(min(days), datetime.min.time(), clock.SHANGHAI)
    names = {verdict.session.doctor for verdict in verdicts if verdict.session and verdict.session.doctor}
    rows = db.session.execute(
        select(Specialist.hospital_id, Department.name, Specialist.name, Shift.starts_at, Shift.ends_at)
        .join(Department, Department.id == Specialist.department_id)
        .join(Shift, Shift.specialist_id == Specialist.id)
        .where(
            Specialist.hospital_id.in_({verdict.hospital.id for verdict in verdicts if verdict.hospital}),
            Specialist.name.in_(names),
            Shift.starts_at >= since,
            Shift.starts_at < since + timedelta(days=(max(days) - min(days)).days + 1),
        )
    )
    busy: dict[tuple[str, str, str], list[Times]] = {}
    for hospital_id, department, name, starts_at, ends_at in rows:
        busy.setdefault((hospital_id, department, name), []).append((starts_at, ends_at))
    return busy


def _hold_against(
    verdict: Verdict, known: set[str], earlier: set[str], busy: dict[tuple[str, str, str], list[Times]]
) -> None:
    session, hospital, key = verdict.session, verdict.hospital, verdict.merge_key
    if session is None or hospital is None or key is None or verdict.outcome is not RowOutcome.READY:
        return
    for there, code in ((origin_key(key) in known, "session_there"), (key in earlier, "same_in_file")):
        if there:
            verdict.outcome = RowOutcome.MERGED
            verdict.codes.append(code)
            return
    earlier.add(key)
    if not session.doctor:
        return
    starts_at, ends_at = times_of(session)
    own = busy.setdefault((hospital.id, session.department, session.doctor), [])
    if any(begins < ends_at and ends > starts_at for begins, ends in own):
        verdict.refuse("doctor_busy")
        return
    own.append((starts_at, ends_at))
