"""The demo as a newcomer starts it, and a browser on its page."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.browser.phones import Phone, picture

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo of our own, with a fresh database, of the module's ``REGION``; up within 60 seconds."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    command = [sys.executable, "-m", "tools.demo", "--folder", str(folder), "--port", str(_free_port())]
    if region := getattr(request.module, "REGION", None):
        command += ["--region", region]
    if server := os.environ.get("FAMILY_DOCTOR_TEST_DATABASE"):
        command += ["--database", _empty_database(server)]
    environment = {key: value for key, value in os.environ.items() if key != "FAMILY_DOCTOR_CONFIG"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield _ready_address(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


def _empty_database(server: str) -> str:
    url = make_url(server)
    name = f"{url.database}_demo"
    admin = create_engine(url._replace(database=None), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS `{name}`"))
        connection.execute(text(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
    admin.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _ready_address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    started, said = time.monotonic(), []
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready "):
            assert time.monotonic() - started < START_SECONDS, "the demo took too long"
            return line.split()[1]
    raise AssertionError("the demo did not start:\n" + "".join(said[-40:]))


@pytest.fixture
def page(demo: str) -> Iterator[Page]:
    """The sandbox's page in Chromium; an error on it fails the test."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(demo)
        yield tab
        picture(tab, "last")
        browser.close()
    assert errors == []


@pytest.fixture
def resident(page: Page) -> Phone:
    """The phone on the left."""
    return Phone(page, "resident")


@pytest.fixture
def doctor(page: Page) -> Phone:
    """The phone on the right."""
    return Phone(page, "doctor")
