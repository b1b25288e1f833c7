"""How a doctor comes to a desk computer: the code on the screen, the yes on the phone, and how a session ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock as server_clock
from server.access.accounts import token_hash
from server.actions import desk_logins, teams
from server.actions.desk_logins import CODES_OF_ADDRESS
from server.database import db, transaction
from server.errors import NotAllowed
from server.models import AuditEvent, DeskLogin, DeskSession, Membership, Message, RemovalReason, Staff
from server.models.actor import Actor, ActorKind
from tests import make
from tests.actions.conversing import Cast, cast, conversation_of, notices, reply
from tests.conftest import Clock
from tests.handlers.desk_browser import DESK, WINDOWS, Desk, desk_of, form_token
from tests.handlers.problem import refused
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser

API = "/api/doctor/desk-login"
BY = Actor(ActorKind.ADMIN, "0" * 26)
INVALID, GUESSED = (400, "desk_code_invalid"), (429, "desk_code_guessed")


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


@pytest.fixture
def phone(people: Cast) -> dict[str, str]:
    return make.session_of(people.chen_user)


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Desk:
    return Desk(client)


def says(client: FlaskClient, phone: dict[str, str], what: str, code: str) -> Any:
    return client.post(f"{API}/{what}", json={"code": code}, headers=phone)


def audited() -> list[str]:
    return [
        row.action for row in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)) if "desk" in row.action
    ]


def is_in(desk: Desk) -> bool:
    return desk.get("/").status_code == 200


# ---------------------------------------------------------------- coming in


def test_the_whole_way_is_on_record(client: FlaskClient, desk: Desk, phone: Any, people: Cast) -> None:
    code = desk.code()
    assert desk.state() == "waiting" and not is_in(desk)

    seen = says(client, phone, "look", code).json
    assert seen["address"] == "127.0.0.1" and seen["browser"] == "Windows 电脑，Chrome"
    asked, expires = (datetime.fromisoformat(seen[name]) for name in ("asked_at", "expires_at"))
    assert server_clock.now() - asked < timedelta(minutes=1) and expires - asked == timedelta(minutes=3)
    assert says(client, phone, "confirm", code).status_code == 200
    assert desk.state() == "confirmed" and not is_in(desk)
    answer = desk.enter()

    assert answer.location == f"{DESK}/" and is_in(desk)
    assert "陈医生" in desk.get("/").text
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("doctors_desk="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and f"Path={DESK}" in cookie
    token = cookie.split(";")[0].partition("=")[2]
    assert db.session.query(DeskSession).one().token_hash == token_hash(token) != token
    assert audited() == ["desk_login_asked", "desk_login_confirmed", "desk_signed_in"]
    assert db.session.query(DeskLogin).one().code_hash != code


def test_a_code_serves_once(client: FlaskClient, desk: Desk, phone: Any) -> None:
    code = desk.code()
    token = form_token(desk.client.get(f"{DESK}/login"))
    says(client, phone, "confirm", code)
    secret = desk.client.get_cookie("doctors_desk_login", path=DESK).value

    assert desk.enter().status_code == 303
    desk.client.set_cookie("doctors_desk_login", secret, path=DESK)
    again = desk.client.post(f"{DESK}/login/enter", data={"form_token": token})

    assert again.status_code == 409 and "还没有在手机上确认" in again.text
    assert db.session.query(DeskSession).count() == 1
    refused(says(client, phone, "look", code), *INVALID)


def test_the_database_refuses_a_second_session_of_one_confirmation(client: FlaskClient, desk: Desk, phone: Any) -> None:
    desk.come_in(phone)
    row = db.session.query(DeskSession).one()
    same = {name: getattr(row, name) for name in ("login_id", "staff_id", "team_id", "created_at", "seen_at")}

    with pytest.raises(IntegrityError), transaction() as session:
        at = row.expires_at
        session.add(DeskSession(token_hash="0" * 64, expires_at=at, ended_at=at, **same))


def test_another_browser_does_not_come_in_with_somebody_elses_code(client: FlaskClient, desk: Desk, phone: Any) -> None:
    other = Desk(client)
    code = desk.code()
    other.code()
    says(client, phone, "confirm", code)

    assert other.state() == "waiting"
    assert other.enter().status_code == 409
    assert desk.enter().status_code == 303


def test_a_code_runs_out_after_three_minutes(client: FlaskClient, desk: Desk, phone: Any, clock: Clock) -> None:
    code = desk.code()
    clock.advance(minutes=3, seconds=1)

    assert desk.state() == "over"
    refused(says(client, phone, "confirm", code), *INVALID)
    assert desk.enter().status_code == 409


def test_who_confirmed_has_a_minute_to_come_in(client: FlaskClient, desk: Desk, phone: Any, clock: Clock) -> None:
    code = desk.code()
    clock.advance(minutes=2, seconds=30)
    says(client, phone, "confirm", code)
    clock.advance(seconds=40)
    assert desk.state() == "confirmed"

    clock.advance(seconds=21)

    assert desk.state() == "over" and desk.enter().status_code == 409


def test_a_new_code_ends_the_one_before_even_if_it_was_confirmed(client: FlaskClient, desk: Desk, phone: Any) -> None:
    old = desk.code()
    says(client, phone, "confirm", old)
    new = desk.code()

    assert old != new and desk.state() == "waiting" and desk.enter().status_code == 409
    refused(says(client, phone, "confirm", old), *INVALID)


def test_no_on_the_phone_means_no(client: FlaskClient, desk: Desk, phone: Any) -> None:
    code = desk.code()

    assert says(client, phone, "refuse", code).status_code == 204

    assert desk.state() == "over" and desk.enter().status_code == 409
    refused(says(client, phone, "confirm", code), *INVALID)
    assert audited()[-1] == "desk_login_refused"


def test_no_after_a_yes_means_no_too(client: FlaskClient, desk: Desk, phone: Any) -> None:
    code = desk.code()
    says(client, phone, "confirm", code)
    says(client, phone, "refuse", code)

    assert desk.enter().status_code == 409


def test_confirming_twice_is_once_and_nobody_else_can(
    client: FlaskClient, desk: Desk, phone: Any, people: Cast
) -> None:
    code = desk.code()
    assert says(client, phone, "confirm", code).status_code == 200
    assert says(client, phone, "confirm", code).status_code == 200

    refused(says(client, make.session_of(people.zhou_user), "confirm", code), *INVALID)
    assert audited().count("desk_login_confirmed") == 1
    assert db.session.query(DeskLogin).one().staff_id == people.chen.id


def test_after_five_wrong_codes_not_even_the_right_one_helps(
    client: FlaskClient, desk: Desk, phone: Any, clock: Clock, people: Cast
) -> None:
    right = desk.code()
    wrong = f"{(int(right) + 1) % 10**8:08}"
    for what in ("look", "look", "confirm", "confirm", "refuse"):
        refused(says(client, phone, what, wrong), *INVALID)

    refused(says(client, phone, "confirm", right), *GUESSED)
    assert says(client, make.session_of(people.zhou_user), "look", right).status_code == 200  # only he is kept waiting
    clock.advance(minutes=61)
    assert says(client, phone, "confirm", desk.code()).status_code == 200


def test_a_network_that_asks_for_code_after_code_waits(desk: Desk, client: FlaskClient, clock: Clock) -> None:
    for number in range(CODES_OF_ADDRESS):
        desk_logins.ask(f"browser {number}", "Chrome", source="127.0.0.1")

    token = form_token(desk.client.get(f"{DESK}/login"))
    answer = desk.client.post(f"{DESK}/login", data={"form_token": token})

    assert answer.status_code == 429 and "十分钟后再试" in answer.text
    clock.advance(minutes=11)
    assert len(desk.code()) == 8


def test_the_form_of_another_browser_is_refused(client: FlaskClient, desk: Desk) -> None:
    token = form_token(Desk(client).client.get(f"{DESK}/login"))
    desk.client.get(f"{DESK}/login")

    for path in ("", "/enter"):
        assert desk.client.post(f"{DESK}/login{path}", data={"form_token": token}).status_code == 403
    assert db.session.query(DeskLogin).count() == 0


def test_a_resident_confirms_nothing(client: FlaskClient, desk: Desk, people: Cast) -> None:
    refused(says(client, make.session_of(people.lin_user), "confirm", desk.code()), 403, "not_allowed")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/workbench/", "/workbench/doctorx"])
def test_the_door_leads_only_to_the_desk(client: FlaskClient, desk: Desk, phone: Any, target: str) -> None:
    says(client, phone, "confirm", desk.code())

    assert desk.enter(next=target).location == f"{DESK}/"


def test_after_the_login_he_is_where_he_wanted_to_go(client: FlaskClient, desk: Desk, phone: Any) -> None:
    sent = desk.get("/?list=late")
    assert sent.location == f"{DESK}/login?next=/workbench/doctor/?list%3Dlate"

    says(client, phone, "confirm", desk.code())

    assert desk.enter(next=f"{DESK}/?list=late").location == f"{DESK}/?list=late"


def test_the_page_names_the_computer_as_the_phone_will(desk: Desk) -> None:
    token = form_token(desk.client.get(f"{DESK}/login", headers=WINDOWS))
    page = desk.client.post(f"{DESK}/login", data={"form_token": token}, headers=WINDOWS)

    assert "Windows 电脑，Chrome，地址 127.0.0.1" in page.text and "<svg" in page.text
    assert "style=" not in page.text and page.headers["Content-Security-Policy"].startswith("default-src 'self'")


# ---------------------------------------------------------------- staying and leaving


def test_a_session_ends_without_anything_done_for_twenty_minutes(
    client: FlaskClient, people: Cast, clock: Clock
) -> None:
    desk = desk_of(client, people.chen_user)
    clock.advance(minutes=19)
    assert is_in(desk)
    clock.advance(minutes=19)
    assert is_in(desk)
    for _ in range(2):  # what the page asks by itself keeps nobody in
        clock.advance(minutes=11)
        desk.get("/pulse", **{"X-By-Itself": "1"})

    assert not is_in(desk)
    assert "登录已过期" in desk.get("/login").text


def test_a_session_ends_after_eight_hours_however_busy(client: FlaskClient, people: Cast, clock: Clock) -> None:
    desk = desk_of(client, people.chen_user)
    for _ in range(31):
        clock.advance(minutes=15)
        assert is_in(desk)

    clock.advance(minutes=16)

    assert not is_in(desk)


def test_logging_out_ends_it_for_good(client: FlaskClient, people: Cast) -> None:
    desk = desk_of(client, people.chen_user)
    cookie = desk.client.get_cookie("doctors_desk", path=DESK).value

    assert desk.post("/logout").location == f"{DESK}/login"
    desk.client.set_cookie("doctors_desk", cookie, path=DESK)

    assert not is_in(desk) and audited()[-1] == "desk_signed_out"


def test_the_phone_shows_where_he_is_logged_in_and_ends_it(client: FlaskClient, people: Cast, phone: Any) -> None:
    desk = Desk(client).come_in(phone)
    where = client.get(API, headers=phone).json
    assert where["since"].startswith("2026-03-02T10:0")
    assert (where["address"], where["browser"]) == ("127.0.0.1", "Windows 电脑，Chrome")

    assert client.post(f"{API}/end", headers=phone).json["since"] is None

    assert not is_in(desk) and audited()[-1] == "desk_session_ended"


def test_coming_in_elsewhere_ends_the_session_here(client: FlaskClient, people: Cast) -> None:
    here, there = desk_of(client, people.chen_user), desk_of(client, people.chen_user)

    assert not is_in(here) and is_in(there)
    assert "desk_session_replaced" in audited()
    assert db.session.query(DeskSession).filter(DeskSession.ended_at.is_(None)).count() == 1


def test_who_leaves_the_team_is_out_at_once_and_stays_out(client: FlaskClient, people: Cast) -> None:
    nurse = make.colleague(people.team, name="李护士")
    desk = desk_of(client, make.user(staff=nurse))
    member = db.session.scalars(select(Membership).where(Membership.staff_id == nurse.id)).one()

    teams.remove_member(member, reason=RemovalReason.MOVED_TEAM, by=BY)
    assert not is_in(desk)
    teams.add_member(people.team, db.session.get_one(Staff, nurse.id), "nurse", by=BY)

    assert not is_in(desk)


def test_who_is_only_in_another_team_than_he_came_with_is_out(client: FlaskClient, people: Cast) -> None:
    desk = desk_of(client, people.chen_user)
    other = make.team()
    with transaction() as session:
        session.execute(update(DeskSession).values(team_id=other.id))

    assert not is_in(desk)


def test_a_locked_doctor_is_out_on_the_phone_and_at_the_desk(client: FlaskClient, people: Cast, phone: Any) -> None:
    desk = Desk(client).come_in(phone)
    waiting = Desk(client)
    code = waiting.code()
    says(client, phone, "confirm", code)
    admin = Browser(client, browsers.admin(people.chen.organisation))

    admin.post(f"/staff/{people.chen.id}/lock", page="/staff")

    assert not is_in(desk) and waiting.enter().status_code == 409
    refused(client.get("/api/doctor/home", headers=phone), 403, "staff_locked")
    assert "已停用" in admin.get("/staff").text
    admin.post(f"/staff/{people.chen.id}/unlock", page="/staff")
    assert client.get("/api/doctor/home", headers=phone).status_code == 200
    assert not is_in(desk)


def test_a_locked_doctor_answers_nobody_in_his_chat_and_is_told_of_nobody(client: FlaskClient, people: Cast) -> None:
    nurse = make.colleague(people.team, name="李护士")
    nurse_user = make.user(staff=nurse)
    teams.lock_staff(people.chen, by=BY)
    people.lin_says("找医生")

    row = conversation_of(people.lin_user)
    assert [note.user_id for note in notices("message_waiting")] == [nurse_user.id]
    assert "账号已停用" in (people.chen_says(f"{row.short_no} 您好") or "")
    assert "账号已停用" in (people.chen_says("列表") or "")
    with pytest.raises(NotAllowed):
        reply(row, "您好", people.chen)
    assert db.session.query(Message).filter_by(sender="doctor").count() == 0


def test_an_administrator_locks_only_his_own_organisations_staff(client: FlaskClient, people: Cast) -> None:
    stranger = Browser(client, browsers.admin())

    assert stranger.post(f"/staff/{people.chen.id}/lock", page="/staff").status_code == 404
    assert db.session.get_one(Staff, people.chen.id, populate_existing=True).locked_at is None


def test_an_administrator_is_nobody_at_the_desk_and_a_doctor_nobody_in_the_workbench(
    client: FlaskClient, people: Cast
) -> None:
    admin = Browser(client, browsers.admin(people.chen.organisation))
    assert admin.client.get(f"{DESK}/").location.startswith(f"{DESK}/login")
    desk = desk_of(client, people.chen_user)
    token = desk.client.get_cookie("doctors_desk", path=DESK).value

    desk.client.set_cookie("workbench", token, path="/workbench")
    assert desk.client.get("/workbench/").location.startswith("/workbench/login")
    admin.client.set_cookie("doctors_desk", admin.token, path=DESK)
    assert admin.client.get(f"{DESK}/").status_code == 303


def test_the_minute_of_the_last_action_is_written_once_a_minute(
    client: FlaskClient, people: Cast, clock: Clock
) -> None:
    desk = desk_of(client, people.chen_user)
    came = server_clock.now()
    desk.get("/")
    assert db.session.query(DeskSession).one().seen_at <= came

    clock.advance(seconds=61)
    desk.get("/")

    db.session.expire_all()
    assert db.session.query(DeskSession).one().seen_at > came
