"""Flow 5: what becomes due is told by itself, once; whom WeChat does not reach is left to the team's telephone."""

from typing import Any

import pytest

from tests import make
from tests.conftest import Clock
from tests.flows.town import Phone, Town

SICK = ("高血压", "血压")


@pytest.fixture
def team(town: Town) -> Any:
    return make.team(lead=make.staff(name="陈静"), name="城北一队")


@pytest.fixture
def pair(town: Town, team: Any) -> tuple[Phone, Phone]:
    return town.signed("林秀英", team), town.doctor("陈静", team)


def enrol(chen: Phone, programme: str, start_on: str) -> dict[str, Any]:
    (patient,) = chen.get("/api/doctor/residents")["items"]
    return chen.post(f"/api/doctor/residents/{patient['id']}/enrolments", programme=programme, start_on=start_on)


def test_a_due_follow_up_is_told_once_with_a_receipt(town: Town, clock: Clock, pair: tuple[Phone, Phone]) -> None:
    lin, chen = pair
    lin.allow("followup")
    first = enrol(chen, "htn", "2026-03-12")
    town.run("plan_reminders", "deliver_notifications")
    assert lin.notices() == []

    clock.set("2026-03-05 09:01")
    town.run("plan_reminders", "deliver_notifications")

    ((title, said),) = lin.notices()
    assert (title, said["服务时间"][:11]) == ("健康随访提醒", "2026年03月12日")
    assert not [word for word in SICK if word in str(said)]
    town.run("recover_notifications")  # a receipt may be faster than our own note of the sending
    (reminder,) = lin.get("/api/reminders")["items"]
    assert reminder["status"] == "delivered"
    town.run("plan_reminders", "deliver_notifications")
    assert len(lin.notices()) == 1

    done = chen.post(
        f"/api/doctor/followups/{first['id']}/complete",
        visited_on="2026-03-05",
        method="clinic",
        systolic=128,
        diastolic=78,
    )
    assert done["next"]["due_on"] == "2026-06-05"


def test_without_consent_the_service_account_then_the_telephone(
    town: Town, clock: Clock, pair: tuple[Phone, Phone]
) -> None:
    lin, chen = pair
    enrol(chen, "htn", "2026-03-12")

    clock.set("2026-03-05 09:01")
    town.run("plan_reminders", "deliver_notifications", "deliver_notifications")
    assert lin.notices() == []
    assert [item for item in lin.chat() if item["via"] == "template"]

    lin.unfollow()
    clock.set("2026-03-11 09:01")
    town.run("plan_reminders", "deliver_notifications", "deliver_notifications", "recover_notifications")
    (task,) = chen.get("/api/doctor/tasks")["items"]
    assert (task["about"], task["status"]) == ("健康随访提醒", "open")
    chen.post(f"/api/doctor/tasks/{task['id']}/done", outcome="reached")
    assert chen.get("/api/doctor/tasks")["items"] == []


def test_the_monthly_home_visit_is_planned_and_announced(town: Town, clock: Clock, pair: tuple[Phone, Phone]) -> None:
    lin, chen = pair
    lin.allow("followup")
    visit = enrol(chen, "home_visit", "2026-03-02")
    assert visit["due_on"] == "2026-03-31"

    clock.set("2026-03-20 09:01")
    town.run("plan_home_visits", "plan_reminders", "deliver_notifications")

    assert [title for title, _ in lin.notices()] == ["上门服务通知"]
    clock.set("2026-04-01 00:30")
    town.run("mark_missed_followups", "plan_home_visits")
    lin.open()
    states = [(item["due_on"], item["status"]) for item in lin.get("/api/followups")["items"]]
    assert ("2026-04-30", "planned") in states
    assert ("2026-03-31", "missed") in states


def test_wechat_away_delays_and_loses_nothing(town: Town, clock: Clock, pair: tuple[Phone, Phone]) -> None:
    lin, chen = pair
    lin.allow("followup")
    enrol(chen, "htn", "2026-03-12")
    clock.set("2026-03-05 09:01")
    path = "/cgi-bin/message/subscribe/send"
    town.sandbox.control.post("faults", {"path": path, "kind": "errcode", "errcode": -1})
    town.run("plan_reminders", "deliver_notifications")
    assert lin.notices() == []

    town.sandbox.control.delete("faults")
    clock.advance(minutes=30)
    town.run("deliver_notifications")

    assert [title for title, _ in lin.notices()] == ["健康随访提醒"]
