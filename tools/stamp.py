"""Stamps: a step whose inputs have not changed since it last succeeded is not done again."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path


def fingerprint(files: Iterable[Path], *facts: str) -> str:
    """Hash of the files' names and contents and of `facts` (versions, options); a missing file counts as such."""
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(f"fact {fact}\n".encode())
    for file in files:
        content = file.read_bytes() if file.is_file() else b"(missing)"
        digest.update(f"file {file.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Whether the step behind `stamp` last succeeded with exactly these inputs."""
    return stamp.is_file() and stamp.read_text().strip() == value


def write(stamp: Path, value: str) -> None:
    """Remember that the step succeeded. Call it last: an interrupted step must look undone."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value + "\n")


def forget(stamp: Path) -> None:
    """Call before the step begins, so that a failure half-way is repeated."""
    stamp.unlink(missing_ok=True)


def requirement_files(first: Path) -> list[Path]:
    """`first` and every file it includes with `-r`, depth first."""
    found = [first]
    for line in first.read_text().splitlines():
        if line.startswith("-r "):
            found += requirement_files(first.parent / line[3:].strip())
    return found


def files_below(*folders: Path) -> Iterator[Path]:
    """Every file in the folders, in a stable order, without caches and dependencies."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not {"node_modules", "__pycache__"} & set(path.parts):
                yield path
