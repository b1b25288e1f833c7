"""The hospital's desk and the administrator's view: answers, discharge, what is late, the insurance's list."""

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from apiflask import APIFlask
from sqlalchemy import select

from server import clock
from server.actions.booking import referring
from server.database import db
from server.models import AdminLogin, AuditEvent, Discharge, Referral, ReferralDesk
from tests import make
from tests.actions.referring import POLICY, Town, local
from tests.handlers.workbench.browser import Browser


@pytest.fixture
def town(app: APIFlask) -> Town:
    made = Town()
    make.referral_desk(made.hospital, organisation_id=make.organisation(name=made.hospital.name).id)
    return made


@pytest.fixture
def desk(app: APIFlask, town: Town) -> Browser:
    """Somebody at the hospital's own desk."""
    found = db.session.scalars(select(ReferralDesk)).one()
    return at(app, found.organisation_id)


def at(app: APIFlask, organisation_id: Any) -> Browser:
    login = make.saved(
        AdminLogin(
            organisation_id=organisation_id,
            username=f"a{organisation_id[-8:]}",
            name="周主任",
            password_hash="none",  # noqa: S106
            created_at=clock.now(),
        )
    )
    return Browser(app.test_client(), login)


def fresh(referral: Referral) -> Referral:
    return db.session.get_one(Referral, referral.id, populate_existing=True)


def test_the_desk_answers_with_a_number_and_leads_him_through_to_his_discharge(desk: Browser, town: Town) -> None:
    slot = make.slot(hospital=town.hospital)
    referral = town.refer()
    page = f"/desk/referrals/{referral.id}"
    assert referral.number in desk.get("/desk/referrals").text
    assert "血压波动大" in desk.get(page).text

    desk.follow(desk.post(f"{page}/accept", page, slot_id=slot.id, bed="", bed_on=""))
    for step in ("arrive", "admit"):
        desk.follow(desk.post(f"{page}/{step}", page))
    sent = {"discharged_on": clock.today(), "diagnosis": "高血压", "drugs": "", "needs": "每周量血压"}
    desk.follow(desk.post(f"{page}/discharge", page, **sent, next_clinic_on="", down_reason="recovery"))

    assert fresh(referral).status == "down_sent"
    assert [row.source for row in db.session.scalars(select(Discharge))] == ["desk"]
    opened = select(AuditEvent).where(AuditEvent.action == "referral_opened")
    assert db.session.scalars(opened).first() is not None


def test_an_answer_that_does_not_work_keeps_the_page_and_says_why(desk: Browser, town: Town) -> None:
    referral = town.refer()
    page = f"/desk/referrals/{referral.id}"

    nothing = desk.post(f"{page}/accept", page, slot_id="", bed="", bed_on="")
    no_day = desk.post(f"{page}/accept", page, slot_id="", bed="3床", bed_on="tomorrow")
    no_reason = desk.post(f"{page}/reject", page, code="", note="")

    assert (nothing.status_code, "接收转诊须给出号源或床位" in nothing.text) == (400, True)
    assert "请选择日期" in no_day.text and "请选择不接收的原因" in no_reason.text
    desk.follow(desk.post(f"{page}/reject", page, code="no_place", note=""))
    assert fresh(referral).status == "rejected"


def test_the_clinic_ends_and_he_is_sent_back(desk: Browser, town: Town) -> None:
    referral = town.accepted()
    page = f"/desk/referrals/{referral.id}"
    for step in ("arrive", "see"):
        desk.follow(desk.post(f"{page}/{step}", page))

    desk.follow(desk.post(f"{page}/down", page, down_reason="stable", summary="按原方案服药"))

    assert fresh(referral).status == "down_sent"


def test_the_inbox_is_by_deadline_with_the_late_one_in_front(desk: Browser, town: Town) -> None:
    with time_machine.travel(local("2026-03-02 10:00"), tick=False) as now:
        first = town.refer()
        now.shift(timedelta(hours=1))
        other = Town(hospital={"name": "另一家医院"})
        signed = make.agreement(team=other.team)
        second = make.referral(signed, hospital=town.hospital, status="submitted", is_urgent=True)
        now.shift(timedelta(hours=24))
        assert referring.escalate_next()

    shown = re.findall(r"ZZ\w+", desk.get("/desk/referrals").text)
    assert list(dict.fromkeys(shown)) == [second.number, first.number]
    assert "已超时" in desk.get("/desk/referrals").text


def test_another_hospital_a_draft_and_the_teams_own_centre_find_nothing(
    app: APIFlask, desk: Browser, town: Town
) -> None:
    draft = town.refer(signed=False)
    elsewhere = Town()
    make.referral_desk(elsewhere.hospital)
    theirs = elsewhere.refer()

    for one in (draft, theirs):
        assert desk.get(f"/desk/referrals/{one.id}").status_code == 404
    centre = at(app, town.team.organisation_id)
    assert centre.get(f"/desk/referrals/{theirs.id}").status_code == 404
    assert "不负责医院的转诊收件" in centre.get("/desk/referrals").text


def test_what_is_ended_from_outside_stands_in_a_list_of_its_own_until_the_desk_has_read_it(
    desk: Browser, town: Town
) -> None:
    referral = town.accepted()
    page, tab = f"/desk/referrals/{referral.id}", "/desk/referrals?tab=withdrawn"
    assert referral.number not in desk.get(tab).text

    referring.terminate(referral, "家属决定不去", by=town.as_doctor)

    listed = desk.get(tab).text
    assert referral.number in listed
    assert '<span class="tag warn" id="withdrawn-count">1</span>' in listed
    read = desk.get(page).text
    assert "家属决定不去。已留的床位请释放" in read
    assert referral.number not in desk.get(tab).text
    assert referral.number in desk.get("/desk/referrals?tab=sent_back").text
    desk.get(page)
    noted = select(AuditEvent).where(AuditEvent.action == "referral_withdrawal_read")
    assert len(db.session.scalars(noted).all()) == 1


def test_a_draft_the_patient_never_agreed_to_is_not_the_hospitals_business_when_it_ends(
    desk: Browser, town: Town
) -> None:
    draft = town.refer(signed=False)
    referring.terminate(draft, "居民不同意", by=town.as_doctor)

    assert draft.number not in desk.get("/desk/referrals?tab=sent_back").text
    assert desk.get(f"/desk/referrals/{draft.id}").status_code == 404


def test_only_the_hospitals_own_login_takes_its_inbox(app: APIFlask) -> None:
    hospital, own, other = make.hospital(name="市三院"), make.organisation(name="市三院"), make.organisation()
    typed = {"office": "转诊办", "phone": "0816-1", "person": "周", "place": "", "green_name": "", "green_phone": ""}
    page, address = "/referral-desks", f"/referral-desks/{hospital.id}"

    centre = at(app, other.id)
    centre.follow(centre.post(address, page, **typed))
    assert db.session.scalars(select(ReferralDesk.organisation_id)).one() is None
    assert "请填写转诊办名称和电话" in centre.post(address, page, **(typed | {"phone": ""})).text
    his = at(app, own.id)
    his.follow(his.post(address, page, **typed))
    refused = centre.client.post(f"/workbench{address}", data=typed | {"form_token": form_token(centre)})

    assert db.session.scalars(select(ReferralDesk.organisation_id)).one() == own.id
    assert (refused.status_code, "desk_of_another" in refused.text or "由该院自己的账号维护" in refused.text) == (
        409,
        True,
    )


def form_token(browser: Browser) -> str:
    return browser.form_token("/teams/new")


def month_of_ways(town: Town) -> list[Referral]:
    """A proper referral, one for the patient's wish only, and an emergency nobody registered in time."""
    proper, wish = town.refer(), Town()
    wish.agreement = make.agreement(team=town.team)
    improper = make.referral(wish.agreement, status="submitted", meets_standard=False, reason_code="wish")
    told = referring.Emergency("e1", "市一院", clock.now() - timedelta(hours=1), "阑尾炎", "李某", "139")
    direct, _ = referring.report(town.resident, told, policy=POLICY, by=town.as_doctor)
    return [proper, improper, direct]


def test_the_insurances_list_says_who_is_owed_what_and_whose_fee_is_cut(app: APIFlask, town: Town) -> None:
    proper, improper, direct = month_of_ways(town)
    centre = at(app, town.team.organisation_id)
    month = clock.today().strftime("%Y-%m")

    answer = centre.get(f"/referrals/export/{month}")
    lines = {line.split(",")[0]: line for line in answer.get_data(as_text=True).lstrip("\ufeff").splitlines()}

    assert set(lines) == {"转诊单号", proper.number, improper.number, direct.number}
    assert ",Y,Y,,,Y,只补起付标准差额、报销比例提高,,等医院答复" in lines[proper.number]
    assert ",Y,N,,,N,,不符合转诊要求：扣减机构签约服务费,等医院答复" in lines[improper.number]
    assert ",N,,未经团队转诊：扣减签约服务费,住院中" in lines[direct.number]
    assert town.resident.name not in answer.text and town.resident.identity_number not in answer.text
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "referrals_exported")).one()
    book = openpyxl.load_workbook(io.BytesIO(centre.get(f"/referrals/export/{month}?format=xlsx").data))
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == [proper.number, improper.number, direct.number]


@pytest.mark.parametrize("month", ["2026", "2999-01", "x"])
def test_no_list_of_a_month_that_is_none(app: APIFlask, town: Town, month: str) -> None:
    centre = at(app, town.team.organisation_id)

    assert centre.get(f"/referrals/export/{month}").status_code == 400


def test_the_share_of_ways_that_began_with_the_team_and_what_is_late(app: APIFlask, town: Town) -> None:
    with time_machine.travel(local("2026-03-10 10:00"), tick=False) as now:
        month_of_ways(town)
        planned = make.followup(resident=town.resident, team=town.team)
        make.discharge(town.agreement, planned)  # a stay of which only the discharge was told
        now.shift(timedelta(hours=25))
        assert referring.escalate_next()
        now.shift(timedelta(days=8))
        page = at(app, town.team.organisation_id).get("/referrals").text

    assert '<b id="control-rate">50.0%</b>' in page and "2 / 已知就诊 4" in page
    assert "医院答复超时" in page
    assert '<b id="uncontacted">1</b>' in page
    assert '<b id="control-rate">—</b>' in at(app, make.organisation().id).get("/referrals").text


def test_the_centre_sees_all_its_referrals_by_state_and_what_the_patient_drew(app: APIFlask, town: Town) -> None:
    referral = town.refer()
    centre = at(app, town.team.organisation_id)
    page = f"/referrals/{referral.id}"

    listed = centre.get("/referrals").text
    assert referral.number in listed and "居民当面签字" in listed and "血压波动大" not in listed
    assert referral.number not in centre.get("/referrals?tab=over").text
    opened = centre.get(page).text
    assert "血压波动大" in opened and "consent-drawing" in opened and town.resident.phone not in opened
    drawn = centre.get(f"{page}/signature")
    assert (drawn.mimetype, drawn.data[:4]) == ("image/png", b"\x89PNG")
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "referral_opened")).one()


def test_the_hospital_sees_the_drawing_and_nobody_else_does(app: APIFlask, desk: Browser, town: Town) -> None:
    referral = town.refer()
    page = f"/referrals/{referral.id}"

    assert "consent-drawing" in desk.get(f"/desk{page}").text
    assert desk.get(f"{page}/signature").mimetype == "image/png"
    assert desk.get(page).status_code == 404
    stranger = at(app, make.organisation(name="别的中心").id)
    assert [stranger.get(address).status_code for address in (page, f"{page}/signature")] == [404, 404]


def test_who_agreed_on_his_phone_drew_nothing(app: APIFlask, town: Town) -> None:
    referral = town.refer(signed=False)
    digest = referring.words_for(town.hospital.name, town.team.name)[1]
    referring.agree(referral, digest, policy=POLICY, by=town.as_resident)
    centre = at(app, town.team.organisation_id)

    opened = centre.get(f"/referrals/{referral.id}").text

    assert "居民在小程序同意" in opened and "consent-drawing" not in opened
    assert centre.get(f"/referrals/{referral.id}/signature").status_code == 404
