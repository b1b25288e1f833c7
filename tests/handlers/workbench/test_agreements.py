"""Agreements in the browser: masked lists, audited opening, a full name only for a reason."""

from datetime import timedelta

from server import clock
from server.database import db
from server.models import AdminLogin, Agreement, AgreementStatus, AuditEvent, RenewalAct, renewal
from server.models.actor import CLOCK
from tests import make
from tests.handlers.workbench.browser import Browser


def mine(me: AdminLogin, **fields: object) -> Agreement:
    team = make.team(lead=make.staff(organisation=me.organisation_id))
    return make.agreement(team=team, resident=make.resident(name="欧阳小明", phone="13912345678"), **fields)


def audited(prefix: str) -> list[AuditEvent]:
    return list(db.session.query(AuditEvent).filter(AuditEvent.action.startswith(prefix)))


def test_list_masks_names_and_filters(browser: Browser, me: AdminLogin) -> None:
    active = mine(me)
    pending = mine(me, status=AgreementStatus.PENDING_TEAM)
    strangers = make.agreement()

    everything = browser.get("/agreements").text
    assert active.number in everything and pending.number in everything and strangers.number not in everything
    assert "欧**明" in everything and "欧阳小明" not in everything and "13912345678" not in everything
    assert pending.number not in browser.get("/agreements?status=active").text
    assert active.number not in browser.get(f"/agreements?team_id={pending.team_id}").text
    assert browser.get("/agreements?status=nonsense").status_code == 200


def test_list_of_late_requests(browser: Browser, me: AdminLogin) -> None:
    late = mine(me, status=AgreementStatus.PENDING_TEAM, answer_by_on=clock.today().replace(day=1))
    timely = mine(me, status=AgreementStatus.PENDING_TEAM)

    text = browser.get("/agreements?status=late").text

    assert late.number in text and "已超期" in text
    assert timely.number not in text


def test_opening_shows_frozen_text_and_is_audited(browser: Browser, me: AdminLogin) -> None:
    agreement = mine(me, text_body="签约服务协议\n甲方：第一团队\n乙方：居民")

    text = browser.get(f"/agreements/{agreement.id}").text

    assert "<h2>签约服务协议</h2>" in text and "<p>甲方：第一团队</p>" in text
    assert "欧阳小明" not in text and "139****5678" in text
    (event,) = audited("agreement_opened")
    assert (event.actor_id, event.object_id) == (me.id, agreement.id)


def test_full_name_needs_a_reason(browser: Browser, me: AdminLogin) -> None:
    agreement = mine(me)
    page = f"/agreements/{agreement.id}"

    for reason in ("", "curiosity"):
        answer = browser.post(f"{page}/reveal", page, reason=reason)
        assert answer.status_code == 400
        assert "请选择查看完整姓名的原因" in answer.text and "欧阳小明" not in answer.text
    assert audited("name_revealed") == []


def test_full_name_is_shown_once_and_audited(browser: Browser, me: AdminLogin) -> None:
    agreement = mine(me)
    page = f"/agreements/{agreement.id}"

    shown = browser.follow(browser.post(f"{page}/reveal", page, reason="complaint"))

    assert "欧阳小明" in shown.text
    assert "欧阳小明" not in browser.get(page).text
    (event,) = audited("name_revealed")
    assert (event.action, event.actor_id, event.object_id) == ("name_revealed_complaint", me.id, agreement.id)


def test_agreement_of_another_organisation_is_absent(browser: Browser) -> None:
    agreement = make.agreement()

    assert browser.get(f"/agreements/{agreement.id}").status_code == 404
    assert browser.post(f"/agreements/{agreement.id}/reveal", reason="complaint").status_code == 404
    assert audited("agreement_opened") == [] and audited("name_revealed") == []


def test_silent_renewals_wait_by_deadline_and_show_who_has_confirmed(browser: Browser, me: AdminLogin) -> None:
    waiting = AgreementStatus.AUTO_RENEWED_UNCONFIRMED
    today = clock.today()
    later = mine(me, status=waiting, renewal_mode="auto_reconfirm", reconfirm_by_on=today + timedelta(days=80))
    soon = mine(
        me,
        status=waiting,
        renewal_mode="auto_reconfirm",
        reconfirm_by_on=today + timedelta(days=3),
        resident_confirmed_at=clock.now(),
        term_months=36,
    )
    with make.transaction():
        renewal.note(
            soon,
            RenewalAct.WENT_ON,
            term=(today, soon.end_on),
            before=(today - timedelta(days=1096), today - timedelta(days=1)),
            by=CLOCK,
            at=clock.now(),
        )

    listed = browser.get(f"/agreements?status={waiting}").text
    assert listed.index(soon.number) < listed.index(later.number)
    assert "2026-03-05 周四 前确认" in listed and "居民已确认，医生未确认" in listed

    text = browser.get(f"/agreements/{soon.id}").text
    assert "36 个月" in text and "到期自动续约，双方再次确认" in text
    assert "系统自动续约" in text and "上一期 2023-03-02" in text and "至 2026-03-01" in text
