"""Builders: valid rows with overridable fields. Each saves in a transaction of its own and returns the row."""

import base64
import hashlib
import itertools
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.access.accounts import token_hash
from server.actions import followups
from server.database import db, transaction
from server.models import (
    AdminLogin,
    Agreement,
    AgreementStatus,
    AnswerPromise,
    Appointment,
    Area,
    Authority,
    AuthorityKind,
    AuthorityState,
    Campaign,
    CampaignPhase,
    CardEntry,
    CardHolder,
    Community,
    CommunityMember,
    Conversation,
    Credential,
    Department,
    Discharge,
    Enrolment,
    Entitlement,
    FollowUp,
    FrameAgreement,
    HealthCard,
    HomeVisit,
    Hospital,
    Household,
    HouseholdMember,
    ImportBatch,
    ImportStatus,
    InformedNotice,
    LoginToken,
    MassTransfer,
    Measurement,
    MeasurementReview,
    Membership,
    MemberState,
    Message,
    MessageMedium,
    Organisation,
    PackageItem,
    PanelPlace,
    PhoneCheck,
    PhoneCheckStatus,
    Pool,
    PopulationTag,
    Prescription,
    PrivacyConsent,
    Programme,
    Proof,
    PushConsent,
    RealNameState,
    Referral,
    ReferralCheck,
    ReferralDesk,
    ReferralStatus,
    Resident,
    ServiceAnswer,
    ServicePackage,
    ServiceRecord,
    Shift,
    Slot,
    Specialist,
    Staff,
    Supplement,
    TagSource,
    TagStatus,
    Team,
    TeamArea,
    TeamChange,
    TeamSupport,
    TransferEntry,
    UnsignedEntry,
    WaitingEntry,
    WechatAccount,
    WechatUser,
    population,
)
from server.models import authority as authorities
from server.models import household as households
from server.models.actor import Actor, ActorKind
from server.models.agreement import HOLDS_PLACE, NEVER_IN_FORCE
from server.models.area import level_of
from server.policy.dates import agreement_end
from server.policy.schema import Policy
from wechat_sandbox.samples import PICTURE

_count = itertools.count(1)
TEXT = "家庭医生签约服务协议\n第一条"


def saved(*rows: Any) -> Any:
    """Save rows; return the first."""
    with transaction() as session:
        session.add_all(rows)
    return rows[0]


def organisation(**fields: Any) -> Organisation:
    n = next(_count)
    values = {"name": f"城北社区卫生服务中心{n}", "address": "绵阳市涪城区北街1号", "phone": "0816-2222222"}
    return saved(Organisation(**(values | fields)))


def staff(**fields: Any) -> Staff:
    fields.setdefault("organisation_id", fields.pop("organisation", None) or organisation().id)
    return saved(Staff(**({"name": f"陈医生{next(_count)}", "title": "主治医师"} | fields)))


def team(*, lead: Staff | None = None, **fields: Any) -> Team:
    """A team with a leader of the same organisation."""
    lead = lead or staff()
    values = {
        "organisation_id": lead.organisation_id,
        "name": f"第{next(_count)}家庭医生团队",
        "intro": "全科、护理、公卫",
        "hours": "周一至周五 8:00-17:00",
        "phone": "0816-3333333",
        "panel_cap": 2000,
        "panel_count": 0,
        "is_open": True,
    }
    made: Team = saved(Team(**(values | fields)))
    saved(Membership(team_id=made.id, staff_id=lead.id, role="family_doctor", lead_key=made.id))
    db.session.expire_all()
    return made


def colleague(in_team: Team, *, role: str = "nurse", **fields: Any) -> Staff:
    """Another member of a team."""
    made = staff(**{"organisation_id": in_team.organisation_id} | fields)
    saved(Membership(team_id=in_team.id, staff_id=made.id, role=role))
    return made


def hospital_doctor(of: Team, **fields: Any) -> Staff:
    """A doctor of a level-2 hospital who is a member of a team."""
    doctor = staff(organisation_id=of.organisation_id, name=fields.pop("name", "周专家"))
    values = {"licence": "clinical", "origin": "hospital", "employer": "第二人民医院", "hospital_level": 2}
    saved(Credential(staff_id=doctor.id, **(values | fields)))
    saved(Membership(team_id=of.id, staff_id=doctor.id, role="specialist"))
    db.session.expire_all()
    return doctor


def package(**fields: Any) -> ServicePackage:
    values = {
        "code": f"basic-{next(_count)}",
        "version": 1,
        "name": "基础服务包",
        "summary": "基本医疗、公共卫生和健康管理",
        "population": "全体居民",
        "price_fen": 1000,
        "public_health_fen": 700,
        "insurance_fen": 300,
        "self_pay_fen": 0,
        "is_offered": True,
        "created_at": clock.now(),
    }
    return saved(ServicePackage(**(values | fields)))


def resident(**fields: Any) -> Resident:
    n = next(_count)
    number = fields.pop("identity_number", f"51079919500315{n:04d}")
    values = {
        "name": "张小明",
        "document_type": "01",
        "identity_number": number,
        "identity_hash": Resident.hash_of("01", number),
        "birth_on": date(1950, 3, 15),
        "sex": 1,
        "phone": "13800000000",
        "real_name_state": RealNameState.UNVERIFIED if "verify_due_at" in fields else RealNameState.VERIFIED,
        "created_at": clock.now(),
    }
    return saved(Resident(**(values | fields)))


def user(*, openids: bool = True, follows: bool = True, consent: str | None = None, **fields: Any) -> WechatUser:
    """A WeChat user with an openid in both apps; pass ``resident=`` or ``staff=`` to bind him."""
    n = next(_count)
    for kind in ("resident", "staff"):
        if kind in fields:
            fields[f"{kind}_id"] = fields.pop(kind).id
    made: WechatUser = saved(WechatUser(**({"unionid": f"union{n}", "created_at": clock.now()} | fields)))
    if openids:
        saved(
            WechatAccount(app="miniprogram", openid=f"oMini{n}", user_id=made.id, created_at=clock.now()),
            WechatAccount(
                app="service_account", openid=f"oServ{n}", user_id=made.id, follows=follows, created_at=clock.now()
            ),
        )
    if consent:
        saved(PrivacyConsent(user_id=made.id, document="privacy", version=consent, accepted_at=clock.now()))
    db.session.expire_all()
    return made


def session_of(made: WechatUser) -> dict[str, str]:
    """Headers of a valid mini-program session of a user."""
    token = f"token-{next(_count)}"
    saved(
        LoginToken(
            token_hash=token_hash(token),
            user_id=made.id,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=30),
        )
    )
    return {"Authorization": f"Bearer {token}"}


def agreement(*, status: AgreementStatus = AgreementStatus.ACTIVE, **fields: Any) -> Agreement:
    """An agreement in any state, with keys and dates that fit it."""
    who: Resident = fields.pop("resident", None) or resident()
    with_team: Team = fields.pop("team", None) or team()
    what: ServicePackage = fields.pop("package", None) or package()
    start = fields.pop("start_on", clock.today())
    dated = status not in NEVER_IN_FORCE
    values: dict[str, Any] = {
        "number": f"MY{next(_count):08d}",
        "resident_id": who.id,
        "team_id": with_team.id,
        "package_id": what.id,
        "status": status,
        "requested_at": clock.now(),
        "answer_by_on": clock.today() + timedelta(days=7),
        "start_on": start if dated else None,
        "end_on": agreement_end(start, 12) if dated else None,
        "region": "mianyang",
        "policy_version": "2026.11",
        "text_body": TEXT,
        "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "consents": ["service_content"],
        "channel": "miniprogram",
    }
    if status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED:
        values["reconfirm_by_on"] = start + timedelta(days=90)
    made = Agreement(**(values | fields))
    for key, value in made.keys_for(status).items():
        setattr(made, key, value)
    saved(made)
    if status in HOLDS_PLACE and not _has_place(with_team, who):
        place(with_team, who)
    return made


def _has_place(in_team: Team, who: Resident) -> bool:
    found = select(PanelPlace.id).where(PanelPlace.team_id == in_team.id, PanelPlace.resident_id == who.id)
    return db.session.scalar(found) is not None


def household(head: Resident, **fields: Any) -> Household:
    """A household with its head."""
    made: Household = saved(Household(**({"code": households.new_code(), "created_at": clock.now()} | fields)))
    member(made, head, "02", head_key=made.id)
    return made


def member(home: Household, who: Resident, relation: str, **fields: Any) -> HouseholdMember:
    """Somebody in a household, joined since today unless said."""
    state = MemberState(fields.get("state", "left" if "left_on" in fields else "joined"))
    values = {
        "household_id": home.id,
        "resident_id": who.id,
        "state": state,
        "current_key": who.id if state == MemberState.JOINED else None,
        "relation": relation,
        **_typed(who),
        "proof_kind": Proof.HOUSEHOLD_BOOK,
        "added_by": who.id,
        "added_at": clock.now(),
        "joined_on": clock.today() if state == MemberState.JOINED else None,
    }
    made: HouseholdMember = saved(HouseholdMember(**(values | fields)))
    db.session.expire_all()
    return made


def _typed(who: Resident) -> dict[str, Any]:
    names = ("name", "document_type", "identity_number", "identity_hash", "birth_on", "sex")
    return {name: getattr(who, name) for name in names}


def authority(
    agent: Resident, principal: Resident, kind: AuthorityKind = AuthorityKind.PROXY, **fields: Any
) -> Authority:
    """One person may sign for another one, certified, from today for a year unless said."""
    state = fields.get("state", AuthorityState.CERTIFIED)
    key = authorities.open_key(kind, agent.id, principal.identity_hash)
    values = {
        "kind": kind,
        "code": households.new_code(),
        "state": state,
        "open_key": key if state in authorities.OPEN else None,
        "agent_id": agent.id,
        "principal_id": principal.id,
        **_typed(principal),
        "relation": "51",
        "proof_kind": Proof.WRITTEN_AUTHORITY,
        "proof": "data:image/png;base64,iVBORw0KGgo=",
        "valid_from": clock.today(),
        "valid_to": clock.today() + timedelta(days=364),
        "created_at": clock.now(),
        "decided_at": clock.now(),
        "decided_by": "admin",
    }
    return saved(Authority(**(values | fields)))


def place(in_team: Team, who: Resident, **fields: Any) -> PanelPlace:
    """A person's place in a team; the team's count is not touched."""
    return saved(PanelPlace(**({"team_id": in_team.id, "resident_id": who.id, "unit_key": who.id} | fields)))


def entitlement(**fields: Any) -> Entitlement:
    """Something promised for a year of a new agreement in force: four follow-ups unless said."""
    with_agreement: Agreement = fields.pop("agreement", None) or agreement()
    item = saved(
        PackageItem(package_id=with_agreement.package_id, position=next(_count), name="面对面随访", times_per_year=4)
    )
    values = {
        "agreement_id": with_agreement.id,
        "resident_id": with_agreement.resident_id,
        "item_id": item.id,
        "year": 1,
        "position": item.position,
        "name": "面对面随访",
        "kind": "service",
        "unit": "次",
        "from_on": with_agreement.start_on,
        "until_on": with_agreement.end_on,
        "promised": 4,
        "used": 0,
    }
    return saved(Entitlement(**(values | fields)))


def service(**fields: Any) -> ServiceRecord:
    """A service of today under an agreement in force, by the team's leader."""
    with_agreement: Agreement = fields.pop("agreement", None) or agreement()
    values = {
        "resident_id": with_agreement.resident_id,
        "agreement_id": with_agreement.id,
        "team_id": with_agreement.team_id,
        "staff_id": with_agreement.team.lead.id,
        "kind": "service",
        "source_key": f"service:{next(_count)}",
        "served_on": clock.today(),
        "recorded_at": clock.now(),
        "place": "clinic",
        "note": "量血压，指导用药",
    }
    return saved(ServiceRecord(**(values | fields)))


def dispute(of: ServiceRecord, **fields: Any) -> ServiceAnswer:
    """A resident says that a service was not given."""
    values = {
        "record_id": of.id,
        "team_id": of.team_id,
        "resident_id": of.resident_id,
        "verdict": "disputed",
        "said_at": clock.now(),
        "reason": "那天没有人来过",
        "answer_by_on": clock.today() + timedelta(days=9),
    }
    return saved(ServiceAnswer(**(values | fields)))


def card(under: Agreement | None = None, **fields: Any) -> HealthCard:
    """A household's health card with its first line, under a new agreement unless said."""
    under = under or agreement()
    n = next(_count)
    hospital = fields.pop("hospital", None) or saved(Hospital(name=f"指定医院{n}", level=2, address="园区路1号"))
    values = {
        "number": f"K{n:06d}",
        "organisation_id": under.team.organisation_id,
        "agreement_id": under.id,
        "hospital_id": hospital.id,
        "value_fen": 100_000,
        "balance_fen": 100_000,
        "issued_on": clock.today(),
        "until_on": under.end_on,
    }
    made: HealthCard = saved(HealthCard(**(values | fields)))
    first = {"kind": "issue", "amount_fen": made.value_fen, "balance_fen": made.value_fen, "receipt": made.number}
    saved(
        CardHolder(card_id=made.id, resident_id=under.resident_id, open_key=under.resident_id),
        CardEntry(
            card_id=made.id,
            organisation_id=made.organisation_id,
            hospital_id=hospital.id,
            on_day=clock.today(),
            entered_at=clock.now(),
            entered_by="admin",
            **first,
        ),
    )
    return made


def supplement(agreement: Agreement, **fields: Any) -> Supplement:
    """A supplement that waits for the resident."""
    values = {
        "agreement_id": agreement.id,
        "number": 1,
        "kind": "other",
        "status": "proposed",
        "open_key": agreement.id,
        "text_body": "补充协议（第1号）\n双方约定如下：每周一随访",
        "text_sha256": hashlib.sha256("补充协议（第1号）\n双方约定如下：每周一随访".encode()).hexdigest(),
        "change": "{}",
        "proposed_at": clock.now(),
        "proposed_by": "x",
        "provider": {"id": "x", "name": "陈医生", "organisation": "中心", "signature": None, "seal": None},
    }
    return saved(Supplement(**(values | fields)))


def hospital(**fields: Any) -> Hospital:
    """A level-3 hospital."""
    return saved(
        Hospital(**({"name": f"市中心医院{next(_count)}", "level": 3, "address": "涪城区长虹大道12号"} | fields))
    )


def specialist(*, hospital: Hospital | None = None, **fields: Any) -> Specialist:
    """A heart specialist in a new hospital unless said."""
    n = next(_count)
    hospital = hospital or saved(Hospital(name=f"市中心医院{n}", level=3, address="涪城区长虹大道12号"))
    known = select(Department).where(Department.hospital_id == hospital.id)
    department = fields.pop("department", None) or db.session.scalar(known.limit(1))
    department = department or saved(
        Department(hospital_id=hospital.id, name="心内科", floor="门诊楼3楼", bring="以前的心电图")
    )
    values = {"hospital_id": hospital.id, "department_id": department.id, "name": f"王主任{n}", "title": "主任医师"}
    return saved(Specialist(**(values | fields)))


def slot(
    *,
    capacity: int = 5,
    taken: int = 0,
    public: int = 0,
    starts: datetime | None = None,
    hours: float = 3,
    pool: Pool = Pool.FAMILY_DOCTOR,
    released: bool = False,
    hospital: Hospital | None = None,
    **fields: Any,
) -> Slot:
    """A slot of a new hospital's specialist, in five days from 09:00 to 12:00 unless said.

    ``capacity`` and ``taken`` are the family doctors'; of the public where ``pool`` says so or they were ``released``.
    """
    who: Specialist = fields.pop("specialist", None) or specialist(hospital=hospital)
    starts = starts or datetime.combine(clock.today() + timedelta(days=5), time(9), clock.SHANGHAI)
    ends = starts + timedelta(hours=hours)
    is_fd = pool == Pool.FAMILY_DOCTOR and not released
    fd, public = (capacity, public) if is_fd else (0, capacity + public)
    fd_taken, public_taken = (taken, 0) if is_fd else (0, taken)
    where = {"hospital_id": who.hospital_id, "department_id": who.department_id, "kind": fields.pop("kind", "EXPERT")}
    shift = saved(
        Shift(
            specialist_id=who.id,
            starts_at=starts,
            ends_at=ends,
            capacity=max(fd + public, 1),
            share_pct=30 if fd + public and fd * 10 >= (fd + public) * 3 else 0,
            fd_places=fd if fd + public else 0,
            **where,
        )
    )
    release = datetime.combine(clock.local(starts).date() - timedelta(days=1), time(15), clock.SHANGHAI)
    values: dict[str, Any] = {
        "shift_id": shift.id,
        "capacity": fd + public,
        "fd_capacity": fd,
        "fd_taken": fd_taken,
        "public_capacity": public,
        "public_taken": public_taken,
        "given_over": capacity if released else 0,
        "starts_at": starts,
        "ends_at": ends,
        "release_at": release,
        "released_at": clock.now() if released else None,
    }
    return saved(Slot(**(where | values | fields)))


def appointment(where: Slot, who: Resident, *, status: str = "booked", **fields: Any) -> Appointment:
    """Number 1 of a slot; the slot's counters are as they are."""
    has_place = status not in ("cancelled", "expired", "suspended")
    values = {
        "slot_id": where.id,
        "resident_id": who.id,
        "agreement_id": fields.pop("agreement_id", None)
        or agreement(resident=who, status=AgreementStatus.WITHDRAWN).id,
        "status": status,
        "active_key": f"{where.id}:{who.id}" if has_place else None,
        "number": 1,
        "number_key": f"{where.id}:1" if has_place else None,
        "booked_at": clock.now(),
    }
    return saved(Appointment(**(values | fields)))


def waiting(who: Resident, department: Department, **fields: Any) -> WaitingEntry:
    """Somebody in line for a department, for any number of the next ten days."""
    values = {
        "resident_id": who.id,
        "department_id": department.id,
        "from_at": clock.now(),
        "until_at": clock.now() + timedelta(days=10),
        "status": "waiting",
        "open_key": f"{who.id}:{department.id}",
        "priority": 3,
        "arrived_at": clock.now(),
    }
    return saved(WaitingEntry(**(values | fields)))


def tag(group: str, **fields: Any) -> PopulationTag:
    """A certified tag of a resident, counting from today; any other state with the key that fits it."""
    who: Resident = fields.pop("resident", None) or resident()
    values: dict[str, Any] = {
        "resident_id": who.id,
        "group": group,
        "status": TagStatus.CERTIFIED,
        "source": TagSource.STAFF,
        "entered_at": clock.now(),
        "entered_by": "test",
        "valid_from": clock.today(),
    } | fields
    if values["status"] in (TagStatus.CERTIFIED, TagStatus.ENDED):
        values = {"certified_at": clock.now(), "certified_by": "certifier"} | values
    key = population.open_key(who.id, group) if values["status"] in population.OPEN else None
    return saved(PopulationTag(**(values | {"open_key": key})))


def area(code: str = "510703001", **fields: Any) -> Area:
    """An area of the level its code says; pass ``organisation=`` or ``team=`` to say who answers for it."""
    with_team: Team | None = fields.pop("team", None)
    values = {"code": code, "level": level_of(code), "name": f"区域{code}"}
    made: Area = saved(Area(**(values | fields)))
    if with_team:
        saved(TeamArea(team_id=with_team.id, area_id=made.id))
    return made


def unsigned(**fields: Any) -> UnsignedEntry:
    """Somebody on this month's list of a team."""
    who: Resident = fields.pop("resident", None) or resident()
    with_team: Team = fields.pop("team", None) or team()
    values = {
        "resident_id": who.id,
        "month": f"{clock.today():%Y-%m}",
        "organisation_id": with_team.organisation_id,
        "team_id": with_team.id,
        "source": "key",
        "priority": 0,
        "status": "open",
        "live_key": who.id,
        "created_at": clock.now(),
    }
    return saved(UnsignedEntry(**(values | fields)))


def informed_notice(*, entry: UnsignedEntry, team: Team, **fields: Any) -> InformedNotice:
    """A notice that stands, signed by the resident."""
    values = {
        "number": f"GZ{next(_count):08d}",
        "resident_id": entry.resident_id,
        "organisation_id": team.organisation_id,
        "team_id": team.id,
        "staff_id": team.lead.id,
        "region": "mianyang",
        "policy_version": "2026.11",
        "text_version": "2026-11",
        "text_body": "家庭医生签约服务知情告知书\n一、由居民自己决定。",
        "text_sha256": "0" * 64,
        "signer": "resident",
        "signature": "data:image/png;base64,iVBORw0KGgo=",
        "channel": "staff_phone",
        "signed_at": clock.now(),
        "open_key": entry.resident_id,
    }
    return saved(InformedNotice(**(values | fields)))


def campaign(me: AdminLogin, **fields: Any) -> Campaign:
    """A campaign of one phase that began today and ends in a month."""
    today = clock.today()
    values = {
        "organisation_id": me.organisation_id,
        "name": f"集中签约{next(_count)}",
        "group_codes": ["HTN"],
        "starts_on": today,
        "deadline_on": today + timedelta(days=30),
        "target_pct": 90,
        "created_at": clock.now(),
    }
    made: Campaign = saved(Campaign(**(values | fields)))
    saved(CampaignPhase(campaign_id=made.id, name="实施", starts_on=today, ends_on=today + timedelta(days=20)))
    return made


def community(*, team: Team, **fields: Any) -> Community:
    """An organisation that a team serves."""
    values = {
        "organisation_id": team.organisation_id,
        "team_id": team.id,
        "kind": "enterprise",
        "name": f"新星电子厂{next(_count)}",
        "address": "工业园区1号",
        "contact_name": "孙主管",
        "contact_phone": "13700000000",
        "created_at": clock.now(),
    }
    return saved(Community(**(values | fields)))


def frame(community: Community, **fields: Any) -> FrameAgreement:
    """A frame agreement in force for a year from today."""
    today = clock.today()
    values = {
        "number": f"KJ{next(_count):08d}",
        "community_id": community.id,
        "status": "active",
        "open_key": community.id,
        "start_on": today,
        "end_on": agreement_end(today, 12),
        "region": "fujian",
        "policy_version": "2026.11",
        "text_version": "2026-11",
        "text_body": "功能社区家庭医生签约服务框架协议\n一、乙方提供服务。",
        "text_sha256": "0" * 64,
        "signer_name": "钱经理",
        "signer_title": "行政总监",
        "signature": "data:image/png;base64,iVBORw0KGgo=",
        "signed_at": clock.now(),
        "recorded_by": "test",
    }
    return saved(FrameAgreement(**(values | fields)))


def community_member(*, community: Community, resident: Resident, **fields: Any) -> CommunityMember:
    """A resident's line on an organisation's roster."""
    values = {
        "community_id": community.id,
        "name": resident.name,
        "document_type": resident.document_type,
        "identity_number": resident.identity_number,
        "identity_hash": resident.identity_hash,
        "phone": resident.phone,
        "answer": "invited",
        "added_at": clock.now(),
    }
    return saved(CommunityMember(**(values | fields)))


def followup(*, programme: Programme = Programme.HTN, due_on: date | None = None, **fields: Any) -> FollowUp:
    """A planned follow-up of an enrolled resident."""
    who: Resident = fields.pop("resident", None) or resident()
    with_team: Team = fields.pop("team", None) or team()
    due_on = due_on or clock.today()
    enrolment = saved(
        Enrolment(
            resident_id=who.id,
            team_id=with_team.id,
            programme=programme,
            started_on=clock.today(),
            open_key=f"{who.id}:{programme}",
        )
    )
    values = {
        "enrolment_id": enrolment.id,
        "resident_id": who.id,
        "team_id": with_team.id,
        "programme": programme,
        "due_on": due_on,
        "window_end_on": due_on + timedelta(days=14),
    }
    return saved(FollowUp(**(values | fields)))


def measurement(who: Resident, **fields: Any) -> Measurement:
    """A value somebody measured himself: 128/78 unless said."""
    values = {
        "kind": "blood_pressure",
        "value": '{"systolic": 128, "diastolic": 78, "entered": "128/78"}',
        "unit": "mmHg",
        "verdict": "fine",
        "source": "page",
        "measured_at": clock.now(),
        "recorded_at": clock.now(),
        "recorded_by": "test",
        "client_key": f"test:{next(_count)}",
    }
    return saved(Measurement(resident_id=who.id, **(values | fields)))


def measurement_review(row: Measurement, of: Team, **fields: Any) -> MeasurementReview:
    """The team has to look at a value."""
    values = {"status": "open", "open_key": row.resident_id, "urgency": 1, "opened_at": clock.now()}
    return saved(
        MeasurementReview(resident_id=row.resident_id, team_id=of.id, measurement_id=row.id, **(values | fields))
    )


def home_visit(planned: FollowUp, **fields: Any) -> HomeVisit:
    """A visit by the team's leader this morning, unless said."""
    values = {
        "followup_id": planned.id,
        "team_id": planned.team_id,
        "visitor_id": planned.team.lead.id if planned.team.lead else "",
        "planned_on": clock.today(),
        "time_window": "morning",
        "planned_at": clock.now(),
    }
    return saved(HomeVisit(**(values | fields)))


def referral_check(visit: FollowUp, **fields: Any) -> ReferralCheck:
    """A referral that a visit advised, to be asked about in 14 days."""
    values = {
        "followup_id": visit.id,
        "resident_id": visit.resident_id,
        "team_id": visit.team_id,
        "programme": visit.programme,
        "reason_code": "5",
        "due_on": clock.today() + timedelta(days=14),
    }
    return saved(ReferralCheck(**(values | fields)))


CHRONIC = {"symptoms": ["1"], "adr": "1", "complication": "1"}
NOTHING_ELSE: dict[str, dict[str, Any]] = {
    Programme.HTN: CHRONIC,
    Programme.DM: CHRONIC,
    Programme.DISCHARGE: {"wound": "0", "drugs": "1", "symptoms": "1", "readmitted": "1"},
}
"""What forms ask besides the numbers, where all is well."""


def visited(
    row: FollowUp, systolic: int | None = 130, diastolic: int | None = 80, *, policy: Policy, **fields: Any
) -> followups.Completed:
    """Record one programme with a blood pressure and no symptoms; ``values`` adds to the form or replaces it."""
    form: dict[str, Any] = {} if systolic is diastolic is None else {"systolic": systolic, "diastolic": diastolic}
    form |= NOTHING_ELSE.get(row.programme, {})
    by = fields.pop("by", None) or Actor(ActorKind.STAFF, row.team.lead.id)
    values = form | fields.pop("values", {})
    encounter = followups.Encounter(**({"visited_on": clock.today(), "method": "clinic"} | fields))
    return followups.complete([followups.Part(row, values)], encounter, by=by, policy=policy)[0]


def prescription(agreement: Agreement, by: Staff, **fields: Any) -> Prescription:
    """A long prescription of four weeks from today."""
    values = {
        "issued_by": by.id,
        "status": "active",
        "open_key": agreement.resident_id,
        "client_key": f"test:{next(_count)}",
        "medicines": '[{"code": "amlodipine_5", "name": "苯磺酸氨氯地平片 5mg", "times": 1, "dose": "1片"}]',
        "supply_days": 28,
        "start_on": clock.today(),
        "end_on": clock.today() + timedelta(days=27),
        "policy_version": "test",
        "created_at": clock.now(),
    }
    who = {"resident_id": agreement.resident_id, "team_id": agreement.team_id}
    return saved(Prescription(**(who | values | fields)))


def conversation(who: WechatUser, **fields: Any) -> Conversation:
    """A conversation; open unless its status says otherwise."""
    at = clock.now()
    given = {"user": who, "status": "waiting_doctor", "short_no": 1, "created_at": at, "last_message_at": at} | fields
    if given["status"] != "closed":
        given = {"open_key": who.id, "waiting_since_at": at} | given
    return saved(Conversation(**given))  # type: ignore[no-any-return]


def promise(of: Conversation, **fields: Any) -> AnswerPromise:
    """A promised answer that nobody gave yet; due within the hour unless said."""
    since = fields.get("due_at", clock.now() + timedelta(hours=1)) - timedelta(hours=4)
    given = {"conversation": of, "open_key": of.id, "team_id": of.team_id, "is_urgent": False, "since_at": since}
    return saved(AnswerPromise(**given | {"due_at": since + timedelta(hours=4)} | fields))  # type: ignore[no-any-return]


def push_consent(who: WechatUser, template: str, *, left: int = 1, long_term: bool = False) -> PushConsent:
    return saved(
        PushConsent(
            user_id=who.id, template=template, one_time_left=left, is_long_term=long_term, updated_at=clock.now()
        )
    )


def import_batch(admin: AdminLogin, *, status: ImportStatus = ImportStatus.CHECKED, **fields: Any) -> ImportBatch:
    """A file an administrator handed in, without content."""
    values = {
        "organisation_id": admin.organisation_id,
        "kind": "backfill",
        "status": status,
        "file_name": "补录.xlsx",
        "file_sha256": "0" * 64,
        "file_bytes": 100,
        "region": "mianyang",
        "policy_version": "2026.11",
        "uploaded_by": admin.id,
        "uploaded_at": clock.now(),
        "headings": '["姓名", "证件号码"]',
        "mapping": '{"name": 0, "number": 1}',
        "rows_read": 1,
        "rows_checked": 1,
        "rows_run": 0,
    }
    return saved(ImportBatch(**(values | fields)))


def phone_check(**fields: Any) -> PhoneCheck:
    """A check that waits for a call, of an active resident's number."""
    agreement_of: Agreement = fields.pop("agreement", None) or agreement()
    who = agreement_of.resident
    values = {
        "resident_id": who.id,
        "team_id": agreement_of.team_id,
        "status": PhoneCheckStatus.TO_CHECK,
        "open_key": who.id,
        "phone": who.phone,
        "asked_at": clock.now(),
    }
    return saved(PhoneCheck(**(values | fields)))


def saved_change(row: Any, **fields: Any) -> Any:
    """Change a row in a transaction of its own."""
    with transaction():
        for name, value in fields.items():
            setattr(row, name, value)
    return row


def team_change(**fields: Any) -> TeamChange:
    """Somebody in force asks for another team, and nobody has answered."""
    with_agreement: Agreement = fields.pop("agreement", None) or agreement(start_on=clock.today() - timedelta(days=9))
    values = {
        "agreement_id": with_agreement.id,
        "from_team_id": with_agreement.team_id,
        "to_team_id": (fields.pop("to", None) or team()).id,
        "state": "waiting",
        "open_key": with_agreement.id,
        "reason": "nearer",
        "note": "",
        "text_body": "变更家庭医生团队确认书",
        "text_sha256": "0" * 64,
        "requested_at": clock.now(),
        "requested_by": "test",
        "answer_by_on": clock.today() + timedelta(days=7),
    }
    return saved(TeamChange(**(values | fields)))


def transfer_entry(with_agreement: Agreement, **fields: Any) -> TransferEntry:
    """Somebody whose team is handed over in 20 days."""
    planned = saved(
        MassTransfer(
            from_team_id=with_agreement.team_id,
            reason="dissolved",
            state="planned",
            open_key=with_agreement.team_id,
            told_on=clock.today(),
            move_on=clock.today() + timedelta(days=20),
            created_at=clock.now(),
            created_by="admin",
        )
    )
    values = {
        "transfer_id": planned.id,
        "agreement_id": with_agreement.id,
        "resident_id": with_agreement.resident_id,
        "to_team_id": team().id,
        "state": "waiting",
        "told_at": clock.now(),
    }
    return saved(TransferEntry(**(values | fields)))


_hospital = hospital


def referral_desk(hospital: Hospital, **fields: Any) -> ReferralDesk:
    """The referral office of a hospital, answered by a new institution's login unless said."""
    fields.setdefault("organisation_id", None)
    fields["organisation_id"] = fields["organisation_id"] or organisation().id
    values = {
        "hospital_id": hospital.id,
        "office": "双向转诊办公室",
        "person": "周主任",
        "phone": "0816-5555555",
        "place": "门诊楼1楼108室",
        "green_name": "绿色通道窗口",
        "green_phone": "0816-5555556",
    }
    return saved(ReferralDesk(**(values | fields)))


def support(in_team: Team, hospital: Hospital) -> TeamSupport:
    """A hospital stands behind a team (3+2+X)."""
    return saved(TeamSupport(team_id=in_team.id, institution=hospital.name, level=hospital.level))


def referral(agreement: Agreement, *, hospital: Hospital | None = None, **fields: Any) -> Referral:
    """A referral up in any state, with a key and deadlines that fit it; a draft unless said."""
    status = ReferralStatus(fields.pop("status", "draft"))
    at = clock.now()
    where = hospital or _hospital()
    sent = status != ReferralStatus.DRAFT
    values: dict[str, Any] = {
        "number": f"ZZ{next(_count):08d}",
        "direction": "up",
        "status": status,
        "client_key": f"c{next(_count)}",
        "resident_id": agreement.resident_id,
        "agreement_id": agreement.id,
        "team_id": agreement.team_id,
        "hospital_id": where.id,
        "hospital_name": where.name,
        "reason_code": "diagnosis",
        "summary": "血压波动大，请协助诊治",
        "referred_by_team": True,
        "meets_standard": True,
        "created_at": at,
        "counted_on": clock.local(at).date(),
        "consent_method": "signature" if sent else None,
        "consent_at": at if sent else None,
        "submitted_at": at if sent else None,
        "due_at": at + timedelta(hours=24) if sent else None,
        "expires_at": at + timedelta(hours=72) if sent else None,
        "bed": "3床" if status == ReferralStatus.ACCEPTED else None,
    }
    made = Referral(**(values | fields))
    made.open_key = made.key_for(status)
    return saved(made)


def discharge(of_agreement: Agreement, planned: FollowUp, **fields: Any) -> Discharge:
    """What a new hospital told of a discharge today."""
    today = clock.today()
    values = {
        "hospital_id": fields.pop("hospital", None) or hospital().id,
        "message_key": f"m{next(_count)}",
        "body_sha256": "a" * 64,
        "source": "machine",
        "resident_id": of_agreement.resident_id,
        "agreement_id": of_agreement.id,
        "team_id": of_agreement.team_id,
        "followup_id": planned.id,
        "discharged_on": today,
        "diagnosis": "冠心病",
        "drugs": "阿司匹林",
        "needs": "监测血压",
        "received_at": clock.now(),
        "contact_by_on": today + timedelta(days=7),
    }
    return saved(Discharge(**(values | fields)))


def photo_of(conversation: Conversation, *, via: str = "miniprogram") -> Message:
    """A photo that a resident sent, fetched and sealed."""
    at = clock.now()
    said = saved(Message(conversation_id=conversation.id, sender="resident", text="[图片]", via=via, at=at))
    content = base64.b64encode(PICTURE).decode()
    saved(
        MessageMedium(
            message_id=said.id, kind="image", app="", status="kept", next_try_at=at, gone_at=at, content=content,
            content_type="image/jpeg", size_bytes=len(PICTURE), created_at=at, kept_at=at,
        )
    )  # fmt: skip
    return said
