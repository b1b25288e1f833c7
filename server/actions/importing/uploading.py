"""A file is handed in: looked at, sealed, and left for the scheduler."""

import base64
import hashlib
from typing import IO

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from server import clock, sealing, sheets
from server.actions.importing.refusals import ImportClosed, ImportFileKnown
from server.database import retried, transaction
from server.ids import new_id
from server.models import AdminLogin, ImportBatch, ImportFilePart, ImportStatus, audit, states
from server.models.actor import Actor
from server.policy.backfill import Purpose
from server.policy.schema import Policy

PART_BYTES = 384 * 1024
MOST_NAME = 120


def upload(
    file: IO[bytes], name: str, kind: Purpose, *, admin: AdminLogin, policy: Policy, limits: sheets.Limits, by: Actor
) -> ImportBatch:
    """Keep a file sealed, for the scheduler to read. Of a wrong file nothing is kept.

    Args:
        file: seekable. name: as the browser says; shown, never used as a path.
    Raises:
        ImportClosed, ImportFileKnown (the same file, not cancelled or failed), and the refusals of ``sheets``.
    Source:
        policy key records.import_enabled (domain.md §1.9 row 32).
    """
    if kind is Purpose.BACKFILL and not policy.records.import_enabled:
        raise ImportClosed()
    _, size = sheets.check_upload(file, limits)
    if size == 0:
        raise sheets.FileEmpty()
    try:
        return _keep(file, name[-MOST_NAME:], kind, size, admin=admin, policy=policy, by=by)
    except IntegrityError as cause:
        raise ImportFileKnown() from cause


@retried
def _keep(
    file: IO[bytes], name: str, kind: Purpose, size: int, *, admin: AdminLogin, policy: Policy, by: Actor
) -> ImportBatch:
    at = clock.now()
    digest = hashlib.sha256()
    file.seek(0)
    while part := file.read(PART_BYTES):
        digest.update(part)
    key = sealing.current().index(f"{admin.organisation_id}:{kind}:{digest.hexdigest()}", "import_batch.file")
    with transaction() as session:
        batch = ImportBatch(
            organisation_id=admin.organisation_id,
            kind=kind,
            status=ImportStatus.UPLOADED,
            file_name=name,
            file_sha256=digest.hexdigest(),
            file_bytes=size,
            open_key=None if kind is Purpose.LEDGER else key,  # a ledger may be compared as often as one likes
            region=policy.region,
            policy_version=policy.version,
            uploaded_by=admin.id,
            uploaded_at=at,
        )
        session.add(batch)
        session.flush()
        states.born(batch, by=by, at=at)
        audit.record("import_uploaded", batch, by=by, at=at)
        file.seek(0)
        position = 0
        while part := file.read(PART_BYTES):
            row = {"id": new_id(), "batch_id": batch.id, "position": position, "body": base64.b64encode(part).decode()}
            session.execute(insert(ImportFilePart).values(**row))  # one at a time: the session keeps none of them
            position += 1
    return batch
