"""The list, coverage against targets, effective signing and campaigns at the workbench."""

from datetime import date, timedelta
from typing import Any

import pytest

from server import clock as clocks
from server.access import campaigns as campaign_access
from server.access import coverage, townships
from server.actions import campaigns
from server.database import db
from server.models import (
    AdminLogin,
    Area,
    AuditEvent,
    Campaign,
    CampaignTarget,
    Resident,
    ServiceRecord,
    Team,
    UnsignedReason,
    WorklistRun,
)
from tests import make
from tests.handlers.workbench.browser import Browser


@pytest.fixture
def team(me: AdminLogin) -> Team:
    return make.team(lead=make.staff(organisation=me.organisation_id))


@pytest.fixture
def village(me: AdminLogin) -> Area:
    """A village of a township the organisation answers for."""
    make.area("510703001", organisation_id=me.organisation_id)
    return make.area("510703001002", name="花园村")


def living(village: Area, *groups: str, **fields: Any) -> Resident:
    who = make.resident(area_id=village.id, **fields)
    for group in groups:
        make.tag(group, resident=who)
    return who


def excuse(who: Resident, me: AdminLogin, code: str = "in_prison") -> None:
    make.saved(
        UnsignedReason(
            resident_id=who.id,
            organisation_id=me.organisation_id,
            code=code,
            note="",
            recorded_at=clocks.now(),
            recorded_by="test",
            review_on=clocks.today() + timedelta(days=100),
            open_key=who.id,
        )
    )


def test_the_list_by_team_and_village(browser: Browser, me: AdminLogin, team: Team, village: Area) -> None:
    make.saved(WorklistRun(month="2026-03"))
    lin = living(village, "HTN", "SMI", name="欧阳小明")
    make.unsigned(resident=lin, team=team, area_id=village.id)
    make.unsigned(resident=living(village), team=team, area_id=village.id, status="signed", live_key=None)
    make.unsigned(resident=make.resident(name="别处人"))
    excuse(lin, me)

    text = browser.get("/unsigned").text
    assert "欧**明" in text and "欧阳小明" not in text and "别*人" not in text
    assert "高血压" in text and "严重精神障碍" not in text
    assert "花园村" in text and "<b>1</b><span>入狱</span>" in text

    assert browser.get("/unsigned?status=todo").text.count('data-label="居民"') == 1
    assert browser.get(f"/unsigned?area_id={village.id}").text.count('data-label="居民"') == 2
    assert browser.get("/unsigned?month=2020-01").status_code == 200


def test_coverage_counts_persons_once_and_leaves_reasons_out_of_the_willing(
    browser: Browser, me: AdminLogin, village: Area
) -> None:
    signed, prison = living(village, "HTN", "DM"), living(village, "HTN")
    living(village, "DM")
    living(village)  # general population
    living(make.area("510704001"), "HTN")  # another institution's
    make.agreement(resident=signed)
    excuse(prison, me)
    areas = coverage.own_areas(me.organisation_id)

    whole = coverage.figure(areas, ["HTN", "DM"], clocks.today())
    assert (whole.total, whole.signed, whole.excused, whole.left) == (3, 1, 1, 1)
    assert (whole.pct, whole.willing_pct) == (33.3, 50.0)
    assert coverage.figure(areas, None, clocks.today()).total == 4
    assert coverage.figure(areas, ["TB"], clocks.today()).pct is None

    text = browser.get("/coverage").text
    row = text[text.index('id="whole"') :]
    assert '<td data-label="人数">3</td>' in row and "33.3%" in row
    assert "未达到" in text  # key groups of 2017: 80 %


def test_townships_are_compared_over_all_organisations_with_numbers_only(browser: Browser, me: AdminLogin) -> None:
    other = make.organisation(name="城南卫生院")
    ours = make.area("510704001", name="石塘镇", organisation_id=me.organisation_id)
    theirs = make.area("510704002", name="吴家镇", organisation_id=other.id)
    make.area("510705001", name="另一个县的镇")
    village = make.area("510704002001", name="青山村")
    people = [living(ours), living(ours), living(theirs), living(village), living(village)]
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    for who in (people[0], people[3]):
        make.agreement(resident=who, team=team)
    make.agreement(resident=people[4], team=make.team(lead=make.staff(organisation=other.id)))
    make.saved_change(people[2], died_on=clocks.today())

    rows = townships.compared("510704")

    assert [(row.name, row.total, row.signed, row.elsewhere, row.pct) for row in rows] == [
        ("石塘镇", 2, 1, 0, 50.0),
        ("吴家镇", 2, 2, 1, 100.0),
    ]
    text = browser.get("/townships").text
    assert "石塘镇" in text and "城南卫生院" in text and "75.0%" in text and "另一个县的镇" not in text
    assert people[0].name_masked not in text


def test_without_an_area_of_ones_own_nothing_is_compared(browser: Browser) -> None:
    assert "还没有划定" in browser.get("/townships").text


def test_an_area_inside_that_names_another_institution_is_not_ones_own(me: AdminLogin, village: Area) -> None:
    other = make.area("510703001003", organisation_id=make.organisation().id)

    owned = coverage.own_areas(me.organisation_id)
    assert village.id in owned and other.id not in owned


def served(agreement: Any, on: date) -> None:
    make.saved(
        ServiceRecord(
            resident_id=agreement.resident_id,
            agreement_id=agreement.id,
            team_id=agreement.team_id,
            staff_id=agreement.team.lead.id,
            kind="followup",
            source_key=f"test:{agreement.id}:{on}",
            served_on=on,
            recorded_at=clocks.now(),
        )
    )


def test_effective_signing_counts_agreements_served_lately(browser: Browser, team: Team) -> None:
    one, two = make.agreement(team=team), make.agreement(team=team, resident=make.resident(name="欧阳小明"))
    served(one, date(2025, 3, 2))
    served(one, date(2026, 3, 1))
    served(two, date(2025, 3, 1))  # a day too long ago
    make.agreement(team=team, status="expired", start_on=date(2024, 1, 1), end_on=date(2024, 12, 31))

    text = browser.get("/effective").text
    assert "2025-03-02" in text and "50.0%" in text and "1 人，看名单" in text

    listed = browser.get(f"/effective?team_id={team.id}").text
    assert "欧**明" in listed and one.number not in listed


def test_a_notice_is_opened_on_the_record(browser: Browser, team: Team) -> None:
    notice = make.informed_notice(entry=make.unsigned(team=team), team=team)

    assert notice.number in browser.get("/unsigned/notices").text
    assert "由居民自己决定" in browser.get(f"/unsigned/notices/{notice.id}").text
    assert browser.get(f"/unsigned/notices/{'0' * 26}").status_code == 404
    db.session.rollback()
    assert db.session.query(AuditEvent).filter_by(action="informed_notice_opened").count() == 1


def test_another_institutions_notice_is_absent(browser: Browser) -> None:
    other = make.team()
    notice = make.informed_notice(entry=make.unsigned(team=other), team=other)

    assert browser.get(f"/unsigned/notices/{notice.id}").status_code == 404
    assert notice.number not in browser.get("/unsigned/notices").text


# ---------------------------------------------------------------- campaigns


FORM = {
    "name": "2026年春季集中签约",
    "groups": "HTN",
    "phase_name_0": "准备",
    "phase_starts_on_0": "2026-03-10",
    "phase_ends_on_0": "2026-03-15",
    "phase_name_2": "实施",
    "phase_starts_on_2": "2026-03-16",
    "phase_ends_on_2": "2026-04-20",
    "deadline_on": "2026-04-30",
    "target_pct": "90",
}


def fill() -> None:
    while campaigns.fill_next():
        pass


def targets() -> set[str]:
    db.session.rollback()
    return {row.resident_id for row in db.session.query(CampaignTarget)}


def test_a_campaign_lists_its_people_and_follows_them(
    browser: Browser, village: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "STEP_ROWS", 2)
    people = [living(village, "HTN") for _ in range(3)]
    living(village, "DM")
    living(village, "HTN", died_on=date(2026, 1, 1))
    living(make.area("510704001"), "HTN")
    shown = browser.follow(browser.post("/campaigns", "/campaigns", **FORM))
    assert "名单生成中" in shown.text

    fill()
    fill()

    assert targets() == {person.id for person in people}
    make.agreement(resident=people[0])
    (found,) = db.session.query(Campaign)
    text = browser.get(f"/campaigns/{found.id}").text
    assert "<b>1 / 3</b>" in text and "33.3%" in text and "<b>59</b>" in text
    assert text.count('data-label="居民"') == 2
    assert "2026-03-16 至 2026-04-20" in text and "高血压" in text


def test_a_campaign_of_one_village(browser: Browser, village: Area) -> None:
    inside = living(village, "HTN")
    living(make.area("510703001004"), "HTN")
    browser.follow(browser.post("/campaigns", "/campaigns", **{**FORM, "area_id": village.id, "groups": ""}))
    fill()

    assert targets() == {inside.id}


def test_phases_follow_one_another(browser: Browser, me: AdminLogin, clock: Any) -> None:
    found = make.campaign(me)
    assert campaign_access.phase_of(found, clocks.today()).name == "实施"
    assert campaign_access.phase_of(found, clocks.today() + timedelta(days=25)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"phase_ends_on_0": "2026-03-09"},
        {"phase_starts_on_2": "2026-03-15"},
        {"deadline_on": "2026-04-19"},
        {"phase_ends_on_2": "soon"},
        {"phase_starts_on_0": "", "phase_ends_on_0": "", "phase_starts_on_2": "", "phase_ends_on_2": ""},
        {"area_id": "0" * 26},
    ],
)
def test_a_campaign_that_cannot_be_meant(browser: Browser, wrong: dict[str, str]) -> None:
    answer = browser.post("/campaigns", "/campaigns", **{**FORM, **wrong})

    assert answer.status_code == 400 and "2026年春季集中签约" in answer.text
    db.session.rollback()
    assert db.session.query(Campaign).count() == 0


def test_a_name_is_used_once(browser: Browser) -> None:
    browser.follow(browser.post("/campaigns", "/campaigns", **FORM))

    assert browser.post("/campaigns", "/campaigns", **FORM).status_code == 409
