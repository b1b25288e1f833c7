"""config.toml: everything documented, everything checked, and every refusal names the line."""

import base64
import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from server import config
from server.config import ConfigError, Settings
from tests import configured, source
from tools import demo_config

EXAMPLE = source.text("config.example.toml")
KEY = base64.b64encode(bytes(32)).decode()
AES_KEY = "a" * 43
FILE = Path("config.toml")


def complete() -> str:
    """The example as somebody who goes live fills it in."""
    count = itertools.count()
    text = EXAMPLE.replace("CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME-CHA", AES_KEY)
    text = re.sub(r'^(data_key|index_key) = "CHANGE-ME"', rf'\1 = "{KEY}"', text, flags=re.MULTILINE)
    return re.sub(r'= "CHANGE-ME"', lambda _: f'= "filled in {next(count)}"', text)


def changed(old: str, new: str, text: str | None = None) -> str:
    text = complete() if text is None else text
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def line_of(part: str, text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if line.startswith(part))


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, FILE)
    return str(caught.value)


# ---------------------------------------------------------------- the example


def keys_of(model: type[BaseModel], path: tuple[str, ...] = ()) -> set[str]:
    """Dotted keys of a model; tables with free names are *."""
    found = set()
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= keys_of(kind, (*path, name))
        elif kind == dict[str, config.Template]:
            found |= keys_of(config.Template, (*path, name, "*"))
        else:
            found.add(".".join((*path, name)))
    return found


def example_keys() -> dict[str, bool]:
    """Dotted keys of the example, templates' names as *, and whether a comment of their section stands above them."""
    found: dict[str, bool] = {}
    section, explained, previous = "", False, ""
    for line in EXAMPLE.splitlines():
        if heading := re.fullmatch(r"\[([\w.]+)\]", line):
            section, explained = re.sub(r"(_templates)\.\w+", r"\1.*", heading[1]), previous.startswith("#")
        elif line.startswith("#"):
            explained = True
        elif setting := re.match(r"(\w+)\s*=", line):
            key = f"{section}.{setting[1]}"
            found[key] = found.get(key, False) or explained
        previous = line
    return found


def test_example_has_every_key_and_no_other() -> None:
    assert set(example_keys()) == keys_of(Settings)


def test_example_explains_every_key() -> None:
    assert [key for key, explained in example_keys().items() if not explained] == []


def test_example_names_every_template_with_the_fields_the_code_fills() -> None:
    wechat = tomllib.loads(EXAMPLE)["wechat"]
    subscribe = {name: set(template["fields"]) for name, template in wechat["subscribe_templates"].items()}
    service = {name: set(template["fields"]) for name, template in wechat["service_templates"].items()}

    assert subscribe == config.SUBSCRIBE_TEMPLATES
    assert service == config.SERVICE_TEMPLATES
    assert {name: set(fields) for name, fields in configured.TEMPLATE_FIELDS.items()} == config.SUBSCRIBE_TEMPLATES
    assert {name: set(fields) for name, fields in configured.SERVICE_FIELDS.items()} == config.SERVICE_TEMPLATES


def test_example_as_it_is_refuses_every_placeholder() -> None:
    message = refusal(EXAMPLE)

    placeholders = [
        number for number, line in enumerate(EXAMPLE.splitlines(), 1) if re.match(r'\w+ = "CHANGE-ME', line)
    ]
    named = {int(number) for number in re.findall(r"^config\.toml, line (\d+): ", message, re.MULTILINE)}
    assert len(placeholders) > 15
    assert set(placeholders) <= named
    assert message.count("the placeholder was not replaced") == len(placeholders)


def test_filled_in_example_is_accepted_for_production() -> None:
    settings = config.parse(complete(), FILE)

    assert settings.app.environment == "production"
    assert settings.privacy.data_key == bytes(32)
    assert settings.wechat.subscribe_templates["renewal"].fields["date"] == "date2"


def test_demo_configuration_is_accepted(tmp_path: Path) -> None:
    demo_config.write(tmp_path / "config.toml", "http://127.0.0.1:1", "http://127.0.0.1:2")

    assert config.load(tmp_path / "config.toml").app.environment == "demo"


# ---------------------------------------------------------------- keys


def test_unknown_key_is_refused_with_its_line() -> None:
    text = changed('log_level = "INFO"', 'log_level = "INFO"\nlog_levle = "DEBUG"')

    assert refusal(text) == f"config.toml, line {line_of('log_levle', text)}: app.log_levle: unknown key"


def test_unknown_section_is_refused_with_its_line() -> None:
    text = complete() + "\n[schedular]\nlease_seconds = 15\n"

    assert refusal(text) == f"config.toml, line {line_of('[schedular]', text)}: schedular: unknown key"


def test_unknown_key_of_a_nested_section_is_refused_with_its_line() -> None:
    text = changed("[wechat.service_account]", '[wechat.service_account]\napp_key = "x"')

    assert f"line {line_of('app_key', text)}: wechat.service_account.app_key: unknown key" in refusal(text)


def test_missing_key_names_the_line_of_its_section() -> None:
    text = changed("lease_seconds = 15\n", "")

    assert (
        refusal(text)
        == f"config.toml, line {line_of('[scheduler]', text)}: scheduler.lease_seconds: this key is missing"
    )


def test_missing_section_is_refused() -> None:
    assert "messaging: this key is missing" in refusal(complete().split("[messaging]")[0] + "[privacy]")


def test_everything_wrong_is_said_at_once() -> None:
    text = changed("lease_seconds = 15", "lease_seconds = 0", changed("pool_size = 8", 'pool_size = "many"'))

    message = refusal(text)

    assert len(message.splitlines()) == 2
    assert f"line {line_of('pool_size', text)}: database.pool_size: " in message
    assert f"line {line_of('lease_seconds', text)}: scheduler.lease_seconds: " in message


def test_broken_toml_names_its_line() -> None:
    text = changed('region = "mianyang"', "region = mianyang")

    assert "config.toml: " in refusal(text) and f"line {line_of('region', text)}" in refusal(text)


def test_missing_template_and_missing_field_are_refused() -> None:
    without = complete().replace("[wechat.subscribe_templates.reply]", "[wechat.subscribe_templates.replies]")
    fewer = changed('fields = { sender = "thing1", time', 'fields = { sendr = "thing1", time')

    assert "wechat.subscribe_templates: replies: unknown template" in refusal(without)
    assert "reply: fields must be exactly hint, sender, time" in refusal(fewer)


def test_two_templates_with_one_id_are_refused() -> None:
    """A one-time consent would be counted as a long-term one."""
    first, second = re.findall(r'^id = "(filled in \d+)"', complete(), re.MULTILINE)[:2]

    assert "two templates have the same id" in refusal(changed(second, first))


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize("wrong", ['""', '"  "', '"CHANGE-ME"', '"my CHANGE-ME key"'])
def test_empty_and_placeholder_secrets_are_refused(wrong: str) -> None:
    text = re.sub(r'^cookie_key = ".*"', f"cookie_key = {wrong}", complete(), flags=re.MULTILINE)

    assert f"line {line_of('cookie_key', text)}: privacy.cookie_key: the placeholder was not replaced" in refusal(text)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [("not base64!", "must be base64"), (base64.b64encode(bytes(31)).decode(), "must be 32 bytes in base64")],
)
def test_unusable_key_is_refused_without_showing_it(wrong: str, why: str) -> None:
    message = refusal(changed(f'data_key = "{KEY}"', f'data_key = "{wrong}"'))

    assert f"privacy.data_key: {why}" in message
    assert wrong not in message


def test_refused_secret_is_never_shown() -> None:
    secret = "a-real-token-of-somebody"
    text = changed('callback_mode = "secure"', f'callback_mode = "{secret}"')

    assert "wechat.miniprogram.callback_mode" in refusal(text)
    assert secret not in refusal(text)


@pytest.mark.parametrize("key", config.SECRETS)
def test_any_secret_may_stand_in_a_file_beside_the_configuration(key: str, tmp_path: Path) -> None:
    text = complete()
    value = re.search(rf'^{key} = "(.*)"', text, re.MULTILINE)
    assert value is not None
    (tmp_path / "secret").write_text(value[1] + "\n")
    file = tmp_path / "config.toml"
    file.write_text(text.replace(value[0], f'{key}_file = "secret"', 1))

    assert config.load(file) == config.parse(text, FILE)


def test_secret_given_twice_is_refused_with_its_line() -> None:
    text = changed("[privacy]", '[privacy]\ncookie_key_file = "somewhere"')

    line = line_of("cookie_key_file", text)
    assert refusal(text) == f"config.toml, line {line}: cookie_key_file and cookie_key are both given"


@pytest.mark.parametrize("value", ['"nowhere/at/all"', "7", '"."'])
def test_secret_file_that_cannot_be_read_is_refused_with_its_line(value: str) -> None:
    text = re.sub(r'^cookie_key = ".*"', f"cookie_key_file = {value}", complete(), flags=re.MULTILINE)

    assert f"line {line_of('cookie_key_file', text)}: cookie_key_file: " in refusal(text)


def test_secret_file_with_a_placeholder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("CHANGE-ME")
    text = re.sub(r'^cookie_key = ".*"', 'cookie_key_file = "secret"', complete(), flags=re.MULTILINE)

    with pytest.raises(ConfigError, match="the placeholder was not replaced"):
        config.parse(text, tmp_path / "config.toml")


def test_only_secrets_have_a_file_form() -> None:
    text = changed('region = "mianyang"', 'region_file = "region"')

    assert "app.region_file: unknown key" in refusal(text)


# ---------------------------------------------------------------- production


def test_production_refuses_a_followed_clock() -> None:
    text = changed('clock_follows = ""', 'clock_follows = "http://127.0.0.1:1/sandbox/clock"')

    line = line_of("clock_follows", text)
    assert refusal(text) == f"config.toml, line {line}: app.clock_follows: a followed clock is refused in production"


def test_production_refuses_a_wechat_without_https() -> None:
    text = changed('api_base = "https://api.weixin.qq.com"', 'api_base = "http://127.0.0.1:8800"')

    assert (
        refusal(text) == f"config.toml, line {line_of('api_base', text)}: wechat.api_base: must be https in production"
    )


def test_production_refuses_made_up_real_names() -> None:
    text = changed('verifier = "none"', 'verifier = "sandbox"')

    message = "identity.verifier: the sandbox's answers are made up; refused in production"
    assert refusal(text) == f"config.toml, line {line_of('verifier', text)}: {message}"
    assert config.parse(changed('environment = "production"', 'environment = "demo"', text), FILE)


@pytest.mark.parametrize("environment", ["demo", "test"])
def test_demo_and_test_may_use_the_sandbox(environment: str) -> None:
    text = changed('environment = "production"', f'environment = "{environment}"')
    text = changed('api_base = "https://api.weixin.qq.com"', 'api_base = "http://127.0.0.1:8800"', text)

    settings = config.parse(changed('clock_follows = ""', 'clock_follows = "http://127.0.0.1:8800/clock"', text), FILE)

    assert settings.app.clock_follows and settings.wechat.api_base.startswith("http://")


# ---------------------------------------------------------------- where it is found


def test_path_comes_from_the_argument_then_the_environment_then_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("given", 11), ("named", 12), ("config", 13)):
        text = changed("lease_seconds = 15", f"lease_seconds = {seconds}")
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    here = config.load()
    monkeypatch.setenv(config.ENVIRONMENT_VARIABLE, "named.toml")

    assert here.scheduler.lease_seconds == 13
    assert config.load().scheduler.lease_seconds == 12
    assert config.load(tmp_path / "given.toml").scheduler.lease_seconds == 11


def test_missing_file_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read .*copy config\.example\.toml"):
        config.load(tmp_path / "config.toml")


def test_settings_cannot_be_changed() -> None:
    settings = config.parse(complete(), FILE)

    with pytest.raises(ValueError, match="frozen"):
        settings.app.region = "elsewhere"
