"""A language model's endpoint on loopback, with everything that can go wrong with one."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {"intent": "packages_fees", "confidence": 0.9}


def said(content: object) -> bytes:
    """An answer of the chat interface."""
    text = content if isinstance(content, str) else json.dumps(content)
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


BODIES: dict[str, bytes] = {
    "ok": said(GOOD),
    "slow": said(GOOD),
    "drip": said(GOOD) + b" " * 600,
    "500": b"oops",
    "429": b"slow down",
    "not_json": b"<html>gateway</html>",
    "fenced": said("```json\n" + json.dumps(GOOD) + "\n```"),
    "unknown_id": said({"intent": "prescribe", "confidence": 0.9}),
    "extra_dose": said(json.dumps(GOOD) + "\n每天两次，每次一片"),
    "extra_key": said(GOOD | {"advice": "每次吃两片"}),
    "empty": b"",
    "nan": said('{"intent": "packages_fees", "confidence": NaN}'),
    "100kB": said(json.dumps(GOOD) + " " * 100_000),
    "list": said([GOOD]),
}
"""Fault → answer; a list of the interface itself and a text for a number are tested by ``read`` alone."""


class Endpoint:
    """What was asked, and what to answer next."""

    def __init__(self) -> None:
        self.mode, self.asked = "ok", list[dict[str, Any]]()
        self.headers = dict[str, str]()
        self.over, self.answered = threading.Event(), threading.Event()
        handler = type("Handler", (_Handler,), {"endpoint": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint

    def do_POST(self) -> None:
        end = self.endpoint
        end.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))) | {"path": self.path})
        end.headers = dict(self.headers)
        body = BODIES[end.mode]
        with contextlib.suppress(OSError):
            if end.mode == "slow":
                end.over.wait(30)
            self.send_response(int(end.mode) if end.mode.isdigit() else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for at in range(0, len(body), 1 if end.mode == "drip" else len(body) or 1):
                self.wfile.write(body[at : at + (1 if end.mode == "drip" else len(body))])
                self.wfile.flush()
                if end.mode == "drip":
                    time.sleep(0.05)
            end.answered.set()

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[Endpoint]:
    """The endpoint, until the end of the block."""
    end = Endpoint()
    thread = threading.Thread(target=end.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield end
    finally:
        end.over.set()
        end.server.shutdown()
        end.server.server_close()
        thread.join()
