"""Many people at once, saved in one transaction."""

from datetime import timedelta

from server import clock
from server.access.accounts import token_hash
from server.database import transaction
from server.ids import new_id
from server.models import Agreement, AgreementStatus, LoginToken, Resident, ServicePackage, Team, WechatUser
from server.policy.dates import agreement_end
from tests import make


def residents(
    count: int, team: Team, package: ServicePackage, status: AgreementStatus | None = AgreementStatus.ACTIVE
) -> list[tuple[str, str, str]]:
    """Make residents with a session and, if wanted, an agreement: (token, resident id, agreement id or "") each."""
    made, at = [], clock.now()
    with transaction() as session:
        for _ in range(count):
            token, resident_id, user_id = new_id(), new_id(), new_id()
            number = f"5107{new_id()[-14:]}"
            session.add(
                Resident(
                    id=resident_id,
                    name="张小明",
                    document_type="01",
                    identity_number=number,
                    identity_hash=Resident.hash_of("01", number),
                    birth_on=clock.today().replace(year=1950),
                    sex=1,
                    phone="13800000000",
                    real_name_state="verified",
                    created_at=at,
                )
            )
            session.flush()
            session.add(WechatUser(id=user_id, unionid=new_id(), resident_id=resident_id, created_at=at))
            session.flush()
            session.add(
                LoginToken(
                    token_hash=token_hash(token), user_id=user_id, created_at=at, expires_at=at + timedelta(days=1)
                )
            )
            agreement_id = ""
            if status:
                row = _agreement(resident_id, team, package, status)
                session.add(row)
                agreement_id = row.id
            made.append((token, resident_id, agreement_id))
    return made


def _agreement(resident_id: str, team: Team, package: ServicePackage, status: AgreementStatus) -> Agreement:
    start_on = clock.today() if status == AgreementStatus.ACTIVE else None
    row = Agreement(
        id=new_id(),
        number=new_id(),
        resident_id=resident_id,
        team_id=team.id,
        package_id=package.id,
        status=status,
        requested_at=clock.now(),
        answer_by_on=clock.today() + timedelta(days=7),
        start_on=start_on,
        end_on=agreement_end(start_on, 12) if start_on else None,
        region="mianyang",
        policy_version="2026.11",
        text_body="家庭医生签约服务协议\n第一条",
        text_sha256="0" * 64,
        consents=["service_content"],
        channel="miniprogram",
    )
    for key, value in row.keys_for(status).items():
        setattr(row, key, value)
    return row


def token_of(staff: make.Staff) -> str:
    """A session of a member of staff."""
    return make.session_of(make.user(staff=staff))["Authorization"].removeprefix("Bearer ")
