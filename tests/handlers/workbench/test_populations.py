"""Lists, declarations and numbers of key populations in the browser."""

import io

import pytest
from apiflask import APIFlask
from openpyxl import Workbook

from server.database import db
from server.models import AdminLogin, Area, PopulationList, PopulationTag, TagSource, TagStatus
from tests import make
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser

LINE = "王秀英，510799196103020125，2026-01-05，边缘户"


@pytest.fixture
def colleague(app: APIFlask, me: AdminLogin) -> Browser:
    return Browser(app.test_client(), browsers.admin(me.organisation, username="colleague"))


def hand_in(browser: Browser, lines: str = LINE, group: str = "MONITORED") -> PopulationList:
    fields = {"group": group, "source_document": "乡村振兴局〔2026〕2号", "lines": lines}
    answer = browser.post("/populations/lists", "/populations", **fields)
    assert answer.status_code == 303, answer.text
    return db.session.query(PopulationList).one()


def test_one_imports_and_another_certifies(browser: Browser, colleague: Browser) -> None:
    batch = hand_in(browser)
    page = f"/populations/lists/{batch.id}"
    assert "须由另一位管理员核对后认定" in browser.get(page).text
    assert "王秀英" not in browser.get(page).text and "王*英" in browser.get(page).text

    own = browser.post(f"{page}/certify", "/teams/new")
    assert (own.status_code, "另一位管理员" in own.text) == (409, True)
    assert colleague.post(f"{page}/certify", page).status_code == 303

    tag = db.session.query(PopulationTag).one()
    assert (tag.status, tag.valid_from.isoformat(), tag.source) == ("certified", "2026-01-05", "list")
    assert colleague.post(f"/populations/tags/{tag.id}/remove", page).status_code == 303
    db.session.expire_all()
    assert db.session.query(PopulationTag).one().status == "ended"


def test_a_spreadsheet_is_read_like_the_lines(browser: Browser) -> None:
    book = Workbook()
    book.active.append(["姓名", "证件号码", "认定日期", "备注"])
    book.active.append(["王秀英", "510799196103020125", "2026-01-05", "边缘户"])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)

    answer = browser.client.post(
        "/workbench/populations/lists",
        data={
            "form_token": browser.form_token("/populations"), "group": "MONITORED", "source_document": "名单",
            "file": (file, "名单.xlsx"),
        },
    )  # fmt: skip

    assert answer.status_code == 303, answer.text
    tag = db.session.query(PopulationTag).one()
    assert (tag.status, tag.valid_from.isoformat(), tag.detail) == ("waiting", "2026-01-05", '{"note": "边缘户"}')


def test_bad_lines_are_named_and_kept_for_correction(browser: Browser) -> None:
    answer = browser.post(
        "/populations/lists", "/populations", group="MONITORED", source_document="名单", lines="张三,510799195003150010"
    )

    assert answer.status_code == 400
    assert "第 1 行" in answer.text and "510799195003150010" in answer.text
    assert db.session.query(PopulationList).count() == 0


def test_a_declaration_of_somebody_without_a_team_is_certified_at_the_centre(browser: Browser) -> None:
    tag = make.tag(
        "FLOATING", status=TagStatus.WAITING, source=TagSource.RESIDENT_DECLARED, detail='{"since_on": "2025-01-01"}'
    )

    assert browser.post(f"/populations/tags/{tag.id}/certify", "/populations").status_code == 303
    db.session.expire_all()
    assert db.session.query(PopulationTag).one().status == "certified"


def test_a_declaration_of_another_teams_resident_is_not_ours(browser: Browser) -> None:
    theirs = make.agreement()
    tag = make.tag(
        "FLOATING", resident=theirs.resident, status=TagStatus.WAITING, source=TagSource.RESIDENT_DECLARED,
        detail='{"since_on": "2025-01-01"}',
    )  # fmt: skip

    assert browser.post(f"/populations/tags/{tag.id}/certify", "/populations").status_code == 404


def test_another_institutions_list_is_not_ours(browser: Browser, app: APIFlask) -> None:
    stranger = Browser(app.test_client(), browsers.admin())
    batch = hand_in(browser)

    assert stranger.get(f"/populations/lists/{batch.id}").status_code == 404
    assert stranger.post(f"/populations/lists/{batch.id}/certify", "/populations").status_code == 404


def test_persons_are_counted_once_and_by_our_areas(browser: Browser, me: AdminLogin) -> None:
    ours = make.saved(Area(code="510703001", level="township", name="城北街道", organisation_id=me.organisation_id))
    village = make.saved(Area(code="510703001001", level="village", name="北街社区"))
    far = make.saved(Area(code="510703002", level="township", name="城南街道"))
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    signed = make.agreement(team=team, resident=make.resident(area_id=village.id)).resident
    for group in ("HTN", "DM", "ELDER"):
        make.tag(group, resident=signed)
    make.tag("HTN", resident=make.resident(area_id=ours.id))
    make.tag("HTN", resident=make.resident(area_id=far.id))

    text = " ".join(browser.get("/populations").text.split())

    assert '<td data-label="人群">高血压</td><td data-label="已签约">1 人</td><td data-label="本区域">2 人</td>' in text
    assert (
        '<td data-label="已签约"><strong>1</strong> 人</td><td data-label="本区域"><strong>2</strong> 人</td>' in text
    )


def test_areas_are_kept_claimed_and_given_to_a_team(browser: Browser, me: AdminLogin) -> None:
    answer = browser.post("/areas", "/areas", lines="510703 涪城区\n510703001,城北街道\n510703001001\t北街社区")
    assert answer.status_code == 303, answer.text
    street = db.session.query(Area).filter_by(code="510703001").one()
    team = make.team(lead=make.staff(organisation=me.organisation_id))

    assert browser.post(f"/areas/{street.id}/coordinate", "/areas").status_code == 303
    assert browser.post(f"/teams/{team.id}/areas", f"/teams/{team.id}", code="510703001").status_code == 303

    listed = browser.get("/areas?under=510703").text
    assert "城北街道" in listed and team.name in listed and "解除负责" in listed
    assert "城北街道（510703001）" in browser.get(f"/teams/{team.id}").text
    wrong = browser.post("/areas", "/areas", lines="5107,短")
    assert (wrong.status_code, "第 1 行" in wrong.text) == (400, True)


def test_a_team_shows_what_it_lacks_until_somebody_fills_it(browser: Browser, me: AdminLogin) -> None:
    fields = {"name": "第一团队", "hours": "周一", "phone": "0816-2222222", "panel_cap": 500, "is_open": "true"}
    browser.follow(browser.post("/teams", "/teams/new", **fields, mode_off_hours="true"))
    from server.models import Team

    team = db.session.query(Team).one()
    page = f"/teams/{team.id}"
    assert "团队缺少：家庭医生、护士、公卫医生" in browser.get(page).text
    for role in ("family_doctor", "nurse", "public_health"):
        staff = make.staff(organisation=me.organisation_id)
        browser.follow(browser.post(f"{page}/members", page, staff_id=staff.id, role=role, duty="慢病随访"))

    text = browser.get(page).text
    assert "团队缺少" not in text
    assert "中医药服务的成员，本团队还没有" in text and "错时服务" in text
    assert "有二级以上医院医生的团队：0 / 1（0%）" in browser.get("/teams").text


def test_outside_staff_is_approved_by_two_administrators(browser: Browser, colleague: Browser, me: AdminLogin) -> None:
    staff = make.staff(organisation=me.organisation_id)
    page = f"/staff/{staff.id}/credential"
    fields = {"licence": "clinical", "origin": "private", "employer": "仁心诊所", "hospital_level": ""}
    browser.follow(browser.post(page, page, **fields))
    assert "审批未齐" in browser.get(page).text

    def approve(who: Browser, which: str) -> int:
        return who.post(f"/staff/{staff.id}/approvals/{which}", page, document="文号1").status_code

    assert approve(browser, "authority") == 303
    assert approve(browser, "contract") == 409
    assert approve(colleague, "contract") == 303
    assert "可以服务" in browser.get(page).text


def test_support_of_a_team_is_kept_within_the_regions_numbers(browser: Browser, me: AdminLogin) -> None:
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    page = f"/teams/{team.id}"
    fields = {"institution": "中心医院", "level": 3, "office": "全科医学科", "specialist": "罗医生"}

    browser.follow(browser.post(f"{page}/supports", page, **fields))

    assert "中心医院（三级）" in browser.get(page).text
    assert browser.post(f"{page}/supports", page, **fields).status_code == 409
