"""python -m wechat_sandbox --port PORT: the sandbox on its own."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from . import phone_proxy
from .addresses import is_web_address
from .app import create_app
from .http_server import Server
from .world import SandboxConfig, World


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m wechat_sandbox", description="WeChat's servers on this machine.")
    parser.add_argument("--port", type=int, default=8800, help="loopback port; 0 takes a free one (default 8800)")
    parser.add_argument("--seed", default="1", help="decides every id (default 1)")
    parser.add_argument("--callback", help="base address of the backend, e.g. http://127.0.0.1:5000")
    parser.add_argument("--miniprogram", type=Path, default=Path("miniprogram_stub"), help="folder with app.json")
    parser.add_argument("--phone", type=Path, default=Path("var/phone"), help="folder with the built phone")
    parser.add_argument("--backend", default="", help="address of our server, for the mini-program in the browser")
    parser.add_argument("--resident", default="", help="user id of the left phone at first")
    parser.add_argument("--doctor", default="", help="user id of the right phone at first")
    options = parser.parse_args(arguments)
    if options.callback and not is_web_address(options.callback):
        parser.error("--callback is not an http or https address")
    return options


def _port_is_taken(port: int) -> int:
    sys.stderr.write(f"port {port} on 127.0.0.1 is taken or not allowed; choose another with --port, or --port 0\n")
    return 2


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; 2 when the port is taken."""
    options = _arguments(arguments)
    app = create_app(SandboxConfig(options.seed, options.callback, options.miniprogram, options.phone))
    phone_proxy.configure(app, options.backend, resident=options.resident, doctor=options.doctor)
    world: World = app.extensions["sandbox"]
    try:
        server = Server("127.0.0.1", options.port, app)
    except (OSError, OverflowError):
        return _port_is_taken(options.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"sandbox http://127.0.0.1:{server.server_port}/\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        world.close()
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
