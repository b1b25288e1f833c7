"""``flask doctor``: each thing that can be wrong is said in words, with what to do, and the exit code tells."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from server.cli import examining
from server.cli.examining import Finding
from server.config import Settings
from server.database import db
from server.handlers.context import EXTENSION
from tests import configured
from tests.conftest import Clock
from tools import doctor as tool
from wechat_sandbox.serving import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def look(app: APIFlask) -> Callable[[], dict[str, Finding]]:
    def run() -> dict[str, Finding]:
        db.session.rollback()
        return {finding.what: finding for finding in examining.examine(app)}

    return run


def problems(found: dict[str, Finding]) -> set[str]:
    return {what for what, finding in found.items() if finding.is_problem}


def test_a_sound_set_up_lacks_only_its_scheduler(look: Any) -> None:
    found = look()

    assert problems(found) == {"定时任务"}
    assert found["短信"].is_hint
    assert found["小程序消息模板"].found == f"{len(configured.TEMPLATE_FIELDS)} 个都在"
    assert "jobs run" in found["定时任务"].how


def test_every_problem_says_what_to_do(look: Any) -> None:
    assert [finding.what for finding in look().values() if finding.is_problem and not finding.how] == []


@pytest.mark.parametrize(("errcode", "words"), [(40013, "AppID 无效"), (40125, "AppSecret 错误"), (40164, "白名单")])
def test_wechat_that_refuses_us_is_named(look: Any, sandbox: Sandbox, errcode: int, words: str) -> None:
    sandbox.control.post("/sandbox/faults", {"path": "/cgi-bin/stable_token", "kind": "errcode", "errcode": errcode})

    found = look()

    assert {"小程序", "服务号"} <= problems(found)
    assert words in found["小程序"].found


def test_wechat_that_does_not_answer_is_no_wrong_secret(look: Any, sandbox: Sandbox) -> None:
    sandbox.control.post("/sandbox/faults", {"path": "/cgi-bin/stable_token", "kind": "drop_before"})

    assert look()["小程序"].found == "连不上微信服务器"


def test_a_template_that_wechat_does_not_know_is_named(app: APIFlask, look: Any) -> None:
    templates = app.extensions[EXTENSION].settings.wechat.subscribe_templates
    templates["visit"] = templates["visit"].model_copy(update={"id": "gone"})
    templates["reply"] = templates["reply"].model_copy(update={"fields": {"sender": "thing9"}})

    words = [str(found) for found in examining.examine(app) if found.what == "小程序消息模板"]

    assert ["visit" in words[0], "reply" in words[1]] == [True, True]


@pytest.fixture
def older_database(app: APIFlask) -> Iterator[None]:
    """Put back afterwards: on MariaDB the tests share one database."""
    right = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    set_version("0001")
    yield
    set_version(str(right))


def set_version(number: str) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})
    db.session.commit()


@pytest.mark.usefixtures("older_database")
def test_a_database_of_another_version_is_named(look: Any) -> None:
    found = look()["数据库结构"]

    assert found.is_problem and "0001" in found.found and "init-db" in found.how


def test_a_wrong_clock_is_named(look: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    from server import clock as now

    earlier = now.now()
    clock.advance(minutes=5)
    monkeypatch.setattr("server.wechat.transport.Transport.their_time", lambda _: earlier)

    found = look()["服务器时间"]

    assert found.is_problem and "300 秒" in found.found


def test_a_year_without_a_calendar_is_named(look: Any, clock: Clock) -> None:
    clock.set("2032-05-01 10:00")

    found = look()["节假日"]

    assert found.is_problem and "2032" in found.found


def test_an_sms_secret_that_is_refused_is_named(app: APIFlask, settings: Settings, sandbox: Sandbox) -> None:
    from dataclasses import replace

    from server.sms import sender_for

    values = {"provider": "http", "url": f"{sandbox.url}/sms/v1/orders", "app_id": "sandbox-sms", "secret": "wrong"}
    wiring = replace(app.extensions[EXTENSION], sms=sender_for(settings.sms.model_copy(update=values)))
    app.extensions[EXTENSION] = wiring

    (found,) = [found for found in examining.examine(app) if found.what == "短信"]

    assert found.is_problem and "签名校验失败" in found.found


def test_a_check_that_breaks_does_not_stop_the_others(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[Finding]:
        raise RuntimeError("?")

    monkeypatch.setattr(examining, "_calendar", broken)

    found = {finding.what: finding for finding in examining.examine(app)}

    assert found["节假日"].is_problem
    assert "定时任务" in found


def test_the_command_prints_lines_and_fails_when_there_is_a_problem(app: APIFlask) -> None:
    done = app.test_cli_runner().invoke(args=["doctor"])

    assert done.exit_code == 1
    assert "[正常] 数据库：可以连接" in done.output
    assert "怎么办：" in done.output


def test_nothing_wrong_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert examining.report(iter([Finding("数据库", "可以连接"), Finding("短信", "没有开通", "…", is_hint=True)])) == 0
    assert "没有发现问题" in capsys.readouterr().out


def test_a_configuration_that_cannot_be_read_is_told_by_the_tool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[app]\nenvironment = 'production'\n")

    assert tool.main(str(file)) == 1
    printed = capsys.readouterr().out
    assert "[问题] 配置文件" in printed and "line" in printed
