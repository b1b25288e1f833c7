"""How many customer-service messages an account may still send to a person (wechat_platform.md E.1)."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE, TWO_DAYS = 60, 48 * 3600
UNLIMITED = -1

# trigger → (messages, seconds); UNLIMITED messages never run out
SERVICE_ACCOUNT_GRANTS = {
    "message": (5, TWO_DAYS),
    "menu": (3, MINUTE),
    "follow": (3, MINUTE),
    "scan": (3, MINUTE),
    "payment": (UNLIMITED, TWO_DAYS),
}
MINIPROGRAM_GRANTS = {"message": (5, TWO_DAYS), "enter": (2, MINUTE)}


@dataclass
class Window:
    """Messages left until a virtual instant."""

    left: int
    until: float


class Allowances:
    """The open windows per account and openid; each trigger has its own."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], dict[str, Window]] = {}

    def grant(
        self, appid: str, openid: str, trigger: str, now: float, *, is_miniprogram: bool, adds_up: bool = False
    ) -> None:
        """Open or renew the window of a trigger."""
        grants = MINIPROGRAM_GRANTS if is_miniprogram else SERVICE_ACCOUNT_GRANTS
        messages, seconds = grants[trigger]
        windows = self._windows.setdefault((appid, openid), {})
        before = windows.get(trigger)
        if adds_up and before is not None and before.until > now and messages != UNLIMITED:
            messages += before.left
        windows[trigger] = Window(messages, now + seconds)

    def revoke(self, appid: str, openid: str) -> None:
        """The person unfollowed: nothing may be sent any more."""
        self._windows.pop((appid, openid), None)

    def use(self, appid: str, openid: str, now: float) -> int:
        """Take one message, from the window that closes first. 0 is fine, else 45015 or 45047."""
        open_windows = [w for w in self._windows.get((appid, openid), {}).values() if w.until > now]
        if not open_windows:
            return 45015
        usable = [window for window in open_windows if window.left]
        if not usable:
            return 45047
        unlimited = [window for window in usable if window.left == UNLIMITED]
        if not unlimited:
            min(usable, key=lambda window: window.until).left -= 1
        return 0

    def of(self, appid: str, openid: str, now: float) -> list[dict[str, object]]:
        """The open windows for control: trigger, left (-1 unlimited), until (epoch seconds)."""
        return [
            {"trigger": trigger, "left": window.left, "until": window.until}
            for trigger, window in self._windows.get((appid, openid), {}).items()
            if window.until > now
        ]
