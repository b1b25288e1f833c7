"""Every page answers its administrator, nobody else, and changes nothing without its form."""

import base64
import json
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server import clock
from server.actions import households
from server.database import db
from server.handlers.workbench.pages import PAGES
from server.models import (
    Absence,
    AdminLogin,
    Agreement,
    AgreementStatus,
    Attempt,
    Conversation,
    ConversationRating,
    ConversationStatus,
    FollowUp,
    ImportStatus,
    Imprint,
    JobRun,
    JobState,
    NotificationStatus,
    Payment,
    PhoneTask,
    PopulationList,
    TagSource,
    TagStatus,
    Team,
)
from server.models.actor import Actor, ActorKind
from tests import make
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser
from tests.handlers.workbench.rows import note

SEAL = "data:image/png;base64,iVBORw0KGgo="
LISTS = [path for method, path, _, _ in PAGES if method == "GET" and "<" not in path and not path.endswith("/template")]


def own_team(me: AdminLogin, **fields: object) -> Team:
    return make.team(lead=make.staff(organisation=me.organisation_id), **fields)


def seed(me: AdminLogin) -> dict[str, str]:
    """One of everything that a page can show; ids for the addresses."""
    team = own_team(me)
    agreement = make.agreement(team=team)
    make.agreement(team=team, status=AgreementStatus.PENDING_TEAM)
    slot = make.slot()
    unknown = note(NotificationStatus.UNKNOWN, team_id=team.id, resident_id=agreement.resident_id)
    at = clock.now()
    make.saved(
        Attempt(
            notification_id=unknown.id,
            number=1,
            channel="subscribe:visit",
            started_at=at,
            outcome="retry",
            errcode=45009,
        )
    )
    make.saved(
        PhoneTask(
            notification_id=unknown.id,
            team_id=team.id,
            resident_id=agreement.resident_id,
            reason="no_consent",
            about="followup_due",
            created_at=at,
        )
    )
    who = make.user()
    make.saved(
        Conversation(
            user_id=who.id,
            open_key=who.id,
            status=ConversationStatus.WAITING_DOCTOR,
            is_urgent=True,
            short_no=12,
            created_at=at,
            last_message_at=at,
            waiting_since_at=at,
        )
    )
    make.saved(JobState(job_id="deliver", last_started_at=at, last_ok_at=at, runs=3))
    make.saved(JobRun(job_id="deliver", holder="a", started_at=at, ended_at=at, is_ok=False, error="boom"))
    batch = make.import_batch(me, status=ImportStatus.CHECKED)
    check = make.phone_check(agreement=agreement)
    seal = make.saved(
        Imprint(owner_id=me.organisation_id, image=SEAL, sha256="0" * 64, created_at=at, created_by=me.id)
    )
    ids = {
        "team_id": team.id,
        "membership_id": team.memberships[0].id,
        "agreement_id": agreement.id,
        "resident_id": agreement.resident_id,
        "batch_id": batch.id,
        "check_id": check.id,
        "imprint_id": seal.id,
        "hospital_id": slot.hospital_id,
        "department_id": slot.department_id,
    }
    ids |= service_things(agreement) | handing_over(team, agreement) | answering_things(team, agreement)
    ids |= referral_things(me, agreement)
    return ids | unsigned_things(me, team) | families(me) | population_things(me, team)


def answering_things(team: Team, agreement: Agreement) -> dict[str, str]:
    now, lead = clock.now(), team.lead
    over = make.conversation(make.user(resident=agreement.resident), team=team, status=ConversationStatus.CLOSED)
    make.promise(over, due_at=now - timedelta(hours=1))
    rating = {"conversation_id": over.id, "team_id": team.id, "stars": 2, "words": "等太久", "at": now}
    make.saved(ConversationRating(**rating))
    times = {"from_at": now, "until_at": now + timedelta(days=1), "created_at": now, "created_by": "A"}
    away = make.saved(Absence(staff=lead, stand_in=make.colleague(team), **times))
    return {"absence_id": away.id}


def referral_things(me: AdminLogin, agreement: Agreement) -> dict[str, str]:
    here = make.hospital()
    make.referral_desk(here, organisation_id=me.organisation_id)
    found = make.referral(agreement, hospital=here, status="submitted", consent_evidence=SEAL)
    return {"referral_id": found.id, "hospital_id": here.id, "month": "2026-03"}


def handing_over(team: Team, agreement: Agreement) -> dict[str, str]:
    entry = make.transfer_entry(agreement)
    make.agreement(team=team, status=AgreementStatus.PENDING_PAYMENT)
    due = Payment(
        agreement_id=agreement.id, kind="refund", state="due", amount_fen=100, taken_at=clock.now(), taken_by="system"
    )
    return {"transfer_id": entry.transfer_id, "payment_id": make.saved(due).id}


def families(me: AdminLogin) -> dict[str, str]:
    head = make.resident()
    home = make.household(head)
    member = make.member(home, make.resident(), "12", state="waiting", proof="data:image/png;base64,iVBORw0KGgo=")
    authority = make.authority(head, make.resident(), state="waiting")
    by = Actor(ActorKind.ADMIN, me.id)
    for code in (home.code, authority.code):
        households.open_by_code(code, me, by=by)
    return {"household_id": home.id, "member_id": member.id, "authority_id": authority.id}


def population_things(me: AdminLogin, team: Team) -> dict[str, str]:
    batch = PopulationList(
        organisation_id=me.organisation_id, group="LOW_INCOME", source_document="民政名单", status="waiting",
        row_count=1, entered_at=clock.now(), entered_by="somebody",
    )  # fmt: skip
    make.saved(batch)
    make.tag("LOW_INCOME", status=TagStatus.WAITING, source=TagSource.LIST, list_id=batch.id, detail='{"note": ""}')
    make.tag("FLOATING", status=TagStatus.WAITING, source=TagSource.RESIDENT_DECLARED)
    return {"list_id": batch.id, "staff_id": team.memberships[0].staff_id}


def unsigned_things(me: AdminLogin, team: Team) -> dict[str, str]:
    entry = make.unsigned(team=team)
    community = make.community(team=team)
    return {
        "notice_id": make.informed_notice(entry=entry, team=team).id,
        "campaign_id": make.campaign(me).id,
        "community_id": community.id,
        "frame_id": make.frame(community).id,
    }


def service_things(agreement: Agreement) -> dict[str, str]:
    make.dispute(make.service(agreement=agreement))
    card = make.card(agreement)
    return {"region": "mianyang", "code": "BASIC", "package_id": agreement.package_id, "card_id": card.id}


@pytest.mark.parametrize("path", LISTS)
def test_page_answers_when_nothing_exists(browser: Browser, me: AdminLogin, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 200
    assert me.organisation.name in answer.text and "2026-03-02 周一" in answer.text


def test_every_page_answers_with_rows(browser: Browser, me: AdminLogin) -> None:
    ids = seed(me)
    for method, path, _, endpoint in PAGES:
        if method == "GET":
            for name, value in ids.items():
                path = path.replace(f"<{name}>", value)
            answer = browser.get(path)
            assert answer.status_code == 200, endpoint


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _, _ in PAGES])
def test_page_without_session_redirects(client: FlaskClient, method: str, path: str) -> None:
    address = path.replace("<team_id>", "x").replace("<agreement_id>", "x").replace("<staff_id>", "x")
    answer = client.open("/workbench" + address.replace("<membership_id>", "x"), method=method)

    assert answer.status_code == 303
    assert answer.location.startswith("/workbench/login")


@pytest.mark.parametrize("path", [path for method, path, _, _ in PAGES if method == "POST"])
@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_post_without_form_token_is_refused(browser: Browser, path: str, token: str | None) -> None:
    data = {"name": "新团队"} | ({} if token is None else {"form_token": token})
    answer = browser.client.post("/workbench" + path, data=data)

    assert answer.status_code == 403
    assert "form_forged" in answer.text


def test_refused_form_changes_nothing(browser: Browser) -> None:
    fields = {"name": "新团队", "hours": "周一", "phone": "0816-2222222", "panel_cap": "10"}

    browser.client.post("/workbench/teams", data={**fields, "form_token": "0" * 64})

    assert db.session.query(Team).count() == 0


def test_form_of_another_session_is_refused(app: APIFlask, browser: Browser, me: AdminLogin) -> None:
    other = Browser(app.test_client(), browsers.admin())
    token = other.form_token("/teams/new")

    answer = browser.client.post("/workbench/staff", data={"form_token": token, "name": "陈医生", "title": "医师"})

    assert answer.status_code == 403


def test_home_counts_only_ones_own(browser: Browser, me: AdminLogin) -> None:
    seed(me)
    make.agreement()  # of another organisation

    text = browser.get("/").text

    assert "<b>1</b><span>家庭医生团队</span>" in text
    assert "<b>1</b><span>履约中的协议</span>" in text
    assert "<b>1</b><span>待打电话</span>" in text
    assert "<b>1</b><span>结果待核实的通知</span>" in text
    assert "<b>1</b><span>紧急或无人负责的会话</span>" in text


def test_home_shows_the_teams_day_without_results(browser: Browser, me: AdminLogin) -> None:
    """An administrator sees what should be done first, masked, and nothing of what a visit found."""
    team, who = make.team(organisation_id=me.organisation_id), make.resident(name="林秀英")
    done = make.followup(team=team, resident=who, status="done", visited_on=clock.today(), outcome_class=2)
    hard = {"enrolment_id": done.enrolment_id, "due_on": clock.today() + timedelta(days=1)}
    hard |= {"window_end_on": hard["due_on"], "resident_id": who.id, "team_id": team.id}
    make.saved(FollowUp(programme="htn", **hard))
    make.followup(due_on=clock.today())  # of another organisation

    text = browser.get("/").text

    assert "高血压随访：1天后截止" in text
    assert "林*英" in text
    assert "林秀英" not in text
    assert "控制不满意" not in text
    assert "今天到期" not in text


def test_text_of_people_is_escaped(browser: Browser, me: AdminLogin) -> None:
    own_team(me, name="<script>alert(1)</script>")

    text = browser.get("/teams").text

    assert "<script>" not in text and "&lt;script&gt;" in text


def test_long_list_is_paged(browser: Browser, me: AdminLogin) -> None:
    for number in range(21):
        make.staff(organisation=me.organisation_id, name=f"医生{number:02d}")

    first = browser.get("/staff").text
    cursor = first.split("cursor=")[1].split('"')[0]
    second = browser.get(f"/staff?cursor={cursor}").text

    assert first.count("生成绑定码</button>") == 20
    assert second.count("生成绑定码</button>") == 1
    assert "医生00" in second and "回到第一页" in second


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        ["2026-03-02T10:00:00", "x"],
        ["2026-03-02T10:00:00+08:00", 1],
        ["2026-03-02T10:00:00+08:00", "\ud800"],
        ["yesterday", "x"],
        ["2026-03-02T10:00:00+08:00"],
        {"a": 1},
        None,
    ],
)
def test_foreign_cursor_is_refused(browser: Browser, values: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()

    assert browser.get(f"/agreements?cursor={cursor}").status_code == 400


@pytest.mark.parametrize("cursor", ["x", "%00", "é", "W10", "=" * 9999])
def test_garbled_cursor_is_refused(browser: Browser, cursor: str) -> None:
    assert browser.get(f"/agreements?cursor={cursor}").status_code == 400


def test_lists_by_time_are_paged(browser: Browser, me: AdminLogin) -> None:
    team = own_team(me)
    numbers = [make.agreement(team=team).number for _ in range(21)]

    first = browser.get("/agreements").text
    cursor = first.split("cursor=")[1].split("&")[0].split('"')[0]
    second = browser.get(f"/agreements?cursor={cursor}").text

    assert numbers[0] not in first and numbers[1] in first
    assert [number for number in numbers if number in second] == numbers[:1]
