"""Administrators: their accounts, their workbench sessions, and what they open of other people's records."""

import functools
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access.accounts import token_hash
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid, NotLoggedIn
from server.models import AdminLogin, Agreement, InformedNotice, MassTransfer, Organisation, WorkbenchSession
from server.models.actor import Actor, ActorKind
from server.models.audit import record

FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 15
MIN_PASSWORD = 10
MAX_PASSWORD = 128
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")

REVEAL_REASONS = {
    "phone_check": "居民来电核对身份",
    "complaint": "处理投诉或咨询",
    "correction": "核对、更正协议信息",
    "inspection": "上级检查、档案抽查",
}
"""Why a full name may be shown. A fixed list: free text in the audit trail would hold personal data itself."""

_hasher = PasswordHasher()


class SignInRefused(NotLoggedIn):
    """Unknown user, wrong password and locked account look the same, so that nobody can search for user names."""

    code = "sign_in_refused"
    default_message = "用户名或密码不正确。连续输错 5 次后账号锁定 15 分钟，请稍后再试"


class UsernameInvalid(Invalid):
    """A user name we cannot use."""

    code, default_message = "username_invalid", "用户名须为 3-32 位小写字母、数字或 . _ -，并以字母或数字开头"


class PasswordTooWeak(Invalid):
    """Too short, too long, or the user name itself."""

    code, default_message = "password_too_weak", "密码须为 10-128 个字符，且不能与用户名相同"


class NameInvalid(Invalid):
    """An administrator's name is missing or too long."""

    code, default_message = "name_invalid", "请填写 1-64 个字的姓名"


class UsernameTaken(Conflict):
    """Somebody has this user name."""

    code, default_message = "username_taken", "这个用户名已被使用，请换一个"


class OrganisationExists(Conflict):
    """An organisation of this name is known."""

    code, default_message = "organisation_exists", "已有同名的机构"


class ReasonNeeded(Invalid):
    """A full name is shown only for one of the listed reasons."""

    code, default_message = "reason_needed", "请选择查看完整姓名的原因"


@dataclass(frozen=True)
class SignedIn:
    """A new workbench session; ``token`` goes into the cookie and is stored nowhere."""

    token: str
    admin: AdminLogin
    expires_at: datetime


@retried
def found_organisation(name: str, *, address: str, phone: str, by: Actor) -> Organisation:
    """Register an organisation (机构). Raises OrganisationExists."""
    try:
        with transaction() as session:
            organisation = Organisation(name=name.strip(), address=address.strip(), phone=phone.strip())
            session.add(organisation)
            session.flush()
            record("organisation_created", organisation, by=by, at=clock.now())
    except IntegrityError as cause:
        raise OrganisationExists() from cause
    return organisation


def create(username: str, password: str, name: str, organisation: Organisation) -> AdminLogin:
    """Give somebody an administrator's account of an organisation.

    Args:
        username: compared in lower case. password: kept only as its argon2 hash.
    Raises:
        UsernameInvalid, PasswordTooWeak, NameInvalid, UsernameTaken.
    """
    username, name = username.strip().lower(), name.strip()
    if not USERNAME.fullmatch(username):
        raise UsernameInvalid()
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or username == password.lower():
        raise PasswordTooWeak()
    if not 1 <= len(name) <= 64:
        raise NameInvalid()
    return _create(username, _hasher.hash(password), name, organisation)


@retried
def _create(username: str, password_hash: str, name: str, organisation: Organisation) -> AdminLogin:
    at = clock.now()
    try:
        with transaction() as session:
            admin = AdminLogin(
                organisation_id=organisation.id,
                username=username,
                name=name,
                password_hash=password_hash,
                created_at=at,
            )
            session.add(admin)
            session.flush()
            record("administrator_created", admin, by=Actor(ActorKind.SYSTEM, "command_line"), at=at)
    except IntegrityError as cause:
        raise UsernameTaken() from cause
    return admin


def sign_in(username: str, password: str, *, hours: int, source: str) -> SignedIn:
    """Open a workbench session for ``hours``.

    Five wrong passwords in a row lock the account for 15 minutes; while locked, even the right one is refused. The slow
    hash is computed outside any transaction, and for unknown users too, so that the answer takes equally long.

    Raises:
        SignInRefused: unknown user, wrong password, or locked; never told apart.
    """
    admin = db.session.scalar(select(AdminLogin).where(AdminLogin.username == username.strip().lower()))
    is_right = _verify(admin.password_hash if admin else _nobody(), password)
    if admin is None:
        raise SignInRefused()
    if not is_right:
        _count_failure(admin, source)
        raise SignInRefused()
    return _open_session(admin, hours, source)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return len(password) <= MAX_PASSWORD and _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _unlocked(at: datetime) -> ColumnElement[bool]:
    return or_(AdminLogin.locked_until_at.is_(None), AdminLogin.locked_until_at <= at)


@retried
def _count_failure(admin: AdminLogin, source: str) -> None:
    """Count in the database, so that guessing in parallel does not outrun the lock."""
    at = clock.now()
    failed = case((AdminLogin.locked_until_at.is_(None), AdminLogin.failed_count + 1), else_=1)
    with transaction() as session:
        counted = session.execute(
            update(AdminLogin)
            .where(AdminLogin.id == admin.id, _unlocked(at))
            # the count first: MySQL reads columns already assigned in the same statement
            .ordered_values((AdminLogin.failed_count, failed), (AdminLogin.locked_until_at, None))
            .execution_options(synchronize_session=False)
        )
        if counted.rowcount == 1:  # type: ignore[attr-defined]
            _lock_when_due(admin, at)
        record("admin_sign_in_failed", admin, by=Actor(ActorKind.ADMIN, admin.id, source), at=at)


def _lock_when_due(admin: AdminLogin, at: datetime) -> None:
    db.session.execute(
        update(AdminLogin)
        .where(AdminLogin.id == admin.id, AdminLogin.failed_count >= FAILURES_BEFORE_LOCK)
        .values(locked_until_at=at + timedelta(minutes=LOCK_MINUTES))
        .execution_options(synchronize_session=False)
    )


@retried
def _open_session(admin: AdminLogin, hours: int, source: str) -> SignedIn:
    at = clock.now()
    token = secrets.token_urlsafe(32)
    expires_at = at + timedelta(hours=hours)
    with transaction() as session:
        opened = session.execute(
            update(AdminLogin)
            .where(AdminLogin.id == admin.id, _unlocked(at))
            .values(failed_count=0, locked_until_at=None)
            .execution_options(synchronize_session=False)
        )
        if opened.rowcount != 1:  # type: ignore[attr-defined]
            raise SignInRefused()
        session.add(
            WorkbenchSession(token_hash=token_hash(token), admin_id=admin.id, created_at=at, expires_at=expires_at)
        )
        record("admin_signed_in", admin, by=Actor(ActorKind.ADMIN, admin.id, source), at=at)
    return SignedIn(token, admin, expires_at)


@retried
def sign_out(token: str, *, by: Actor) -> None:
    """End a workbench session; ending it twice is the same."""
    at = clock.now()
    with transaction() as session:
        found = session.scalar(
            select(WorkbenchSession).where(
                WorkbenchSession.token_hash == token_hash(token), WorkbenchSession.revoked_at.is_(None)
            )
        )
        if found is not None:
            found.revoked_at = at
            record("admin_signed_out", found.admin, by=by, at=at)


@retried
def note_download(transfer: MassTransfer, *, by: Actor) -> None:
    """Note that the list of a mass transfer was taken away."""
    at = clock.now()
    with transaction():
        record("transfer_downloaded", transfer, by=by, at=at)


@retried
def open_agreement(agreement: Agreement, *, by: Actor) -> None:
    """Note in the audit trail that an administrator opened a resident's agreement."""
    with transaction():
        record("agreement_opened", agreement, by=by, at=clock.now())


@retried
def open_notice(notice: InformedNotice, *, by: Actor) -> None:
    """Note in the audit trail that an administrator opened a resident's informed notice."""
    with transaction():
        record("informed_notice_opened", notice, by=by, at=clock.now())


@retried
def reveal_name(agreement: Agreement, reason: str, *, by: Actor) -> str:
    """Return the resident's full name, after noting who asked and why.

    Args:
        reason: a key of REVEAL_REASONS; it becomes part of the audited action ("name_revealed_complaint").
    Raises:
        ReasonNeeded.
    """
    if reason not in REVEAL_REASONS:
        raise ReasonNeeded()
    with transaction():
        record(f"name_revealed_{reason}", agreement, by=by, at=clock.now())
    return agreement.resident.name
