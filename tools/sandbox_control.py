"""What the demo tells the running sandbox: where callbacks go, and what time it is."""

import json
import urllib.error
import urllib.request
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

DAY_BEGINS, DAY_ENDS = time(9, 30), time(19)
CALLBACK_PATHS = {
    "wxa1b2c3d4e5f60001": "/wechat/callback/miniprogram",
    "wxa1b2c3d4e5f60002": "/wechat/callback/service_account",
}


def ask(base: str, path: str, body: object = None, method: str | None = None) -> Any:
    """One JSON call; POST when there is a body. Raises OSError with the sandbox's words when it is refused."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    # Loopback only: a proxy from the environment must not get in between.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        words = error.read().decode(errors="replace").strip()[:500]
        raise OSError(f"{request.get_method()} {request.full_url}: status {error.code}: {words}") from None


def set_callbacks(sandbox: str, web: str) -> None:
    """Point both apps at the web server. The sandbox verifies with a GET, so the server must answer already."""
    for appid, path in CALLBACK_PATHS.items():
        ask(sandbox, f"/sandbox/apps/{appid}", {"callback_url": web + path}, "PATCH")


def show_people(sandbox: str, seeded: dict[str, Any]) -> None:
    """Put the seeded resident on the left phone of the sandbox's page and the doctor on the right one."""
    ask(sandbox, "/sandbox/console", {name: str(seeded[name]) for name in ("resident", "doctor")}, "PATCH")


class KeptClock:
    """The sandbox forgets its clock when it ends, the kept database does not: time must never run backwards."""

    def __init__(self, sandbox: str, file: Path) -> None:
        self.sandbox = sandbox
        self.file = file
        self.saved = float(file.read_text()) if file.is_file() else 0.0

    def restore(self) -> float:
        """Move the new sandbox on to where the last one was; returns the offset from real time in seconds."""
        if self.saved > 0:
            ask(self.sandbox, "/sandbox/clock", {"advance_seconds": self.saved})
        return self.saved

    def wait_for_day(self) -> bool:
        """Move on to 09:30 in Shanghai when it is night there; returns whether it was.

        At night reminders wait for the morning, and a newcomer would wonder where they are.
        """
        now = datetime.fromisoformat(ask(self.sandbox, "/sandbox/clock")["now"])
        if DAY_BEGINS <= now.time() < DAY_ENDS:
            return False
        morning = datetime.combine(now.date() + timedelta(days=now.time() >= DAY_ENDS), DAY_BEGINS, now.tzinfo)
        ask(self.sandbox, "/sandbox/clock", {"set": morning.isoformat()})
        return True

    def save(self) -> None:
        """Remember the offset when it has changed."""
        offset = float(ask(self.sandbox, "/sandbox/clock")["offset_seconds"])
        if offset != self.saved:
            self.file.write_text(str(offset))
            self.saved = offset
