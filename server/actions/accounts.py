"""Accounts: logging in, telling who one is, following the service account."""

import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from server import clock, sealing
from server.access.accounts import token_hash
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid, TooMany
from server.models import (
    AuditEvent,
    LoginToken,
    PrivacyConsent,
    RealNameState,
    Resident,
    Staff,
    WechatCallback,
    WechatUser,
    audit,
    population,
)
from server.models import account as accounts
from server.models.actor import Actor, ActorKind
from server.policy import identity, populations, texts
from server.policy.parts.oversight import Groups
from server.wechat.gateway import WechatIdentity

T = TypeVar("T")

BIND_CODE_PURPOSE = "staff.bind_code"
WRONG_CODES = 5
WRONG_CODES_WITHIN = timedelta(hours=1)
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


class TooManyWrongCodes(TooMany):
    """Somebody guesses bind codes."""

    code, default_message = "too_many_attempts", "输错次数太多，请一小时后再试，或请管理员核对绑定码"


def _me(user: WechatUser, source: str) -> Actor:
    return Actor(ActorKind.RESIDENT, user.id, source)


def sign_in(found: WechatIdentity, *, source: str, session_days: int) -> tuple[str, LoginToken]:
    """Start a session for the person WeChat named; the first contact creates him.

    Returns:
        The token (given to the client once, never stored) and its row.
    """
    return _once_more(lambda: _sign_in(found, source=source, session_days=session_days))


def _once_more(action: Callable[[], T]) -> T:
    """Run an action that looks before it adds: of two at once the second one meets UNIQUE, and then finds the row."""
    try:
        return action()
    except IntegrityError:
        return action()


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


def bind_identity(
    user: WechatUser,
    *,
    name: str,
    number: str,
    by: Actor,
    document_type: str = identity.DocumentType.ID_CARD,
    birth_on: date | None = None,
    sex: int | None = None,
    nationality: str | None = None,
    rules: Groups | None = None,
) -> Resident:
    """Register who a WeChat user is: creates the resident, or joins the one already known by this document.

    With ``rules`` his derived groups (elderly, child, non-local) are there at once; without, within a minute.

    The number is checked (domain.md §3.3) and stored encrypted; ``birth_on``, ``sex`` (1 or 2) and ``nationality``
    (ISO 3166-1 alpha-3) are needed where it does not say them. Repeating it with the same number changes nothing.

    Raises:
        PrivacyConsentNeeded, AlreadyBound, IdentityTaken, and the errors of policy.identity.
    """
    at = clock.now()
    today = clock.local(at).date()
    checked = identity.check(identity.DocumentType(document_type), number, today)
    facts = identity.complete(checked, today, birth_on=birth_on, sex=sex, nationality=nationality)
    try:
        return _bind(user, identity.check_name(name), checked, facts, rules, by=by, at=at)
    except IntegrityError as cause:
        raise IdentityTaken() from cause


@retried
def _bind(
    user: WechatUser,
    name: str,
    checked: identity.Identity,
    facts: identity.Facts,
    rules: Groups | None,
    *,
    by: Actor,
    at: datetime,
) -> Resident:
    hashed = Resident.hash_of(*checked.key)
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
                document_type=str(checked.type),
                identity_number=checked.number,
                identity_hash=hashed,
                birth_on=facts.birth_on,
                sex=facts.sex,
                nationality=facts.nationality,
                phone=user.phone,
                real_name_state=RealNameState.UNVERIFIED,
                verify_due_at=at,
                created_at=at,
            )
            session.add(resident)
        elif (resident.name.casefold(), resident.birth_on) != (name.casefold(), facts.birth_on):
            # a known number with another name or birth date is not proof of being that person
            raise IdentityTaken()
        user.resident = resident
        session.flush()
        if rules is not None:
            _derive_groups(resident, rules, at)
        audit.record("identity_bound", resident, by=by, at=at)
        for warned in checked.warnings:
            audit.record(f"identity_warned.{warned}", resident, by=by, at=at)
    return resident


def _derive_groups(resident: Resident, rules: Groups, at: datetime) -> None:
    today = clock.local(at).date()
    derived = populations.derive(resident.birth_on, resident.document_type, today, rules)
    population.settle_derived(
        resident.id,
        derived.spans,
        population.open_tags([resident.id]).get(resident.id, []),
        due_on=derived.due_on,
        elderly_age=rules.elderly_min_age,
        today=today,
        at=at,
    )


def join_staff(user: WechatUser, code: str, *, by: Actor) -> Staff:
    """Join a WeChat user to the member of staff whose one-time code he was given.

    Raises:
        BindCodeInvalid; TooManyWrongCodes: after five wrong codes within an hour not even the right one is taken.
    """
    try:
        staff = _join_staff(user, sealing.current().index(code.strip(), BIND_CODE_PURPOSE), by=by)
    except IntegrityError as cause:
        raise BindCodeInvalid("该工作人员已绑定其他微信，请联系管理员") from cause
    if staff is None:
        raise BindCodeInvalid()
    return staff


@retried
def _join_staff(user: WechatUser, hashed: str, *, by: Actor) -> Staff | None:
    at = clock.now()
    with transaction() as session:
        # one guess at a time: many at once would each see fewer than five
        session.get(WechatUser, user.id, with_for_update=True, populate_existing=True)
        if _wrong_codes(by, since=at - WRONG_CODES_WITHIN) >= WRONG_CODES:
            raise TooManyWrongCodes()
        staff = session.scalar(select(Staff).where(Staff.bind_code_hash == hashed))
        if staff is None or staff.bind_code_expires_at is None or staff.bind_code_expires_at <= at:
            audit.record("staff_join_refused", user, by=by, at=at)
            return None
        staff.bind_code_hash = None
        staff.bind_code_expires_at = None
        user.staff = staff
        session.flush()
        audit.record("staff_joined", staff, by=by, at=at)
    return staff


def _wrong_codes(by: Actor, *, since: datetime) -> int:
    refused = select(func.count(AuditEvent.id)).where(
        AuditEvent.actor_id == by.id, AuditEvent.at > since, AuditEvent.action == "staff_join_refused"
    )
    return db.session.scalar(refused) or 0


def followed(app: str, openid: str, unionid: str | None, *, dedupe_key: str, at: datetime) -> str | None:
    """Note that somebody follows the service account. Returns the words of welcome, once per event."""
    return _once_more(lambda: _followed(app, openid, unionid, dedupe_key=dedupe_key, at=at))


@retried
def _followed(app: str, openid: str, unionid: str | None, *, dedupe_key: str, at: datetime) -> str | None:
    with transaction() as session:
        if _seen(dedupe_key):
            return WELCOME
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="subscribe", received_at=at))
        account = accounts.known(app, openid, unionid, at)
        account.follows = True
        account.open_window(at, messages=3, minutes=1)
    return WELCOME


def unfollowed(app: str, openid: str, *, dedupe_key: str, at: datetime) -> None:
    """Note that somebody left the service account: nothing can be sent there any more."""
    _once_more(lambda: _unfollowed(app, openid, dedupe_key=dedupe_key, at=at))


@retried
def _unfollowed(app: str, openid: str, *, dedupe_key: str, at: datetime) -> None:
    with transaction() as session:
        if _seen(dedupe_key):
            return
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="unsubscribe", received_at=at))
        account = accounts.known(app, openid, None, at)
        account.follows = False
        account.window_left = account.brief_left = 0


def _seen(dedupe_key: str) -> bool:
    return db.session.scalar(select(WechatCallback.id).where(WechatCallback.dedupe_key == dedupe_key)) is not None
