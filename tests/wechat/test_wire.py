"""Our own connections to WeChat: kept open, opened again, and honest about what may have arrived."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from server.wechat.wire import AnswerLost, NotSent, Wire

Serve = Callable[[list[bytes | None]], str]


@pytest.fixture
def accepted() -> list[int]:
    """How many connections were accepted."""
    return []


@pytest.fixture
def asked() -> list[bytes]:
    """What arrived."""
    return []


@pytest.fixture
def serve(accepted: list[int], asked: list[bytes]) -> Iterator[Serve]:
    """A server that gives these answers one after another; None closes the connection without one."""
    listeners: list[socket.socket] = []

    def start(answers: list[bytes | None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=run, args=(listener, list(answers)), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def run(listener: socket.socket, answers: list[bytes | None]) -> None:
        while answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(1)
            with connection, contextlib.suppress(OSError):  # whoever asked may be gone by now
                while answers and (request := connection.recv(65536)):
                    asked.append(request)
                    answer = answers.pop(0)
                    if answer is None:
                        break
                    connection.sendall(answer)
                    if b"close" in answer:
                        break

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(body: bytes, *fields: bytes, status: bytes = b"200 OK") -> bytes:
    fields = fields or (b"Content-Length: %d" % len(body),)
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


@pytest.fixture
def wire() -> Iterator[Callable[[str], Wire]]:
    made: list[Wire] = []

    def make(url: str) -> Wire:
        made.append(Wire(url, 2, 2))
        return made[-1]

    yield make
    for one in made:
        one.close()


def post(wire: Wire) -> bytes:
    return wire.exchange("POST", "/send", "access_token=T", b'{"a":1}', "application/json").content


def test_a_request_is_whole_and_the_connection_is_kept(
    serve: Serve, wire: Callable[[str], Wire], accepted: list[int], asked: list[bytes]
) -> None:
    line = wire(serve([answer(b"one"), answer(b"two"), answer(b"three")]) + "/base/")

    assert [post(line), post(line)] == [b"one", b"two"]
    assert line.exchange("GET", "/get", "", None).content == b"three"

    assert len(accepted) == 1
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /base/send?access_token=T HTTP/1.1"
    assert {b"Content-Length: 7", b"Content-Type: application/json"} <= set(head.splitlines())
    assert body == b'{"a":1}'
    assert asked[2].startswith(b"GET /base/get HTTP/1.1\r\nHost: 127.0.0.1:")


def test_a_connection_the_other_side_ended_is_opened_again(
    serve: Serve, wire: Callable[[str], Wire], accepted: list[int]
) -> None:
    line = wire(serve([answer(b"one", b"Content-Length: 3", b"Connection: close"), answer(b"two")]))

    assert [post(line), post(line)] == [b"one", b"two"]
    assert len(accepted) == 2


@pytest.mark.parametrize(
    "sent",
    [
        answer(b"4;x=1\r\none \r\n3\r\ntwo\r\n0\r\nX: y\r\n\r\n", b"Transfer-Encoding: chunked"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"one two"),
        b"HTTP/1.0 200 OK\r\nX-Why: close\r\n\r\none two",
    ],
)
def test_bodies_in_every_form(serve: Serve, wire: Callable[[str], Wire], sent: bytes) -> None:
    assert post(wire(serve([sent]))) == b"one two"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        answer(b"half", b"Content-Length: 40", b"Connection: close"),
        b"nonsense\r\n\r\nclose",
        answer(b"zz\r\nclose", b"Transfer-Encoding: chunked"),
        answer(b"close", b"Content-Length: many"),
    ],
)
def test_an_answer_that_is_none_may_have_been_carried_out(
    serve: Serve, wire: Callable[[str], Wire], sent: bytes | None
) -> None:
    line = wire(serve([sent, answer(b"two")]))

    with pytest.raises(AnswerLost) as lost:
        post(line)

    assert "T" not in str(lost.value).removeprefix("/send").split(":")[0]
    assert lost.value.__context__ is None
    assert post(line) == b"two", "and the next request has a connection of its own"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://no.such.host.invalid"])
def test_nobody_there_is_not_sent(wire: Callable[[str], Wire], url: str) -> None:
    with pytest.raises(NotSent) as failed:
        post(wire(url))
    assert failed.value.__context__ is None


def test_a_server_that_does_not_speak_tls_was_sent_nothing(serve: Serve, wire: Callable[[str], Wire]) -> None:
    line = wire(serve([answer(b"one", b"Connection: close")]).replace("http:", "https:"))

    with pytest.raises(NotSent):
        post(line)
