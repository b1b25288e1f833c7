"""The accounts: mini-programs and service accounts, each with its own secret, callback and pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import crypto, defaults
from .addresses import is_web_address
from .errors import ControlError
from .switches import UnknownSwitch, Value, check

MODES = ("plain", "compatible", "secure")
FORMATS = ("xml", "json")
LOOPBACK = ["127.0.0.1", "::1"]


@dataclass
class App:
    """One account. `kind` is miniprogram or service_account; times are virtual seconds."""

    appid: str
    secret: str
    kind: str
    original_id: str
    name: str = ""
    callback_url: str = ""
    callback_token: str = defaults.CALLBACK_TOKEN
    aes_key: str = defaults.AES_KEY
    mode: str = "secure"
    format: str = "xml"
    ip_whitelist: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    released: bool = True
    bound_to_open_platform: bool = True
    banned: bool = False
    switches: dict[str, Value] = field(default_factory=dict)
    phone_calls: int = 0

    @property
    def is_miniprogram(self) -> bool:
        return self.kind == defaults.MINIPROGRAM

    @property
    def push_format(self) -> str:
        """Service accounts only know XML (D.1)."""
        return self.format if self.is_miniprogram else "xml"

    def has_page(self, path: str) -> bool:
        """Whether the released version has this page; a query behind it does not matter."""
        return self.released and path.split("?", 1)[0] in self.pages

    def as_json(self) -> dict[str, object]:
        """The shape of GET /sandbox/apps; the secret is in it on purpose, it is a sandbox."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"push_format": self.push_format}


def default_apps(pages: list[str]) -> list[App]:
    """One mini-program and one service account, linked, of one Open-Platform account."""
    miniprogram = App(
        appid=defaults.MINIPROGRAM_APPID,
        secret=defaults.MINIPROGRAM_SECRET,
        kind=defaults.MINIPROGRAM,
        original_id=defaults.MINIPROGRAM_ORIGINAL_ID,
        name="家庭医生",
        linked=[defaults.SERVICE_ACCOUNT_APPID],
        pages=pages,
    )
    service_account = App(
        appid=defaults.SERVICE_ACCOUNT_APPID,
        secret=defaults.SERVICE_ACCOUNT_SECRET,
        kind=defaults.SERVICE_ACCOUNT,
        original_id=defaults.SERVICE_ACCOUNT_ORIGINAL_ID,
        name="家庭医生服务号",
        ip_whitelist=list(LOOPBACK),
        linked=[defaults.MINIPROGRAM_APPID],
    )
    return [miniprogram, service_account]


_TEXTS = {"secret", "name", "callback_url", "callback_token", "aes_key", "mode", "format", "original_id"}
_LISTS = {"ip_whitelist", "linked", "pages"}
_FLAGS = {"released", "bound_to_open_platform", "banned"}


def _checked(name: str, value: object) -> object:
    if name in _TEXTS and isinstance(value, str):
        return value
    if name in _LISTS and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if name in _FLAGS and isinstance(value, bool):
        return value
    if name == "phone_calls" and isinstance(value, int):
        return value
    raise ControlError(400, f"{name} cannot be set to this value", field=name)


def change(app: App, changes: dict[str, object]) -> None:
    """Set fields of an app; ControlError 400 names the first one that is wrong, and then nothing changes."""
    own_switches = changes.get("switches", {})
    if not isinstance(own_switches, dict):
        raise ControlError(400, "switches is an object", field="switches")
    try:
        switches = {name: check(name, value) for name, value in own_switches.items()}
    except UnknownSwitch as error:
        raise ControlError(400, str(error), field="switches") from error
    checked = {name: _checked(name, value) for name, value in changes.items() if name != "switches"}
    if checked.get("mode", app.mode) not in MODES or checked.get("format", app.format) not in FORMATS:
        raise ControlError(400, "mode is plain, compatible or secure; format is xml or json")
    address = str(checked.get("callback_url", ""))
    if address and not is_web_address(address):
        raise ControlError(400, "callback_url is not an http or https address", field="callback_url")
    try:
        crypto.aes_key(str(checked.get("aes_key", app.aes_key)))
    except ValueError as error:
        raise ControlError(400, "aes_key has 43 characters", field="aes_key") from error
    for name, value in checked.items():
        setattr(app, name, value)
    app.switches.update(switches)


def create(fields: dict[str, object]) -> App:
    """A new app from the body of POST /sandbox/apps."""
    kind = fields.get("kind")
    if kind not in (defaults.MINIPROGRAM, defaults.SERVICE_ACCOUNT) or not isinstance(fields.get("appid"), str):
        raise ControlError(400, "appid, secret, original_id and kind (miniprogram or service_account) are needed")
    app = App(
        appid=str(fields["appid"]),
        secret=str(fields.get("secret", "")),
        kind=str(kind),
        original_id=str(fields.get("original_id", "")),
        pages=list(defaults.DEFAULT_PAGES),
        ip_whitelist=list(LOOPBACK),
    )
    change(app, {name: value for name, value in fields.items() if name not in ("appid", "kind")})
    return app
