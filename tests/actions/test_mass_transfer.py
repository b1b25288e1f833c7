"""A team is handed over: L18, TM-19."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from server.actions import signing
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    EntryState,
    FollowUp,
    MassTransfer,
    Notification,
    PanelPlace,
    Team,
    TransferEntry,
    TransferReason,
    TransferTarget,
)
from server.models.actor import Actor, ActorKind
from tests import make
from tests.actions.test_signing import BY, POLICY, panel, request

S = AgreementStatus
ADMIN = Actor(ActorKind.ADMIN, "admin")
BEGAN = date(2026, 1, 5)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def closing(people: int = 5, **fields: Any) -> tuple[Team, list[Agreement]]:
    """A team with residents in force."""
    team = make.team(**fields)
    rows = [make.agreement(team=team, start_on=BEGAN) for _ in range(people)]
    make.saved_change(team, panel_count=people, household_count=people)
    return team, rows


def plan(team: Team, *targets: signing.Target, move_on: str = "2026-03-17") -> MassTransfer:
    return signing.plan_transfer(
        team,
        list(targets),
        reason=TransferReason.DOCTOR_LEFT,
        move_on=date.fromisoformat(move_on),
        policy=POLICY,
        by=ADMIN,
    )


def listed() -> list[TransferEntry]:
    while signing.list_transfer_next(POLICY):
        pass
    db.session.expire_all()
    return list(db.session.scalars(select(TransferEntry).order_by(TransferEntry.agreement_id)))


def moved(clock: Any, at: str = "2026-03-17 00:15") -> None:
    clock.set(at)
    while signing.move_next(POLICY):
        pass
    db.session.expire_all()


def count(model: Any, *which: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def told(kind: str) -> int:
    return count(Notification, Notification.kind == kind)


def test_a_plan_closes_the_team_at_once_and_tells_each_resident_once() -> None:
    team, rows = closing()
    to = make.team()

    planned = plan(team, signing.Target(to, 10))
    entries = listed()
    listed()

    assert (team.is_open, str(team.closes_on)) == (False, "2026-03-17")
    assert {entry.agreement_id for entry in entries} == {row.id for row in rows}
    assert {entry.to_team_id for entry in entries} == {to.id}
    assert told("transfer_planned") == 5
    assert signing.preview_transfer(team, [signing.Target(to, 10)], POLICY).residents == 5
    assert planned.targets[0].assigned == 5


@pytest.mark.parametrize(("day", "fits"), [("2026-03-16", False), ("2026-03-17", True)])
def test_residents_hear_of_it_fifteen_days_ahead(day: str, fits: bool) -> None:
    team, _ = closing(1)
    target = signing.Target(make.team(), 5)

    if fits:
        assert plan(team, target, move_on=day).move_on.isoformat() == day
    else:
        with pytest.raises(signing.NoticeTooShort):
            plan(team, target, move_on=day)


def test_the_targets_must_have_the_places() -> None:
    team, _ = closing(5)
    small = make.team(panel_cap=3)

    for targets, error in [
        ([], signing.PlacesTooFew),
        ([signing.Target(make.team(), 4)], signing.PlacesTooFew),
        ([signing.Target(small, 4), signing.Target(make.team(), 4)], signing.PlacesTooFew),
        ([signing.Target(team, 5)], signing.TargetInvalid),
        ([signing.Target(make.team(is_open=False), 5)], signing.TeamClosed),
    ]:
        with pytest.raises(error):
            plan(team, *targets)
    assert count(MassTransfer) == 0
    assert plan(team, signing.Target(small, 3), signing.Target(make.team(), 2)).state == "planned"


def test_one_plan_at_a_time() -> None:
    team, _ = closing(1)
    plan(team, signing.Target(make.team(), 5))

    with pytest.raises(signing.TransferPlanned):
        plan(team, signing.Target(make.team(), 5))


def test_on_the_day_they_are_spread_over_the_targets(clock: Any) -> None:
    team, rows = closing(5)
    visit = make.followup(resident=rows[0].resident, team=team)
    first, second = make.team(), make.team()
    planned = plan(team, signing.Target(first, 3), signing.Target(second, 4))
    listed()
    moved(clock, "2026-03-16 23:50")
    assert count(Agreement, Agreement.status == S.TRANSFERRED) == 0

    moved(clock)

    assert (panel(team.id), panel(first.id), panel(second.id)) == (0, 3, 2)
    assert count(Agreement, Agreement.status == S.TRANSFERRED) == 5
    news = db.session.scalars(select(Agreement).where(Agreement.status == S.ACTIVE)).all()
    assert {(str(row.start_on), str(row.end_on), row.channel) for row in news} == {
        ("2026-03-17", "2027-01-04", "mass_transfer")
    }
    assert {row.predecessor_id for row in news} == {row.id for row in rows}
    assert count(PanelPlace) == 5
    assert db.session.get_one(FollowUp, visit.id).team_id in (first.id, second.id)
    assert (planned.state, planned.ended_at is not None) == ("done", True)
    moved(clock)
    assert count(Agreement) == 10


def test_the_day_goes_on_where_it_stopped(clock: Any) -> None:
    team, _ = closing(5)
    to = make.team()
    plan(team, signing.Target(to, 5))
    listed()
    clock.set("2026-03-17 00:15")

    for done in range(1, 6):
        assert signing.move_next(POLICY)
        db.session.expire_all()
        assert (panel(to.id), panel(team.id)) == (done, 5 - done)
        assert count(TransferEntry, TransferEntry.state == EntryState.MOVED) == done
    assert signing.move_next(POLICY)  # finishes the transfer
    assert not signing.move_next(POLICY)


def test_who_objects_ends_or_picks_a_team(clock: Any) -> None:
    team, _ = closing(3)
    to, own = make.team(), make.team()
    planned = plan(team, signing.Target(to, 3))
    ending, picking, staying = listed()

    signing.object_to_transfer(ending, choice="end", team=None, note="不签了", by=BY)
    signing.object_to_transfer(picking, choice="other_team", team=own, note="", by=BY)
    signing.object_to_transfer(staying, choice="end", team=None, note="", by=BY)
    signing.object_to_transfer(staying, choice="", team=None, note="", by=BY)
    db.session.expire_all()
    assert planned.targets[0].assigned == 1
    moved(clock)

    assert [entry.state for entry in (ending, picking, staying)] == ["ended", "moved", "moved"]
    ended = db.session.get_one(Agreement, ending.agreement_id)
    assert (ended.status, str(ended.end_on), str(ended.agreed_end_on)) == (S.TERMINATED, "2026-03-16", "2027-01-04")
    assert (panel(own.id), panel(to.id), panel(team.id)) == (1, 1, 0)


def test_nobody_objects_any_more_on_the_day(clock: Any) -> None:
    team, _ = closing(1)
    plan(team, signing.Target(make.team(), 1))
    (entry,) = listed()
    clock.set("2026-03-17 00:01")

    with pytest.raises(signing.TransferOver):
        signing.object_to_transfer(entry, choice="end", team=None, note="", by=BY)


def test_a_pick_must_be_another_open_team() -> None:
    team, _ = closing(1)
    plan(team, signing.Target(make.team(), 1))
    (entry,) = listed()

    for choice, error in [
        (None, signing.TargetInvalid),
        (team, signing.TargetInvalid),
        (make.team(is_open=False), signing.TeamClosed),
        (make.team(panel_cap=1, panel_count=1), signing.TeamClosed),
    ]:
        with pytest.raises(error):
            signing.object_to_transfer(entry, choice="other_team", team=choice, note="", by=BY)


def test_a_full_target_hands_on_and_then_somebody_must_look(clock: Any) -> None:
    team, _ = closing(2)
    first, second = make.team(), make.team()
    planned = plan(team, signing.Target(first, 2))
    listed()
    make.saved_change(first, panel_cap=1)
    moved(clock)

    assert (panel(first.id), panel(team.id), planned.state) == (1, 1, "planned")
    (stuck,) = db.session.scalars(select(TransferEntry).where(TransferEntry.state == EntryState.STUCK))

    signing.add_target(planned, signing.Target(second, 1), by=ADMIN)
    moved(clock)

    assert db.session.get_one(TransferEntry, stuck.id).state == "moved"
    assert (panel(second.id), planned.state) == (1, "done")
    assert db.session.scalars(select(TransferTarget.assigned).order_by(TransferTarget.position)).all() == [2, 1]


def test_who_had_asked_to_end_is_not_moved_against_his_will(clock: Any) -> None:
    team, (row,) = closing(1)
    make.saved_change(row, status=S.TERMINATION_REQUESTED)
    plan(team, signing.Target(make.team(), 1))
    (entry,) = listed()

    moved(clock)

    assert (entry.state, row.status) == ("ended", S.TERMINATED)


def test_who_dies_or_moves_away_before_the_day_is_left_out(clock: Any) -> None:
    team, (row,) = closing(1)
    planned = plan(team, signing.Target(make.team(), 1))
    (entry,) = listed()

    signing.close(row, signing.Event.MOVED, date(2026, 3, 2), by=ADMIN)
    moved(clock)

    assert (entry.state, row.status, planned.state) == ("gone", S.CLOSED_MOVED, "done")


def test_what_had_not_begun_is_withdrawn_and_nobody_new_is_taken() -> None:
    team, _ = closing(1)
    waiting, _ = request(make.resident(), team, make.package())
    plan(team, signing.Target(make.team(), 1))

    with pytest.raises(signing.TeamClosed):
        signing.accept(waiting, policy=POLICY, by=ADMIN, staff=team.lead)
    listed()

    db.session.refresh(waiting)
    assert waiting.status == S.WITHDRAWN
    with pytest.raises(signing.TeamClosed):
        request(make.resident(), team, make.package())


def test_calling_it_off_tells_everybody_and_opens_the_team() -> None:
    team, _ = closing(3)
    planned = plan(team, signing.Target(make.team(), 3))
    listed()

    signing.cancel_transfer(planned, by=ADMIN)
    signing.cancel_transfer(planned, by=ADMIN)
    while signing.tell_cancelled_next(POLICY):
        pass

    assert (planned.state, team.is_open, team.closes_on) == ("cancelled", True, None)
    assert told("transfer_cancelled") == 3
    assert count(TransferEntry, TransferEntry.state == EntryState.GONE) == 3


def test_it_is_not_called_off_on_the_day(clock: Any) -> None:
    team, _ = closing(1)
    planned = plan(team, signing.Target(make.team(), 1))
    clock.set("2026-03-17 08:00")

    with pytest.raises(signing.TransferOver):
        signing.cancel_transfer(planned, by=ADMIN)
