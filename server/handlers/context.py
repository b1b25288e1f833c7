"""What handlers need from the application, and who is calling."""

from dataclasses import dataclass

from flask import current_app, g, request

from server.access import accounts, rules
from server.choosing import Chooser, NoChooser
from server.config import Settings
from server.models.account import AdminLogin, WechatUser
from server.models.actor import Actor, ActorKind
from server.models.desk_login import DeskSession
from server.models.doctor import Staff
from server.models.resident import Resident
from server.policy.schema import Policy
from server.sms import SmsSender
from server.verifying import Verifier
from server.wechat.gateway import Gateway

EXTENSION = "family_doctor"


@dataclass(frozen=True)
class Wiring:
    """What create_app() built."""

    settings: Settings
    policy: Policy
    gateway: Gateway
    verifier: Verifier
    sms: SmsSender
    chooser: Chooser = NoChooser()


def wiring() -> Wiring:
    """Return the application's settings, policy and gateway."""
    found: Wiring = current_app.extensions[EXTENSION]
    return found


def source() -> str:
    """Return the caller's address, for the audit trail."""
    return request.remote_addr or ""


def device() -> str:
    """Return what the caller's client says it is, as evidence of a signing."""
    return request.user_agent.string[:128]


def policy_for(resident: Resident) -> Policy:
    """Return the rules under which a person would sign today."""
    return rules.policy_for(resident, wiring().policy)


def user() -> WechatUser:
    """Return the logged-in WeChat user; the route's guard found him."""
    if "user" not in g:
        g.user = accounts.user(g.bearer.user_id)
    found: WechatUser = g.user
    return found


def resident() -> Resident:
    """Return the caller as a resident; only behind bound_resident. What he is is loaded when it is first used."""
    return accounts.resident_reference(g.bearer.resident_id)


def staff() -> Staff:
    """Return the caller as a member of staff; only behind doctor_only and desk_only."""
    found: Staff = g.staff
    return found


def desk() -> DeskSession:
    """Return the session of the caller's desk computer; only behind desk_only."""
    found: DeskSession = g.desk
    return found


def admin() -> AdminLogin:
    """Return the caller as an administrator; only behind admin_only."""
    found: AdminLogin = g.admin
    return found


def as_resident() -> Actor:
    """The caller acting for himself."""
    return Actor(ActorKind.RESIDENT, g.bearer.user_id, source())


def as_staff() -> Actor:
    """The caller acting as a member of staff."""
    return Actor(ActorKind.STAFF, staff().id, source())


def as_admin() -> Actor:
    """The caller acting as an administrator."""
    return Actor(ActorKind.ADMIN, admin().id, source())
