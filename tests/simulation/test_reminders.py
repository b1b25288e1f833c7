"""The year of reminders at a reduced size, and proof that its checks find what they look for."""

from datetime import date, time

import pytest
from sqlalchemy import select, update

from server import clock as clocks
from server import policy as policies
from server.database import db, transaction
from server.models import Notification, Resident
from server.models.notification import queue
from tests.simulation import reminders


@pytest.fixture
def clock() -> None:
    """The county brings its own time."""


@pytest.mark.parametrize("region", policies.regions())
def test_every_notice_ends_the_same_day_at_a_decent_hour(region: str, database_url: str) -> None:
    report = reminders.simulate(region, residents=30, days=16, seed=3, url=database_url)

    assert report.faults == []
    assert report.due > 10
    assert report.outcomes["sent"] > 5


def test_the_checks_find_messages_at_night_too_many_a_day_and_after_somebody_said_no(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each guard of the senders is taken away, and the county says so."""
    monkeypatch.setattr("server.actions.notifications.holding.keep_back", lambda *_: False)
    monkeypatch.setattr(reminders, "LOOKS", (time(22, 30),))
    monkeypatch.setattr(reminders, "IN_PROGRAMME", dict.fromkeys(reminders.IN_PROGRAMME, 1.0))
    monkeypatch.setattr(reminders, "TURNS_OFF", 0.4)
    monkeypatch.setattr(reminders, "IN_HOSPITAL", 0.9)

    def plant(day: date) -> None:
        """Three on one day, as if the places of a day were not counted."""
        who = db.session.scalars(select(Resident)).first()
        if who is None or day.day != 1:
            return
        with transaction():
            for number in range(3):
                key = f"planted:{number}"
                queue("followup_due", dedupe_key=key, subject_id=who.id, at=clocks.now(), facts={}, resident_id=who.id)
            sent = {"status": "sent", "sent_at": clocks.now()}
            db.session.execute(update(Notification).where(Notification.dedupe_key.like("planted:%")).values(**sent))

    report = reminders.simulate("mianyang", residents=16, days=32, seed=3, url=database_url, each_day=plant)

    kinds = {fault.partition(":")[0] for fault in report.faults}
    assert kinds >= {"quiet hours", "too many", "turned off", "in hospital"}
