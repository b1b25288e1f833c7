"""Flow 1: somebody follows us, opens the mini-program, consents, gives her phone and her name."""

from server.models import Resident, WechatUser
from server.policy.identity import check_character
from tests.flows.town import Town
from tests.handlers.problem import rows

HEAD = "51079919500315124"
NUMBER = HEAD + check_character(HEAD)


def test_a_newcomer_becomes_a_known_resident(town: Town) -> None:
    lin = town.person("林秀英")

    lin.follow()
    assert len(lin.texts()) == 1
    assert "120" in lin.texts()[0]
    me = lin.open()
    assert (me["bound"], me["consent_needed"], me["follows_service_account"]) == (False, True, True)
    who = {"name": "林秀英", "document_type": "01", "number": NUMBER}
    assert lin.refused("/api/me/identity", **who) == "privacy_consent_needed"

    document = lin.get("/api/consents/privacy")
    lin.post("/api/consents/privacy", version=document["version"])
    me = lin.post("/api/me/phone", code=lin.phone_code())
    assert me["phone_masked"] == "138****8000"
    me = lin.post("/api/me/identity", **who)

    assert (me["bound"], me["name_masked"], me["identity_masked"][-4:]) == (True, "林*英", NUMBER[-4:])
    found = rows()
    assert (found["wechat_user"], found["wechat_account"], found["resident"]) == (1, 2, 1)


def test_somebody_elses_wechat_cannot_take_her_name(town: Town) -> None:
    for number, person in enumerate((town.person("林秀英"), town.person("王建国"))):
        person.open()
        person.post("/api/consents/privacy", version=person.get("/api/consents/privacy")["version"])
        who = {"name": "林秀英", "document_type": "01", "number": NUMBER}
        if number == 0:
            person.post("/api/me/identity", **who)
        else:
            assert person.refused("/api/me/identity", **who) == "identity_taken"
            assert person.get("/api/me")["bound"] is False

    assert rows()["resident"] == 1
    assert {Resident.__tablename__, WechatUser.__tablename__} <= set(rows())


def test_following_after_the_login_is_the_same_person(town: Town) -> None:
    lin = town.person("林秀英")
    lin.open()

    lin.follow()

    assert lin.get("/api/me")["follows_service_account"] is True
    lin.unfollow()
    assert lin.get("/api/me")["follows_service_account"] is False
    assert rows()["wechat_user"] == 1
