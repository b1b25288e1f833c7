"""The job that asks a register about people."""

from dataclasses import replace

from apiflask import APIFlask
from sqlalchemy import select

from server import clock
from server.database import db
from server.jobs import identities
from server.jobs.cli import work_of
from server.models import Resident
from server.verifying import OfflineVerifier, SandboxVerifier
from tests import make


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Resident.real_name_state).order_by(Resident.id)))


def test_without_a_register_everybody_stays_due(app: APIFlask) -> None:
    make.resident(verify_due_at=clock.now())
    work = work_of(app)

    assert isinstance(work.verifier, OfflineVerifier)
    assert identities.verify(work) == 0
    assert states() == ["unverified"] and db.session.scalars(select(Resident)).one().verify_tries == 0


def test_everybody_who_is_due_is_asked_about_once(app: APIFlask) -> None:
    for digit in (1, 8, 9):
        make.resident(identity_number=f"5107991950031500{digit}6", verify_due_at=clock.now())
    work = replace(work_of(app), verifier=SandboxVerifier())

    assert [identities.verify(work) for _ in range(2)] == [3, 0]
    assert states() == ["verified", "unverified", "failed"]
