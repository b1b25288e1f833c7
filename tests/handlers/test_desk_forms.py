"""From a message to a follow-up at the desk: the table's form, the phone's checks and records, and what was entered stays."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.access import rights
from server.database import db
from server.models import AuditEvent, Conversation, FollowUp, Message, Programme, ServiceRecord
from tests import make
from tests.actions.conversing import Cast, cast, conversation_of
from tests.conftest import Clock
from tests.handlers.desk_browser import DESK, Desk, at, desk_of, form_token

VISITED = {"method": "phone", "visited_on": "2026-03-02", "symptoms": ["1"], "adr": "1", "complication": "1"}
OUTSIDE = ("method", "visited_on", "note", "confirmed", "next_on", "next_reason")


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


@pytest.fixture
def talk(people: Cast) -> Conversation:
    people.lin_says("早上血压有点高，头晕")
    people.lin_says("找医生")
    return conversation_of(people.lin_user)


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Desk:
    return desk_of(client, people.chen_user)


@pytest.fixture
def planned(people: Cast) -> FollowUp:
    return make.followup(resident=people.lin_user.resident, team=people.team)


def said(talk: Conversation, number: int = 0) -> Message:
    rows = select(Message).where(Message.conversation_id == talk.id, Message.sender == "resident").order_by(Message.id)
    return list(db.session.scalars(rows))[number]


def submit(desk: Desk, talk: Conversation, row: FollowUp, **fields: Any) -> Any:
    """Send the form; what belongs to the programme goes under its own name."""
    sent = {key: value for key, value in (VISITED | fields).items() if value is not None}
    named = {
        key if key in OUTSIDE or "-" in key or key in ("draft", "with") else f"{row.id}-{key}": value
        for key, value in sent.items()
    }
    token = form_token(desk.get(at(talk, "/followup")))
    data = {"form_token": token, "with": row.id, "message": "", **named}
    return desk.client.post(f"{DESK}{at(talk, f'/followups/{row.id}')}", data=data)


def fresh(row: FollowUp) -> FollowUp:
    return db.session.get_one(FollowUp, row.id, populate_existing=True)


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_every_message_of_the_residents_leads_to_the_three_forms(talk: Conversation, desk: Desk) -> None:
    page = desk.get(at(talk)).text

    for what in ("followup", "booking", "referral"):
        buttons = re.findall(rf'value="([0-9A-Z]*)" formnovalidate formaction="{DESK}{at(talk)}/{what}"', page)
        assert sorted(buttons) == ["", said(talk, 0).id, said(talk, 1).id]
    assert "手机小程序的这段会话" not in page


def test_a_chosen_message_and_the_residents_form_are_filled_in(
    talk: Conversation, desk: Desk, planned: FollowUp
) -> None:
    page = desk.get(at(talk, f"/followup?message={said(talk).id}")).text

    assert ">居民说：早上血压有点高，头晕</textarea>" in page and "高血压随访" in page and "林*月" in page
    assert f'name="{planned.id}-systolic"' in page and "林小月" not in page
    assert ">居民说：找医生</textarea>" in desk.get(at(talk, "/followup")).text
    assert audited().count("measurements_seen") == 2 and audited().count("conversation_read") == 2


def test_what_stayed_as_it_was_is_filled_in_and_only_the_rest_is_asked(
    talk: Conversation, desk: Desk, people: Cast, planned: FollowUp
) -> None:
    assert submit(desk, talk, planned, systolic="138", diastolic="84", salt="2").status_code == 303

    page = desk.get(at(talk, "/followup")).text
    must, same = page.split("和上次一样")[0], page.split("和上次一样")[1]

    assert 'placeholder="上次 138"' in must and "-systolic" in must and '-symptoms"' not in must
    assert "症状：无症状" in same and "控制满意" in page


def test_saving_goes_back_with_what_follows_and_keeps_the_draft(
    talk: Conversation, desk: Desk, planned: FollowUp
) -> None:
    answer = submit(desk, talk, planned, systolic="150", diastolic="80", note="居民说：头晕", draft="您好，")

    assert ">您好，</textarea>" in answer.text
    assert "高血压随访已登记：控制不满意" in answer.text and "下次随访 2026-03-16 周一" in answer.text
    row = fresh(planned)
    assert (row.status, row.method, row.values["systolic"], row.judgement["note"]) == (
        "done",
        "phone",
        150,
        "居民说：头晕",
    )
    assert {"followup_completed", "conversation_read"} <= set(audited())


def test_an_emergency_is_red_and_leads_on_to_the_referral(talk: Conversation, desk: Desk, planned: FollowUp) -> None:
    answer = submit(desk, talk, planned, systolic="190", diastolic="80")

    page = desk.client.get(answer.location).text
    assert re.search(r'class="alert" id="note-line" role="alert">高血压随访已登记.*120', page)
    assert f'href="{DESK}{at(talk)}/referral?message={said(talk, 1).id}">去转诊' in page


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"systolic": "150", "diastolic": "500"}, 400, "舒张压：应在"),
        ({"systolic": "150", "diastolic": ""}, 400, "请填写舒张压"),
        ({"systolic": "150", "diastolic": "80", "adr": "2"}, 400, "请填写不良反应说明"),
        ({"systolic": "150", "diastolic": "80", "visited_on": "2026-03-03"}, 400, "随访日期不能晚于今天"),
        ({"systolic": "150", "diastolic": "80", "next_on": "2026-08-01"}, 400, "晚于规定日期"),
        ({"systolic": "150", "diastolic": "80", "method": ""}, 400, "方式：请选择"),
        ({"systolic": "150", "diastolic": "80", "visited_on": "1"}, 400, "日期：日期格式有误"),
    ],
)
def test_a_refusal_is_said_in_words_and_nothing_entered_is_lost(
    talk: Conversation, desk: Desk, planned: FollowUp, fields: Any, status: int, why: str
) -> None:
    answer = submit(desk, talk, planned, note="头晕两天", draft="您好，", **fields)

    assert answer.status_code == status and why in answer.text
    assert f'name="{planned.id}-systolic" value="150"' in answer.text and ">头晕两天</textarea>" in answer.text
    assert 'name="draft" value="您好，"' in answer.text
    assert fresh(planned).status == "planned"


def test_unusual_values_are_confirmed_on_the_same_page(talk: Conversation, desk: Desk, planned: FollowUp) -> None:
    asked = submit(desk, talk, planned, systolic="130", diastolic="80", heart_rate="35")
    assert asked.status_code == 409 and "不常见，请核对" in asked.text and 'name="confirmed" value="1"' in asked.text

    assert (
        submit(desk, talk, planned, systolic="130", diastolic="80", heart_rate="35", confirmed="1").status_code == 303
    )
    assert fresh(planned).status == "done"


def test_twice_is_refused_and_says_so(talk: Conversation, desk: Desk, people: Cast, planned: FollowUp) -> None:
    make.followup(resident=people.lin_user.resident, team=people.team, programme=Programme.DM)
    submit(desk, talk, planned, systolic="130", diastolic="80")

    assert submit(desk, talk, planned, systolic="130", diastolic="80").status_code == 409


def test_two_programmes_in_one_encounter_answer_shared_questions_once(
    talk: Conversation, desk: Desk, people: Cast, planned: FollowUp
) -> None:
    other = make.followup(resident=people.lin_user.resident, team=people.team, programme=Programme.DM)
    token = form_token(desk.get(at(talk, "/followup")))
    opened = desk.client.post(
        f"{DESK}{at(talk, f'/followup?followup={planned.id}')}",
        data={"form_token": token, "with": planned.id, "toggle": other.id, f"{planned.id}-systolic": "131"},
    ).text
    assert f'name="{planned.id}-systolic" value="131"' in opened
    assert f'name="{other.id}-fasting_glucose"' in opened and f'name="{other.id}-systolic"' not in opened

    answer = submit(
        desk, talk, planned, systolic="131", diastolic="80", height="160", weight="60",
        **{"with": [planned.id, other.id], f"{other.id}-fasting_glucose": "6.1", f"{other.id}-symptoms": ["1"],
           f"{other.id}-foot_pulse": "1", f"{other.id}-adr": "1", f"{other.id}-hypoglycaemia": "1",
           f"{other.id}-complication": "1"},
    )  # fmt: skip

    assert answer.status_code == 303, re.findall("<li>(.*?)</li>", answer.text)
    assert (fresh(planned).status, fresh(other).status) == ("done", "done")
    assert fresh(other).values["systolic"] == 131 and fresh(other).encounter_id == fresh(planned).encounter_id


def test_drugs_are_lines_and_stay_for_the_next_time(talk: Conversation, desk: Desk, planned: FollowUp) -> None:
    lines = {f"{planned.id}-medicines-{part}": [value, ""] for part, value in
             (("name", "氨氯地平"), ("dose", "5"), ("unit", "mg"), ("times", "1"))}  # fmt: skip
    without = submit(
        desk, talk, planned, systolic="130", diastolic="80", **lines | {f"{planned.id}-medicines-dose": ""}
    )
    assert without.status_code == 400 and 'value="氨氯地平"' in without.text

    assert submit(desk, talk, planned, systolic="130", diastolic="80", **lines).status_code == 303

    assert [one["name"] for one in fresh(planned).values["medicines"]] == ["氨氯地平"]
    assert "氨氯地平 5mg 每日1次" in desk.get(at(talk, "/followup")).text


def test_another_kind_of_visit_has_other_fields(talk: Conversation, desk: Desk, people: Cast) -> None:
    resident = people.lin_user.resident
    row = make.followup(resident=resident, team=people.team, programme=Programme.MATERNAL, kind_key="M1")
    early = desk.get(at(talk, "/followup"))
    assert f"{row.id}-gestation_weeks" in early.text and f"{row.id}-fetal_position" not in early.text

    fields = {"form_token": form_token(early), "with": row.id, "toggle": "-", f"{row.id}-visit": "M4"}
    late = desk.client.post(f"{DESK}{at(talk, f'/followup?followup={row.id}')}", data=fields).text

    assert f"{row.id}-fetal_position" in late and 'value="M4" id="f-visit-M4" checked' in late


def test_somebody_who_was_not_met_is_written_down(talk: Conversation, desk: Desk, planned: FollowUp) -> None:
    page, where = at(talk, "/followup"), at(talk, f"/followups/{planned.id}/absence")
    refused = desk.post(where, page=page, visited_on="2026-03-02", reason="", absence_note="打了两次", absent="1")
    assert refused.status_code == 400 and 'value="打了两次"' in refused.text

    done = desk.post(where, page=page, visited_on="2026-03-02", reason="lost", absence_note="打了两次", absent="1")

    assert "已记录没访到" in desk.client.get(done.location).text and fresh(planned).status == "lost"


def test_without_a_planned_follow_up_a_service_is_written_down(talk: Conversation, desk: Desk, people: Cast) -> None:
    agreement = make.agreement(resident=make.resident(), team=people.team)
    strange = make.entitlement(agreement=agreement)
    mine = make.entitlement(agreement=_agreement(people))
    page = desk.get(at(talk, "/followup"))
    assert "现在没有排好的随访" in page.text and ">居民说：找医生</textarea>" in page.text
    fields = {"client_id": "s1", "served_on": "2026-03-02", "place": "online", "note": "教他量血压"}

    refused = desk.post(at(talk, "/services"), page=at(talk), entitlement_id=strange.id, **fields)
    assert refused.status_code == 404 and ">教他量血压</textarea>" in refused.text
    for _ in range(2):
        answer = desk.post(at(talk, "/services"), page=at(talk), entitlement_id=mine.id, **fields)

    assert f"已登记服务：{mine.name}" in desk.client.get(answer.location).text
    assert [row.note for row in db.session.scalars(select(ServiceRecord))] == ["教他量血压"]


def _agreement(people: Cast) -> Any:
    return rights.in_force(people.lin_user.resident.id)


def test_going_back_loses_nothing_that_was_being_written(talk: Conversation, desk: Desk, planned: FollowUp) -> None:
    token = form_token(desk.get(at(talk)))
    opened = desk.client.post(
        f"{DESK}{at(talk)}/followup", data={"form_token": token, "text": "您好，", "message": said(talk).id}
    ).text
    assert 'name="draft" value="您好，"' in opened

    assert ">您好，</textarea>" in desk.post(at(talk, "/back"), page=at(talk), draft="您好，").text


def test_another_residents_follow_up_is_not_recorded_here(
    talk: Conversation, desk: Desk, people: Cast, planned: FollowUp
) -> None:
    other = make.resident(name="王大山")
    make.agreement(resident=other, team=people.team)
    theirs = make.followup(resident=other, team=people.team)

    assert submit(desk, talk, theirs, systolic="130", diastolic="80").status_code == 404
    assert fresh(theirs).status == "planned"


def test_what_was_written_when_the_session_ended_is_shown(
    talk: Conversation, desk: Desk, planned: FollowUp, clock: Clock
) -> None:
    token = form_token(desk.get(at(talk, "/followup")))
    clock.advance(minutes=25)

    answer = desk.client.post(
        f"{DESK}{at(talk)}/followups/{planned.id}", data={"form_token": token, "note": "头晕两天", "draft": "您好，"}
    )

    assert answer.status_code == 401 and "头晕两天" in answer.text and "您好，" in answer.text
    assert fresh(planned).status == "planned"


def test_the_form_of_every_programme_comes_from_its_table(talk: Conversation, desk: Desk, people: Cast) -> None:
    for programme in Programme:
        row = make.followup(resident=people.lin_user.resident, team=people.team, programme=programme)
        fields = desk_form(desk, people, row)["fields"]
        asked = [one["key"] for one in fields if not one["visits"] and one["key"] != "note"]

        page = desk.get(at(talk, f"/followup?followup={row.id}")).text

        assert [key for key in asked if f'name="{row.id}-{key}' not in page] == [], programme


def desk_form(desk: Desk, people: Cast, row: FollowUp) -> Any:
    """What the phone is told about the form."""
    headers = make.session_of(people.chen_user)
    return desk.client.get(f"/api/doctor/followups/{row.id}/form", headers=headers).json
