"""How sure we are who somebody is: shown to the person and his doctor, changed by the doctor who saw the original."""

from flask.testing import FlaskClient
from sqlalchemy import select

from server.database import db
from server.models import AgreementStatus, AuditEvent, RealNameState, Staff
from tests import make
from tests.handlers.problem import refused


def headers_of(staff: Staff) -> dict[str, str]:
    return make.session_of(make.user(staff=staff, openids=False))


def test_a_doctor_notes_that_he_saw_the_original(client: FlaskClient) -> None:
    team = make.team()
    resident = make.resident(real_name_state=RealNameState.UNVERIFIED)
    make.agreement(resident=resident, team=team)
    doctor, own = headers_of(team.lead), make.session_of(make.user(resident=resident))
    row = client.get("/api/doctor/residents", headers=doctor).json["items"][0]
    assert (row["real_name_state"], row["real_name_label"]) == ("unverified", "待核验")

    answers = [client.post(f"/api/doctor/residents/{resident.id}/seen", headers=doctor) for _ in range(2)]

    assert [(answer.status_code, answer.json) for answer in answers] == [
        (200, {"real_name_state": "staff_seen", "real_name_label": "医生已核对原件"})
    ] * 2
    assert client.get("/api/me", headers=own).json["real_name_label"] == "医生已核对原件"
    db.session.rollback()
    recorded = list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "identity_staff_seen")))
    assert [(event.actor_kind, event.actor_id) for event in recorded] == [("staff", team.lead.id)]


def test_only_the_own_panel_can_be_seen(client: FlaskClient) -> None:
    team = make.team()
    others, asking = (make.resident(real_name_state=RealNameState.UNVERIFIED) for _ in range(2))
    make.agreement(resident=others)
    make.agreement(resident=asking, team=team, status=AgreementStatus.PENDING_TEAM)

    doctor = headers_of(team.lead)

    for resident in (others, asking, make.resident()):
        refused(client.post(f"/api/doctor/residents/{resident.id}/seen", headers=doctor), 404, "not_found")

    db.session.rollback()
    assert {row.real_name_state for row in (others, asking)} == {RealNameState.UNVERIFIED}
