"""Made-up people for the demo: two teams, two hospitals, residents at every stage. Identity numbers belong to nobody
(domain.md §3.4). People in WeChat are the sandbox's; numbers for the next weeks are added at each start.
"""

import json
import urllib.request
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.actions import administrators, catalogue, followups, signing, teams
from server.actions.booking import supply
from server.chatbot.menu import buttons
from server.cli import (
    demo_agreements,
    demo_booking,
    demo_day,
    demo_desk,
    demo_evidence,
    demo_family,
    demo_followups,
    demo_imports,
    demo_learning,
    demo_measured,
    demo_populations,
    demo_prescriptions,
    demo_referrals,
    demo_services,
    demo_supply,
    demo_transfers,
    demo_unsigned,
    demo_waiting,
)
from server.cli.demo_places import place_of
from server.database import db, transaction
from server.errors import Conflict
from server.handlers.context import Wiring
from server.models import (
    CapUnit,
    Hospital,
    Organisation,
    PackageItem,
    PrivacyConsent,
    Programme,
    RealNameState,
    Resident,
    Role,
    ServicePackage,
    Specialist,
    Staff,
    Team,
    WechatUser,
)
from server.models import account as accounts
from server.models.actor import CLOCK
from server.policy import identity, texts
from server.policy.dates import add_months
from server.policy.schema import Policy

ADMIN, PASSWORD = "admin", "demo-admin-2026"
ITEMS = {
    "basic": [("健康档案建立和更新", 1), ("健康咨询和用药指导", 0), ("年度健康评估", 1), ("预约转诊", 0)],
    "htn": [("面对面随访", 4), ("年度体检", 1), ("每月访视", 12), ("连续处方", 0), ("预约上级医院专科号", 0)],
    "elder": [("年度体检和健康评估", 1), ("中医体质辨识", 1), ("健康指导", 4), ("预约上级医院专科号", 0)],
}
PACKAGES = [
    ("basic", "家庭健康管理包", "建立健康档案、健康咨询、预约转诊。", "全体居民", 1000, 700, 300, 0),
    ("htn", "慢性病管理包", "在基础包上增加定期随访、访视和连续处方。", "慢性病居民", 1000, 700, 300, 0),
    ("elder", "老年人服务包", "在基础包上增加年度体检和中医体质辨识。", "65岁及以上居民", 1000, 700, 300, 0),
]
HOSPITALS = [
    ("绵阳市中心医院（演示）", 3, "涪城区常家巷12号"),
    ("绵阳市中医医院（演示）", 3, "涪城区涪城路14号"),
]
SPECIALISTS = [
    (0, "心血管内科", "罗建平", "主任医师"),
    (0, "内分泌科", "许文娟", "副主任医师"),
    (0, "神经内科", "杜海", "主任医师"),
    (1, "针灸推拿科", "曾庆云", "主任中医师"),
    (1, "骨伤科", "何川", "副主任中医师"),
]


@dataclass(frozen=True)
class Person:
    """Somebody in the sandbox. ``number`` set: registered with us."""

    key: str
    name: str
    phone: str
    number: str | None = None


NEWCOMER = Person("demo-newcomer", "王秀英", "13800000001")
MEMBER = Person("demo-member", "李建国", "13800000002", "510799195003150016")
APPLICANT = Person("demo-applicant", "刘洋", "13800000003", "510799196103030139")
PARENT = Person("demo-parent", "赵敏", "13800000004", "410199198802290143")
SPECIAL = Person("demo-special", "周美兰", "13800000005", "51079919550612002X")
DAUGHTER = Person("demo-daughter", "吴倩", "13800000006", "510799199508120021")
LEADER = Person("demo-doctor", "陈静", "13900000001")
OTHER_LEADER = Person("demo-doctor-2", "周强", "13900000002")
PANEL = [("吴桂兰", "51079919700101006X"), ("郑海波", "51079919700101049X")]


def seed(sandbox: str, wiring: Wiring) -> dict[str, Any]:
    """Bring the demo's people and numbers into being; what exists stays.

    Returns:
        ``{"resident", "doctor"}``: sandbox user ids of the two phones, ``"workbench"``: a login.
    """
    people = {
        person.key: _sandbox_user(sandbox, person)
        for person in (NEWCOMER, MEMBER, APPLICANT, PARENT, SPECIAL, DAUGHTER, LEADER, OTHER_LEADER)
    }
    here = place_of(wiring.policy.region)
    centre = db.session.scalar(select(Organisation).where(Organisation.name == here.centre))
    waiting_team: Team | None = None
    if centre is None:
        centre = administrators.found_organisation(here.centre, address=here.address, phone=here.phone, by=CLOCK)
        administrators.create(ADMIN, PASSWORD, "林主任", centre)
        demo_imports.seed(centre, PASSWORD)
        catalogue.create_for_region(wiring.policy.region, by=CLOCK)
        demo_services.create_catalogue()
        _packages()
        ours, theirs = _teams(centre, people, wiring.policy)
        assert ours.lead is not None
        demo_evidence.seed(centre, ours.lead)
        _residents(ours, people, wiring.policy)
        demo_family.seed(_resident(PARENT, _known(people[PARENT.key])), wiring.policy)
        demo_unsigned.seed(centre, ours, _package("basic"), wiring.policy, DRAWN)
        demo_populations.seed(centre, ours, wiring.policy)
        demo_followups.seed(ours, wiring.policy)
        demo_transfers.seed(centre, ours, theirs, _package("basic"), wiring.policy, DRAWN)
        _hospitals()
        demo_referrals.seed(HOSPITALS[0][0], ours, MEMBER.number, wiring.policy, password=PASSWORD, drawn=DRAWN)
        assert SPECIAL.number
        demo_booking.seed(SPECIAL.number)
        demo_booking.for_a_mother(_resident(DAUGHTER, _known(people[DAUGHTER.key])), *PANEL[0])
        demo_measured.seed(_known(people[MEMBER.key]), wiring.policy)
        demo_prescriptions.seed(MEMBER.number, ours, wiring.policy)
        demo_desk.seed(ours)
        demo_learning.seed(wiring.policy)
        waiting_team = ours
    for person in people.values():
        _known(person)
    _numbers(wiring.policy)
    if waiting_team:  # after the numbers of all others: there is a line only where nothing is free
        demo_waiting.seed(HOSPITALS[1][0], waiting_team, MEMBER.number, wiring.policy)
    demo_supply.seed(HOSPITALS[0][0], wiring.policy)
    wiring.gateway.create_menu(menu_of(wiring))
    return {
        "resident": people[NEWCOMER.key]["id"],
        "doctor": people[LEADER.key]["id"],
        "workbench": {"username": ADMIN, "password": PASSWORD},
    }


def menu_of(wiring: Wiring) -> list[dict[str, Any]]:
    """The service account's menu: two questions, and the mini-program."""
    return buttons(wiring.settings.wechat.miniprogram.app_id)


def _sandbox_user(sandbox: str, person: Person) -> dict[str, Any]:
    """Find or make a person in the sandbox; everybody but the newcomer follows the service account."""
    known = {user["name"]: user for user in _call(f"{sandbox}/sandbox/users")}
    user: dict[str, Any] = known.get(person.name) or _call(
        f"{sandbox}/sandbox/users", {"name": person.name, "phone": person.phone, "bound": True, "seed": person.key}
    )
    appid = _service_account(sandbox)
    if not user["follows"].get(appid) and person is not NEWCOMER:
        _call(f"{sandbox}/sandbox/users/{user['id']}/follow", {"appid": appid})
        user["follows"][appid] = True
    return user | {"service_account": appid}


def _service_account(sandbox: str) -> str:
    apps = _call(f"{sandbox}/sandbox/apps")
    appid: str = next(app["appid"] for app in apps if app["kind"] == "service_account")
    return appid


def _call(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the sandbox's address on this machine
        return json.load(answer)


def _known(user: dict[str, Any]) -> WechatUser:
    """The sandbox's person in our tables, following the service account if he does there."""
    with transaction():
        at = clock.now()
        account = None
        for appid, openid in user["openids"].items():
            is_service = appid == user["service_account"]
            app = "service_account" if is_service else "miniprogram"
            account = accounts.known(app, openid, user["unionid"], at)
            if is_service:
                account.follows = bool(user["follows"].get(appid))
        assert account is not None
        return account.user


def _packages() -> None:
    at = clock.now()
    with transaction() as session:
        for code, name, summary, population, price, public, insurance, own in PACKAGES:
            package = ServicePackage(
                code=code,
                version=1,
                name=name,
                summary=summary,
                population=population,
                price_fen=price,
                public_health_fen=public,
                insurance_fen=insurance,
                self_pay_fen=own,
                accounts=demo_services.ACCOUNTS,
                created_at=at,
            )
            session.add(package)
            session.flush()
            for position, (item, times) in enumerate(ITEMS[code], start=1):
                session.add(
                    PackageItem(
                        package_id=package.id,
                        position=position,
                        name=item,
                        times_per_year=times,
                        kind=demo_services.KINDS.get(item, "service"),
                    )
                )


def _teams(centre: Organisation, people: dict[str, Any], policy: Policy) -> tuple[Team, Team]:
    cap, unit = policy.signing.cap_hard, CapUnit(policy.signing.cap_unit)
    plans = [
        (LEADER, "城北第一家庭医生团队", "全科、护理、公共卫生。擅长慢性病管理，会说本地话。", "王芳", "何敏"),
        (OTHER_LEADER, "城北第二家庭医生团队", "全科、护理、公共卫生。擅长老年人健康管理和中医调理。", "刘萍", "冯涛"),
    ]
    made = []
    for person, name, intro, nurse, public in plans:
        details = teams.TeamDetails(name, intro, "周一至周五 8:00-17:30，周六上午", "0816-2200121", cap, True)
        team = teams.create(centre, details, most=cap, unit=unit, by=CLOCK)
        lead = teams.add_staff(centre, name=person.name, title="主治医师", by=CLOCK)
        teams.set_leader(teams.add_member(team, lead, Role.FAMILY_DOCTOR, by=CLOCK), by=CLOCK)
        for helper, title, role in ((nurse, "主管护师", Role.NURSE), (public, "公卫医师", Role.PUBLIC_HEALTH)):
            teams.add_member(team, teams.add_staff(centre, name=helper, title=title, by=CLOCK), role, by=CLOCK)
        user = _known(people[person.key])
        with transaction():
            user.staff = db.session.get(Staff, lead.id)
            user.phone = person.phone
        made.append(team)
    return made[0], made[1]


def _residents(team: Team, people: dict[str, Any], policy: Policy) -> None:
    """One member whose year ends soon, one applicant, and a small panel."""
    member = _resident(MEMBER, _known(people[MEMBER.key]))
    applicant = _resident(APPLICANT, _known(people[APPLICANT.key]))
    chronic = _package("htn")
    today = clock.today()
    _active(member, team, chronic, policy, end_on=today + timedelta(days=29))
    followups.enrol(member, Programme.HTN, start_on=today + timedelta(days=9), by=CLOCK, policy=policy)
    followups.enrol(member, Programme.HOME_VISIT, start_on=today, by=CLOCK, policy=policy)
    special = _resident(SPECIAL, _known(people[SPECIAL.key]))
    _active(special, team, *demo_services.four_ones(), end_on=today + timedelta(days=200))
    panel = []
    for name, number in PANEL:
        resident = _resident(Person(name, name, "13800000009", number), None)
        panel.append(resident)
        _active(resident, team, _package("basic"), policy, end_on=today + timedelta(days=200))
        followups.enrol(resident, Programme.HTN, start_on=today, by=CLOCK, policy=policy)
    assert team.lead is not None
    demo_day.seed(panel[1], team.lead, policy)
    demo_services.add(member, special, panel, team)
    text = signing.document(applicant, team, _package("elder"), policy)
    signing.request(
        applicant,
        signing.Wish(team, _package("elder"), text.sha256, tuple(policy.signing.consents), DRAWN),
        policy=policy,
        by=CLOCK,
    )


def _resident(person: Person, user: WechatUser | None) -> Resident:
    assert person.number is not None
    at = clock.now()
    checked = identity.check_identity_card(person.number, clock.today())
    version, _ = texts.privacy()
    with transaction() as session:
        resident = Resident(
            name=person.name,
            document_type="01",
            identity_number=checked.number,
            identity_hash=Resident.hash_of("01", checked.number),
            birth_on=checked.birth_on,
            sex=checked.sex,
            phone=person.phone,
            insurance="resident" if user else None,
            real_name_state=RealNameState.STAFF_SEEN,
            created_at=at,
        )
        session.add(resident)
        session.flush()
        if user is not None:
            user.resident = resident
            user.phone = person.phone
            session.add(PrivacyConsent(user_id=user.id, document="privacy", version=version, accepted_at=at))
    return resident


def _package(code: str) -> ServicePackage:
    found = db.session.scalar(select(ServicePackage).where(ServicePackage.code == code))
    assert found is not None
    return found


def _active(resident: Resident, team: Team, package: ServicePackage, policy: Policy, *, end_on: date) -> None:
    """An agreement made a term ago, as it would stand today."""
    start_on = add_months(end_on + timedelta(days=1), -policy.signing.term_months)
    agreement = demo_agreements.signed(resident, team, package, policy, DRAWN, start_on=start_on)
    with transaction() as session:
        demo_agreements.keep_running(session, agreement, policy)
        assert team.lead is not None
        demo_evidence.witnessed(agreement, team.lead, policy)


def _hospitals() -> None:
    made = [supply.create_hospital(name, level=level, address=address, by=CLOCK) for name, level, address in HOSPITALS]
    for hospital, department, name, title in SPECIALISTS:
        supply.create_specialist(made[hospital], department=department, name=name, title=title, by=CLOCK)


def _numbers(policy: Policy) -> None:
    """Clinics on the coming workdays, so that there is always something to book."""
    mine = select(Specialist).join(Hospital).where(Hospital.name.in_([name for name, _, _ in HOSPITALS]))
    mine = mine.where(Specialist.name.not_in(demo_waiting.FULL))  # a later start must not empty their lines
    specialists = list(db.session.scalars(mine.order_by(Specialist.id)))
    for ahead in range(2, policy.booking.horizon_days):
        day = clock.today() + timedelta(days=ahead)
        for index, specialist in enumerate(specialists):
            if day.weekday() < 5 and (ahead + index) % 3 == 0:
                starts, ends = (time(8, 30), time(11, 30)) if index % 2 == 0 else (time(14), time(17))
                plan = supply.plan_shift(day, starts, ends, 15 if index else 5, rules=policy.booking)
                _create_once(specialist, plan)


def _create_once(specialist: Specialist, plan: supply.ShiftPlan) -> None:
    try:
        supply.create_shift(specialist, plan, by=CLOCK)
    except Conflict:
        return  # there since an earlier start


# a short stroke, so that a demo agreement has a signature to show
DRAWN = demo_evidence.drawn()
