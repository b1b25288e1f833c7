"""The demo as a newcomer starts it, and a browser on its page."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.browser.phones import SHANGHAI, Phone, picture
from tools import ports
from tools.demo_config import REGION
from tools.sandbox_control import DAY_ENDS

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
PREPARED_SECONDS = 600
"""Data older than that is made anew: what is said to have happened just now must not be overdue."""
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
    """The address of a demo of our own, with a database nobody used yet, of the module's ``REGION``."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    region = getattr(request.module, "REGION", REGION)
    options = ["--region", region]
    if server := os.environ.get("FAMILY_DOCTOR_TEST_DATABASE"):
        options += ["--database", _empty_database(server)]
    else:
        shared = tmp_path_factory.getbasetemp()
        _copy_prepared(shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared, region, folder)
    process = _tool(folder, *options)
    try:
        yield _ready_address(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


def _tool(folder: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tools.demo", "--folder", str(folder), "--port", str(_free_port()), *options]
    environment = {key: value for key, value in os.environ.items() if key != "FAMILY_DOCTOR_CONFIG"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _copy_prepared(shared: Path, region: str, folder: Path) -> None:
    """Copy the data a newcomer's first start would make; the demo then starts as it does on the second day.

    It is made once for all modules of a region, by the demo's own command and by that alone: no scheduler has seen it,
    so nothing in it has been sent to a sandbox that is gone. Migrations and made-up people are a third of a start.
    """
    with (shared / f"prepared-{region}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        usable = [made for made in shared.glob(f"prepared-{region}-*.done") if made.read_text() == str(_demo_day())]
        usable = [made for made in usable if time.time() - made.stat().st_mtime < PREPARED_SECONDS]
        made = usable[0] if usable else _prepare(shared, region)
        shutil.copytree(made.with_suffix(""), folder)


def _prepare(shared: Path, region: str) -> Path:
    """Make the data; a file beside its folder holds the day on which its people live."""
    made = shared / f"prepared-{region}-{time.time_ns()}"
    day = _demo_day()
    process = _tool(made, "--region", region, "--prepare")
    said, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0, said
    done = made.with_suffix(".done")
    done.write_text(str(day))
    return done


def _demo_day() -> date:
    """The day a demo that starts now takes for today: in the evening that is the next one."""
    now = datetime.now(SHANGHAI)
    return now.date() + timedelta(days=now.time() >= DAY_ENDS)


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
    """A port with a free one above it for the workbench; the system gives neither to an outgoing connection meanwhile."""
    while True:
        sandbox, web = ports.not_outgoing(2)
        if web == sandbox + 1:
            return sandbox


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
