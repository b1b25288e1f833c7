"""The repository as text, and every module of the server, for the tests that hold the house's rules."""

import importlib
import pkgutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import server
from server.errors import AppError

REPOSITORY = Path(__file__).parents[1]
SERVER = REPOSITORY / "server"


@cache
def text(path: str) -> str:
    """A file of the repository."""
    return (REPOSITORY / path).read_text(encoding="utf-8")


@cache
def tracked() -> list[Path]:
    """Every file of the repository that exists, new ones too, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := REPOSITORY / name).is_file()]


def python_files(folder: str = "server") -> list[Path]:
    """The Python files of a folder, without migrations: those are written by a generator."""
    return [path for path in sorted((REPOSITORY / folder).rglob("*.py")) if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    """A file's path inside the repository."""
    return path.relative_to(REPOSITORY).as_posix()


@cache
def import_everything() -> None:
    """Import every module of the server, so that all subclasses are known."""
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if not module.name.startswith("server.migrations"):
            importlib.import_module(module.name)


def errors() -> set[type[AppError]]:
    """Every error of the server that can reach a client."""
    import_everything()
    return set(_below(AppError))


def _below(kind: type[AppError]) -> Iterator[type[AppError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("server."):
            yield child
        yield from _below(child)


def table_rows(document: str, *, columns: int) -> list[list[str]]:
    """The cells of a document's table rows of so many columns, without heads; ``\\|`` is no end of a cell."""
    found = []
    for line in text(document).splitlines():
        cells = [cell.strip() for cell in line.replace("\\|", "\0").strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and set(line) - set("|- "):
            found.append([cell.replace("\0", "|") for cell in cells])
    return found
