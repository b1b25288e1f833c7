"""Where the mini-program's files are, and how to read them."""

import json
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = REPOSITORY / "miniprogram_stub"
NODE_MODULES = REPOSITORY / "node_modules"


def app_json() -> dict[str, Any]:
    """The mini-program's app.json."""
    content: dict[str, Any] = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))
    return content


def pages() -> list[str]:
    """Page paths in the order of app.json, such as "pages/index/index"."""
    return list(app_json()["pages"])


def files(*suffixes: str) -> list[Path]:
    """All files of the mini-program with one of these suffixes, sorted."""
    return sorted(path for path in ROOT.rglob("*") if path.suffix in suffixes)


def text(path: Path) -> str:
    """A file's text."""
    return path.read_text(encoding="utf-8")
