"""Choosing TCP ports on the loopback interface."""

import socket
from collections.abc import Collection

TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection closed a moment ago must not make the port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose(wanted: int, taken: Collection[int] = ()) -> int:
    """`wanted`, or the next free port above it that is not in `taken`.

    Raises RuntimeError when none of the next 200 is free.
    """
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if port not in taken and is_free(port):
            return port
    raise RuntimeError(f"no free port between {wanted} and {min(wanted + TRIES, 65536) - 1}")


def any_free() -> int:
    """A port the system says is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
