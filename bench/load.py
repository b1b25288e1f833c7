"""Many clients on kept-open connections in one thread: what the load itself costs must not be mistaken for the server's.

A client of http.client in a thread of its own costs as much as a fast answer does; this one costs a tenth of it.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

END_OF_HEAD = b"\r\n\r\n"
SECONDS = 300


def request(method: str, path: str, token: str, body: dict[str, Any] | None = None) -> bytes:
    """Return the bytes of one request."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"\r\n" + content


@dataclass
class Outcome:
    """What came back for all requests of a run."""

    seconds: float
    """From the first request to the last answer."""
    waits: list[float] = field(default_factory=list)
    """Seconds each request took, in the order of the answers."""
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the wait in milliseconds that this share of the requests did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


class Client(asyncio.Protocol):
    """One connection: takes the next request when the last one was answered."""

    def __init__(self, work: list[bytes], outcome: Outcome, done: "asyncio.Future[None]") -> None:
        self.work, self.outcome, self.done = work, outcome, done
        self.buffer, self.sent_at = b"", 0.0
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send_next(self) -> None:
        """Send the next request, or say that there is none."""
        if not self.work:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.sent_at = time.perf_counter()
        self.transport.write(self.work.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(END_OF_HEAD)
        if not separator or len(body) < _length(head):
            return
        self.buffer = b""
        self.outcome.waits.append(time.perf_counter() - self.sent_at)
        self.outcome.statuses[int(head[9:12])] += 1
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(b"content-length:") + 15
    return int(lowered[at:].split(b"\r\n", 1)[0])


def drive(port: int, requests: Sequence[bytes], clients: int) -> Outcome:
    """Send all requests by so many clients, each waiting for its answer; the connections are open before time runs.

    Raises:
        ConnectionError: the server closed a connection. TimeoutError: it took more than five minutes.
    """
    return asyncio.run(asyncio.wait_for(_drive(port, list(reversed(requests)), clients), SECONDS))


async def _drive(port: int, work: list[bytes], clients: int) -> Outcome:
    loop = asyncio.get_running_loop()
    outcome = Outcome(0.0)
    hands = []
    for _ in range(clients):
        done: asyncio.Future[None] = loop.create_future()
        _, client = await loop.create_connection(lambda done=done: Client(work, outcome, done), "127.0.0.1", port)
        hands.append(client)
    began = time.perf_counter()
    for client in hands:
        client.send_next()
    await asyncio.gather(*(client.done for client in hands))
    outcome.seconds = time.perf_counter() - began
    return outcome
