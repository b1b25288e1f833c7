"""Flow 2: a resident signs, the doctor accepts, a year later a notice comes by itself, renewal is two taps."""

from typing import Any

import pytest

from tests import make
from tests.conftest import Clock
from tests.flows.town import Phone, Town
from tests.handlers.test_agreements import drawing


@pytest.fixture
def team(town: Town) -> Any:
    return make.team(lead=make.staff(name="陈静"), name="城北一队")


@pytest.fixture
def lin(town: Town) -> Phone:
    """Registered, and without an agreement."""
    phone = town.person("林秀英")
    phone.follow()
    phone.open()
    user = town.user_of(phone)
    resident = make.resident(name="林秀英")
    with make.transaction():
        user.resident = resident
    return phone


def sign(lin: Phone, team: Any, package: Any) -> dict[str, Any]:
    choice = {"team_id": team.id, "package_id": package.id}
    seen = lin.post("/api/agreements/preview", **choice)
    lin.allow("signing")
    consents = [consent["key"] for consent in seen["consents"]]
    return lin.post(
        "/api/agreements", **choice, text_sha256=seen["text_sha256"], consents=consents, signature=drawing()
    )


def test_from_the_first_signature_to_the_second_year(town: Town, clock: Clock, team: Any, lin: Phone) -> None:
    package, chen = make.package(), town.doctor("陈静", team)
    assert [item["name"] for item in lin.get("/api/teams")["items"]] == ["城北一队"]

    asked = sign(lin, team, package)
    town.run("deliver_notifications")
    assert any("签约申请" in str(item) for item in chen.chat())

    (waiting,) = chen.get("/api/doctor/agreements")["items"]
    assert (waiting["id"], waiting["resident"]["name_masked"]) == (asked["id"], "林*英")
    chen.post(f"/api/doctor/agreements/{asked['id']}/seen")
    accepted = chen.post(f"/api/doctor/agreements/{asked['id']}/accept")
    assert (accepted["status"], accepted["start_on"], accepted["end_on"]) == ("active", "2026-03-02", "2027-03-01")
    town.run("deliver_notifications")
    title, said = lin.notices()[-1]
    assert (title, said["办理结果"]) == ("办理结果通知", "已通过")

    told = len(lin.notices())
    clock.set("2027-01-30 09:00")
    town.run("offer_renewals", "deliver_notifications")
    title, said = lin.notices()[-1]
    assert (len(lin.notices()), title) == (told + 1, "签约到期提醒")
    assert said["到期日期"] == "2027年03月01日"
    town.run("offer_renewals", "deliver_notifications")
    assert len(lin.notices()) == told + 1

    lin.open()
    mine = lin.get(f"/api/agreements/{asked['id']}")
    assert mine["can_renew"] is True
    successor = lin.post(f"/api/agreements/{asked['id']}/renew")
    chen.open()
    accepted = chen.post(f"/api/doctor/agreements/{successor['id']}/accept")
    assert (accepted["status"], accepted["start_on"], accepted["end_on"]) == ("signed", "2027-03-02", "2028-03-01")

    clock.set("2027-03-02 00:10")
    town.run("start_agreements", "expire_agreements")
    lin.open()
    states = [(item["id"], item["status"]) for item in lin.get("/api/agreements")["items"]]
    assert states == [(successor["id"], "active"), (asked["id"], "renewed")]


def test_a_team_that_says_no_says_why(town: Town, team: Any, lin: Phone) -> None:
    chen = town.doctor("陈静", team)
    asked = sign(lin, team, make.package())

    chen.post(f"/api/doctor/agreements/{asked['id']}/reject", reason_code="out_of_area", note="")
    town.run("deliver_notifications")

    assert lin.notices()[-1][1]["办理结果"] == "未通过"
    assert lin.get(f"/api/agreements/{asked['id']}")["reject_reason"] == "不在服务区域"
    assert lin.get("/api/me")["bound"] is True


def test_nobody_is_in_force_twice(town: Town, team: Any, lin: Phone) -> None:
    package, chen = make.package(), town.doctor("陈静", team)
    asked = sign(lin, team, package)
    chen.post(f"/api/doctor/agreements/{asked['id']}/seen")
    chen.post(f"/api/doctor/agreements/{asked['id']}/accept")
    other = make.team()

    preview = lin.post("/api/agreements/preview", team_id=other.id, package_id=package.id)
    code = lin.refused(
        "/api/agreements",
        team_id=other.id,
        package_id=package.id,
        text_sha256=preview["text_sha256"],
        consents=[consent["key"] for consent in preview["consents"]],
        signature=drawing(),
    )

    assert code == "agreement_overlap"
