"""Functional communities at the workbench, in a region that has them and in one that has not."""

import io

import pytest

from server.config import Settings
from server.database import db
from server.models import AdminLogin, Community, CommunityMember, FrameAgreement, Team
from tests import configured, make
from tests.actions.test_communities import NUMBER, OTHER, roster
from tests.actions.test_signing import SIGNATURE
from tests.handlers.workbench.browser import Browser


@pytest.fixture
def settings(database_url: str, wechat_base: str, request: pytest.FixtureRequest) -> Settings:
    found = configured.settings(database_url, wechat_base)
    region = getattr(request, "param", "fujian")
    return found.model_copy(update={"app": found.app.model_copy(update={"region": region})})


@pytest.fixture
def team(me: AdminLogin) -> Team:
    return make.team(lead=make.staff(organisation=me.organisation_id))


@pytest.fixture
def factory(team: Team) -> Community:
    return make.community(team=team)


def fields(team: Team) -> dict[str, str]:
    return {
        "kind": "enterprise",
        "name": "新星电子厂",
        "address": "工业园区1号",
        "team_id": team.id,
        "contact_name": "孙主管",
        "contact_phone": "13700000000",
    }


def upload(browser: Browser, factory: Community, content: bytes) -> str:
    page = f"/communities/{factory.id}"
    data = {"form_token": browser.form_token(page), "file": (io.BytesIO(content), "roster.csv")}
    answer = browser.client.post(f"/workbench{page}/roster", data=data, content_type="multipart/form-data")
    return (browser.follow(answer) if answer.status_code == 303 else answer).text


def test_registering(browser: Browser, team: Team) -> None:
    missing = browser.post("/communities", "/communities", **{**fields(team), "name": ""})
    assert missing.status_code == 400

    shown = browser.follow(browser.post("/communities", "/communities", **fields(team)))

    assert "新星电子厂" in shown.text and "137****0000" in shown.text and "13700000000" not in shown.text


def test_the_authorised_person_signs_on_the_screen(browser: Browser, factory: Community) -> None:
    page = f"/communities/{factory.id}"
    who = {"signer": "钱经理", "title": "行政总监"}
    assert "static/draw.js" in browser.get(page).text
    assert browser.post(f"{page}/frame", page, **who).status_code == 400
    assert db.session.query(FrameAgreement).count() == 0

    shown = browser.follow(browser.post(f"{page}/frame", page, **who, signature=SIGNATURE))

    (frame,) = db.session.query(FrameAgreement)
    assert "有效" in shown.text and "看协议文本并签署" not in shown.text
    assert "不代替个人签约" in browser.get(f"{page}/frames/{frame.id}").text
    ended = browser.follow(browser.post(f"{page}/frames/{frame.id}/end", page))
    assert "已终止" in ended.text


def test_a_roster_with_a_report_by_line(browser: Browser, factory: Community) -> None:
    wrong = upload(browser, factory, roster(f"张小明,{NUMBER},", f"李四,{OTHER[:-1]}0,"))
    assert 'id="wrong-lines"' in wrong and OTHER[:-1] not in wrong
    assert db.session.query(CommunityMember).count() == 0

    shown = upload(browser, factory, roster(f"张小明,{NUMBER},", f"李四,{OTHER},"))
    assert "已导入 2 人" in shown and "张*明" in shown and "张小明" not in shown


def test_the_employer_is_told_numbers_only(browser: Browser, factory: Community) -> None:
    lin, wang = make.resident(name="林秀英"), make.resident(name="王建国")
    make.community_member(community=factory, resident=lin, answer="declined")
    joined = make.agreement(resident=wang, team=factory.team)
    make.community_member(community=factory, resident=wang, answer="joined", agreement_id=joined.id)

    told = browser.get(f"/communities/{factory.id}/summary").text
    assert "名单共 2 人" in told and "1 人已由本人自愿签约" in told
    assert not [name for name in ("林", "王*", "不参加") if name in told.partition("<main")[2]]
    page = browser.get(f"/communities/{factory.id}").text
    assert "<b>1</b><span>选择不参加（只计人数）" in page
    assert page.count('data-label="签约">—') == 1  # who declined looks like who has not answered


def test_another_institutions_community_is_absent(browser: Browser) -> None:
    other = make.community(team=make.team())

    assert browser.get(f"/communities/{other.id}").status_code == 404
    assert other.name not in browser.get("/communities").text


@pytest.mark.parametrize("settings", ["mianyang"], indirect=True)
def test_where_there_are_none_the_page_says_so(browser: Browser, factory: Community, team: Team) -> None:
    text = browser.get("/communities").text
    assert "本地区没有开展功能社区签约" in text and "登记单位" not in text

    answer = browser.post("/communities", "/", **fields(team))
    assert answer.status_code == 409 and "communities" in answer.text.lower()


@pytest.mark.parametrize("settings", ["qianjiang"], indirect=True)
def test_where_no_frame_is_signed(browser: Browser, factory: Community) -> None:
    page = f"/communities/{factory.id}"
    assert "框架协议" not in browser.get(page).text.partition("<main")[2]

    answer = browser.post(f"{page}/frame", page, signer="钱经理", title="总监", signature=SIGNATURE)
    assert answer.status_code == 409 and "由每个人自己签约" in answer.text
