"""The demo's configuration and what it remembers between runs."""

import json
import stat
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from server import config
from tools import demo, demo_config, sandbox_control
from tools.steps import StepFailed

SANDBOX, WEB = "http://127.0.0.1:8610", "http://127.0.0.1:8611"


def test_the_server_accepts_the_demos_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    demo_config.write(file, SANDBOX, WEB)
    settings = config.load(file)
    assert settings.app.environment == "demo"
    assert settings.app.clock_follows == f"{SANDBOX}/sandbox/clock"
    assert settings.wechat.api_base == SANDBOX
    assert settings.identity.verifier == "sandbox"
    assert settings.database.url == f"sqlite:///{tmp_path}/demo.db"
    assert settings.wechat.subscribe_templates["followup_long"].id == "sbx_followup_long"
    assert settings.wechat.service_templates["waiting"].id == "sbx_oa_waiting"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_are_random_and_stay_the_same_while_ports_change(tmp_path: Path) -> None:
    first, other = tmp_path / "a" / "config.toml", tmp_path / "b" / "config.toml"
    demo_config.write(first, SANDBOX, WEB)
    privacy = tomllib.loads(first.read_text())["privacy"]
    demo_config.write(first, "http://127.0.0.1:9000", WEB)
    assert tomllib.loads(first.read_text())["privacy"] == privacy
    assert config.load(first).wechat.api_base == "http://127.0.0.1:9000"
    demo_config.write(other, SANDBOX, WEB)
    assert tomllib.loads(other.read_text())["privacy"]["data_key"] != privacy["data_key"]


def test_filling_in_touches_only_the_key_of_its_section() -> None:
    example = '# key = "comment"\n[one]\nkey = "x"  # why\nother = 1\n\n[two.three]\nkey = "y"\n'
    filled = demo_config.fill_in(example, {("two.three", "key"): 'a"b'})
    assert filled == '# key = "comment"\n[one]\nkey = "x"  # why\nother = 1\n\n[two.three]\nkey = "a\\"b"\n'


def test_a_key_the_example_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"\[one\] gone"):
        demo_config.fill_in("[one]\nkey = 1\n", {("one", "gone"): 1})


def test_the_virtual_clock_goes_on_where_the_last_run_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[str, Any]] = []

    def ask(base: str, path: str, body: object = None, method: str | None = None) -> dict[str, float]:
        assert (base, path, method) == (SANDBOX, "/sandbox/clock", None)
        calls.append((path, body))
        return {"offset_seconds": 86400.0}

    monkeypatch.setattr(sandbox_control, "ask", ask)
    file = tmp_path / "offset"
    clock = sandbox_control.KeptClock(SANDBOX, file)
    assert clock.restore() == 0.0
    assert calls == []
    clock.save()
    again = sandbox_control.KeptClock(SANDBOX, file)
    assert again.restore() == 86400.0
    assert calls[-1] == ("/sandbox/clock", {"advance_seconds": 86400.0})


class Refusing(BaseHTTPRequestHandler):
    """A sandbox whose verification of the callback failed."""

    def do_PATCH(self) -> None:
        self.server.asked = (self.path, self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
        self.send_response(422)
        self.end_headers()
        self.wfile.write(b'{"error": "no echo"}')

    def log_message(self, *_arguments: Any) -> None:
        """Tests print nothing."""


def test_a_refused_callback_shows_the_sandboxs_words() -> None:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(OSError, match=r"PATCH .*: status 422: {\"error\": \"no echo\"}"):
            sandbox_control.set_callbacks(f"http://127.0.0.1:{server.server_port}", WEB)
        thread.join()
        path, body = server.asked  # type: ignore[attr-defined]
    assert path == "/sandbox/apps/wxa1b2c3d4e5f60001"
    assert json.loads(body) == {"callback_url": f"{WEB}/wechat/callback/miniprogram"}


def test_the_seeds_last_line_is_its_report() -> None:
    assert demo.last_json_line('Seeding …\n{"resident": "A", "doctor": "B", "workbench": {}}\n')["doctor"] == "B"
    for output in ("", "no json", "[1]", '{"resident": "A"}'):
        with pytest.raises(StepFailed, match="did not end with a line of JSON"):
            demo.last_json_line(output)


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with demo.only_demo(folder), pytest.raises(StepFailed, match=r"running from this folder already \(process \d+\)"):
        demo.only_demo(folder).__enter__()
    with demo.only_demo(folder):
        assert folder.is_dir()


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-22T03:00:00+08:00", "2026-11-22T09:30:00+08:00"),
        ("2026-11-22T22:00:00+08:00", "2026-11-23T09:30:00+08:00"),
        ("2026-11-22T12:00:00+08:00", None),
    ],
)
def test_a_demo_started_at_night_begins_in_the_morning(
    now: str, morning: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[object] = []

    def ask(_base: str, _path: str, body: object = None, method: str | None = None) -> object:
        if body is not None:
            sent.append(body)
        return {"now": now, "offset_seconds": 0.0}

    monkeypatch.setattr(sandbox_control, "ask", ask)

    moved = sandbox_control.KeptClock(SANDBOX, tmp_path / "offset").wait_for_day()

    assert moved is (morning is not None)
    assert sent == ([{"set": morning}] if morning else [])
