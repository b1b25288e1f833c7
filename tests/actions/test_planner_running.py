"""The planner itself: a line that fails, two runs at once, a run that stops half way, many rows, and the index of each line."""

from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text
from sqlalchemy.dialects import mysql, sqlite

from server import clock as clocks
from server.actions import planner
from server.actions.planner import people, teams
from server.database import db, transaction
from server.models import Programme, ReminderState
from server.models.followup import REMINDERS
from server.policy import reminders
from server.policy.reminders.spans import Span
from tests import make
from tests.actions.planning import MIANYANG, NATIONAL, notes, plan, run_on, team, told
from tests.conftest import Clock

TODAY = date(2026, 3, 2)
PLANNED = [line for line in reminders.lines(NATIONAL) if line.line.is_planned]
GROWING = [line for line in PLANNED if line.line.rows and line.line.rows.source != "teams"]
"""Teams are few; everything else grows with the years."""

pytestmark = pytest.mark.usefixtures("app")


def states() -> dict[str, ReminderState]:
    db.session.rollback()
    return {state.key: state for state in db.session.scalars(select(ReminderState))}


def test_a_line_that_fails_keeps_no_other_and_is_seen(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    make.followup(due_on=TODAY)
    make.followup(due_on=TODAY + timedelta(days=1), programme=Programme.IMMUNISATION)
    with monkeypatch.context() as broken:
        broken.setattr(people, "tell", _fail_for("N-01", people.tell))
        for _ in range(2):
            with pytest.raises(planner.PlanningFailed, match="N-01"):
                plan()

    assert [note.kind for note in notes()] == ["vaccination_due"]
    failed = states()["N-01"]
    assert failed.error == "ValueError: no such column" and failed.planned_through is None
    assert failed.failing_since is not None
    clock.advance(minutes=5)
    plan()
    assert (states()["N-01"].error, states()["N-01"].failing_since) == (None, None)
    assert len(notes("followup_due")) == 1


def _fail_for(key: str, tell: Any) -> Any:
    def failing(line: reminders.Effective, spans: Any, at: Any) -> Any:
        if line.key == key:
            raise ValueError("no such column")
        return tell(line, spans, at)

    return failing


def test_two_runs_at_once_tell_everybody_once(app: APIFlask) -> None:
    ours = team()
    for _ in range(20):
        make.followup(due_on=TODAY, team=ours)

    def run() -> None:
        with app.app_context():
            planner.plan_reminders(MIANYANG, lambda: True)

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(notes("followup_due")) == 20
    assert [note.facts["count"] for note in notes("followups_waiting")] == [20, 20]


def test_many_rows_are_written_in_steps_and_a_run_that_stops_is_taken_up(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(people, "CHUNK", 3)
    for _ in range(8):
        make.followup(due_on=TODAY)
    steps = iter([True] * 2 + [False] * 200)
    only = [line for line in reminders.lines(MIANYANG) if line.key == "N-01"]
    monkeypatch.setattr("server.actions.planner.running.lines", lambda policy: only)

    planner.plan_reminders(MIANYANG, lambda: next(steps))

    assert 0 < len(notes()) < 8
    assert "N-01" not in states()
    plan()
    assert len(notes()) == 8
    assert len({note.id for note in notes()}) == 8
    assert states()["N-01"].planned_through == TODAY


def test_what_ran_is_written_down_and_a_day_is_planned_once(clock: Clock) -> None:
    make.followup(due_on=TODAY)

    plan()

    state = states()["N-01"]
    assert (state.planned_through, state.last_count, state.error) == (TODAY, 1, None)
    assert states()["N-34.1"].planned_through == TODAY
    make.followup(due_on=TODAY)
    assert plan() == 0


def test_after_days_without_a_run_staff_get_one_notice_with_all_of_it(clock: Clock) -> None:
    ours = team()
    for days in (0, 1, 2):
        make.followup(team=ours, due_on=date(2026, 3, 1), window_end_on=date(2026, 3, 15) + timedelta(days=days))

    run_on(clock, "2026-03-13", "2026-03-18")

    assert told("followups_overdue") == ["03-18", "03-18"]  # the doctor, the nurse
    assert {note.facts["count"] for note in notes("followups_overdue")} == {3}


def test_a_line_that_is_off_tells_nobody(clock: Clock) -> None:
    from server.policy.parts.reminding import ReminderChange

    make.followup(due_on=TODAY)
    off = NATIONAL.reminders.model_copy(update={"changes": {"N-01": ReminderChange(off=True)}})

    plan(NATIONAL.model_copy(update={"reminders": off}))

    assert notes() == []


def test_every_notice_about_a_follow_up_is_taken_back_with_it() -> None:
    told_ahead = {kind for line in PLANNED if line.line.is_for_residents and line.line.rows for kind in line.line.kinds}

    assert set(REMINDERS) == told_ahead | {"discharge_followup"}


@pytest.mark.parametrize("line", GROWING, ids=lambda one: one.key)
def test_each_line_finds_its_rows_along_an_index(line: reminders.Effective) -> None:
    spans = (Span(TODAY, TODAY, "0", TODAY), Span(TODAY + timedelta(days=7), TODAY + timedelta(days=7), "-7", TODAY))
    if line.days_of_month or line.dates:
        spans = (Span(TODAY.replace(day=1), date(2026, 3, 31), "d1", TODAY),)
    if line.hours:
        rows = line.line.rows
        assert rows is not None
        make.followup(programme=rows.programmes[0], kind_key=rows.keys[0], due_on=TODAY)
        statement: Any = teams.by_hours(line, clocks.now(), TODAY)[0]
    elif line.line.is_for_residents:
        statement = people.notes(line, spans)
    else:
        statement = teams.notes(line, spans, TODAY)

    for grows in ("followup", "home_visit", "referral_check", "credential"):
        assert _reads_whole(statement, grows) == [], grows


def _reads_whole(statement: Any, grows: str) -> list[str]:
    """The steps of the database's plan that would read a table from one end to the other."""
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    dialect = sqlite.dialect() if is_sqlite else mysql.dialect()  # type: ignore[no-untyped-call]
    with transaction() as session:
        if is_sqlite:
            written = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}").all()
            return [row[3] for row in rows if row[3].startswith(f"SCAN {grows}") and "USING" not in row[3]]
        written = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        rows = session.execute(text(f"EXPLAIN {str(written).replace(':', chr(92) + ':')}")).mappings().all()
        return [str(row) for row in rows if row["table"] == grows and row["possible_keys"] is None]
