"""A wish for another team that not both teams answer ends by itself; he stays, hears of it, and may ask again (L11, L17)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from server.actions import signing
from server.database import db
from server.models import AgreementStatus, Notification, TeamChange
from tests import make
from tests.actions.leaving import Life, life
from tests.actions.test_signing import POLICY, events_of
from tests.actions.test_team_change import agree, ask

S = AgreementStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.fixture
def one() -> Life:
    found = life(start_on=date(2026, 1, 1))
    make.saved_change(found.team, panel_count=1)
    return found


def fresh(one: Life, change: TeamChange) -> tuple[str, str]:
    db.session.refresh(one.agreement)
    db.session.refresh(change)
    return str(one.agreement.status), str(change.state)


def test_nobody_answers_and_he_stays(one: Life, clock: Any) -> None:
    change = ask(one, make.team())
    assert (str(change.answer_by_on), POLICY.signing.overdue_grace_days) == ("2026-03-09", 3)

    clock.set("2026-03-12 00:35")
    assert not signing.lapse_change_next(POLICY)
    clock.set("2026-03-13 00:35")
    assert signing.lapse_change_next(POLICY)
    assert not signing.lapse_change_next(POLICY)

    assert fresh(one, change) == (S.ACTIVE, "lapsed")
    assert events_of(one.agreement)[-1] == ("change_requested", "active")
    told = db.session.scalars(select(Notification).where(Notification.kind == "agreement_ended")).all()
    assert [(row.facts["item"], row.facts["result"]) for row in told] == [("变更团队申请", "未答复")]
    with pytest.raises(signing.ChangeOver):
        agree(change, one.team)


def test_one_yes_is_not_enough_and_he_may_ask_again(one: Life, clock: Any) -> None:
    to = make.team()
    change = ask(one, to)
    agree(change, to)

    clock.set("2026-03-13 00:35")
    assert signing.lapse_change_next(POLICY)
    again = ask(one, to)

    assert (again.id != change.id, again.state) == (True, "waiting")


def test_what_was_answered_is_left_alone(one: Life, clock: Any) -> None:
    to = make.team()
    change = ask(one, to)
    agree(change, one.team)
    agree(change, to)

    clock.set("2026-04-17 00:35")

    assert not signing.lapse_change_next(POLICY)
    assert change.state == "done"
