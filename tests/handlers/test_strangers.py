"""Other people's ids are indistinguishable from absent ones: every path with an id, generated from the application.

Resident Lin belongs to doctor Chen's team; resident Wang and doctor Zhou belong to another one.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server import clock as clocks
from server.actions import messaging, prescriptions
from server.actions.booking import referring
from server.database import db
from server.ids import new_id
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    Conversation,
    PhoneTask,
    Programme,
    Referral,
    TagSource,
    TagStatus,
)
from tests import make
from tests.actions.conversing import as_staff, conversation_of, receive
from tests.actions.conversing import reply as answer_lin
from tests.actions.pushing import queued
from tests.handlers.problem import refused, rows, without_request_id
from tests.handlers.routes import ABSENT, BODIES, Route, api

PUBLIC = {"team_id", "hospital_id"}  # teams and hospitals may be seen by everybody
WITH_ID = [route for route in api() if set(route.arguments) - PUBLIC]
NO_IDS = ["x", "0" * 26, ABSENT.lower(), "😀", "%00", "x" * 2000]

WENT_ON = {
    "renewals.confirm",
    "renewals.decline",
    "doctor_agreements.confirm_renewal",
    "wards.renewal",
    "wards.confirm",
    "wards.decline",
}
PENDING = (
    "doctor_agreements.accept",
    "doctor_agreements.accept_joint",
    "doctor_agreements.reject",
    "agreements.withdraw",
)
TAKES_A_NUMBER = ("doctor_numbers.book", "appointments.move")
CHANGING = ("changes.take_back", "doctor_changes.agree", "doctor_changes.refuse")
CONSENTS = ["service_content", "health_data"]
ALSO_FINE = (
    "supplement_waiting",
    "not_renewable",
    "already_enrolled",
    "opt_out_over",
    "not_pending",
    "group_not_allowed",
    "agreement_text_changed",
    "communities_not_here",
    "nothing_offered",
)


class World:
    """Lin's things, and the sessions of the four."""

    def __init__(self) -> None:
        self.chen, self.zhou = make.staff(name="陈静"), make.staff(name="周强")
        self.team, other = make.team(lead=self.chen), make.team(lead=self.zhou)
        lin, wang = make.resident(name="林秀英"), make.resident(name="王建国")
        self.joint_id = new_id()
        agreement = make.agreement(resident=lin, team=self.team, joint_id=self.joint_id, consents=CONSENTS)
        make.agreement(resident=wang, team=other)
        lin_user = make.user(resident=lin)
        receive(lin_user, "找医生")
        self.mine = {
            "resident": make.session_of(lin_user),
            "doctor": make.session_of(make.user(staff=self.chen)),
        }
        self.strangers = {
            "resident": make.session_of(make.user(resident=wang)),
            "doctor": make.session_of(make.user(staff=self.zhou)),
        }
        self.lin = lin
        self.ids = {
            "agreement_id": agreement.id,
            "appointment_id": self._appointment(agreement.id),
            "conversation_id": conversation_of(lin_user).id,
            "message_id": make.photo_of(conversation_of(lin_user)).id,
            "followup_id": self._followup(agreement),
            "enrolment_id": make.followup(resident=self.lin, team=self.team, programme=Programme.DM).enrolment_id,
            "check_id": self._check(),
            "referral_id": make.referral(agreement).id,
            "task_id": self._task(),
            "entitlement_id": make.entitlement(agreement=agreement).id,
            "service_id": make.service(agreement=agreement).id,
            "dispute_id": make.dispute(make.service(agreement=agreement)).id,
            "resident_id": lin.id,
            "tag_id": make.tag(
                "FLOATING",
                detail='{"since_on": "2025-01-01"}',
                resident=lin,
                status=TagStatus.WAITING,
                source=TagSource.RESIDENT_DECLARED,
            ).id,
            "community_id": self._invitation(),
            "supplement_id": make.supplement(agreement).id,
            "change_id": make.team_change(agreement=agreement).id,
            "transfer_id": make.transfer_entry(agreement).id,
            "entry_id": make.unsigned(resident=lin, team=self.team).id,
            "joint_id": self.joint_id,
            "prescription_id": make.prescription(
                agreement, self.chen, status="stopped", open_key=None, stop_reason="other"
            ).id,
            "review_id": self._review(),
            "waiting_id": make.waiting(lin, make.specialist().department).id,
            "member_id": self._member(),
            "authority_id": make.authority(make.resident(), lin).id,
            "reply_id": messaging.keep_reply(self.chen, "收到", "收到", by=as_staff(self.chen)).id,
            "absence_id": self._absence(),
        }

    def referred(self, endpoint: str) -> dict[str, str] | None:
        """Give a request about referrals what it needs; returns what it says."""
        agreement = db.session.get_one(Agreement, self.ids["agreement_id"])
        if endpoint == "doctor_referrals.refer":
            return {"hospital_id": make.hospital().id, "outside_reason": "只有这家有这个专科"}
        if endpoint == "doctor_desk.transfer":
            return {"staff_id": make.colleague(self.team).id}
        if endpoint == "messages.rate":
            talk = db.session.get_one(Conversation, self.ids["conversation_id"])
            answer_lin(talk, "您好", self.chen)
            messaging.close(talk, by=as_staff(self.chen))
        if endpoint == "doctor_programmes.assign":
            return {"staff_id": self.chen.id}
        if endpoint == "referrals.agree":
            row = db.session.get_one(Referral, self.ids["referral_id"])
            return {"text_sha256": referring.words_for(row.hospital_name, self.team.name)[1]}
        states: dict[str, dict[str, Any]] = {
            "doctor_referrals.receive": {"status": "down_sent", "down_reason_code": "stable"},
            "doctor_referrals.register": {
                "status": "admitted",
                "referred_by_team": False,
                "admitted_at": clocks.now(),
            },
        }
        if fields := states.get(endpoint):
            self.ids["referral_id"] = make.referral(agreement, **fields).id
        return None

    def prescribed(self, endpoint: str) -> dict[str, str] | None:
        """Give a request about a prescription one it can be about; returns what it says."""
        agreement = db.session.get_one(Agreement, self.ids["agreement_id"])
        if endpoint in ("doctor_prescriptions.renew", "doctor_prescriptions.bring"):
            self.ids["prescription_id"] = make.prescription(agreement, self.chen).id
        if endpoint == "prescriptions.sign":
            row = make.prescription(agreement, self.chen, status="waiting", needs_signature=True)
            self.ids["prescription_id"] = row.id
            return {"text_sha256": prescriptions.words_for(row.team, row.supply_days)[1]}
        return None

    def _absence(self) -> str:
        start = clocks.now() + timedelta(days=1)
        times = {"from_at": start, "until_at": start + timedelta(days=1)}
        nurse = make.colleague(self.team)
        return str(messaging.enter_absence(self.chen, nurse, **times, by=as_staff(self.chen)).id)

    def _review(self) -> str:
        row = make.measurement(self.lin, verdict="high")
        return make.measurement_review(row, self.team).id

    def _followup(self, agreement: Agreement) -> str:
        made = make.followup(resident=self.lin, team=self.team)
        make.discharge(agreement, made)
        return str(made.id)

    def _check(self) -> str:
        visit = make.followup(resident=self.lin, team=self.team, programme=Programme.HOME_VISIT)
        return str(make.referral_check(visit).id)

    def _invitation(self) -> str:
        made = make.community(team=self.team)
        make.community_member(community=made, resident=self.lin)
        return str(made.id)

    def _appointment(self, agreement_id: str) -> str:
        slot = make.slot(taken=1)
        made = Appointment(
            slot_id=slot.id,
            resident_id=self.lin.id,
            agreement_id=agreement_id,
            status="booked",
            active_key=f"{slot.id}:{self.lin.id}",
            number=1,
            number_key=f"{slot.id}:1",
            booked_at=clocks.now(),
        )
        return str(make.saved(made).id)

    def _member(self) -> str:
        head = make.household(self.lin).head
        assert head is not None
        return head.id

    def _task(self) -> str:
        note = queued(resident_id=self.lin.id, team_id=self.team.id)
        task = PhoneTask(
            notification_id=note.id,
            team_id=self.team.id,
            resident_id=self.lin.id,
            reason="no_wechat",
            about="followup_due",
            created_at=clocks.now(),
        )
        return str(make.saved(task).id)

    def guardian(self) -> dict[str, str]:
        """The session of Lin's certified guardian, for the routes about wards; from then on Lin signs nothing herself."""
        holder = make.resident(name="林大山")
        make.authority(holder, self.lin, make.AuthorityKind.INCAPACITY)
        return make.session_of(make.user(resident=holder))

    def pending(self) -> None:
        """Turn Lin's agreement into a request that waits, for the routes that answer one."""
        with make.transaction() as session:
            row = session.get(make.Agreement, self.ids["agreement_id"])
            row.status = AgreementStatus.PENDING_TEAM
            row.active_key, row.open_key = None, row.resident_id

    def becomes(self, status: AgreementStatus) -> None:
        """Bring Lin's agreement into a state, for the routes that act on it there."""
        with make.transaction() as session:
            row = session.get(make.Agreement, self.ids["agreement_id"])
            row.status = status
            for key, value in row.keys_for(status).items():
                setattr(row, key, value)

    def went_on(self) -> None:
        """Let Lin's agreement wait to be confirmed again, for the routes that do."""
        with make.transaction() as session:
            row = session.get(make.Agreement, self.ids["agreement_id"])
            row.status, row.reconfirm_by_on = AgreementStatus.AUTO_RENEWED_UNCONFIRMED, row.end_on


@pytest.fixture
def world(client: FlaskClient) -> World:
    return World()


def side(route: Route) -> str:
    return "doctor" if route.guard == "doctor_only" else "resident"


def everything() -> dict[str, list[Any]]:
    """The whole database, to see that nothing moved."""
    db.session.rollback()
    return {table.name: sorted(map(str, db.session.execute(table.select()))) for table in db.metadata.sorted_tables}


def test_every_id_in_a_path_is_known_here(world: World) -> None:
    named = {name for route in api() for name in route.arguments}

    assert named - PUBLIC == set(world.ids)
    assert len(WITH_ID) >= 10


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_a_strangers_id_and_an_absent_one_are_the_same(client: FlaskClient, world: World, route: Route) -> None:
    who, before = world.strangers[side(route)], everything()

    others = route.call(client, who, **world.ids)
    absent = route.call(client, who)

    refused(others, 404, "not_found")
    assert without_request_id(others) == without_request_id(absent)
    assert everything() == before


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_what_cannot_be_an_id_is_absent_too(client: FlaskClient, world: World, route: Route) -> None:
    who = world.mine[side(route)]
    (name,) = route.arguments
    absent = without_request_id(route.call(client, who))

    for wrong in NO_IDS:
        assert without_request_id(route.call(client, who, **{name: wrong})) == absent, wrong


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_the_owner_is_not_told_so(client: FlaskClient, world: World, route: Route) -> None:
    """Without this the tests above would also pass if nobody ever found anything."""
    if route.endpoint in PENDING:
        world.pending()
    if route.endpoint in WENT_ON:
        world.went_on()
    if route.endpoint == "endings.take_back":
        address = f"/api/agreements/{world.ids['agreement_id']}/termination"
        client.post(address, json=BODIES["endings.ask"], headers=world.mine["resident"])

    if route.endpoint == "copies.read":
        client.get(f"/api/agreements/{world.ids['agreement_id']}/copy.pdf", headers=world.mine["resident"])
    if route.endpoint == "doctor_populations.end":
        client.post(f"/api/doctor/groups/{world.ids['tag_id']}/certify", headers=world.mine["doctor"])

    if route.endpoint == "doctor_conversations.release":
        client.post(f"/api/doctor/conversations/{world.ids['conversation_id']}/take", headers=world.mine["doctor"])
    if route.endpoint in CHANGING:
        world.becomes(AgreementStatus.CHANGE_REQUESTED)
    if route.endpoint.startswith("doctor_begin."):
        world.becomes(AgreementStatus.PENDING_RESIDENT)
    who = world.guardian() if route.endpoint.startswith("wards.") else world.mine[side(route)]
    if route.endpoint == "wards.take_back":
        address = f"/api/family/wards/{world.ids['agreement_id']}/termination"
        client.post(address, json=BODIES["wards.ask"], headers=who)
    said = {"team_id": make.team().id} if route.endpoint in ("changes.preview", "changes.ask") else None
    week = clocks.now() + timedelta(days=7)
    said = {"slot_id": make.slot(starts=week).id} if route.endpoint in TAKES_A_NUMBER else said
    said = world.referred(route.endpoint) or world.prescribed(route.endpoint) or said

    answer = route.call(client, who, said, **world.ids)

    assert answer.status_code in (200, 201) or answer.json["code"] in ALSO_FINE


@pytest.mark.parametrize("route", [route for route in WITH_ID if route.guard == "doctor_only"], ids=str)
def test_lin_herself_may_not_act_as_her_doctor(client: FlaskClient, world: World, route: Route) -> None:
    before = rows()

    refused(route.call(client, world.mine["resident"], **world.ids), 403, "not_allowed")

    assert rows() == before


@pytest.mark.parametrize("route", [route for route in api() if route.method == "GET"], ids=str)
def test_no_list_shows_anything_of_lin_to_strangers(client: FlaskClient, world: World, route: Route) -> None:
    if route.arguments or route.guard == "open_to_all":
        return
    for who in world.strangers.values():
        shown = route.call(client, who).text

        assert not [name for name, one in world.ids.items() if one in shown]
        assert "林秀英" not in shown
        assert "林*英" not in shown
