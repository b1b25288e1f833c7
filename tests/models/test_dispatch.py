"""Steps for many notifications at once: each row gets what is its own, and one that was changed takes all back."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as now
from server.database import db, once_each, transaction
from server.models import Attempt, Notification, PushConsent, dispatch
from server.models import NotificationStatus as N
from tests import make
from tests.actions.pushing import fresh, queued

CHANNELS = ("subscribe:followup", "sms", "subscribe:followup")


def waiting(tried: int = 0) -> Notification:
    row = queued(user_id=make.user().id)
    make.saved_change(row, attempts=tried)
    return row


def begun(rows: list[Notification]) -> None:
    at = now.now()
    tries = [
        {"row_id": row.id, "tried": row.attempts, "reserved_until": at + timedelta(seconds=10), "channel": channel}
        for row, channel in zip(rows, CHANNELS, strict=True)
    ]
    with transaction():
        dispatch.reserve([row.id for row in rows], at + timedelta(seconds=10))
        dispatch.begin(tries, at, at + timedelta(seconds=60))


def test_rows_that_differ_are_each_begun_and_accepted_as_they_are(app: APIFlask) -> None:
    rows = [waiting(), waiting(tried=2), waiting()]
    begun(rows)
    assert [(fresh(row).status, row.attempts, row.channel) for row in rows] == [
        (N.SENDING, 1, "subscribe:followup"),
        (N.SENDING, 3, "sms"),
        (N.SENDING, 1, "subscribe:followup"),
    ]

    with transaction():
        dispatch.accepted([(rows[0].id, 1, "a"), (rows[1].id, 3, None), (rows[2].id, 1, "c")], now.now(), "ok")

    assert [(fresh(row).status, row.provider_ref) for row in rows] == [(N.SENT, "a"), (N.SENT, None), (N.SENT, "c")]
    tries = db.session.execute(select(Attempt.notification_id, Attempt.number, Attempt.outcome)).all()
    assert sorted(map(tuple, tries)) == sorted([(rows[0].id, 1, "ok"), (rows[1].id, 3, "ok"), (rows[2].id, 1, "ok")])


def test_one_that_is_not_ours_any_more_takes_the_step_back(app: APIFlask) -> None:
    rows = [waiting(), waiting(), waiting()]
    make.saved_change(rows[1], status=N.CANCELLED)
    with pytest.raises(dispatch.NotAll):
        begun(rows)
    assert [fresh(row).status for row in rows] == [N.CREATED, N.CANCELLED, N.CREATED]

    rows = [waiting(), waiting(), waiting()]
    begun(rows)
    with pytest.raises(dispatch.NotAll), transaction():  # a later attempt has begun meanwhile
        dispatch.accepted([(rows[0].id, 1, "a"), (rows[1].id, 2, "b")], now.now(), "ok")
    assert [fresh(row).status for row in rows] == [N.SENDING] * 3


def test_a_reservation_counts_against_the_day_only_what_is_counted(app: APIFlask) -> None:
    rows, until = [waiting(), waiting()], now.now() + timedelta(seconds=10)
    with transaction():
        dispatch.reserve([rows[0].id], until, counted_on=now.today())
        dispatch.reserve([rows[1].id], until)
    assert [fresh(row).counted_on for row in rows] == [now.today(), None]
    assert [row.next_attempt_at for row in rows] == [until, until]


def test_accepts_are_used_up_as_often_as_they_are_named_and_never_below_none(app: APIFlask) -> None:
    one, other = make.user(), make.user()
    make.push_consent(one, "followup", left=3)
    make.push_consent(other, "followup", left=1)
    make.push_consent(other, "visit", left=2)
    used = [(one.id, "followup"), (other.id, "followup"), (one.id, "followup"), (other.id, "followup")]
    with transaction():
        dispatch.use_up_consents(used, now.now())
    db.session.rollback()
    left = select(PushConsent.user_id, PushConsent.template, PushConsent.one_time_left)
    assert set(map(tuple, db.session.execute(left))) == {
        (one.id, "followup", 1),
        (other.id, "followup", 0),
        (other.id, "visit", 2),
    }


def test_ids_are_split_so_that_none_stands_twice_in_one_list() -> None:
    assert once_each(["a", "b", "a", "a", "c", "b"]) == [["a", "b", "c"], ["a", "b"], ["a"]]
    assert once_each([]) == []
