"""The built phone and how its browser steps are run."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from wechat_sandbox.serving import STOP_SECONDS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BUILD = ROOT / "wechat_sandbox" / "phone" / "build.mjs"
STEPS_TIMEOUT_SECONDS = 120


def run_node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run node in the repository's folder; the answer carries both outputs as text."""
    return subprocess.run(
        ["node", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=STEPS_TIMEOUT_SECONDS, check=False
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Compile a fixture mini-program once and give its folder."""
    done: dict[str, Path] = {}

    def build(name: str) -> Path:
        if name not in done:
            out = tmp_path_factory.mktemp(name)
            result = run_node(str(BUILD), str(HERE / "fixtures" / name), str(out), "--single")
            assert result.returncode == 0, result.stdout + result.stderr
            done[name] = out
        return done[name]

    return build


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve an app on a free loopback port while the block runs; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def assert_steps_pass(script: str, *arguments: str) -> None:
    """Run one file of browser steps; its report is the message when one fails."""
    result = run_node(str(HERE / script), *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "FAIL" not in result.stdout
    assert "ok " in result.stdout
