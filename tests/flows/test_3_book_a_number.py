"""Flow 3: a signed resident books a reserved number, is reminded, cancels; unused numbers go to the public."""

from datetime import datetime

from server import clock as clocks
from tests import make
from tests.conftest import Clock
from tests.flows.town import Town


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def test_booked_confirmed_reminded(town: Town, clock: Clock) -> None:
    lin = town.signed("林秀英", make.team())
    slot = make.slot(capacity=1, starts=at("2026-03-07 09:00"))
    (hospital,) = lin.get("/api/hospitals")["items"]
    (offered,) = lin.get("/api/slots", hospital_id=hospital["id"])["items"]
    assert (offered["bookable"], offered["places_left"]) == (True, 1)

    lin.allow("booking")
    booked = lin.post("/api/appointments", slot_id=slot.id)
    assert lin.post("/api/appointments", slot_id=slot.id)["id"] == booked["id"]
    town.run("deliver_notifications")
    # the confirmation comes into the chat: the one subscribe message she allowed is kept for the reminder
    assert "预约" in str(lin.chat()[-1])
    assert lin.notices() == []

    clock.set("2026-03-06 10:00")
    town.run("deliver_notifications")
    ((title, said),) = lin.notices()
    assert (title, said["就诊时间"]) == ("预约提醒", "2026年03月07日 09:00")

    clock.set("2026-03-07 12:01")
    town.run("finish_appointments")
    assert lin.get("/api/appointments")["items"][0]["status"] == "done"


def test_a_full_slot_opens_again_when_somebody_cancels(town: Town) -> None:
    team = make.team()
    lin, wang = town.signed("林秀英", team), town.signed("王建国", team)
    slot = make.slot(capacity=1)
    first = lin.post("/api/appointments", slot_id=slot.id)
    assert wang.refused("/api/appointments", slot_id=slot.id) == "slot_full"

    lin.post(f"/api/appointments/{first['id']}/cancel")
    town.run("deliver_notifications")

    assert wang.post("/api/appointments", slot_id=slot.id)["number"] == 1
    assert lin.get("/api/appointments")["items"][0]["status"] == "cancelled"


def test_unused_numbers_go_to_the_public_in_time(town: Town, clock: Clock) -> None:
    lin = town.signed("林秀英", make.team())
    slot = make.slot(capacity=3, starts=at("2026-03-07 09:00"))
    hospital = slot.hospital_id

    clock.set("2026-03-06 15:00")
    town.run("release_slots")

    assert lin.get("/api/slots", hospital_id=hospital)["items"] == []
    assert lin.refused("/api/appointments", slot_id=slot.id) == "slot_closed"
