"""A household whose rules want more people in the team than others do signs only where they are (TM-05)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from server import policy as policies
from server.actions import signing
from server.database import db
from server.models import ChangeReason, Credential, Licence, Membership
from server.models.actor import Actor, ActorKind
from tests import make
from tests.actions.leaving import life
from tests.actions.test_signing import SIGNATURE

SPECIAL = policies.load("changyinsha_special")
GENERAL = policies.load("changyinsha")
BY = Actor(ActorKind.RESIDENT, "R" * 26)


@pytest.fixture(autouse=True)
def _app(app: Any, clock: Any) -> None:
    """Before the day on which these households' agreements end."""
    clock.set("2017-04-20 10:00")


def ask(team: Any, policy: Any = SPECIAL) -> Any:
    resident, package = make.resident(), make.package()
    text = signing.document(resident, team, package, policy)
    wish = signing.Wish(team, package, text.sha256, tuple(policy.signing.consents), SIGNATURE)
    return signing.request(resident, wish, policy=policy, by=BY)[0]


def test_a_special_household_needs_a_hospitals_doctor_in_the_team() -> None:
    team = make.team()

    with pytest.raises(signing.TeamIncomplete) as caught:
        ask(team)
    assert caught.value.details == {"missing": ["hospital_doctor"]}
    assert "二级以上医院医生" in caught.value.message
    assert ask(team, GENERAL).status == "pending_team"  # others sign with it all the same

    make.hospital_doctor(team)
    assert ask(team).status == "pending_team"


def test_it_needs_a_doctor_of_the_community_too() -> None:
    team = make.team(lead=make.staff())
    make.hospital_doctor(team)
    make.saved(Credential(staff_id=team.lead.id, licence=Licence.NURSE))
    make.saved_change(db.session.scalars(select(Membership).where(Membership.lead_key == team.id)).one(), role="nurse")

    with pytest.raises(signing.TeamIncomplete) as caught:
        ask(team)
    assert caught.value.details == {"missing": ["gp"]}


def test_staff_cannot_begin_it_either() -> None:
    team, resident = make.team(), make.resident()
    draft = signing.Draft(team=team, package=make.package())

    with pytest.raises(signing.TeamIncomplete):
        signing.begin_for(resident, draft, policy=SPECIAL, by=BY, staff=team.lead)
    make.hospital_doctor(team)

    assert signing.begin_for(resident, draft, policy=SPECIAL, by=BY, staff=team.lead)[1]


def test_nor_may_it_change_to_such_a_team() -> None:
    one = life(start_on=date(2017, 3, 1))
    to = make.team()
    sha256 = signing.change_text(one.agreement, to, SPECIAL).sha256

    def change() -> Any:
        return signing.request_change(
            one.agreement,
            to,
            reason=ChangeReason.NEARER,
            note="",
            text_sha256=sha256,
            signature=SIGNATURE,
            policy=SPECIAL,
            by=BY,
        )

    with pytest.raises(signing.TeamIncomplete):
        change()
    make.hospital_doctor(to)
    assert change()[1]
