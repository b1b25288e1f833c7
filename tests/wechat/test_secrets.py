"""No secret, token, openid, phone number, code or text in a log or an exception, whatever goes wrong."""

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server.config import Template, Wechat
from server.wechat import callback
from server.wechat.gateway import Gateway
from server.wechat.token_store import MemoryTokens, Token
from tests import configured
from tests.wechat.conftest import TOKEN, RawServer, http

OPENID, TEXT, PHONE, CODE = "oPatientOpenid", "我的血压很高", "13800138000", "the-login-code"


@pytest.fixture
def wechat() -> Wechat:
    return configured.settings("sqlite://").wechat


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any library logs, at DEBUG, formatted with tracebacks and extras."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Everything("%(name)s %(message)s"))
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", "urllib3", "urllib3.connectionpool", "server")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


class _Everything(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + repr(vars(record))


def refuse(target: str, body: bytes) -> bytes | None:
    return http(
        b'{"errcode":47003,"errmsg":"argument invalid! data.thing1.value %s rid: 69a4f0a0-1a2b3c4d-5e6f7081"}'
        % OPENID.encode()
    )


def stale(target: str, body: bytes) -> bytes | None:
    return http(b'{"errcode":40001,"errmsg":"invalid credential THE-SECRET-TOKEN"}')


def cut(target: str, body: bytes) -> bytes | None:
    return None


def half(target: str, body: bytes) -> bytes | None:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"


def bad_gateway(target: str, body: bytes) -> bytes | None:
    return http(target.encode() + body, "502 Bad Gateway")


def redirect(target: str, body: bytes) -> bytes | None:
    return b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9" + target.encode() + b"\r\nContent-Length: 0\r\n\r\n"


def garbage(target: str, body: bytes) -> bytes | None:
    return target.encode() + body


def attempts(gateway: Gateway, settings: Wechat) -> dict[str, Callable[[], Any]]:
    template = Template(id="t", fields={"item": "thing1"})
    return {
        "login": lambda: gateway.exchange_code(CODE),
        "phone": lambda: gateway.phone_number(CODE, OPENID),
        "follower": lambda: gateway.follower(OPENID),
        "subscribe": lambda: gateway.push_subscribe(OPENID, template, {"item": TEXT}, "p"),
        "template": lambda: gateway.push_template(OPENID, template, {"item": TEXT}, "p", "id"),
        "text": lambda: gateway.push_text(OPENID, TEXT),
        "check": lambda: gateway.judge_text(OPENID, TEXT),
        "code": lambda: gateway.code_image("a=1", "p"),
        "menu": lambda: gateway.create_menu([{"name": TEXT}]),
    }


@pytest.mark.parametrize("trouble", [refuse, stale, cut, half, bad_gateway, redirect, garbage])
@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize(
    "what", ["login", "phone", "follower", "subscribe", "template", "text", "check", "code", "menu"]
)
def test_nothing_private_is_logged_or_raised(
    wechat: Wechat,
    raw_server: Callable[..., RawServer],
    log: io.StringIO,
    trouble: Callable[[str, bytes], bytes | None],
    everywhere: bool,
    what: str,
) -> None:
    server = raw_server(lambda path, body: trouble(path, body) if everywhere or "stable_token" not in path else TOKEN)
    settings = wechat.model_copy(update={"api_base": server.url})
    gateway = Gateway(settings, MemoryTokens())

    seen = ""
    try:
        seen = repr(attempts(gateway, settings)[what]())
    except Exception as error:
        seen = everything_about(error)

    assert seen
    assert server.requests
    for private in secrets(settings):
        assert private not in log.getvalue(), private
        assert private not in seen, private


def test_nothing_private_when_nobody_listens(wechat: Wechat, log: io.StringIO) -> None:
    settings = wechat.model_copy(update={"api_base": "http://127.0.0.1:9"})
    for attempt in attempts(Gateway(settings, MemoryTokens()), settings).values():
        try:
            seen = repr(attempt())
        except Exception as error:
            seen = everything_about(error)
        for private in secrets(settings):
            assert private not in seen + log.getvalue()


def test_the_debug_log_still_names_the_path(
    wechat: Wechat, raw_server: Callable[..., RawServer], log: io.StringIO
) -> None:
    server = raw_server(lambda path, body: http(b'{"openid":"o"}'))
    Gateway(wechat.model_copy(update={"api_base": server.url}), MemoryTokens()).exchange_code(CODE)

    assert "/sns/jscode2session?…" in log.getvalue()


def test_values_hide_what_is_private_in_their_repr(wechat: Wechat) -> None:
    assert "THE-SECRET" not in repr(Token("THE-SECRET", 1))
    request = callback.CallbackRequest("miniprogram", {"openid": OPENID}, TEXT.encode())
    assert OPENID not in repr(request)


def secrets(settings: Wechat) -> list[str]:
    ours = [settings.miniprogram.app_secret, settings.service_account.app_secret, "THE-SECRET-TOKEN"]
    return [*ours, OPENID, TEXT, CODE, PHONE]


def everything_about(error: BaseException) -> str:
    """Text, details and chained exceptions, suppressed ones too."""
    parts: list[str] = []
    found: BaseException | None = error
    while found is not None:
        shown = traceback.format_exception_only(found)
        parts += [repr(found), str(found), repr(found.args), repr(vars(found)), *shown]
        found = found.__cause__ or found.__context__
    return "\n".join(parts)
