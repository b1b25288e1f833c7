"""config.toml → frozen Settings. An unknown or missing key, or a placeholder secret, refuses to start and names the line.

``config.example.toml`` documents every key. A secret may be given as ``<key>_file``: the path of a file that holds it.
Nothing regional is a setting: that is policy. This is the only module that reads the environment.
"""

import base64
import binascii
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

ENVIRONMENT_VARIABLE = "FAMILY_DOCTOR_CONFIG"
PLACEHOLDER = "CHANGE-ME"
# Our names for the templates' fields; the configuration says which key of the real template each one is.
SUBSCRIBE_TEMPLATES = {
    "followup": {"item", "time", "team", "phone", "hint"},
    "followup_long": {"item", "time", "team", "phone", "hint"},
    "visit": {"item", "date", "visitor", "phone", "hint"},
    "renewal": {"item", "date", "team", "hint"},
    "appointment": {"hospital", "department", "time", "hint"},
    "result": {"item", "result", "time", "hint"},
    "reply": {"sender", "time", "hint"},
}
SERVICE_TEMPLATES = {"notice": {"item", "time", "hint"}, "waiting": {"sender", "time", "hint"}}
SECRETS = (
    "app_secret",
    "callback_token",
    "callback_aes_key",
    "data_key",
    "index_key",
    "url",
    "cookie_key",
    "secret",
    "api_key",
)


class ConfigError(Exception):
    """The configuration cannot be used; the message says which line and why."""


def _not_placeholder(value: str) -> str:
    if isinstance(value, str) and (not value.strip() or PLACEHOLDER in value):
        raise ValueError("the placeholder was not replaced")
    return value


def _key_bytes(value: Any) -> bytes:
    _not_placeholder(value)
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError) as cause:
        raise ValueError("must be base64") from cause
    if len(key) != 32:
        raise ValueError("must be 32 bytes in base64")
    return key


# Not in repr: settings may stand in a traceback's frame or in somebody's debug line.
Secret = Annotated[str, BeforeValidator(_not_placeholder), Field(repr=False)]
KeyBytes = Annotated[bytes, BeforeValidator(_key_bytes)]
Key = Annotated[KeyBytes, Field(repr=False)]


class Section(BaseModel):
    """A table of the file: unknown keys are refused, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class App(Section):
    environment: Literal["production", "demo", "test"]
    region: str
    public_base_url: str
    trusted_proxies: int = Field(ge=0, le=5)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    clock_follows: str


class Database(Section):
    url: Secret
    pool_size: int = Field(ge=1, le=64)


class WechatApp(Section):
    app_id: Secret
    app_secret: Secret
    original_id: Secret
    callback_token: Secret
    callback_aes_key: Annotated[str, BeforeValidator(_not_placeholder), Field(min_length=43, max_length=43, repr=False)]
    callback_mode: Literal["plain", "compatible", "secure"]


class Template(Section):
    id: Secret
    fields: dict[str, str]


def _complete(found: dict[str, Template], wanted: dict[str, set[str]]) -> dict[str, Template]:
    """A missing template or field would show only when somebody must be told; one id twice counts consents wrongly."""
    for name in sorted(found.keys() ^ wanted.keys()):
        raise ValueError(f"{name}: {'this template is missing' if name in wanted else 'unknown template'}")
    for name, template in found.items():
        if template.fields.keys() != wanted[name]:
            raise ValueError(f"{name}: fields must be exactly {', '.join(sorted(wanted[name]))}")
    if len({template.id for template in found.values()}) < len(found):
        raise ValueError("two templates have the same id")
    return found


class Wechat(Section):
    api_base: str
    connect_timeout_seconds: float = Field(gt=0, le=10)
    read_timeout_seconds: float = Field(gt=0, le=30)
    callback_replay_window_seconds: int = Field(ge=60, le=3600)
    callback_max_bytes: int = Field(ge=1024, le=1048576)
    miniprogram_state: Literal["developer", "trial", "formal"]
    miniprogram: WechatApp
    service_account: WechatApp
    subscribe_templates: dict[str, Template]
    service_templates: dict[str, Template]

    @field_validator("subscribe_templates")
    @classmethod
    def _all_subscribe_templates(cls, found: dict[str, Template]) -> dict[str, Template]:
        return _complete(found, SUBSCRIBE_TEMPLATES)

    @field_validator("service_templates")
    @classmethod
    def _all_service_templates(cls, found: dict[str, Template]) -> dict[str, Template]:
        return _complete(found, SERVICE_TEMPLATES)


class Scheduler(Section):
    lease_seconds: int = Field(ge=3, le=300)
    delivery_budget: int = Field(ge=1, le=5000)
    delivery_threads: int = Field(ge=1, le=64)


class Messaging(Section):
    max_text_characters: int = Field(ge=20, le=2000)
    idle_close_hours: int = Field(ge=1, le=168)


class Privacy(Section):
    data_key: Key
    old_data_keys: Annotated[list[KeyBytes], Field(repr=False)]
    index_key: Key
    cookie_key: Secret
    session_days: int = Field(ge=1, le=90)
    workbench_session_hours: int = Field(ge=1, le=24)
    desk_idle_minutes: int = Field(ge=5, le=120)


class Sms(Section):
    provider: Literal["none", "http"]
    url: str
    app_id: str
    secret: Annotated[str, Field(repr=False)]
    sign: str = Field(min_length=2, max_length=16)
    connect_timeout_seconds: float = Field(gt=0, le=10)
    read_timeout_seconds: float = Field(gt=0, le=30)

    @model_validator(mode="after")
    def _complete_when_on(self) -> "Sms":
        if self.provider != "none":
            for name in ("url", "app_id", "secret"):
                value = getattr(self, name)
                if not value.strip() or PLACEHOLDER in value:
                    raise ValueError(f"{name}: the placeholder was not replaced")
        return self


class Learning(Section):
    keep_questions_days: int = Field(ge=7, le=365)
    keep_lessons_days: int = Field(ge=30, le=3650)


class Choosing(Section):
    """The optional language model. It is asked only with the operator's consent to send redacted text away."""

    provider: Literal["none", "openai"]
    base_url: str
    api_key: Annotated[str, Field(repr=False)]
    model: str = Field(max_length=80)
    consent: bool

    @model_validator(mode="after")
    def _complete_when_on(self) -> "Choosing":
        if self.provider != "none":
            for name in ("base_url", "api_key", "model"):
                value = getattr(self, name)
                if not value.strip() or PLACEHOLDER in value:
                    raise ValueError(f"{name}: the placeholder was not replaced")
            if not self.base_url.startswith(("http://", "https://")):
                raise ValueError("base_url: must begin with http:// or https://")
            if not self.consent:
                raise ValueError('consent: without it no text may be sent; set it or provider = "none"')
        return self


class Identity(Section):
    verifier: Literal["none", "sandbox"]


class Imports(Section):
    max_file_megabytes: int = Field(ge=1, le=100)
    max_rows: int = Field(ge=100, le=200_000)
    keep_days: int = Field(ge=1, le=365)


class PaperSettings(Section):
    extra_font: str


class Settings(Section):
    """Everything that can be set, frozen. Sections as in config.example.toml."""

    app: App
    database: Database
    wechat: Wechat
    scheduler: Scheduler
    messaging: Messaging
    privacy: Privacy
    sms: Sms
    learning: Learning
    choosing: Choosing
    identity: Identity
    imports: Imports
    paper: PaperSettings

    @model_validator(mode="after")
    def _production_is_real(self) -> "Settings":
        if self.app.environment != "production":
            return self
        if self.app.clock_follows:
            raise ValueError("app.clock_follows: a followed clock is refused in production")
        if not self.wechat.api_base.startswith("https://"):
            raise ValueError("wechat.api_base: must be https in production")
        if self.sms.provider == "http" and not self.sms.url.startswith("https://"):
            raise ValueError("sms.url: must be https in production")
        if self.choosing.provider != "none" and not self.choosing.base_url.startswith("https://"):
            raise ValueError("choosing.base_url: must be https in production")
        if self.identity.verifier == "sandbox":
            raise ValueError("identity.verifier: the sandbox's answers are made up; refused in production")
        return self


def load(path: str | Path | None = None) -> Settings:
    """Read and check the configuration file.

    Args:
        path: the file; without it $FAMILY_DOCTOR_CONFIG, and without that ``config.toml`` here.
    Raises:
        ConfigError: names the file, the line and the reason.
    """
    file = Path(path or os.environ.get(ENVIRONMENT_VARIABLE) or "config.toml")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as cause:
        raise ConfigError(f"{file}: cannot be read ({cause.strerror}); copy config.example.toml to start") from cause
    return parse(text, file)


def parse(text: str, file: Path) -> Settings:
    """Check the text of a configuration file; secrets given as ``_file`` are read relative to it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise ConfigError(f"{file}: {cause}") from cause
    _read_secret_files(data, file, text, ())
    try:
        return Settings.model_validate(data)
    except ValidationError as cause:
        raise ConfigError("\n".join(_explain(error, text, file) for error in cause.errors())) from None


def _read_secret_files(table: dict[str, Any], file: Path, text: str, path: tuple[str, ...]) -> None:
    for key, value in list(table.items()):
        if isinstance(value, dict):
            _read_secret_files(value, file, text, (*path, key))
        elif key.endswith("_file") and key.removesuffix("_file") in SECRETS:
            line = _line_of((*path, key), text)
            if key.removesuffix("_file") in table:
                raise ConfigError(f"{file}, line {line}: {key} and {key.removesuffix('_file')} are both given")
            try:
                table[key.removesuffix("_file")] = (file.parent / str(value)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as cause:
                reason = getattr(cause, "strerror", None) or "is not a text file"
                raise ConfigError(f"{file}, line {line}: {key}: {reason}") from cause
            del table[key]


def _explain(error: Any, text: str, file: Path) -> str:
    path = tuple(str(part) for part in error["loc"])
    reason = {"missing": "this key is missing", "extra_forbidden": "unknown key"}.get(error["type"], error["msg"])
    reason = reason.removeprefix("Value error, ")
    if not path:  # a rule about several keys names the one to change itself
        name, _, reason = reason.partition(": ")
        path = tuple(name.split("."))
    return f"{file}, line {_line_of(path, text)}: {'.'.join(path)}: {reason}"


def _line_of(path: tuple[str, ...], text: str) -> int:
    """Return the line of a key, or of the table it should stand in."""
    table: tuple[str, ...] = ()
    best = 1
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            table = tuple(part.strip() for part in line.strip("[]").split("."))
            if path[: len(table)] == table:
                best = number
        elif "=" in line and not line.startswith("#"):
            key = (*table, line.split("=", 1)[0].strip())
            if path[: len(key)] == key:
                return number
    return best
