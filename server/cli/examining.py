"""``flask doctor``, or ``python -m tools.doctor`` when nothing starts: what is misconfigured, and how to mend it.

Each check says in Chinese what it found. The exit code is 1 when there is a problem; hints alone are none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from server import clock
from server.access import jobs as access
from server.handlers.context import EXTENSION, Wiring
from server.policy import workdays
from server.pushing import Outcome
from server.sms.codes import reason_of as sms_reason
from server.wechat.api import MINIPROGRAM, SERVICE_ACCOUNT, WechatUnavailable

MOST_SKEW = timedelta(seconds=60)
APPS = {MINIPROGRAM: "小程序", SERVICE_ACCOUNT: "服务号"}
LATE_JOBS_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``how``: how to mend it; empty: it is in order. ``is_hint``: worth knowing, no problem."""

    what: str
    found: str
    how: str = ""
    is_hint: bool = False

    @property
    def is_problem(self) -> bool:
        """Whether something has to be done."""
        return bool(self.how) and not self.is_hint

    def __str__(self) -> str:
        """The line people read."""
        mark = "问题" if self.is_problem else "提示" if self.how else "正常"
        return f"[{mark}] {self.what}：{self.found}" + (f"\n       怎么办：{self.how}" if self.how else "")


def examine(app: Flask) -> Iterator[Finding]:
    """Look at everything, in the order in which it should be mended; one check that breaks does not stop the others."""
    wiring: Wiring = app.extensions[EXTENSION]
    yield Finding("配置文件", "读取成功")
    database = list(_guarded("数据库", lambda: _database(app)))
    yield from database
    for what, check in (
        ("微信", lambda: _wechat(wiring)),
        ("短信", lambda: _sms(wiring)),
        ("服务器时间", lambda: _clock(wiring)),
        ("节假日", lambda: _calendar(wiring)),
    ):
        yield from _guarded(what, check)
    if not any(finding.is_problem for finding in database):
        yield from _guarded("定时任务", lambda: _jobs(app))


def _guarded(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # whatever keeps us from looking is what people need to hear of
        yield Finding(
            what, f"检查中断（{type(error).__name__}）", "先解决前面的问题，再运行一次；仍不行请把日志交给维护人员"
        )


def _database(app: Flask) -> Iterator[Finding]:
    try:
        access.database_answers()
    except SQLAlchemyError as error:
        how = "核对 config.toml 的 [database] url、账号密码和网络；数据库服务是否在运行"
        yield Finding("数据库", f"连不上（{type(error).__name__}）", how)
        return
    yield Finding("数据库", "可以连接")
    current, wanted = _revisions(app)
    if current == wanted:
        yield Finding("数据库结构", f"最新（{wanted}）")
    else:
        how = "先备份，再运行 flask --app server.app:create_app init-db"
        yield Finding("数据库结构", f"是 {current or '空的'}，程序需要 {wanted}", how)


def _revisions(app: Flask) -> tuple[str | None, str | None]:
    """Return the revision of the database and the one that the code wants."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from server.database import db

    scripts = ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config())
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head()


def _wechat(wiring: Wiring) -> Iterator[Finding]:
    templates: dict[str, Any] = {
        MINIPROGRAM: ("subscribe_templates", wiring.settings.wechat.subscribe_templates),
        SERVICE_ACCOUNT: ("service_templates", wiring.settings.wechat.service_templates),
    }
    for app, name in APPS.items():
        section = f"[wechat.{app}]"
        try:
            refused = wiring.gateway.refuses_us(app)
        except WechatUnavailable:
            how = "核对 [wechat] api_base 和服务器出网；能访问 api.weixin.qq.com 的 443 端口"
            yield Finding(name, "连不上微信服务器", how)
            continue
        if refused:
            how = f"到微信后台核对 {section} 的 app_id、app_secret；提示白名单时，把本服务器的出口 IP 加进去"
            yield Finding(name, f"微信拒绝了我们的账号：{refused}", how)
            continue
        yield Finding(name, "账号和密钥有效")
        yield from _templates(wiring, app, name, *templates[app])


def _templates(wiring: Wiring, app: str, name: str, section: str, wanted: Any) -> Iterator[Finding]:
    known = wiring.gateway.templates(app)
    missing = [ours for ours, template in wanted.items() if template.id not in known]
    if missing:
        how = f"到微信后台“我的模板”领取，把编号填进 [wechat.{section}.…] id"
        yield Finding(f"{name}消息模板", f"后台没有这些编号：{'、'.join(missing)}", how)
    wrong = [
        ours
        for ours, template in wanted.items()
        if template.id in known and not set(template.fields.values()) <= known[template.id]
    ]
    if wrong:
        how = f"对照后台模板的关键词，改 [wechat.{section}.…] fields"
        yield Finding(f"{name}消息模板", f"字段和后台不一致：{'、'.join(wrong)}", how)
    if not missing and not wrong:
        yield Finding(f"{name}消息模板", f"{len(wanted)} 个都在")


def _sms(wiring: Wiring) -> Iterator[Finding]:
    if not wiring.sms.is_on:
        how = "需要短信时，按 docs/sms.md 填写 [sms]；不填则由团队打电话"
        yield Finding("短信", "没有开通", how, is_hint=True)
        return
    answer = wiring.sms.check()
    if answer.outcome is Outcome.OK:
        yield Finding("短信", "短信平台认可我们的账号")
    else:
        found = answer.detail or (sms_reason(answer.errcode) if answer.errcode else "短信平台没有应答")
        yield Finding("短信", found, "核对 [sms] 的 url、app_id、secret 和网络；仍不行请联系短信平台")


def _clock(wiring: Wiring) -> Iterator[Finding]:
    if wiring.settings.app.clock_follows:
        yield Finding("服务器时间", "跟随沙箱的时钟，仅用于演示", "正式运行时把 [app] clock_follows 清空", is_hint=True)
        return
    theirs = wiring.gateway.their_time()
    if theirs is None:
        yield Finding("服务器时间", "微信没有告诉我们时间，无法比较", "请人工核对服务器时间", is_hint=True)
        return
    skew = abs(clock.now() - theirs)
    if skew > MOST_SKEW:
        how = "在服务器上打开时间同步（如 timedatectl set-ntp true）"
        yield Finding("服务器时间", f"和微信相差 {int(skew.total_seconds())} 秒", how)
    else:
        yield Finding("服务器时间", "准确")


def _calendar(wiring: Wiring) -> Iterator[Finding]:
    calendar, today = workdays.calendar(wiring.policy.reminders), clock.today()
    soon = (today + timedelta(days=31)).year
    unknown = [str(year) for year in dict.fromkeys((today.year, soon)) if not calendar.knows(year)]
    if unknown:
        how = "升级 chinesecalendar，或在地区配置 reminders.days_off、days_worked、calendar_years 中补上"
        yield Finding("节假日", f"不知道 {'、'.join(unknown)} 年的放假和调休，只按周末计算", how)
    else:
        yield Finding("节假日", "放假和调休已知")


def _jobs(app: Flask) -> Iterator[Finding]:
    at = clock.now()
    holder, states = access.holder(at), access.states()
    if holder is None or holder.seconds_left <= 0:
        how = "启动定时进程：flask --app server.app:create_app jobs run"
        yield Finding("定时任务", "没有进程在运行", how)
        return
    late = [rhythm.job_id for rhythm in app.extensions[access.RHYTHMS] if rhythm.is_late(states.get(rhythm.job_id), at)]
    if late:
        shown = "、".join(late[:LATE_JOBS_SHOWN])
        how = "看定时进程的日志；可用 flask jobs once <任务> 单独运行一次看报错"
        yield Finding("定时任务", f"{len(late)} 个任务超时：{shown}", how)
    else:
        yield Finding("定时任务", f"{len(app.extensions[access.RHYTHMS])} 个任务都按时")
    unknown = access.unknown_count()
    if unknown:
        yield Finding("通知", f"{unknown} 条结果待核实", "请管理员在工作台“通知 → 结果待核实”中处理", is_hint=True)


def report(findings: Iterator[Finding]) -> int:
    """Print what was found as it is found. Returns the exit code."""
    problems = 0
    for finding in findings:
        click.echo(str(finding))
        problems += finding.is_problem
    click.echo(f"共 {problems} 个问题" if problems else "没有发现问题")
    return 1 if problems else 0


@click.command("doctor")
def doctor() -> None:
    """Say what is misconfigured and how to mend it."""
    raise SystemExit(report(examine(current_app._get_current_object())))  # type: ignore[attr-defined]
