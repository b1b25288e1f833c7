"""Real names: what the register says, what a doctor saw, and that neither overwrites the other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as now
from server.actions import accounts, verification
from server.database import db
from server.models import AuditEvent, RealNameState, Resident
from server.models.actor import Actor, ActorKind
from server.policy import texts
from server.policy.identity import check_character
from server.verifying import OfflineVerifier, Outcome, SandboxVerifier, verifier_for
from tests import make
from tests.conftest import Clock

DOCTOR = Actor(ActorKind.STAFF, "doctor", "127.0.0.1")
ME = Actor(ActorKind.RESIDENT, "me", "127.0.0.1")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


class Told:
    """A register that says what it was told to, and remembers whom it was asked about."""

    is_online = True

    def __init__(self, *answers: Outcome, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.answers = list(answers)
        self.meanwhile = meanwhile
        self.asked: list[tuple[str, str, str]] = []

    def verify(self, name: str, document_type: str, number: str) -> Outcome:
        assert not db.session().info.get("writing"), "a register is never asked inside a transaction"
        self.asked.append((name, document_type, number))
        self.meanwhile()
        return self.answers.pop(0)


def registered(digit: int = 1) -> str:
    """Somebody who has just registered; the digit before the last place is given."""
    head = f"51079919500315{digit:03}"
    user = make.user(consent=texts.privacy()[0])
    return accounts.bind_identity(user, name="张小明", number=head + check_character(head), by=ME).id


def fresh(resident_id: str) -> Resident:
    db.session.rollback()
    return db.session.get_one(Resident, resident_id, populate_existing=True)


def state(resident_id: str) -> str:
    return fresh(resident_id).real_name_state


def events() -> list[str]:
    db.session.rollback()
    found = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))
    return [action for action in found if action not in ("identity_bound", "identity_warned.id_region_unknown")]


@pytest.mark.parametrize("outcome", [Outcome.VERIFIED, Outcome.FAILED])
def test_the_registers_answer_is_kept_and_asked_for_once(outcome: Outcome) -> None:
    resident_id = registered()
    register = Told(outcome)

    assert [verification.verify_next(register) for _ in range(2)] == [True, False]
    assert register.asked == [("张小明", "01", fresh(resident_id).identity_number)]
    assert (state(resident_id), fresh(resident_id).verify_due_at) == (str(outcome), None)
    assert events() == [f"identity_{outcome}"]


def test_without_an_answer_it_is_asked_later_and_ever_more_rarely(clock: Clock) -> None:
    resident_id = registered()
    waits = []
    for _ in range(7):
        assert verification.verify_next(Told(Outcome.UNAVAILABLE))
        assert not verification.verify_next(Told())
        due_at = fresh(resident_id).verify_due_at
        assert due_at is not None
        waits.append(timedelta(seconds=round((due_at - now.now()).total_seconds())))
        clock.advance(seconds=waits[-1].total_seconds())

    assert waits == [*verification.RETRY_AFTER, timedelta(days=1), timedelta(days=1)]
    assert state(resident_id) == RealNameState.UNVERIFIED
    assert verification.verify_next(Told(Outcome.VERIFIED))
    assert events() == ["identity_unavailable"] * 7 + ["identity_verified"]


def test_two_never_ask_about_one_person_at_once() -> None:
    registered()
    second = Told(Outcome.FAILED)

    verification.verify_next(Told(Outcome.VERIFIED, meanwhile=lambda: verification.verify_next(second)))

    assert second.asked == [] and events() == ["identity_verified"]


def test_who_asked_and_died_is_forgotten_after_a_while(clock: Clock) -> None:
    resident_id = registered()

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verification.verify_next(Told(meanwhile=die))
    assert not verification.verify_next(Told())
    clock.advance(minutes=5)

    assert verification.verify_next(Told(Outcome.VERIFIED))
    assert state(resident_id) == RealNameState.VERIFIED


def test_a_late_answer_does_not_overwrite_what_another_one_learned(clock: Clock) -> None:
    resident_id = registered()

    def meanwhile() -> None:
        clock.advance(minutes=6)
        verification.verify_next(Told(Outcome.VERIFIED))

    verification.verify_next(Told(Outcome.FAILED, meanwhile=meanwhile))

    assert state(resident_id) == RealNameState.VERIFIED and events() == ["identity_verified"]


def test_a_doctor_who_saw_the_original_outweighs_the_register() -> None:
    resident_id = registered()
    seen = Told(Outcome.FAILED, meanwhile=lambda: verification.staff_seen(fresh(resident_id), by=DOCTOR))

    verification.verify_next(seen)

    assert state(resident_id) == RealNameState.STAFF_SEEN and events() == ["identity_staff_seen"]
    assert not verification.verify_next(Told())


def test_a_doctor_may_clear_a_failure_and_leaves_a_verified_name_alone() -> None:
    failed, verified = registered(1), registered(2)
    verification.verify_next(Told(Outcome.FAILED))
    verification.verify_next(Told(Outcome.VERIFIED))

    for resident_id in (failed, failed, verified):
        verification.staff_seen(fresh(resident_id), by=DOCTOR)

    assert (state(failed), state(verified)) == (RealNameState.STAFF_SEEN, RealNameState.VERIFIED)
    assert events() == ["identity_failed", "identity_verified", "identity_staff_seen"]
    recorded = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "identity_staff_seen")).one()
    assert (recorded.actor_id, recorded.object_id) == ("doctor", failed)


def test_people_the_centre_has_seen_are_not_asked_about() -> None:
    make.resident(real_name_state=RealNameState.STAFF_SEEN)
    make.resident()

    assert not verification.verify_next(Told())


def test_the_sandboxs_answers_follow_the_documented_digit() -> None:
    register = SandboxVerifier()
    asked = [f"5107991950031500{digit}6" for digit in range(10)]

    answers = [register.verify("张小明", "01", number) for number in asked]

    assert answers == [Outcome.VERIFIED] * 8 + [Outcome.UNAVAILABLE, Outcome.FAILED]
    assert register.verify("", "90", "") is Outcome.VERIFIED


def test_the_setting_chooses_the_register() -> None:
    assert isinstance(verifier_for("sandbox"), SandboxVerifier)
    nobody = verifier_for("none")
    assert isinstance(nobody, OfflineVerifier) and not nobody.is_online
    assert nobody.verify("张小明", "01", "510799195003150016") is Outcome.UNAVAILABLE
