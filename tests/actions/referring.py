"""People, hospitals and steps the tests of referrals share."""

from datetime import datetime
from typing import Any

from server import clock
from server import policy as policies
from server.actions.booking import referring
from server.models import Hospital, Referral, Resident
from server.models.actor import Actor, ActorKind
from tests import make

POLICY = policies.load("mianyang")
SIGNED = "data:image/png;base64,iVBORw0KGgo="
DESK = Actor(ActorKind.ADMIN, "desk")


class Town:
    """A resident signed with a team, his doctor, and a hospital that stands behind the team."""

    def __init__(self, *, alone: bool = False, hospital: dict[str, Any] | None = None, **agreement: Any) -> None:
        self.doctor = make.staff()
        self.team = make.team(lead=self.doctor)
        self.resident: Resident = make.resident()
        self.agreement = make.agreement(resident=self.resident, team=self.team, **agreement)
        self.hospital: Hospital = make.hospital(**(hospital or {}))
        if not alone:
            make.support(self.team, self.hospital)
        self.as_doctor = Actor(ActorKind.STAFF, self.doctor.id)
        self.as_resident = Actor(ActorKind.RESIDENT, make.user(resident=self.resident).id)

    def plan(self, **fields: Any) -> referring.Plan:
        values = {
            "client_id": "c1",
            "hospital_id": self.hospital.id,
            "reason_code": "diagnosis",
            "summary": "血压波动大，请协助诊治",
        }
        return referring.Plan(**(values | fields))

    def consent(self, method: Any = "signature", proof: str = SIGNED) -> referring.Consent:
        return referring.Consent(method, referring.words_for(self.hospital.name, self.team.name)[1], proof)

    def refer(self, *, policy: Any = POLICY, signed: bool = True, **fields: Any) -> Referral:
        consent = self.consent() if signed else None
        return referring.refer(
            self.resident, self.plan(**fields), consent, staff=self.doctor, policy=policy, by=self.as_doctor
        )[0]

    def accepted(self, **fields: Any) -> Referral:
        place = referring.Place(bed="内科3病区12床", bed_on=clock.today())
        return referring.accept(self.refer(**fields), place, policy=POLICY, by=DESK)

    def admitted(self) -> Referral:
        return referring.admit(referring.arrive(self.accepted(), by=DESK), by=DESK)


def local(text: str) -> datetime:
    """An instant from Shanghai wall-clock time."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)
