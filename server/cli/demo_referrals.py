"""Made-up referrals: one that waits for the patient's yes, an urgent one for the hospital, and somebody sent back."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.actions import administrators, credentials
from server.actions.booking import referring
from server.database import db
from server.models import AdminLogin, Agreement, Hospital, Resident, Team
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.schema import Policy

DESK_LOGIN = "hospital"
DESK = referring.DeskDetails(
    office="双向转诊办公室",
    person="周敏",
    phone="0816-2223333",
    place="门诊楼1楼108室",
    green_name="绿色通道窗口",
    green_phone="0816-2223334",
)
WHY = "本地只有这家有这个专科"


def seed(name: str, team: Team, number: str | None, policy: Policy, *, password: str, drawn: str) -> None:
    """Bring a hospital's desk and three referrals of a team into being, once.

    Args:
        name: of the hospital. number: of whose yes one of them waits for. drawn: a signature as a PNG data URL.
    """
    hospital = db.session.scalars(select(Hospital).where(Hospital.name == name)).one()
    known = Resident.identity_hash == Resident.hash_of("01", number or "")
    member = db.session.scalars(select(Resident).where(known)).one()
    _desk(hospital, password)
    try:
        details = credentials.SupportDetails(hospital.name, hospital.level, office=DESK.office, phone=DESK.phone)
        credentials.add_support(team, details, rules=policy.combination, by=CLOCK)
    except credentials.CombinationFull:
        pass  # the team has named others; the referrals say why here
    others = [row for row in _panel(team) if row.id != member.id][:2]
    _refer(member, hospital, team, None, policy, urgent=False)
    _refer(others[0], hospital, team, drawn, policy, urgent=True)
    _sent_back(others[1], hospital, policy)


def _desk(hospital: Hospital, password: str) -> None:
    own = administrators.found_organisation(hospital.name, address=hospital.address, phone=DESK.phone, by=CLOCK)
    administrators.create(DESK_LOGIN, password, "周敏", own)
    login = db.session.scalars(select(AdminLogin).where(AdminLogin.username == DESK_LOGIN)).one()
    referring.save_desk(hospital, DESK, admin=login, by=Actor(ActorKind.ADMIN, login.id))


def _panel(team: Team) -> list[Resident]:
    rows = select(Agreement).where(Agreement.team_id == team.id, Agreement.active_key.is_not(None))
    return [row.resident for row in db.session.scalars(rows.order_by(Agreement.id).limit(20))]


def _refer(
    resident: Resident, hospital: Hospital, team: Team, drawn: str | None, policy: Policy, *, urgent: bool
) -> None:
    lead = team.lead
    assert lead is not None
    plan = referring.Plan(
        client_id=f"demo-{resident.id}",
        hospital_id=hospital.id,
        reason_code="complication" if urgent else "twice_uncontrolled",
        summary="近两周头晕，血压160/100左右，已用药调整，请专科协助。",
        is_urgent=urgent,
        outside_reason=WHY,
    )
    text = referring.words_for(hospital.name, team.name)[1]
    consent = referring.Consent("signature", text, drawn) if drawn else None
    by = Actor(ActorKind.STAFF, lead.id)
    referring.refer(resident, plan, consent, staff=lead, policy=policy, by=by)


def _sent_back(resident: Resident, hospital: Hospital, policy: Policy) -> None:
    today = clock.today()
    push = referring.Push(
        key="demo-discharge",
        body_sha256="0" * 64,
        admitted_on=today - timedelta(days=8),
        discharged_on=today - timedelta(days=1),
        diagnosis="高血压3级",
        drugs="氨氯地平 5毫克 每日一次",
        needs="每周测血压两次，低盐饮食，两周后复查",
        next_clinic_on=today + timedelta(days=30),
        down_reason="recovery",
    )
    referring.receive(hospital, resident, push, policy=policy, by=CLOCK)
