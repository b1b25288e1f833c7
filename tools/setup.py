"""Everything `make demo` and `make test` need, installed into this folder: `python3 -m tools.setup [demo|quick|tests]`.

Runs on the machine's Python before the virtual environment exists: standard library only.
"""

import fcntl
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tools import node, processes, stamp, system
from tools.paths import NODE_MODULES, PHONE, PYTHON, ROOT, VAR, VENV
from tools.steps import StepFailed, fail, run_step, say

# Each level: its requirement file, and whether the operating system's packages are needed.
LEVELS = {"demo": "requirements.txt", "quick": "requirements-dev.txt", "tests": "requirements-dev.txt"}
NETWORK_HINT = "If downloads fail: check the network, or pip's and npm's own settings for a mirror or proxy."


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups in one folder would tread on each other: the second waits."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up in this folder")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    """Create `.venv`, or create it anew when its Python no longer runs (upgraded away, folder moved)."""
    if PYTHON.exists() and _runs_pip():
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise StepFailed(
            "This Python cannot make virtual environments. Install the package, then try again:\n\n"
            "    apt-get install -y python3-venv"
        )
    run_step("Creating the virtual environment .venv", [sys.executable, "-m", "venv", "--clear", VENV], log="venv")


def _runs_pip() -> bool:
    answer = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    # pip says where it lies: in a copied folder it would still install into the original.
    return answer.returncode == 0 and str(VENV) in answer.stdout


def install_python_packages(level: str) -> None:
    """Exactly the pinned packages of the level; more of them being there already is fine."""
    requirements = LEVELS[level]
    done = VENV / f".installed-{requirements}"
    value = stamp.fingerprint(stamp.requirement_files(ROOT / requirements), sys.version, str(VENV))
    if stamp.is_current(done, value):
        return
    stamp.forget(done)
    run_step(
        f"Installing Python packages of {requirements} (about 1 minute)",
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "-r", requirements],
        log="pip",
        hint=NETWORK_HINT,
    )
    stamp.write(done, value)


def have_node() -> node.Node:
    """Node of the machine, else of the pip package, which is installed when needed."""
    found = node.find()
    if found is None:
        run_step(
            f"Installing Node from the Python package {node.PIP_PACKAGE} (60 MB)",
            [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", node.PIP_PACKAGE],
            log="pip-node",
            hint=NETWORK_HINT,
        )
        found = node.find()
    if found is None:
        raise StepFailed(f"Node {node.MINIMUM_MAJOR} or newer is needed and {node.PIP_PACKAGE} does not run here.")
    return found


def install_node_packages(with_node: node.Node) -> None:
    """Exactly what package-lock.json names; their install scripts are not run."""
    done = NODE_MODULES / ".installed"
    value = stamp.fingerprint([ROOT / "package.json", ROOT / "package-lock.json"], with_node.version.split(".")[0])
    if stamp.is_current(done, value):
        return
    run_step(
        f"Installing Node packages with Node {with_node.version} (about 20 seconds)",
        [*with_node.npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit"],
        log="npm",
        env=with_node.environment(),
        hint=NETWORK_HINT,
    )
    stamp.write(done, value)


def build_phone(with_node: node.Node) -> None:
    """The mini-program compiled for the browser, into var/phone."""
    program, app = ROOT / "wechat_sandbox" / "phone", ROOT / "miniprogram_stub"
    done = PHONE / ".built"
    value = stamp.fingerprint([*stamp.files_below(program, app), ROOT / "package-lock.json"])
    if stamp.is_current(done, value):
        return
    shutil.rmtree(PHONE, ignore_errors=True)
    run_step(
        "Building the mini-program for the sandbox's phone",
        [with_node.node, program / "build.mjs", app.name, PHONE.relative_to(ROOT)],
        log="phone",
        env=with_node.environment(),
    )
    stamp.write(done, value)


def set_up(level: str) -> None:
    """Do what is not done yet for the level; raises StepFailed."""
    with one_at_a_time():
        if level == "tests":
            system.install_missing()  # first: where it may not, people learn so at once
        make_venv()
        install_python_packages(level)
        with_node = have_node()
        install_node_packages(with_node)
        build_phone(with_node)


def main(arguments: list[str]) -> int:
    """Exit code 0 when everything is in place, 1 with an explanation otherwise."""
    level = arguments[0] if arguments else "tests"
    if level not in LEVELS or len(arguments) > 1:
        print(f"usage: python3 -m tools.setup [{'|'.join(LEVELS)}]", file=sys.stderr)
        return 2
    processes.stop_on_signals()
    try:
        set_up(level)
    except StepFailed as error:
        return fail(error)
    except processes.Stopped as stopped:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return stopped.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
