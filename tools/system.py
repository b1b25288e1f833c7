"""What the tests need from the operating system, installed by apt where that is allowed."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.steps import StepFailed, run_step

FONT_FILES = "/usr/share/fonts"
# Debian's place, and that of distributions with rpm
GALERA_LIBRARIES = ("/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so")


@dataclass(frozen=True)
class Need:
    """Something a test run needs: how people call it, Debian's package, how to see that it is there."""

    name: str
    package: str
    is_there: Callable[[], bool]


def program(*names: str) -> Path | None:
    """The first of these programs that exists; servers lie in sbin, which is not on every user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    for name in names:
        if found := shutil.which(name, path=path):
            return Path(found)
    return None


def galera_library() -> Path | None:
    """What makes MariaDB servers a cluster, None when it is not installed."""
    return next((Path(path) for path in GALERA_LIBRARIES if Path(path).is_file()), None)


def has_chinese_font() -> bool:
    """Whether Chromium would find a font with Chinese characters."""
    if any(Path(FONT_FILES).rglob("NotoSansCJK*")):
        return True
    if program("fc-list") is None:
        return False
    answer = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(answer.stdout.strip())


NEEDS = (
    Need("MariaDB server", "mariadb-server", lambda: program("mariadbd") is not None),
    Need("Galera", "galera-4", lambda: galera_library() is not None),
    Need("Chromium", "chromium", lambda: program("chromium") is not None),
    Need("a Chinese font", "fonts-noto-cjk", has_chinese_font),
)


def missing(needs: Iterable[Need] = NEEDS) -> list[Need]:
    """What is not on this machine."""
    return [need for need in needs if not need.is_there()]


def apt_prefix() -> list[str] | None:
    """What to put before apt-get: nothing for root, sudo when it asks no password, None when apt is out of reach."""
    if program("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if program("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def how_to_install(needs: Iterable[Need]) -> str:
    """What a person has to do where we may not."""
    wanted = list(needs)
    packages = " ".join(need.package for need in wanted)
    names = ", ".join(need.name for need in wanted)
    return (
        f"The tests need what this machine does not have: {names}.\n"
        "This user may not install packages (not root, and sudo asks for a password or is absent).\n"
        "Let somebody who may run this once, then try again:\n\n"
        "    apt-get update\n"
        f"    apt-get install -y --no-install-recommends {packages}\n\n"
        "Without them: `make demo`, `make check` and `make test-quick`."
    )


def install_missing() -> None:
    """Install what is missing, or raise StepFailed with what to install. Nothing missing: nothing happens."""
    wanted = missing()
    if not wanted:
        return
    prefix = apt_prefix()
    if prefix is None:
        raise StepFailed(how_to_install(wanted))
    # `env` behind sudo, because sudo drops the variable otherwise.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    packages = [need.package for need in wanted]
    run_step("Reading Debian's package lists", [*apt, "update"], log="apt-update")
    run_step(
        f"Installing {', '.join(need.name for need in wanted)} (1 to 3 minutes)",
        [*apt, "install", "-y", "--no-install-recommends", *packages],
        log="apt-install",
    )
    if still := missing(wanted):
        raise StepFailed(f"apt-get succeeded, but not found: {', '.join(need.name for need in still)}.")
