"""The table of WeChat's paths: who may call what, how, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .apps import App
from .defaults import MINIPROGRAM, SERVICE_ACCOUNT
from .errors import WechatError

if TYPE_CHECKING:
    from .world import World

Json = dict[str, Any]
BOTH = (MINIPROGRAM, SERVICE_ACCOUNT)


@dataclass(frozen=True)
class Binary:
    """An answer that is not JSON."""

    content: bytes
    content_type: str
    filename: str = ""


@dataclass(frozen=True)
class Upload:
    """The `media` part of a multipart body."""

    filename: str
    content_type: str
    content: bytes


@dataclass
class Call:
    """One call as it arrived. `app` is set once token or appid named it; `body` is parsed JSON."""

    path: str
    verb: str
    query: dict[str, str]
    raw: bytes = b""
    body: Json = field(default_factory=dict)
    upload: Upload | None = None
    remote_addr: str = ""
    account: App | None = None

    @property
    def app(self) -> App:
        """The account that calls; only for endpoints behind a token."""
        if self.account is None:
            raise WechatError(41001)
        return self.account

    def text(self, name: str) -> str:
        """A text of the body, "" when absent; 47001 when it is something else."""
        value = self.body.get(name, "")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise WechatError(47001)
        return value

    def object(self, name: str) -> Json:
        """An object of the body, {} when absent; 47001 when it is something else."""
        value = self.body.get(name) or {}
        if not isinstance(value, dict):
            raise WechatError(47001)
        return value


Handler = Callable[["World", Call], "Json | Binary"]


@dataclass(frozen=True)
class Endpoint:
    """One path. Caps are calls per account; None is no cap, a text names the switch that holds it."""

    path: str
    verb: str
    handler: Handler
    kinds: tuple[str, ...]
    needs_token: bool
    body: str
    daily: int | str | None
    minute: int | None
    minute_errcode: int


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    verb: str,
    path: str,
    *,
    kinds: tuple[str, ...] = BOTH,
    needs_token: bool = True,
    body: str = "json",
    daily: int | str | None = None,
    minute: int | None = None,
    minute_errcode: int = 45011,
) -> Callable[[Handler], Handler]:
    """Enter a function into the table. `body` is json, multipart or none (always none for GET)."""

    def enter(handler: Handler) -> Handler:
        ENDPOINTS[path] = Endpoint(
            path, verb, handler, kinds, needs_token, "none" if verb == "GET" else body, daily, minute, minute_errcode
        )
        return handler

    return enter
