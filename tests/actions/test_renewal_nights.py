"""The night's notices written by the database itself: each once, also after a crash, with two runs at once, and by region."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from ulid import ULID

from server import policy as policies
from server.actions import signing
from server.actions.signing import reminding
from server.actions.signing.rules import frozen
from server.database import db
from server.models import Agreement, Notification
from tests import make

TODAY = date(2026, 3, 2)
POLICY = policies.load("mianyang")


@pytest.fixture(autouse=True)
def _app(app: APIFlask) -> Iterator[None]:
    """Every test here writes to a database."""
    yield


def ending(days: int, **fields: Any) -> Agreement:
    """An agreement in force whose last day is in so many days."""
    return make.agreement(start_on=TODAY - timedelta(days=200), end_on=TODAY + timedelta(days=days), **fields)


def offers() -> dict[str, Notification]:
    """What residents were told about renewing, by the agreement."""
    db.session.rollback()
    rows = db.session.scalars(select(Notification).where(Notification.kind == "renewal_offer")).all()
    found = {row.subject_id: row for row in rows}
    assert len(found) == len(rows), "somebody was told twice"
    return found


def run() -> None:
    while signing.offer_next_renewal(POLICY):
        pass


def test_a_run_that_dies_tells_nobody_of_its_batch_and_the_next_one_tells_everybody_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everybody = {ending(20).id for _ in range(5)}
    monkeypatch.setattr(reminding, "BATCH", 2)
    signing.offer_next_renewal(POLICY)
    before = set(offers())

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(reminding, "tell_teams_today", dies)  # after the notices were written, before the commit
        with pytest.raises(KeyboardInterrupt):
            run()

    assert len(before) == 2 and set(offers()) == before
    run()
    assert set(offers()) == everybody


def test_two_runs_at_once_tell_everybody_once(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = {ending(20).id for _ in range(24)}
    monkeypatch.setattr(reminding, "BATCH", 3)
    gate, broken = threading.Barrier(2), []

    def scheduler() -> None:
        with app.app_context():
            gate.wait(timeout=30)
            try:
                run()
            except Exception as error:
                broken.append(error)
            finally:
                db.session.remove()

    both = [threading.Thread(target=scheduler) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=60)

    assert broken == []
    assert set(offers()) == everybody
    assert not db.session.scalars(select(Agreement.id).where(Agreement.next_notice_on <= TODAY)).all()


def test_a_notice_whose_day_was_lost_is_not_written_again() -> None:
    agreement = ending(20)
    run()
    first = offers()[agreement.id].id

    make.saved_change(agreement, next_notice_on=TODAY)
    run()

    assert offers()[agreement.id].id == first


def test_agreements_of_one_batch_are_told_by_the_rules_each_was_signed_under() -> None:
    here, there = POLICY, policies.load("erqi")
    rows = {policy.region: ending(20, region=policy.region, policy_id=frozen(policy)) for policy in (here, there)}

    run()

    told = offers()
    for policy in (here, there):
        row = rows[policy.region]
        last = row.end_on + timedelta(days=policy.renewal.grace_days) if row.end_on else None
        facts = {
            "team": row.team.name,
            "package": row.package.name,
            "agreement_id": row.id,
            "end_on": "2026-03-22",
            "days_left": "20",
            "renew_until_on": str(last),
        }
        if policy.renewal.mode == "auto_reconfirm":
            facts["goes_on"] = "1"
        assert told[row.id].facts == facts
    assert here.renewal.notice_days != there.renewal.notice_days or here.renewal.mode != there.renewal.mode


def test_each_notice_has_an_id_of_its_own_and_waits_to_be_sent() -> None:
    rows = [ending(20) for _ in range(3)]

    run()

    told = offers()
    assert len({told[row.id].id for row in rows}) == 3
    for row in rows:
        note = told[row.id]
        assert str(ULID.from_str(note.id)) == note.id
        assert (note.status, note.attempts, note.is_urgent, note.tried_channels) == ("created", 0, False, [])
        assert (note.resident_id, note.team_id) == (row.resident_id, row.team_id)
        assert note.created_at == note.next_attempt_at


def test_who_has_died_is_not_told_but_the_others_of_his_batch_are() -> None:
    dead, alive = ending(20), ending(20)
    make.saved_change(dead.resident, died_on=TODAY)

    run()

    assert set(offers()) == {alive.id}
