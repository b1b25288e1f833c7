"""A small HTTP/1.1 server for a WSGI application: a thread per connection, connections stay open.

Werkzeug's own closes every connection and reads ahead, which costs a backend that keeps its connections dearly.
"""

from __future__ import annotations

import io
import socket
import socketserver
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask

IDLE_SECONDS = 75
MAX_BODY_BYTES = 32 << 20
# the key under which a request finds the function that cuts its connection
CUT = "sandbox.cut"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    timeout = IDLE_SECONDS
    server: Server

    def setup(self) -> None:
        super().setup()
        self._is_cut = False
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        try:
            super().finish()
        except OSError:
            self.rfile.close()

    def handle(self) -> None:
        """Serve until the caller, the idle time or a fault ends the connection."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the journal is the log."""

    def _cut(self) -> None:
        """Reset the connection; whatever is answered afterwards goes nowhere."""
        self._is_cut = True
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes | None:
        """The body; None (and a refusal sent) when its length is unknown or too big."""
        if self.headers.get("Transfer-Encoding"):
            self.send_error(411)
            return None
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self.send_error(413)
            return None
        return self.rfile.read(length)

    def _environ(self, body: bytes) -> dict[str, Any]:
        parts = urlsplit(self.path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            # WSGI wants the bytes of the path as latin-1 text
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CUT: self._cut,
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            started.extend((status, headers))
            return lambda _: None

        chunks = self.server.app(self._environ(body), start)
        try:
            content = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        if self._is_cut:
            return
        code, _, reason = started[0].partition(" ")
        self.send_response(int(code), reason)
        for name, value in started[1]:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815  http.server's names


class Server(ThreadingHTTPServer):
    """Listens on one loopback address; OSError when the port is taken."""

    daemon_threads = True
    # a thousand callers at once must not be refused
    request_queue_size = 1024

    def __init__(self, host: str, port: int, app: Flask) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server who we are, as HTTPServer would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is the caller's business; anything else is ours and shown."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def stop(self) -> None:
        """Stop serving, end what is open, free the port."""
        self.shutdown()
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
        self.server_close()
