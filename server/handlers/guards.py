"""Who may call a route. Each guard runs before every view of the blueprints that name it in ``handlers.ROUTES``."""

from flask import g, request

from server.access import accounts, desk_logins
from server.errors import Conflict, NotAllowed, NotLoggedIn
from server.handlers.context import wiring

WORKBENCH_COOKIE = "workbench"
DESK_COOKIE = "doctors_desk"


class StaffLocked(NotAllowed):
    """An administrator keeps this member of staff from working here."""

    code, default_message = "staff_locked", "您的医务账号已停用，请联系管理员"


class NotBound(Conflict):
    """The caller has not told us who he is."""

    code, default_message = "identity_needed", "请先完成实名登记"


def open_to_all() -> None:
    """Anybody."""


def wechat_signed() -> None:
    """WeChat's servers: the callback itself verifies the signature, because the body is needed for it."""


def logged_in() -> None:
    """Anybody with a mini-program session, whether we know his name or not."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotLoggedIn()
    g.bearer = accounts.bearer_of(token.strip())
    g.pop("user", None)  # loaded when asked for; never somebody else's, should a context live longer than a request


def bound_resident() -> None:
    """A resident with a registered identity."""
    logged_in()
    if g.bearer.resident_id is None:
        raise NotBound()


def doctor_only() -> None:
    """A member of staff who works in a team."""
    logged_in()
    user = accounts.user(g.bearer.user_id)
    if user.staff is None or user.staff.team is None:
        raise NotAllowed()
    if user.staff.locked_at is not None:
        raise StaffLocked()
    g.staff = user.staff


def admin_only() -> None:
    """An administrator with a workbench session."""
    g.admin = accounts.admin_of(request.cookies.get(WORKBENCH_COOKIE, ""))


def desk_only() -> None:
    """A doctor at a desk computer, whose browser he let in on his phone."""
    idle = wiring().settings.privacy.desk_idle_minutes
    g.desk = desk_logins.session_of(request.cookies.get(DESK_COOKIE, ""), idle_minutes=idle)
    g.staff = g.desk.staff
