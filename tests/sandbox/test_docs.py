"""docs/sandbox.md says what the code does: switches, accounts, templates, control paths."""

from __future__ import annotations

import json
import re
from pathlib import Path

from wechat_sandbox import clock, defaults
from wechat_sandbox.app import create_app
from wechat_sandbox.endpoints import ENDPOINTS
from wechat_sandbox.serving import Sandbox
from wechat_sandbox.switches import SWITCHES
from wechat_sandbox.world import SandboxConfig

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_switches_table_is_the_code() -> None:
    section = DOC.split("## Switches", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| `(.+?)` \| (.+) \|$", section, re.MULTILINE)
    expected = [
        (switch.name, json.dumps(switch.default, ensure_ascii=False), switch.explanation) for switch in SWITCHES
    ]
    assert rows == expected


def test_switches_over_http_have_default_and_explanation() -> None:
    with Sandbox(miniprogram=None) as sandbox:
        changed = sandbox.control.patch("switches", {"callback_tries": 2})
    assert set(changed) == {switch.name for switch in SWITCHES}
    assert changed["callback_tries"]["value"] == 2 and changed["callback_tries"]["default"] == 3
    assert all(entry["explanation"] for entry in changed.values())


def test_every_switch_is_used() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "wechat_sandbox").glob("*.py")
        if file.name != "switches.py"
    )
    unused = [switch.name for switch in SWITCHES if f'"{switch.name}"' not in code]
    # these two are put together from the kind of account
    assert unused == ["unavailable_line_service_account", "unavailable_line_miniprogram"]


def test_accounts_and_templates_are_in_the_doc() -> None:
    for value in (
        defaults.MINIPROGRAM_APPID,
        defaults.MINIPROGRAM_SECRET,
        defaults.MINIPROGRAM_ORIGINAL_ID,
        defaults.SERVICE_ACCOUNT_APPID,
        defaults.SERVICE_ACCOUNT_SECRET,
        defaults.SERVICE_ACCOUNT_ORIGINAL_ID,
        defaults.CALLBACK_TOKEN,
        defaults.AES_KEY,
        *defaults.CALLBACK_PATHS.values(),
    ):
        assert f"`{value}`" in DOC
    for spec in (*defaults.SUBSCRIBE_TEMPLATES, *defaults.SERVICE_TEMPLATES):
        keys = ", ".join(f"{key} {label}" for key, label in spec.keys)
        assert re.search(rf"\| `{spec.id}` \| {spec.title} \|.*\| {keys} \|", DOC), spec.id


def test_every_control_and_wechat_path_is_in_the_doc() -> None:
    app = create_app(SandboxConfig(miniprogram=None))
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/sandbox")}
    documented = set(re.findall(r"`(?:[A-Z]+[ /]?)+ (/sandbox[^`?]*)", DOC))
    named = {re.sub(r"<(?:\w+:)?\w+>", "<>", rule) for rule in rules}

    assert named == {re.sub(r"<\w+>", "<>", path) for path in documented}
    assert [path for path in ENDPOINTS if f"`{path}`" not in DOC] == []
    app.extensions["sandbox"].close()


def test_only_one_module_reads_the_clock() -> None:
    reading = re.compile(r"\btime\.(time|monotonic|perf_counter)\(|datetime\.now|\.utcnow|date\.today")
    guilty = [
        file.name
        for file in (ROOT / "wechat_sandbox").glob("*.py")
        if reading.search(file.read_text(encoding="utf-8")) and file.name != Path(clock.__file__).name
    ]
    assert guilty == []
