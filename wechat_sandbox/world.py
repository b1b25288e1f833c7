"""The whole state of a sandbox, in memory, behind one lock that is never held during a network call."""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import clock as clocks
from . import defaults
from .allowances import Allowances
from .apps import App, default_apps
from .callbacks import Delivery
from .chats import Chats
from .customer_service import Typing
from .dialog import Balances
from .endpoints import ENDPOINTS, Call, Endpoint
from .errors import ControlError, WechatError
from .faults import Faults
from .ids import Ids
from .journal import Journal
from .login import Logins
from .media import Media
from .people import People, Person
from .pushes import Pushes
from .qrcodes import SceneCode
from .quotas import Quotas
from .sms_box import SmsBox
from .switches import Switches, Value
from .template_messages import SentTemplates
from .templates import Templates
from .tokens import Tokens

KEEP_DELIVERIES = 5000
KEPT_ON_RESET = ("callback_url", "callback_token", "aes_key", "mode", "format")


@dataclass(frozen=True)
class SandboxConfig:
    """How a sandbox starts.

    seed decides every id. callback is a base address to which the default callback paths are added. miniprogram is
    the folder whose app.json lists the released pages; phone is the folder with the built phone.
    """

    seed: int | str = 1
    callback: str | None = None
    miniprogram: Path | None = Path("miniprogram_stub")
    phone: Path = Path("var/phone")


class World:
    """Everything WeChat would know. Use its parts only with `lock` held."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.version = 0
        self.clock = clocks.VirtualClock()
        self.pushes = Pushes(self)
        self._fill()
        if config.callback:
            for app in self.apps.values():
                app.callback_url = config.callback.rstrip("/") + defaults.CALLBACK_PATHS[app.kind]

    def _fill(self) -> None:
        self.ids = Ids(self.config.seed)
        self.switches = Switches()
        pages = defaults.released_pages(self.config.miniprogram)
        self.apps: dict[str, App] = {app.appid: app for app in default_apps(pages)}
        self.people = People(self.ids)
        self.tokens = Tokens()
        self.quotas = Quotas()
        self.logins = Logins()
        self.templates = Templates(defaults.MINIPROGRAM_APPID, defaults.SERVICE_ACCOUNT_APPID)
        self.balances = Balances()
        self.sent_templates = SentTemplates()
        self.chats = Chats()
        self.allowances = Allowances()
        self.typing = Typing()
        self.media = Media()
        self.menus: dict[str, list[dict[str, Any]]] = {}
        self.scene_codes: dict[str, SceneCode] = {}
        self.wxacodes: dict[str, dict[str, Any]] = {}
        self.sms = SmsBox()
        self.faults = Faults(random.Random(str(self.config.seed)))
        self.journal = Journal()
        self.deliveries: deque[Delivery] = deque(maxlen=KEEP_DELIVERIES)
        self._delivery_count = 0

    def reset(self) -> None:
        """Everything back to the seed, the clock too; the apps keep how their callbacks are reached."""
        self.pushes.clear()
        before = self.apps
        self._fill()
        self.clock.offset_seconds = 0.0
        for appid, app in self.apps.items():
            for name in KEPT_ON_RESET:
                setattr(app, name, getattr(before[appid], name))
        self.touch()

    def close(self) -> None:
        """Stop the workers and wake everything that sleeps."""
        self.stopping.set()
        self.pushes.close()

    # ---- small questions ------------------------------------------------------------------------------------

    def switch(self, name: str, app: App | None = None) -> Value:
        return self.switches.get(name, app.switches if app else None)

    def flag(self, name: str, app: App | None = None) -> bool:
        return bool(self.switch(name, app))

    def number(self, name: str, app: App | None = None) -> float:
        return float(self.switch(name, app))  # type: ignore[arg-type]

    def words(self, name: str, app: App | None = None) -> list[str]:
        return list(self.switch(name, app))  # type: ignore[arg-type]

    def app_of(self, body: dict[str, Any]) -> App:
        """The app a control call names by `appid`; 404 otherwise."""
        appid = body.get("appid")
        if appid not in self.apps:
            raise ControlError(404, "no such app", appid=appid)
        return self.apps[appid]

    # ---- small deeds ----------------------------------------------------------------------------------------

    def touch(self, person: Person | None = None) -> None:
        """Something a page may show has changed."""
        self.version += 1
        if person is not None:
            person.version += 1

    def next_delivery(self) -> int:
        self._delivery_count += 1
        return self._delivery_count

    def daily_cap(self, rules: Endpoint, app: App) -> int | None:
        """An endpoint's own cap for this app, before control sets another; None is no cap."""
        return int(self.number(rules.daily, app)) if isinstance(rules.daily, str) else rules.daily

    def count(self, call: Call, app: App) -> None:
        """Count a call against the account's caps; 45009 or 45011 when one is used up."""
        rules, now = ENDPOINTS[call.path], self.clock.now()
        daily = self.daily_cap(rules, app)
        if not self.quotas.take_minute(app.appid, call.path, rules.minute, now):
            raise WechatError(rules.minute_errcode)
        if not self.quotas.take_day(app.appid, call.path, daily, now):
            raise WechatError(45009)
