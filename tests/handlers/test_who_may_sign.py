"""People from elsewhere, of every age and address, from binding to an agreement in force, through the API alone.

SG-14, SG-15, C-17, C-18.
"""

import base64
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.access.areas import area_by_code
from server.actions import areas, populations
from server.actions.areas import Named
from server.actions.signing import PNG_HEAD
from server.database import db
from server.models import Agreement, PopulationTag, Resident, TagSource
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy import texts
from server.policy.parts.kinds import Group
from tests import make
from tests.handlers.problem import refused

DRAWN = "data:image/png;base64," + base64.b64encode(PNG_HEAD + b"drawn").decode()
TOWN = [Named("510703", "涪城区"), Named("510703001", "城北街道"), Named("510703002", "城南街道")]
STATED = {"birth_on": "1985-03-07", "sex": 1}


class Town:
    """A team with its doctor, and whoever comes to sign with it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        lead = make.staff()
        self.team, self.package = make.team(lead=lead), make.package()
        self.doctor = make.session_of(make.user(staff=lead))

    def comes(self, **card: Any) -> dict[str, str]:
        """Somebody binds his document; returns his session."""
        who = make.session_of(make.user(consent=texts.privacy()[0]))
        answer = self.client.post(
            "/api/me/identity", json={"name": "林秀英", "document_type": "01"} | card, headers=who
        )
        assert answer.status_code == 200, answer.text
        return who

    def preview(self, who: dict[str, str]) -> Any:
        choice = {"team_id": self.team.id, "package_id": self.package.id}
        return self.client.post("/api/agreements/preview", json=choice, headers=who).json

    def sign(self, who: dict[str, str]) -> Any:
        seen = self.preview(who)
        body = {
            "team_id": self.team.id, "package_id": self.package.id, "text_sha256": seen["text_sha256"],
            "consents": [consent["key"] for consent in seen["consents"]], "signature": DRAWN,
        }  # fmt: skip
        return self.client.post("/api/agreements", json=body, headers=who)

    def accept(self, agreement_id: str) -> Any:
        """The doctor compares the original, then accepts."""
        self.client.post(f"/api/doctor/agreements/{agreement_id}/seen", headers=self.doctor)
        return self.client.post(f"/api/doctor/agreements/{agreement_id}/accept", headers=self.doctor)

    def groups(self, who: dict[str, str]) -> dict[str, str]:
        found = self.client.get("/api/me/groups", headers=who).json["items"]
        return {item["group"]: item["label"] for item in found if item["status"] == "certified"}


@pytest.fixture
def town(client: FlaskClient) -> Town:
    return Town(client)


@pytest.mark.parametrize(
    "card",
    [
        {"document_type": "06", "number": "H01234567", **STATED},
        {"document_type": "07", "number": "00123456", **STATED},
        {"document_type": "08", "number": "810000188001150034"},
        {"document_type": "03F", "number": "AB1234567", "name": "John Smith", "nationality": "FRA", **STATED},
    ],
    ids=["macao-hongkong", "taiwan", "residence-permit", "foreigner"],
)
def test_people_from_elsewhere_bind_are_tagged_and_sign(town: Town, card: dict[str, Any]) -> None:
    who = town.comes(**card)

    assert "NONLOCAL" in town.groups(who)
    asked = town.sign(who)
    assert asked.status_code == 201, asked.text
    accepted = town.accept(asked.json["id"])
    assert accepted.json["status"] == "active", accepted.text


def test_the_floating_population_declares_is_certified_and_signs(town: Town) -> None:
    who = town.comes(number="410199197205100167")
    told = town.client.post("/api/me/groups", json={"group": "FLOATING", "since_on": "2025-06-01"}, headers=who)
    asked = town.sign(who)

    (waiting,) = town.client.get("/api/doctor/groups", headers=town.doctor).json["items"]
    assert (waiting["id"], waiting["detail"]) == (told.json["id"], "2025-06-01 起在本地居住")
    assert town.groups(who) == {}
    town.client.post(f"/api/doctor/groups/{waiting['id']}/certify", headers=town.doctor)
    town.accept(asked.json["id"])

    panel = town.client.get("/api/doctor/residents", headers=town.doctor).json["items"]
    assert [row["groups"] for row in panel] == [["流动人口"]]
    assert town.groups(who) == {"FLOATING": "流动人口"}


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("510799196103020125", {"ELDER": "老年人"}),  # V2: 65 today
        ("510799196103030139", {}),  # V3: 65 tomorrow
        ("350199201903020079", {}),  # V14: 7 today
        ("350199201903030082", {"CHILD": "0～6岁儿童"}),  # V15: 7 tomorrow
    ],
)
def test_age_decides_on_the_day_of_binding(town: Town, number: str, found: dict[str, str]) -> None:
    """C-18."""
    assert town.groups(town.comes(number=number)) == found


def test_poverty_is_called_what_it_is_called_today(town: Town) -> None:
    """C-17: the same tag, another word from 2021 on."""
    who = town.comes(number="410199197205100167")
    known = db.session.scalar(select(Resident))
    assert known is not None
    make.tag("OUT_OF_POVERTY", resident=known, source=TagSource.LIST, valid_from=date(2019, 1, 1))

    assert town.groups(who) == {"OUT_OF_POVERTY": "脱贫人口"}


def test_another_areas_team_warns_before_signing_and_lets_sign(town: Town) -> None:
    areas.keep(TOWN, by=CLOCK)
    areas.assign(town.team, area_by_code("510703001"), by=CLOCK)
    who = town.comes(number="410199197205100167")
    assert [row["code"] for row in town.client.get("/api/areas?parent=510703", headers=who).json["items"]] == [
        "510703001", "510703002",
    ]  # fmt: skip

    lives = town.client.post("/api/me/address", json={"code": "510703001", "address": "北街6号"}, headers=who)
    assert lives.json["label"] == "涪城区城北街道****"
    (near,) = town.client.get("/api/teams", headers=who).json["items"]
    assert near["is_near"] is True
    assert town.preview(who)["area_warning"] is None
    town.client.post("/api/me/address", json={"code": "510703002"}, headers=who)
    (far,) = town.client.get("/api/teams", headers=who).json["items"]
    assert far["is_near"] is False

    assert town.sign(who).status_code == 201
    assert db.session.scalars(select(Agreement.is_cross_area)).all() == [True]
    refused(town.client.post("/api/me/address", json={"code": "999999"}, headers=who), 404, "not_found")


def test_a_group_that_counts_lasts_through_the_year_it_is_certified_for(town: Town) -> None:
    who = town.comes(number="410199197205100167")
    centre = make.organisation()
    batch = populations.import_list(
        centre, Group.HARDSHIP_ILLNESS, "名单", [populations.Line("林秀英", "410199197205100167")],
        by=Actor(ActorKind.ADMIN, "one"),
    )  # fmt: skip
    populations.decide(batch, approve=True, by=Actor(ActorKind.ADMIN, "other"))
    assert town.groups(who) == {"HARDSHIP_ILLNESS": "大病困难群众"}
    assert db.session.scalars(select(PopulationTag.valid_to)).all() == [date(2027, 3, 1)]
