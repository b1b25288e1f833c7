"""The teams for everybody: no login, no personal data beyond duties (TM-10, TM-11)."""

import pytest
from flask.testing import FlaskClient

from server.actions import areas
from server.actions.areas import Named
from server.models import Role
from server.models.actor import CLOCK
from tests import make


@pytest.fixture
def team(client: FlaskClient) -> make.Team:
    made = make.team(name="城北第一团队", phone="0816-2200121", hours="周一至周五 8:00-17:30", modes="home off_hours")
    nurse = make.staff(name="王芳", organisation=made.organisation_id)
    make.saved(make.Membership(team_id=made.id, staff_id=nurse.id, role=Role.NURSE, duty="慢病随访"))
    return made


def test_everybody_reads_who_what_when_and_where(client: FlaskClient, team: make.Team) -> None:
    make.package(name="基础服务包")
    text = client.get(f"/public/teams/{team.id}").text

    for said in ("城北第一团队", "王芳", "慢病随访", "0816-2200121", "周一至周五 8:00-17:30", "12320", "基础服务包"):
        assert said in text
    assert "错时服务" in text
    assert "上门" not in text  # no text may advertise visits at home (QJ)


def test_the_card_prints_the_plain_link_and_its_code(client: FlaskClient, team: make.Team) -> None:
    text = client.get(f"/public/teams/{team.id}/card").text
    code = client.get(f"/public/teams/{team.id}/qr.svg")

    assert f"https://family-doctor.example/public/teams/{team.id}" in text or f"/public/teams/{team.id}" in text
    assert "监督电话" in text and "服务联系卡" in text
    assert (code.status_code, code.content_type) == (200, "image/svg+xml")
    assert "<svg" in code.text


def test_the_list_is_paged_and_searched_by_place(client: FlaskClient, team: make.Team) -> None:
    areas.keep([Named("510703", "涪城区"), Named("510703001", "城北街道"), Named("510703001001", "北街社区")], by=CLOCK)
    from server.access.areas import area_by_code

    areas.assign(team, area_by_code("510703001"), by=CLOCK)
    for _ in range(21):
        make.team()

    first = client.get("/public/teams").text
    assert first.count("<article") == 20 and "下一页" in first
    for text in ("北街社区", "城北街道", "510703001001", "涪城", "城北第一"):
        found = client.get("/public/teams", query_string={"q": text}).text
        assert (found.count("<article"), "城北第一团队" in found) == (1, True), text
    assert "没有找到团队" in client.get("/public/teams?q=%25").text
    assert client.get("/public/teams?cursor=wrong").status_code == 400


def test_no_resident_and_no_openid_is_ever_shown(client: FlaskClient, team: make.Team) -> None:
    make.agreement(team=team, resident=make.resident(name="林秀英"))

    for path in ("", f"/{team.id}", f"/{team.id}/card"):
        text = client.get(f"/public/teams{path}").text
        assert "林" not in text and "13800000000" not in text


def test_an_absent_team_is_a_page_not_json(client: FlaskClient) -> None:
    answer = client.get("/public/teams/x")

    assert (answer.status_code, "没有找到这个团队" in answer.text, answer.mimetype) == (404, True, "text/html")
    assert client.get("/public/teams/x/qr.svg").status_code == 404


def test_a_team_that_lacks_somebody_is_shown_as_closed(client: FlaskClient) -> None:
    make.team(name="缺人团队", lacks="nurse")

    assert "暂不接受新签约" in client.get("/public/teams").text
