"""The pages speak the interface of docs/api.md, nothing else."""

import re

from tests.miniprogram.source import REPOSITORY, files, text

DOCUMENT = REPOSITORY / "docs" / "api.md"
ROUTE = re.compile(r"^\| (GET|POST|PUT|PATCH|DELETE) `(/api[^`]*)`", re.MULTILINE)
LITERAL = re.compile(r"""(?:\b(get|post|listAll)\()?\s*(['"`])(/api/(?:(?!\2).)*)\2(\s*\+)?""")
METHODS = {"get": "GET", "listAll": "GET", "post": "POST"}


def documented() -> set[tuple[str, str]]:
    """(method, path) of docs/api.md, parameters written as {}."""
    return {(method, re.sub(r"\{\w+\}", "{}", path.split("?")[0])) for method, path in ROUTE.findall(text(DOCUMENT))}


def called() -> set[tuple[str, str]]:
    """(method or "", path) of every address in the mini-program's code."""
    found = set()
    for path in files(".js"):
        for function, _, address, joined in LITERAL.findall(text(path)):
            plain = re.sub(r"\$\{[^}]*\}", "{}", address).split("?")[0]
            found.add((METHODS.get(function, ""), plain + "{}" if joined and plain.endswith("/") else plain))
    return found


def test_every_called_path_is_documented() -> None:
    routes = documented()
    paths = {path for _, path in routes}

    unknown = {call for call in called() if (call not in routes if call[0] else call[1] not in paths)}

    assert len(called()) > 30
    assert unknown == set()


def test_only_one_file_talks_http() -> None:
    assert [path.name for path in files(".js") if "wx.request(" in text(path)] == ["transport.js"]
