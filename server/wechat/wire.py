"""HTTP connections to one address, kept open and shared by all threads: each carries one request at a time.

Plain sockets: a general client library costs several times as much for each message as the message itself
(performance.md §4).
"""

import logging
import select
import socket
import ssl
import weakref
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

import certifi

logger = logging.getLogger(__name__)

MOST_IDLE = 64
MOST_IN_A_LINE = 65536


class NotSent(Exception):
    """WeChat did not accept the request: no connection, or turned away at the door. Trying again is safe."""


class AnswerLost(Exception):
    """The request was sent and no usable answer came: WeChat may have acted on it."""


@dataclass(frozen=True)
class Response:
    """Status, the head's ``Date`` and the body of an answer."""

    status: int
    date: str
    content: bytes


class Wire:
    """Connections to the address of one server."""

    def __init__(self, base: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(base)
        self._is_secure = parts.scheme == "https"
        self._address = parts.hostname or "", parts.port or (443 if self._is_secure else 80)
        self._host, self._prefix = parts.netloc.rpartition("@")[2], parts.path.rstrip("/")
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._context: ssl.SSLContext | None = None
        self._idle: deque[socket.socket] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def exchange(
        self,
        method: str,
        path: str,
        query: str,
        data: bytes | None,
        content_type: str = "",
        *,
        most_bytes: int | None = None,
        seconds: float | None = None,
    ) -> Response:
        """Send a request and return its answer; redirects are not followed, and nothing is tried twice.

        Args:
            most_bytes: of a longer body only these and one more are read.
            seconds: how long sending it may take, and as long again its answer; as usual when None.
        Raises:
            NotSent: there is no connection. AnswerLost: afterwards anything else went wrong.
        """
        connection = self._connected(path)
        failure = ""
        try:
            connection.settimeout(seconds or self._read_seconds)
            # in one piece: a head that travels alone wakes the other side for nothing
            connection.sendall(self._request(method, f"{path}?{query}" if query else path, data, content_type))
            with connection.makefile("rb") as stream:
                answer, is_over = _read(stream, most_bytes)
        except (OSError, EOFError, ValueError) as error:
            failure = type(error).__name__
        if failure:  # outside the handler: the original one may name the whole address
            connection.close()
            logger.warning("WeChat's answer lost", extra={"path": path, "error": failure})
            raise AnswerLost(f"{path}: {failure}")
        logger.debug("%s %s%s answered %d", method, path, "?…" if query else "", answer.status)
        if is_over or len(self._idle) >= MOST_IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def _request(self, method: str, target: str, data: bytes | None, content_type: str) -> bytes:
        head = f"{method} {self._prefix}{target} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: identity\r\n"
        if data is None:
            return f"{head}\r\n".encode("ascii")
        return f"{head}Content-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n".encode("ascii") + data

    def _connected(self, path: str) -> socket.socket:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            if not _has_ended(connection):
                return connection
            connection.close()
        failure = ""
        try:
            return self._new()
        except (OSError, ValueError) as error:
            failure = type(error).__name__
        logger.warning("WeChat not reached", extra={"path": path, "error": failure})
        raise NotSent(f"{path}: {failure}")

    def _new(self) -> socket.socket:
        connection = socket.create_connection(self._address, self._connect_seconds)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._is_secure:
                if self._context is None:
                    self._context = ssl.create_default_context(cafile=certifi.where())
                connection = self._context.wrap_socket(connection, server_hostname=self._address[0])
            connection.settimeout(self._read_seconds)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the connections that carry nothing now."""
        _close_all(self._idle)


def _close_all(idle: deque[socket.socket]) -> None:
    while idle:
        idle.pop().close()


def _read(stream: BinaryIO, most_bytes: int | None) -> tuple[Response, bool]:
    """Read one answer (RFC 9112), and whether the connection ends with it. Raises EOFError, ValueError, OSError."""
    status, fields = _head(stream)
    while 100 <= status < 200:
        status, fields = _head(stream)
    most = -1 if most_bytes is None else most_bytes + 1
    is_over = fields.get(b"connection", b"").lower() == b"close"
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        content, is_whole = _chunked(stream, most)
    elif b"content-length" in fields:
        size = int(fields[b"content-length"])
        is_whole = most < 0 or size <= most
        content = _exactly(stream, size if is_whole else most)
    elif status in (204, 304):
        content, is_whole = b"", True
    else:
        content, is_whole = stream.read(most), False
    date = fields.get(b"date", b"").decode("latin-1")
    return Response(status, date, content), is_over or not is_whole


def _head(stream: BinaryIO) -> tuple[int, dict[bytes, bytes]]:
    version, status, *_ = _line(stream).split(None, 2)
    if not version.startswith(b"HTTP/1."):
        raise ValueError("not HTTP")
    fields = {} if version != b"HTTP/1.0" else {b"connection": b"close"}
    while line := _line(stream).strip():
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    return int(status), fields


def _chunked(stream: BinaryIO, most: int) -> tuple[bytes, bool]:
    content = bytearray()
    while size := int(_line(stream).partition(b";")[0], 16):
        content += _exactly(stream, size)
        _line(stream)
        if 0 <= most < len(content):
            return bytes(content[:most]), False
    while _line(stream).strip():
        pass  # trailers
    return bytes(content), True


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(MOST_IN_A_LINE)
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def _exactly(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return content


def _has_ended(connection: socket.socket) -> bool:
    """Tell whether the other side has closed a connection that rested: then something can be read from it."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
