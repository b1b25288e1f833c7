"""Accounts: logging in, telling who one is, following the service account."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock, sealing
from server.access.accounts import token_hash
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import LoginToken, PrivacyConsent, RealNameState, Resident, Staff, WechatCallback, WechatUser, audit
from server.models import account as accounts
from server.models.actor import Actor, ActorKind
from server.policy import identity, texts
from server.wechat.gateway import WechatIdentity

BIND_CODE_PURPOSE = "staff.bind_code"
WELCOME = "欢迎关注。您可以在这里直接发消息给家庭医生，也可以点击下方菜单签约、预约。紧急情况请立即拨打120。"


class PrivacyConsentNeeded(Conflict):
    """The current privacy document was not accepted yet."""

    code, default_message = "privacy_consent_needed", "请先阅读并同意个人信息授权书"


class PrivacyVersionOld(Conflict):
    """Another version was shown than the one in force."""

    code, default_message = "privacy_version_old", "授权书已更新，请重新阅读后同意"


class AlreadyBound(Conflict):
    """This WeChat user has registered another person."""

    code, default_message = "already_bound", "此微信已登记其他人的身份，如有误请联系签约机构更正"


class IdentityTaken(Conflict):
    """Another WeChat user has registered this person."""

    code, default_message = "identity_taken", "该证件已由其他微信登记，如非本人操作请联系签约机构核实"


class BindCodeInvalid(Invalid):
    """The code is unknown, used or expired."""

    code, default_message = "bind_code_invalid", "绑定码无效或已过期，请向管理员重新索取"


def _me(user: WechatUser, source: str) -> Actor:
    return Actor(ActorKind.RESIDENT, user.id, source)


def sign_in(found: WechatIdentity, *, source: str, session_days: int) -> tuple[str, LoginToken]:
    """Start a session for the person WeChat named; the first contact creates him.

    Returns:
        The token (given to the client once, never stored) and its row.
    """
    for attempt in (1, 2):
        try:
            return _sign_in(found, source=source, session_days=session_days)
        except IntegrityError:
            # two first contacts at once: the second finds the row the first one made
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


@retried
def _sign_in(found: WechatIdentity, *, source: str, session_days: int) -> tuple[str, LoginToken]:
    at = clock.now()
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        user = accounts.known(found.app, found.openid, found.unionid, at).user
        row = LoginToken(
            token_hash=token_hash(token), user=user, created_at=at, expires_at=at + timedelta(days=session_days)
        )
        session.add(row)
        session.flush()
        audit.record("signed_in", user, by=_me(user, source), at=at)
    return token, row


@retried
def sign_out(token: str, *, by: Actor) -> None:
    """End a session; ending it twice is ending it once."""
    at = clock.now()
    with transaction() as session:
        session.execute(
            update(LoginToken)
            .where(LoginToken.token_hash == token_hash(token), LoginToken.revoked_at.is_(None))
            .values(revoked_at=at)
        )


@retried
def accept_privacy(user: WechatUser, version: str, *, by: Actor) -> None:
    """Record consent to the privacy document in force. Raises PrivacyVersionOld."""
    at = clock.now()
    current, _ = texts.privacy()
    if version != current:
        raise PrivacyVersionOld()
    with transaction() as session:
        if not _has_accepted(user, current):
            session.add(PrivacyConsent(user_id=user.id, document="privacy", version=current, accepted_at=at))
            audit.record("privacy_accepted", user, by=by, at=at)


def _has_accepted(user: WechatUser, version: str) -> bool:
    found = select(PrivacyConsent.id).where(
        PrivacyConsent.user_id == user.id, PrivacyConsent.document == "privacy", PrivacyConsent.version == version
    )
    return db.session.scalar(found) is not None


@retried
def record_phone(user: WechatUser, phone: str, *, by: Actor) -> None:
    """Keep the phone number WeChat confirmed. Raises identity.PhoneFormat (e.g. a 13-digit machine number)."""
    at = clock.now()
    number = identity.check_mobile(phone)
    with transaction():
        user.phone = number
        if user.resident is not None:
            user.resident.phone = number
        audit.record("phone_recorded", user, by=by, at=at)


def bind_identity(user: WechatUser, *, name: str, number: str, by: Actor) -> Resident:
    """Register who a WeChat user is: creates the resident, or joins the one already known by this number.

    The number is checked (domain.md §3.3) and stored encrypted. Repeating it with the same number changes nothing.

    Raises:
        PrivacyConsentNeeded, AlreadyBound, IdentityTaken, and the errors of policy.identity.
    """
    at = clock.now()
    checked = identity.check_identity_card(number, clock.local(at).date())
    try:
        return _bind(user, identity.check_name(name), checked, by=by, at=at)
    except IntegrityError as cause:
        raise IdentityTaken() from cause


@retried
def _bind(user: WechatUser, name: str, checked: identity.Identity, *, by: Actor, at: datetime) -> Resident:
    hashed = Resident.hash_of("01", checked.number)
    with transaction() as session:
        version, _ = texts.privacy()
        if not _has_accepted(user, version):
            raise PrivacyConsentNeeded()
        if user.resident is not None:
            if user.resident.identity_hash != hashed:
                raise AlreadyBound()
            return user.resident
        resident = session.scalar(select(Resident).where(Resident.identity_hash == hashed))
        if resident is None:
            resident = Resident(
                name=name,
                document_type="01",
                identity_number=checked.number,
                identity_hash=hashed,
                birth_on=checked.birth_on,
                sex=checked.sex,
                phone=user.phone,
                real_name_state=RealNameState.UNVERIFIED,
                created_at=at,
            )
            session.add(resident)
        elif resident.name != name:
            # a known number with another name is not proof of being that person
            raise IdentityTaken()
        user.resident = resident
        session.flush()
        audit.record("identity_bound", resident, by=by, at=at)
    return resident


@retried
def join_staff(user: WechatUser, code: str, *, by: Actor) -> Staff:
    """Join a WeChat user to the member of staff whose one-time code he was given. Raises BindCodeInvalid."""
    at = clock.now()
    hashed = sealing.current().index(code.strip(), BIND_CODE_PURPOSE)
    try:
        with transaction() as session:
            staff = session.scalar(select(Staff).where(Staff.bind_code_hash == hashed))
            if staff is None or staff.bind_code_expires_at is None or staff.bind_code_expires_at <= at:
                raise BindCodeInvalid()
            staff.bind_code_hash = None
            staff.bind_code_expires_at = None
            user.staff = staff
            session.flush()
            audit.record("staff_joined", staff, by=by, at=at)
    except IntegrityError as cause:
        raise BindCodeInvalid("该工作人员已绑定其他微信，请联系管理员") from cause
    return staff


@retried
def followed(app: str, openid: str, unionid: str | None, *, dedupe_key: str, at: datetime) -> str | None:
    """Note that somebody follows the service account. Returns the words of welcome, once per event."""
    with transaction() as session:
        if _seen(dedupe_key):
            return WELCOME
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="subscribe", received_at=at))
        account = accounts.known(app, openid, unionid, at)
        account.follows = True
        account.open_window(at, messages=3, minutes=1)
    return WELCOME


@retried
def unfollowed(app: str, openid: str, *, dedupe_key: str, at: datetime) -> None:
    """Note that somebody left the service account: nothing can be sent there any more."""
    with transaction() as session:
        if _seen(dedupe_key):
            return
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="unsubscribe", received_at=at))
        account = accounts.known(app, openid, None, at)
        account.follows = False
        account.window_left = 0


def _seen(dedupe_key: str) -> bool:
    return db.session.scalar(select(WechatCallback.id).where(WechatCallback.dedupe_key == dedupe_key)) is not None
