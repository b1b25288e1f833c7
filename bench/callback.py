"""Signed and encrypted callbacks answered by the bot, beside a bare Flask handler that only verifies and decrypts.

Both through two web workers, turn by turn. Target: the median answer takes at most 4 times as long (aim 2), one caller
after the other, as WeChat's five seconds count. Callbacks a second and the slowest percent are told with 16 callers. So
is the bare handler that also keeps one row: nobody who answers durably is faster than that on this disk.
"""

import contextlib
import itertools
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlalchemy import func, select

from bench import load
from bench.stage import Stage, interleaved, ratio_line
from server import clock
from server.database import db, transaction
from server.ids import new_id
from server.models import Message, Resident, WechatAccount, WechatUser
from tests import configured, make
from tests.contention import serving
from tests.contention.people import residents
from wechat_sandbox import crypto

WORKERS, CLIENTS, SIZE = 2, 16, 200
PATH = "/wechat/callback/service_account"
KEPT_PATH = "/kept/service_account"
OURS = "gh_sandbox0serve"
ASKED = (
    "我的签约哪天到期",
    "服务包一年好多钱",
    "团队电话是多少",
    "下次随访是哪天",
    "签约了看病能多报多少",
    "外地户口能不能签",
    "我想约个骨科的号",
    "这个签约到底是干啥的",
    "你好",
    "怎么换手机号",
    "卫生院几点开门",
    "谢谢",
)


@dataclass
class Bench:
    """The stage and both web servers."""

    stage: Stage
    ours: serving.Web
    bare: serving.Web
    size: int
    team: make.Team
    package: make.ServicePackage
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    said: int = 0

    def calls(self, count: int, path: str = PATH) -> list[bytes]:
        """New residents, each writing one question."""
        openids = _openids(residents(count, self.team, self.package))
        return [callback(openid, ASKED[at % len(ASKED)], next(self.numbers), path) for at, openid in enumerate(openids)]

    def answered(self, web: serving.Web, calls: Sequence[bytes], clients: int) -> load.Outcome:
        """Send them. Raises RuntimeError when one was refused."""
        outcome = load.drive(web.port, calls, clients)
        if set(outcome.statuses) != {200}:
            raise RuntimeError(f"not every callback was taken: {outcome.statuses}")
        if web is self.ours:
            self.said += len(calls)
        return outcome


def _openids(people: Sequence[tuple[str, str, str]]) -> list[str]:
    """Give people an account in the service account's chat."""
    made, at = [], clock.now()
    with transaction() as session:
        ids = [resident_id for _, resident_id, _ in people]
        users = {
            user.resident_id: user.id
            for user in session.scalars(select(WechatUser).where(WechatUser.resident_id.in_(ids)))
        }
        for resident_id in ids:
            made.append(f"o{new_id()}")
            session.add(
                WechatAccount(
                    app="service_account", openid=made[-1], user_id=users[resident_id], follows=True, created_at=at
                )
            )
    return made


def callback(openid: str, words: str, number: int, path: str = PATH) -> bytes:
    """One text message as WeChat sends it in secure mode, as the bytes of the request."""
    seconds, nonce = str(int(clock.now().timestamp())), secrets.token_hex(5)
    inner = (
        f"<xml><ToUserName><![CDATA[{OURS}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType>text</MsgType><Content><![CDATA[{words}]]></Content>"
        f"<MsgId>{number}</MsgId></xml>"
    )
    encrypted = crypto.encrypt_push(inner, configured.CALLBACK_AES_KEY, configured.SERVICE_ACCOUNT)
    query = urlencode(
        {
            "timestamp": seconds,
            "nonce": nonce,
            "signature": crypto.sha1_signature(configured.CALLBACK_TOKEN, seconds, nonce),
            "encrypt_type": "aes",
            "msg_signature": crypto.sha1_signature(configured.CALLBACK_TOKEN, seconds, nonce, encrypted),
        }
    )
    body = f"<xml><ToUserName>{OURS}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    head = f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@contextlib.contextmanager
def prepared(stage: Stage, size: int) -> Iterator[Bench]:
    """A team, a package and both web servers."""
    team, package = make.team(panel_cap=1_000_000), make.package()
    folder = stage.folder / "bare"
    folder.mkdir()
    with contextlib.ExitStack() as ends:
        ours, process = serving.start(stage.settings, stage.folder, "server.app:create_app()", workers=WORKERS)
        ends.callback(serving.stop, process)
        bare, process = serving.start(stage.settings, folder, "bench.bare_callback:create_app()", workers=WORKERS)
        ends.callback(serving.stop, process)
        yield Bench(stage, ours, bare, size, team, package)


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Compare the median wait of one caller, then the rate with many.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: a callback was refused, or not every one was answered by the bot.
    """
    with prepared(stage, size or SIZE) as bench:
        for web in (bench.ours, bench.bare):  # both workers import what the first callback needs
            bench.answered(web, bench.calls(32), 8)
        bench.answered(bench.bare, bench.calls(32, KEPT_PATH), 8)

        def alone(web: serving.Web, path: str = PATH) -> float:
            return bench.answered(web, bench.calls(bench.size, path), 1).percentile(0.5)

        pairs = interleaved(
            rounds, lambda: alone(bench.ours), lambda: alone(bench.bare), lambda: alone(bench.bare, KEPT_PATH)
        )
        many: list[load.Outcome] = []

        def together(web: serving.Web) -> float:
            many.append(bench.answered(web, bench.calls(bench.size), CLIENTS))
            return many[-1].rate

        rates = interleaved(rounds, lambda: together(bench.ours), lambda: together(bench.bare))
        _check(bench)
    slowest = [outcome.percentile(0.99) for outcome in many[::2]]
    return [
        f"{bench.size} callbacks a round, each of another resident, {WORKERS} web workers (this machine, now)",
        ratio_line("callback / bare handler, p50", [a / b for a, b, _ in pairs], "at most 4, aim 2"),
        f"one caller: {_span(a for a, _, _ in pairs)} ms with the bot's answer, {_span(b for _, b, _ in pairs)} ms "
        f"verified and decrypted only, {_span(c for _, _, c in pairs)} ms with one durable commit (medians)",
        ratio_line("callback / bare handler + one durable commit, p50", [a / c for a, _, c in pairs], "reported"),
        f"{CLIENTS} callers: {min(a for a, _ in rates):.0f}–{max(a for a, _ in rates):.0f} callbacks a second, "
        f"p99 {min(slowest):.0f}–{max(slowest):.0f} ms; bare {min(b for _, b in rates):.0f}–"
        f"{max(b for _, b in rates):.0f} a second",
        ratio_line("callback / bare handler, callbacks a second", [a / b for a, b in rates], "reported"),
    ]


def _span(values: Iterable[float]) -> str:
    found = list(values)
    return f"{min(found):.1f}–{max(found):.1f}"


def _check(bench: Bench) -> None:
    """Every callback was written down, and the bot answered."""
    with transaction() as session:
        said = session.scalar(select(func.count()).select_from(Message).where(Message.sender == "resident"))
        answers = session.scalar(select(func.count()).select_from(Message).where(Message.sender == "bot"))
        people = session.scalar(select(func.count()).select_from(Resident))
    if not (said == bench.said == answers and people):
        raise RuntimeError(f"{bench.said} callbacks, {said} messages, {answers} answers")
    db.session.rollback()
