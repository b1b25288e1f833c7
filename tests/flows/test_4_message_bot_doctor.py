"""Flow 4: the bot answers, an emergency gets 120 first, a doctor takes over from his own WeChat, the bot is silent."""

import pytest

from tests import make
from tests.flows.town import Phone, Town


@pytest.fixture
def pair(town: Town) -> tuple[Phone, Phone]:
    """Resident Lin and her doctor Chen, both with the service account's chat."""
    team = make.team(lead=make.staff(name="陈静"))
    return town.signed("林秀英", team), town.doctor("陈静", team)


def test_bot_then_doctor_then_bot(town: Town, pair: tuple[Phone, Phone]) -> None:
    lin, chen = pair
    answer = lin.write("我的签约")
    assert answer
    assert lin.texts()[-1] == answer

    assert lin.write("找医生")
    town.run("deliver_notifications")
    assert any(item["via"] == "template" for item in chen.chat())
    (waiting,) = chen.get("/api/doctor/conversations")["items"]
    assert (waiting["status"], waiting["resident_label"]) == ("waiting_doctor", "林*英")

    confirmed = chen.write(f"{waiting['short_no']} 您好，请问哪里不舒服？")
    assert confirmed
    assert "已回复" in confirmed
    town.run("deliver_notifications")
    assert "您好，请问哪里不舒服？" in lin.texts()[-1]

    assert lin.write("我的签约") is None
    chen.write("多喝水")
    town.run("deliver_notifications")
    assert "多喝水" in lin.texts()[-1]
    chen.write(f"{waiting['short_no']} 结束")
    assert lin.write("我的签约")

    senders = [item["sender"] for item in lin.get("/api/messages")["items"]][::-1]
    assert senders.count("doctor") == 2
    assert senders[:4] == ["resident", "bot", "resident", "bot"]


def test_an_emergency_gets_120_first_and_alarms_the_doctor(town: Town, pair: tuple[Phone, Phone]) -> None:
    lin, chen = pair

    answer = lin.write("我爸胸口剧痛，喘不上气，出冷汗")

    assert answer
    assert answer.startswith("请立即拨打120")
    town.run("deliver_notifications")
    (urgent,) = chen.get("/api/doctor/conversations")["items"]
    assert urgent["urgent"] is True
    assert chen.get("/api/doctor/home")["urgent_conversations"] == 1
    alarms = [item for item in chen.chat() if item["via"] in ("template", "customer_service")]
    assert alarms
    assert "胸" not in str(alarms)


def test_the_doctor_answers_in_the_mini_program_too(town: Town, pair: tuple[Phone, Phone]) -> None:
    lin, chen = pair
    lin.write("找医生")
    (waiting,) = chen.get("/api/doctor/conversations")["items"]

    chen.post(f"/api/doctor/conversations/{waiting['id']}/take")
    chen.post(f"/api/doctor/conversations/{waiting['id']}/reply", text="您好", client_id="c1")
    town.run("deliver_notifications")

    assert "您好" in lin.texts()[-1]
    chen.post(f"/api/doctor/conversations/{waiting['id']}/close")
    assert chen.get("/api/doctor/conversations")["items"] == []
