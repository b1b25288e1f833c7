"""python -m wechat_sandbox: the line it prints, default callbacks, a taken port."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from tests.sandbox.conftest import MP, OA

ROOT = Path(__file__).parents[2]


def start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "wechat_sandbox", *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_prints_its_address_serves_and_stops_on_sigterm() -> None:
    with start("--port", "0", "--callback", "http://127.0.0.1:5000/") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.fullmatch(r"sandbox (http://127\.0\.0\.1:\d+)/\n", line)
        assert address
        with requests.Session() as session:
            session.trust_env = False
            apps = {app["appid"]: app for app in session.get(f"{address[1]}/sandbox/apps", timeout=5).json()}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)

    assert apps[MP]["callback_url"] == "http://127.0.0.1:5000/wechat/callback/miniprogram"
    assert apps[OA]["callback_url"] == "http://127.0.0.1:5000/wechat/callback/service_account"
    assert process.returncode == 0


def test_taken_port_is_said_clearly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("--port", str(port)) as process:
            _, stderr = process.communicate(timeout=15)

    assert process.returncode == 2
    assert f"port {port}" in stderr and "taken" in stderr and "Traceback" not in stderr
