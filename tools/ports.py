"""Choosing TCP ports on the loopback interface."""

import random
import socket
from collections.abc import Collection
from pathlib import Path

TRIES = 200
LOWEST = 20_000
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


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


def not_outgoing(count: int) -> list[int]:
    """So many different free ports that the system gives to no outgoing connection, below its range for those.

    Raises RuntimeError when that range leaves no room.
    """
    limit = int(OUTGOING.read_text().split()[0]) if OUTGOING.exists() else 32_768
    if limit - LOWEST < TRIES + count:
        raise RuntimeError(f"no room between port {LOWEST} and {limit}")
    start = random.randrange(LOWEST, limit - TRIES - count)  # noqa: S311 - two runs at once start elsewhere
    found: list[int] = []
    for _ in range(count):
        found.append(choose(found[-1] + 1 if found else start, found))
    return found
