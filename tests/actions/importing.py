"""Files on their way through an import, as the scheduler moves them."""

import io
from typing import Any

from server import policy as policies
from server.access.imports import limits_of
from server.actions import importing, signing
from server.database import db
from server.models import AdminLogin, Agreement, ImportBatch, ImportRow, Resident
from server.models.actor import Actor, ActorKind
from server.policy.backfill import Purpose
from server.policy.schema import Policy
from server.sheets import Limits
from tests import sheeting

POLICY = policies.load("mianyang")
LIMITS = Limits(20_000_000, 100_000)

__all__ = [
    "LIMITS",
    "POLICY",
    "approve",
    "by",
    "check",
    "handed_in",
    "imported",
    "limits_of",
    "outcomes",
    "run",
    "upload",
]


def by(admin: AdminLogin) -> Actor:
    return Actor(ActorKind.ADMIN, admin.id, "127.0.0.1")


def upload(
    admin: AdminLogin,
    content: bytes,
    *,
    kind: Purpose = Purpose.BACKFILL,
    policy: Policy = POLICY,
    name: str = "a.xlsx",
) -> ImportBatch:
    return importing.upload(io.BytesIO(content), name, kind, admin=admin, policy=policy, limits=LIMITS, by=by(admin))


def check(policy: Policy = POLICY) -> None:
    """Let the scheduler read and check everything."""
    while importing.read_next(LIMITS):
        pass
    while importing.check_next(policy):
        pass
    db.session.expire_all()


def run(policy: Policy = POLICY) -> None:
    """Let the scheduler enter everything that was approved."""
    while signing.enter_next(policy):
        pass
    db.session.expire_all()


def approve(batch: ImportBatch, admin: AdminLogin, policy: Policy = POLICY) -> None:
    importing.approve(batch, admin=admin, policy=policy, by=by(admin))


def handed_in(admin: AdminLogin, *rows: dict[str, Any], **options: Any) -> ImportBatch:
    """A file of some rows, uploaded and checked."""
    batch = upload(admin, sheeting.csv_file(rows), **options)
    check(options.get("policy", POLICY))
    return batch


def imported(admin: AdminLogin, second: AdminLogin, *rows: dict[str, Any], **options: Any) -> ImportBatch:
    """A file of some rows, checked, approved and entered."""
    batch = handed_in(admin, *rows, **options)
    approve(batch, second, options.get("policy", POLICY))
    run(options.get("policy", POLICY))
    return batch


def outcomes(batch: ImportBatch) -> list[tuple[int, str, str]]:
    """(number, outcome, codes) of a file's rows; every made-up number is of a county that never was."""
    rows = db.session.query(ImportRow).filter_by(batch_id=batch.id).order_by(ImportRow.row_index)
    return [(row.number, str(row.outcome), _told(row.codes)) for row in rows]


def _told(codes: str) -> str:
    return ",".join(code for code in codes.split(",") if code != "id_region_unknown")


def count() -> tuple[int, int]:
    """How many residents and agreements there are."""
    return db.session.query(Resident).count(), db.session.query(Agreement).count()
