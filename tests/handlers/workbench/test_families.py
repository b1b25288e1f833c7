"""Households and authorities at the workbench: opened by a code, compared, confirmed; each look is recorded."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from server import policy as policies
from server.access import families as access
from server.actions import households
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, AuditEvent, Authority, AuthorityKind, HouseholdMember, Resident
from tests import make
from tests.conftest import Clock
from tests.handlers.workbench.browser import Browser

PHOTO = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def head() -> Resident:
    return make.resident(name="张大山", birth_on=date(1980, 5, 1))


def waiting(head: Resident) -> tuple[Any, HouseholdMember]:
    home = make.household(head, address="北街1号")
    number = "500199202601010118"
    child = {
        "name": "张小宝",
        "identity_number": number,
        "identity_hash": Resident.hash_of("01", number),
        "birth_on": date(2026, 1, 1),
        "resident_id": None,
        "proof": PHOTO,
    }
    return home, make.member(home, head, "20", state="waiting", **child)


def state(row: Any) -> str:
    db.session.expire_all()
    return str(db.session.get(type(row), row.id).state)


def actions(row: Any) -> list[str]:
    found = select(AuditEvent.action).where(AuditEvent.object_id == row.id).order_by(AuditEvent.id)
    return list(db.session.scalars(found))


def test_a_household_is_opened_by_its_code_and_its_child_joins_with_his_guardian(
    browser: Browser, me: AdminLogin, head: Resident
) -> None:
    home, member = waiting(head)
    address = f"/families/households/{home.id}"
    assert browser.get(address).status_code == 404

    page = browser.follow(browser.post("/families/open", "/families", code=home.code))
    assert "张小宝" in page.text and "500199202601010118" in page.text and "北街1号" in page.text
    photo = browser.get(f"/families/members/{member.id}/photo")
    assert (photo.mimetype, photo.headers["Cache-Control"]) == ("image/png", "no-store")

    done = browser.follow(browser.post(f"{address}/vouch", address, member_ids=member.id))

    assert "已核对 1 位家庭成员" in done.text
    assert state(member) == "joined" and actions(home)[0] == "household_opened"
    held = db.session.scalars(select(Authority)).one()
    assert (held.kind, held.agent_id) == (AuthorityKind.MINOR, head.id)


def test_a_member_whose_proof_does_not_show_it_stays_out(browser: Browser, head: Resident) -> None:
    home, member = waiting(head)
    browser.post("/families/open", "/families", code=home.code)

    browser.post(f"/families/members/{member.id}/refuse", f"/families/households/{home.id}")

    assert state(member) == "refused"


def test_a_wrong_code_opens_nothing_and_guessing_ends(browser: Browser, head: Resident) -> None:
    home, _ = waiting(head)
    for _ in range(households.WRONG_CODES):
        assert "没有这个家庭码或核对码" in browser.post("/families/open", "/families", code="00000000").text

    assert "输错次数太多" in browser.post("/families/open", "/families", code=home.code).text
    wrong = select(func.count(AuditEvent.id)).where(AuditEvent.action == "family_code_wrong")
    assert db.session.scalar(wrong) == households.WRONG_CODES


def test_what_was_opened_is_closed_again_after_a_day(browser: Browser, me: AdminLogin, clock: Clock) -> None:
    home, _ = waiting(make.resident())
    browser.post("/families/open", "/families", code=home.code)
    assert access.opened_household(home.id, by=me).id == home.id

    clock.advance(hours=25)

    with pytest.raises(NotFound):
        access.opened_household(home.id, by=me)


def test_an_authority_of_an_own_resident_waits_in_the_list_and_is_certified(
    browser: Browser, me: AdminLogin, head: Resident
) -> None:
    own = make.team(lead=make.staff(organisation=me.organisation_id))
    make.agreement(team=own, resident=head)
    row = make.authority(head, make.resident(name="王老太"), state="waiting", decided_by=None)
    stranger = make.authority(make.resident(), make.resident(name="赵老汉"), state="waiting", decided_by=None)
    address = f"/families/authorities/{row.id}"

    listed = browser.get("/families").text
    assert "王*太" in listed and "赵*汉" not in listed
    assert browser.get(f"/families/authorities/{stranger.id}").status_code == 404
    assert "王老太" in browser.get(address).text
    browser.follow(browser.post(f"{address}/certify", address))

    assert state(row) == "certified"
    assert {"authority_opened", "authority_certified"} <= set(actions(row))


def test_a_refusal_is_given_with_its_reason_and_a_certified_one_can_be_revoked(
    browser: Browser, head: Resident
) -> None:
    refused = make.authority(head, make.resident(), state="waiting", decided_by=None)
    held = make.authority(head, make.resident())
    for row, step, fields, becomes in (
        (refused, "refuse", {"note": "委托书没有日期"}, "refused"),
        (held, "revoke", {}, "revoked"),
    ):
        browser.post("/families/open", "/families", code=row.code)
        address = f"/families/authorities/{row.id}"
        browser.post(f"{address}/{step}", address, **fields)
        assert state(row) == becomes

    db.session.expire_all()
    assert db.session.get(Authority, refused.id).note == "委托书没有日期"


def test_the_order_of_guardians_is_shown(browser: Browser, head: Resident) -> None:
    row = make.authority(
        head, make.resident(), AuthorityKind.INCAPACITY, valid_to=None, state="waiting", relation="20", decided_by=None
    )

    page = browser.follow(browser.post("/families/open", "/families", code=row.code))

    assert "第二顺序：父母、子女" in page.text


def test_a_team_at_its_soft_cap_is_marked(browser: Browser, me: AdminLogin) -> None:
    lead = make.staff(organisation=me.organisation_id, panel_count=1800)
    team = make.team(lead=lead, panel_count=1800)

    assert "接近上限" in browser.get(f"/teams/{team.id}").text


def test_staff_write_down_the_condition_of_a_special_household(
    browser: Browser, head: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make.household(head)
    (member,) = home.members
    browser.post("/families/open", "/families", code=home.code)
    page = f"/families/households/{home.id}"
    assert "身体状况" not in browser.get(page).text

    special = policies.load("changyinsha_special")
    monkeypatch.setattr("server.handlers.workbench.families.policy_for", lambda resident: special)
    assert "身体状况" in browser.get(page).text
    done = browser.follow(browser.post(f"/families/members/{member.id}/condition", page, text="高血压"))
    assert 'value="高血压"' in done.text

    other = make.household(make.resident()).members[0]
    assert browser.post(f"/families/members/{other.id}/condition", page, text="高血压").status_code == 404
