"""`make demo`: the sandbox, the web server and the scheduler with made-up data, until Ctrl-C."""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server import policy
from tools import demo_config, ports, processes
from tools.children import ChildFailed, Children
from tools.paths import PHONE, PYTHON, ROOT, VAR
from tools.sandbox_control import KeptClock, set_callbacks, show_people
from tools.steps import StepFailed, fail, say

FOLDER = VAR / "demo"
SANDBOX_PORT, WEB_PORT = 8600, 8601
START_SECONDS = 90.0
APP = "server.app:create_app"


class Demo:
    """Addresses, files and commands of one demo run."""

    def __init__(
        self,
        folder: Path,
        sandbox_port: int,
        web_port: int,
        database: str | None = None,
        region: str = demo_config.REGION,
    ) -> None:
        self.folder, self.region = folder, region
        self.database = database
        self.sandbox_port, self.web_port = sandbox_port, web_port
        self.sandbox = f"http://127.0.0.1:{sandbox_port}"
        self.web = f"http://127.0.0.1:{web_port}"
        self.config = folder / "config.toml"
        self.at_terminal = sys.stdout.isatty()
        self.clock = KeptClock(self.sandbox, folder / "clock_offset_seconds")
        self.env = os.environ | {
            "FAMILY_DOCTOR_CONFIG": str(self.config),
            "PYTHONUNBUFFERED": "1",
            # All of it is on this machine; a proxy from the environment must not get in between.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def flask(self, *arguments: str) -> list[str]:
        """A command of the server's command line."""
        return [str(PYTHON), "-m", "flask", "--app", APP, *arguments]

    def sandbox_command(self) -> list[str]:
        """The sandbox with the built phone; callbacks are set later, when the web server answers."""
        command = [str(PYTHON), "-m", "wechat_sandbox", "--port", str(self.sandbox_port)]
        return [*command, "--backend", self.web, "--phone", str(PHONE)]

    def web_command(self) -> list[str]:
        """One process, because SQLite has one writer; threads, because callbacks wait for nobody."""
        options = ["--worker-class", "gthread", "--workers", "1", "--threads", "16", "--no-control-socket"]
        return [str(PYTHON), "-m", "gunicorn", f"{APP}()", "--bind", f"127.0.0.1:{self.web_port}", *options]

    def prepare(self, children: Children) -> dict[str, Any]:
        """Start the sandbox and make the data; returns what the seed command reports."""
        demo_config.write(self.config, self.sandbox, self.web, self.database, self.region)
        say(f"Starting the WeChat sandbox on port {self.sandbox_port}")
        children.start("sandbox", self.sandbox_command(), self.env)
        children.wait_for(f"{self.sandbox}/sandbox/clock", START_SECONDS, "sandbox")
        self.clock.restore()
        if self.clock.wait_for_day():
            say("It is night in China: the demo's clock starts at 09:30 in the morning")
        say("Bringing the database up to date and filling in made-up residents, doctors and hospitals")
        seeded = last_json_line(children.finish("seed", self.flask("seed-demo", "--sandbox", self.sandbox), self.env))
        self.clock.save()  # what is written down now must not lie ahead of the next start
        return seeded

    def start(self, children: Children) -> dict[str, Any]:
        """Start everything in order; returns what the seed command reports once all addresses answer."""
        seeded = self.prepare(children)
        show_people(self.sandbox, seeded)
        say(f"Starting the web server on port {self.web_port} and the scheduler")
        children.start("web", self.web_command(), self.env)
        children.start("scheduler", self.flask("jobs", "run"), self.env)
        children.wait_for(f"{self.web}/openapi.json", START_SECONDS, "web")
        set_callbacks(self.sandbox, self.web)
        children.wait_for(f"{self.web}/health", START_SECONDS, "web")
        children.wait_for(f"{self.sandbox}/", START_SECONDS, "sandbox")
        children.wait_for(f"{self.sandbox}/phone/", START_SECONDS, "sandbox")
        return seeded

    def ready_text(self, seeded: dict[str, Any]) -> str:
        """What people see when everything answers."""
        login = seeded["workbench"]
        lines = [
            f"ready {self.sandbox}/",
            f"  region     {self.region}",
            f"  workbench  {self.web}/workbench/   user {login['username']}, password {login['password']}",
            f"  doctors    {self.web}/workbench/doctor/   let in on the doctor's phone: 医生工作台, 电脑端登录",
            f"  API docs   {self.web}/docs",
            f"  logs       {shown(self.folder / 'logs')}/",
            "  Ctrl-C stops everything. The data stays; a new start: make demo ARGS=--fresh",
        ]
        return "\n".join(lines)

    def watch(self, children: Children) -> None:
        """Runs until a child dies (ChildFailed) or somebody stops us (Stopped); keeps the clock in mind."""
        while True:
            children.check()
            # The hang-up signal goes to the session's leader, which may be `make`, and that just waits for us.
            if self.at_terminal and not sys.stdout.isatty():
                raise processes.Stopped(signal.SIGHUP)
            with contextlib.suppress(OSError):
                self.clock.save()
            time.sleep(1)


def shown(path: Path) -> str:
    """The path as people read it: from the repository root where possible."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def last_json_line(text: str) -> dict[str, Any]:
    """The JSON object in the last line of a command's output; raises StepFailed when there is none."""
    lines = text.strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        found = None
    if not isinstance(found, dict) or not {"resident", "doctor", "workbench"} <= set(found):
        raise StepFailed(
            "seed-demo did not end with a line of JSON (resident, doctor, workbench):\n" + "\n".join(lines[-20:])
        )
    return found


def chosen_ports(wanted_sandbox: int) -> tuple[int, int]:
    """Free ports for the sandbox and the web server, with a note when they are not the wanted ones."""
    sandbox = ports.choose(wanted_sandbox)
    web = ports.choose(wanted_sandbox + WEB_PORT - SANDBOX_PORT, taken={sandbox})
    for name, wanted, got in (("sandbox", wanted_sandbox, sandbox), ("web", wanted_sandbox + 1, web)):
        if got != wanted:
            say(f"Port {wanted} is taken; the {name} uses {got}")
    return sandbox, web


@contextlib.contextmanager
def only_demo(folder: Path) -> Iterator[None]:
    """Two demos in one folder would share a database and a config file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StepFailed(f"A demo is running from this folder already (process {lock.read().strip()}).") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def run(demo: Demo, once: bool, open_browser: bool, prepare: bool = False) -> int:
    """Start, print, watch; whatever happens, no process stays. Returns the exit code."""
    children = Children(demo.folder / "logs")
    ready = False
    try:
        if prepare:
            demo.prepare(children)
            return 0
        text = demo.ready_text(demo.start(children))
        ready = True
        print(f"\n{text}\n", flush=True)
        if open_browser:
            webbrowser.open(demo.sandbox)
        if not once:
            demo.watch(children)
    except (ChildFailed, StepFailed, OSError) as error:
        return fail(error)
    except processes.Stopped as stopped:
        # Stopping a demo that runs is how it is meant to end. The terminal may be gone by now.
        with contextlib.suppress(OSError):
            say("Stopping")
        return 0 if ready else stopped.exit_code
    finally:
        with processes.undisturbed():
            children.stop()
    return 0


def regions() -> list[str]:
    """The regions an installation can serve; a variant is part of its region."""
    return [region for region in policy.regions() if policy.base_of(region) == policy.BASE]


def folder_of(region: str) -> Path:
    """Where a region's demo keeps its things: the rules of one must not meet the data of another."""
    return FOLDER if region == demo_config.REGION else FOLDER.with_name(f"{FOLDER.name}-{region}")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Options of the demo."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier runs")
    parser.add_argument("--once", action="store_true", help="start, print the ready line, stop")
    parser.add_argument("--prepare", action="store_true", help="only make the data that the next start finds")
    parser.add_argument("--port", type=int, default=SANDBOX_PORT, help="port of the sandbox's page; web gets the next")
    parser.add_argument(
        "--region", choices=regions(), default=demo_config.REGION, help="whose rules hold; each has data of its own"
    )
    parser.add_argument(
        "--folder", type=Path, help="where database, config and logs lie; default var/demo or demo-REGION"
    )
    parser.add_argument("--database", help="address of an empty MySQL or MariaDB database instead of an SQLite file")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Exit code 0 when it ran until somebody stopped it, 1 with an explanation otherwise."""
    options = parse(arguments)
    processes.stop_on_signals()
    processes.adopt_orphans()
    try:
        folder = (options.folder or folder_of(options.region)).resolve()
        with only_demo(folder):
            if options.fresh:
                shutil.rmtree(folder)
                folder.mkdir()
            demo = Demo(folder, *chosen_ports(options.port), options.database, options.region)
            return run(demo, options.once, options.open, options.prepare)
    except (StepFailed, RuntimeError) as error:
        return fail(error)
    except processes.Stopped as stopped:
        return stopped.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
