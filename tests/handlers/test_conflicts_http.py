"""Two regions, one public endpoint, two answers: C-01, C-02, C-10 of domain.md §1.10 as residents and doctors meet them."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.actions import signing
from server.app import create_app
from server.config import Settings
from server.database import db
from server.models import Agreement, AgreementStatus, Resident, WechatUser
from tests import make
from tests.conftest import Clock
from tests.handlers.problem import refused
from tests.handlers.test_agreements import Desk, drawing

Opened = Callable[..., Desk]


@pytest.fixture
def open_in(settings: Settings) -> Iterator[Opened]:
    """Open the application of a region on the test's database; the last one opened is the one that is spoken to."""
    contexts: list[Any] = []

    def opened(region: str, resident: Resident | None = None) -> Desk:
        here = settings.app.model_copy(update={"region": region})
        app = create_app(settings.model_copy(update={"app": here}))
        contexts.append(app.app_context())
        contexts[-1].push()
        resident = resident or make.resident(name="林秀英")
        user = make.user(resident=resident)
        team = make.team()
        make.hospital_doctor(team)  # TM-05: also who is special may sign with it
        return Desk(app.test_client(), resident, user, make.session_of(user), team, make.package())

    yield opened
    for context in reversed(contexts):
        db.session.remove()
        db.engine.dispose()
        context.pop()


def doctor_of(desk: Desk) -> dict[str, str]:
    """A session of the team's leader."""
    known = db.session.scalar(select(WechatUser).where(WechatUser.staff_id == desk.team.lead.id))
    return make.session_of(known or make.user(staff=desk.team.lead))


def doctors_yes(desk: Desk, agreement_id: str, query: str = "") -> TestResponse:
    doctor = doctor_of(desk)
    return desk.client.post(f"/api/doctor/agreements/{agreement_id}/accept{query}", headers=doctor)


def in_force(desk: Desk) -> str:
    """Sign and accept over HTTP; the agreement's id."""
    made = desk.sign()
    assert made.status_code == 201, made.text
    assert doctors_yes(desk, made.json["id"]).status_code == 200
    return str(made.json["id"])


def night_after(clock: Clock, agreement_id: str) -> None:
    """The jobs of the day after its last one."""
    agreement = db.session.get_one(Agreement, agreement_id)
    policy = signing.rules_of(agreement)
    assert agreement.end_on is not None
    clock.set(f"{agreement.end_on + timedelta(days=1)} 00:05")
    while signing.expire_next(policy):
        pass


@pytest.mark.parametrize(
    ("region", "months", "answer"),
    [
        ("mianyang", 12, "2027-03-01"),
        ("mianyang", 36, "term_too_long"),
        ("erqi", 36, "2029-03-01"),
        ("erqi", 12, "term_too_short"),
        ("fujian", 12, "2027-03-01"),
        ("fujian", 36, "2029-03-01"),
        ("fujian", 6, "term_too_short"),
        ("fujian", 48, "term_needs_extension"),
    ],
)
def test_c01_the_same_preview_takes_another_term_in_another_region(
    open_in: Opened, region: str, months: int, answer: str
) -> None:
    found = open_in(region).preview(term_months=months)

    if answer.startswith("term_"):
        refused(found, 400, answer)
    else:
        assert (found.status_code, found.json["end_on"]) == (200, answer)


def test_c01_terms_to_choose_from(open_in: Opened) -> None:
    choices = {
        region: [term["months"] for term in open_in(region).preview().json["terms"]]
        for region in ("mianyang", "erqi", "fujian")
    }

    assert choices == {"mianyang": [12], "erqi": [36], "fujian": [12, 24, 36, 48, 60]}


def test_c01_longer_only_with_both_signatures(open_in: Opened) -> None:
    desk = open_in("fujian")
    wish = {"term_months": 48, "is_extended": True}
    text = desk.preview(**wish).json["text_sha256"]

    made = desk.sign(text_sha256=text, **wish).json
    refused(doctors_yes(desk, made["id"]), 409, "extension_not_confirmed")
    accepted = doctors_yes(desk, made["id"], "?confirms_extension=true")

    assert (accepted.json["status"], accepted.json["end_on"]) == ("active", "2030-03-01")


def test_c01_and_c10_a_special_household_ends_on_its_fixed_day(open_in: Opened, clock: Clock) -> None:
    clock.set("2017-04-20 10:00")
    general = open_in("changyinsha").preview().json
    special = make.resident()
    make.tag("SPECIAL_FP", resident=special)
    fixed = open_in("changyinsha", special).preview().json

    assert (general["start_on"], general["end_on"]) == ("2017-04-20", "2018-04-19")
    assert (fixed["start_on"], fixed["end_on"]) == ("2017-04-20", "2018-02-28")
    assert (general["term_months"], fixed["term_months"], fixed["terms"]) == (12, None, [])

    clock.set("2018-03-01 10:00")
    late = make.resident()
    make.tag("SPECIAL_FP", resident=late)
    refused(open_in("changyinsha", late).preview(), 409, "fixed_end_passed")


def test_tm05_the_same_team_serves_one_household_and_not_the_other(open_in: Opened, clock: Clock) -> None:
    clock.set("2017-04-20 10:00")
    general, plain = open_in("changyinsha"), make.team()
    assert general.preview(team_id=plain.id).status_code == 200

    special = make.resident()
    make.tag("SPECIAL_FP", resident=special)
    other = open_in("changyinsha", special)
    refused(other.preview(team_id=plain.id), 409, "team_incomplete")
    refused(other.sign(team_id=plain.id), 409, "team_incomplete")


def test_c02_at_the_end_one_goes_on_and_waits_and_the_others_end(open_in: Opened, clock: Clock) -> None:
    after = {}
    for region in ("erqi", "qianjiang", "mianyang", "fujian"):
        clock.set("2026-03-02 10:00")
        desk = open_in(region)
        made = in_force(desk)
        night_after(clock, made)
        desk.headers = make.session_of(desk.user)
        after[region] = desk.get(f"/{made}").json["status"]

    assert after == {
        "erqi": "auto_renewed_unconfirmed",
        "qianjiang": "expired",
        "mianyang": "expired",
        "fujian": "expired",
    }


def test_c02_both_confirm_what_went_on_by_itself(open_in: Opened, clock: Clock) -> None:
    desk = open_in("erqi")
    made = in_force(desk)
    night_after(clock, made)
    desk.headers = make.session_of(desk.user)
    shown = desk.post(made, "renewal").json
    assert (shown["way"], shown["confirm_by_on"]) == ("confirm", "2029-05-31")
    assert (shown["start_on"], shown["end_on"]) == ("2029-03-02", "2032-03-01")

    refused(desk.post(made, "renewal/confirm", text_sha256="0" * 64), 409, "agreement_text_changed")
    mine = desk.post(made, "renewal/confirm", text_sha256=shown["text_sha256"]).json
    assert (mine["status"], mine["can_confirm"]) == ("auto_renewed_unconfirmed", False)
    doctor = doctor_of(desk)
    waiting = desk.client.get("/api/doctor/agreements?status=reconfirm", headers=doctor).json["items"]
    assert [(row["id"], row["confirm_by_on"], row["can_confirm"]) for row in waiting] == [(made, "2029-05-31", False)]
    theirs = desk.client.post(f"/api/doctor/agreements/{made}/renewal/confirm", headers=doctor).json

    assert theirs["status"] == "active"


def test_c02_declining_ends_it_at_once(open_in: Opened, clock: Clock) -> None:
    desk = open_in("erqi")
    made = in_force(desk)
    night_after(clock, made)
    desk.headers = make.session_of(desk.user)

    assert desk.post(made, "renewal/decline").json["status"] == "expired"
    refused(desk.post(made, "renewal/confirm"), 409, "illegal_move")


def test_c02_what_never_goes_on_by_itself_cannot_be_confirmed(open_in: Opened) -> None:
    desk = open_in("mianyang")
    made = in_force(desk)

    refused(desk.post(made, "renewal/confirm"), 409, "illegal_move")
    refused(desk.post(made, "renewal/decline"), 409, "illegal_move")


def test_c02_the_same_renewal_needs_a_signature_in_one_region_and_none_in_another(
    open_in: Opened, clock: Clock
) -> None:
    ways = {}
    for region in ("qianjiang", "mianyang", "erqi"):
        clock.set("2026-03-02 10:00")
        desk = open_in(region)
        made = in_force(desk)
        end_on = date.fromisoformat(desk.get(f"/{made}").json["end_on"])
        clock.set(f"{end_on - timedelta(days=20)} 10:00")
        desk.headers = make.session_of(desk.user)
        offer = desk.post(made, "renewal").json
        answer = desk.post(made, "renew", text_sha256=offer["text_sha256"])
        ways[region] = (offer["way"], offer["needs_signature"], answer.status_code)
        if answer.status_code == 400:
            refused(answer, 400, "signature_invalid")
            signed = desk.post(made, "renew", text_sha256=offer["text_sha256"], signature=drawing())
            assert signed.status_code == 201

    assert ways == {
        "qianjiang": ("sign_confirm", True, 400),
        "mianyang": ("explicit", False, 201),
        "erqi": ("explicit", False, 201),
    }


def test_c10_days_count_from_the_signature_here_and_from_the_acceptance_there(open_in: Opened, clock: Clock) -> None:
    begins = {}
    for region in ("changyinsha", "mianyang"):
        clock.set("2026-03-02 10:00")
        desk = open_in(region)
        made = desk.sign().json["id"]
        clock.set("2026-03-05 10:00")
        begins[region] = doctors_yes(desk, made).json["start_on"]

    assert begins == {"changyinsha": "2026-03-02", "mianyang": "2026-03-05"}


def test_c04_the_same_acceptance_counts_a_person_here_and_a_household_there(open_in: Opened) -> None:
    """One place is left. The wife of somebody signed is one person more, and no household more."""
    for region, hard, answer in (("mianyang", 2000, 409), ("erqi", 1500, 200)):
        desk = open_in(region)
        lead = make.staff(panel_count=hard - 1 if region == "mianyang" else 0)
        unit = "persons_per_doctor" if region == "mianyang" else "households_per_team"
        counts = {"panel_count": hard - 1, "household_count": hard - 1}
        team = make.team(lead=lead, panel_cap=hard, cap_unit=unit, **counts)
        husband, wife = make.resident(), make.resident()
        home = make.household(husband)
        make.member(home, wife, "12")
        doctor = make.session_of(make.user(staff=lead))
        answers = []
        for who in (husband, wife):
            row = make.agreement(resident=who, team=team, status=AgreementStatus.PENDING_TEAM, region=region)
            answers.append(desk.client.post(f"/api/doctor/agreements/{row.id}/accept", headers=doctor))

        assert (answers[0].status_code, answers[1].status_code) == (200, answer), answers[1].text
        if answer == 409:
            refused(answers[1], 409, "cap_exceeded")


def test_c05_the_head_signs_for_his_wife_here_and_may_not_there(open_in: Opened) -> None:
    for region, status in (("erqi", 201), ("qianjiang", 409)):
        desk = open_in(region)
        wife = make.resident(name="李小红", birth_on=date(1982, 5, 1))
        make.member(make.household(desk.resident), wife, "12")
        members = [{"resident_id": who.id, "package_id": desk.package.id} for who in (desk.resident, wife)]
        headers = make.session_of(desk.user)

        shown = desk.client.post(
            "/api/family/preview", json={"team_id": desk.team.id, "members": members}, headers=headers
        )

        if status == 409:
            refused(shown, 409, "signer_not_allowed")
            continue
        texts = {row["resident_id"]: row["text_sha256"] for row in shown.json["members"]}
        made = desk.client.post(
            "/api/family/sign",
            json={
                "team_id": desk.team.id,
                "members": [row | {"text_sha256": texts[row["resident_id"]]} for row in members],
                "consents": [row["key"] for row in shown.json["consents"]],
                "signature": drawing(),
            },
            headers=headers,
        )
        assert made.status_code == 201, made.text
        rows = made.json["items"]
        assert [row["signed_by_label"] for row in rows] == ["本人签字", "户主或家庭代表代签"]
        assert [row["own_consent_due"] for row in rows] == [False, True]
