"""The demo's config.toml: `config.example.toml` with the demo's own values put in.

The example documents every key, so a key that comes later reaches the demo with its default and its comment.
"""

import base64
import json
import re
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tools.paths import ROOT

Value = str | int | bool
Values = dict[tuple[str, str], Value]

REGION = "mianyang"
SECRETS = ("data_key", "index_key", "cookie_key")
CALLBACK = {
    "callback_token": "sandboxCallbackToken",
    "callback_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "callback_mode": "secure",
}
# The sandbox's documented default accounts.
ACCOUNTS: dict[str, dict[str, str]] = {
    "miniprogram": {
        "app_id": "wxa1b2c3d4e5f60001",
        "app_secret": "0123456789abcdef0123456789abcd01",
        "original_id": "gh_sandbox00mini",
        **CALLBACK,
    },
    "service_account": {
        "app_id": "wxa1b2c3d4e5f60002",
        "app_secret": "0123456789abcdef0123456789abcd02",
        "original_id": "gh_sandbox0serve",
        **CALLBACK,
    },
}
# How the sandbox names its default templates: prefix + our name for them.
TEMPLATE_PREFIXES = {"subscribe_templates": "sbx_", "service_templates": "sbx_oa_"}


def fill_in(example: str, values: Mapping[tuple[str, str], Value]) -> str:
    """The text of `example` with `values[(section, key)]` in place of what stands there.

    Raises KeyError for a key the example does not have.
    """
    section, left, lines = "", dict(values), []
    for line in example.splitlines():
        if heading := re.fullmatch(r"\[([\w.]+)\]\s*(#.*)?", line):
            section = heading[1]
        setting = re.match(r"(\w+)\s*=", line)
        if setting and (section, setting[1]) in left:
            line = f"{setting[1]} = {toml_value(left.pop((section, setting[1])))}"
        lines.append(line)
    if left:
        raise KeyError("config.example.toml has no " + ", ".join(f"[{section}] {key}" for section, key in left))
    return "\n".join(lines) + "\n"


def toml_value(value: Value) -> str:
    """The value as TOML: JSON's strings, numbers and booleans are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


def demo_values(example: str, folder: Path, sandbox: str, web: str, database: str | None, region: str) -> Values:
    """What the demo sets: sandbox instead of WeChat, a database in `folder`, its own secrets, the sandbox's clock."""
    values: Values = {
        ("app", "environment"): "demo",
        ("app", "region"): region,
        ("app", "public_base_url"): web,
        ("app", "trusted_proxies"): 0,
        ("app", "clock_follows"): f"{sandbox}/sandbox/clock",
        ("database", "url"): database or f"sqlite:///{folder.resolve() / 'demo.db'}",
        ("wechat", "api_base"): sandbox,
        ("sms", "provider"): "http",
        ("sms", "url"): f"{sandbox}/sms/v1/orders",
        ("sms", "app_id"): "sandbox-sms",
        ("sms", "secret"): "sandboxSmsSecret",
        ("identity", "verifier"): "sandbox",
    }
    for account, keys in ACCOUNTS.items():
        values |= {(f"wechat.{account}", key): value for key, value in keys.items()}
    wechat = tomllib.loads(example)["wechat"]
    for group, prefix in TEMPLATE_PREFIXES.items():
        values |= {(f"wechat.{group}.{name}", "id"): prefix + name for name in wechat[group]}
    return values | {("privacy", name): value for name, value in remembered_secrets(folder / "secrets.json").items()}


def remembered_secrets(file: Path) -> dict[str, str]:
    """The demo's random secrets: made once, since the database kept between runs is encrypted with them."""
    known: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    made = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in SECRETS if name not in known}
    if made:
        write_private(file, json.dumps(known | made, indent=1))
    return known | made


def write_private(file: Path, text: str) -> None:
    """Write a file only we can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)


def write(file: Path, sandbox: str, web: str, database: str | None = None, region: str = REGION) -> None:
    """Write the demo's configuration beside its database; anew at each start, because ports may change.

    `database` is the address of another database than an SQLite file beside the configuration; `region` the profile.
    """
    text = (ROOT / "config.example.toml").read_text()
    write_private(file, fill_in(text, demo_values(text, file.parent, sandbox, web, database, region)))
