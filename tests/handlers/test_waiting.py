"""The waiting list over HTTP: the family gets in line and answers an offer, the team says who goes first."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.actions.booking import waiting
from server.models import Resident
from tests import make
from tests.actions.waiting import BY, POLICY, booked, cancelled, full, joined, lapsed, offered, signed
from tests.handlers.problem import refused


class Person:
    """Somebody with the mini-program."""

    def __init__(self, client: FlaskClient, **who: Any) -> None:
        self.client, self.headers = client, make.session_of(make.user(**who))

    def get(self, path: str) -> dict[str, Any]:
        return self.client.get(path, headers=self.headers).get_json()  # type: ignore[no-any-return]

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, json=body or None, headers=self.headers)


@pytest.fixture
def lin(client: FlaskClient) -> tuple[Person, Resident]:
    resident = signed(name="林秀英")
    return Person(client, resident=resident), resident


def test_joining_seeing_ones_place_and_taking_what_is_offered(lin: tuple[Person, Resident]) -> None:
    phone, _ = lin
    slot, (one,) = full()
    earlier = joined(slot)
    where = {"department_id": slot.department_id, "from_on": "2026-03-03", "until_on": "2026-03-10"}

    options = phone.get(f"/api/waiting/options?department_id={slot.department_id}")
    assert (options["first_on"], options["last_on"]) == ("2026-03-03", "2026-05-01")
    assert [who["name"] for who in options["specialists"]] == [slot.shift.specialist.name]
    first, again = phone.post("/api/waiting", **where), phone.post("/api/waiting", **where)
    assert (first.status_code, again.status_code, again.get_json()["id"]) == (201, 200, first.get_json()["id"])
    (mine,) = phone.get("/api/waiting")["items"]
    assert (mine["ahead"], mine["status"], mine["person"]["name"]) == (1, "waiting", "林秀英")

    cancelled(one)
    offered()
    wid = mine["id"]
    refused(phone.post(f"/api/waiting/{wid}/accept"), 409, "nothing_offered")
    assert phone.get("/api/waiting")["items"][0]["ahead"] == 1
    waiting.decline(earlier, policy=POLICY, by=BY)
    offered()
    offer = phone.get("/api/waiting")["items"][0]["offer"]
    assert offer["minutes_left"] in (119, 120)

    taken = phone.post(f"/api/waiting/{wid}/accept").get_json()
    assert (taken["status"], taken["starts_at"]) == ("booked", offer["starts_at"])
    (mine,) = phone.get("/api/waiting")["items"]
    assert (mine["status"], mine["is_open"], mine["ahead"], mine["offer"]) == ("booked", False, None, None)


def test_the_daughter_waits_for_her_mother(client: FlaskClient) -> None:
    mother, daughter = signed(name="林秀英"), make.resident(name="李芳")
    make.authority(daughter, mother)
    phone, stranger = Person(client, resident=daughter), Person(client, resident=signed())
    slot, (one,) = full()
    where = {"department_id": slot.department_id, "from_on": "2026-03-03", "until_on": "2026-03-10"}

    refused(stranger.post("/api/waiting", **where, for_id=mother.id), 404, "not_found")
    wid = phone.post("/api/waiting", **where, for_id=mother.id).get_json()["id"]
    cancelled(one)
    offered()

    assert phone.get("/api/waiting")["items"][0]["person"]["name"] == "林秀英"
    refused(stranger.post(f"/api/waiting/{wid}/accept"), 404, "not_found")
    assert phone.post(f"/api/waiting/{wid}/decline").get_json()["status"] == "waiting"
    assert phone.post(f"/api/waiting/{wid}/leave").get_json()["status"] == "given_up"
    refused(phone.post(f"/api/waiting/{wid}/decline"), 409, "nothing_offered")


def test_where_there_is_a_place_one_books(lin: tuple[Person, Resident]) -> None:
    slot = make.slot()
    where = {"department_id": slot.department_id, "from_on": "2026-03-03", "until_on": "2026-03-10"}

    refused(lin[0].post("/api/waiting", **where), 409, "places_free")


def test_an_offer_that_ran_out_is_said_plainly(lin: tuple[Person, Resident], clock: Any) -> None:
    phone, resident = lin
    slot, (one,) = full()
    entry = joined(slot, resident)
    cancelled(one)
    offered()
    clock.set("2026-03-02 12:01")

    refused(phone.post(f"/api/waiting/{entry.id}/accept"), 409, "hold_expired")
    lapsed()
    assert phone.get("/api/waiting")["items"][0]["status"] == "waiting"


def test_the_team_sees_its_own_residents_and_says_who_goes_first(client: FlaskClient) -> None:
    doctor, other = make.staff(), make.staff()
    team = make.team(lead=doctor)
    make.team(lead=other)
    ours = make.agreement(team=team).resident
    slot, _ = full()
    first, entry = joined(slot), joined(slot, ours)
    booked(make.slot())
    mine, theirs = Person(client, staff=doctor), Person(client, staff=other)
    path = f"/api/doctor/waiting/{entry.id}/priority"

    (row,) = mine.get("/api/doctor/waiting")["items"]
    assert (row["id"], row["ahead"], row["person"]["name"]) == (entry.id, 1, ours.name_masked)
    assert theirs.get("/api/doctor/waiting")["items"] == []
    refused(theirs.post(path, priority=1, reason="术后复查"), 404, "not_found")
    refused(mine.post(path, priority=1, reason=""), 400, "priority_reason_needed")
    said = mine.post(path, priority=1, reason="术后复查").get_json()

    assert (said["priority_label"], said["priority_reason"], said["ahead"]) == ("急需", "术后复查", 0)
    assert first.priority == 3
