"""The house's rules that no compiler holds: places, guards, transactions, names, leftovers."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from server.app import create_app
from server.config import Settings
from server.handlers import ROUTES, docs, guard_of, guards
from tests import source

FORBIDDEN_NAMES = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "managers",
    "service",
    "services",
    "base",
}
# Written in two parts, so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|NotImplemented" r"Error)\b")
SKIPPED_TESTS = re.compile(r"pytest\.(ski" r"p|xfai" r"l|importorski" r"p)\b|mark\.(ski" r"p|xfai" r"l)")
MACHINE = re.compile(r"(?<![\w.])/(wor" r"k|far" r"m|roo" r"t|home/\w+)/")
REGISTRIES = re.compile(
    r"registry\.npm" r"js|files\.python" r"hosted|pypi\." r"org|npm" r"mirror|jsdeli" r"vr|unpk" r"g\.com"
)
TEXTS = {".py", ".js", ".cjs", ".mjs", ".md", ".toml", ".json", ".html", ".css", ".wxml", ".wxss", ".txt", ".sh", ""}


def parsed(folder: str = "server") -> Iterator[tuple[str, ast.Module]]:
    for path in source.python_files(folder):
        yield source.name_of(path), ast.parse(path.read_text(encoding="utf-8"))


def written(*parts: str) -> list[tuple[str, str]]:
    """(name, text) of the repository's text files, only those under the given folders if any."""
    files = [path for path in source.tracked() if path.suffix in TEXTS]
    named = [(source.name_of(path), path) for path in files]
    return [(name, path.read_text(encoding="utf-8")) for name, path in named if not parts or name.startswith(parts)]


# ---------------------------------------------------------------- imports


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The packages once more, to break rules in."""
    for name in ("server", "wechat_sandbox"):
        shutil.copytree(
            source.REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "phone")
        )
    shutil.copy(source.REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def contracts() -> list[str]:
    settings = tomllib.loads(source.text("pyproject.toml"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def test_imports_keep_the_contracts() -> None:
    run = lint_imports(source.REPOSITORY)

    assert run.returncode == 0, run.stdout + run.stderr
    assert [name for name in contracts() if f"{name} KEPT" not in run.stdout] == []


def test_each_contract_reports_what_breaks_it(copied: Path) -> None:
    """Broken on purpose, each once: a contract that cannot fail holds nothing."""
    broken = {
        "models/states.py": "from server.access import paging",
        "actions/booking/rules.py": "from server.actions import signing\nimport wechatpy",
        "handlers/health.py": "import sqlalchemy",
        "cli/__init__.py": "import apscheduler",
        "access/paging.py": "import flask",
        "policy/dates.py": "import requests",
        "clock.py": "import wechat_sandbox.clock",
    }
    for name, line in broken.items():
        with (copied / "server" / name).open("a", encoding="utf-8") as file:
            file.write(f"\ndef _late() -> None:\n    {line.replace(chr(10), chr(10) + '    ')}\n")

    run = lint_imports(copied)

    assert run.returncode == 1
    assert [name for name in contracts() if f"{name} BROKEN" not in run.stdout] == []


def test_a_module_without_a_place_is_refused(copied: Path) -> None:
    (copied / "server" / "leftovers.py").write_text('"""Nowhere."""\n')

    run = lint_imports(copied)

    assert run.returncode == 1 and "server.leftovers" in run.stdout


# ---------------------------------------------------------------- routes


def test_every_route_has_a_named_guard(app: APIFlask) -> None:
    assert [rule.rule for rule in app.url_map.iter_rules() if guard_of(rule.endpoint) is None] == []


def test_every_blueprint_stands_in_routes_once(app: APIFlask) -> None:
    listed = [route.blueprint.name for route in ROUTES]

    assert len(listed) == len(set(listed))
    assert set(app.blueprints) - {"openapi"} == set(listed)


def test_only_known_routes_are_open_to_all(app: APIFlask) -> None:
    is_open = {path for path, _, endpoint in docs.routes(app) if guard_of(endpoint) is guards.open_to_all}

    assert is_open == {
        "/api/login",
        "/docs",
        "/health",
        "/openapi.json",
        "/public/verify/{code}",
        "/public/teams",
        "/public/teams/{team_id}",
        "/public/teams/{team_id}/card",
        "/public/teams/{team_id}/qr.svg",
        "/static/{filename}",
        "/workbench/login",
        "/workbench/doctor/login",
        "/workbench/doctor/login/enter",
        "/workbench/doctor/login/state",
        "/wechat/media/{secret}",
    }


def test_a_route_without_a_guard_is_refused(settings: Settings) -> None:
    app = create_app(settings)
    app.add_url_rule("/forgotten", "forgotten.view", lambda: "secret")

    answer = app.test_client().get("/forgotten")

    assert answer.status_code == 403 and "secret" not in answer.text


# ---------------------------------------------------------------- transactions


def _name(node: ast.AST) -> str:
    """The last name of a call or decorator: ``db.session.commit()`` → commit."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _opens_transaction(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(_name(item.context_expr) == "transaction" for item in node.items)


def _found(wanted: Callable[[ast.AST], bool], *, but: set[str]) -> list[str]:
    return [
        f"{name}:{getattr(node, 'lineno', 0)}"
        for name, tree in parsed()
        if name not in but
        for node in ast.walk(tree)
        if wanted(node)
    ]


def test_only_the_database_module_commits() -> None:
    assert _found(lambda node: isinstance(node, ast.Call) and _name(node) == "commit", but={"server/database.py"}) == []


def test_only_actions_open_transactions() -> None:
    """And the demo's made-up people: no action founds a team full of history."""
    demo = {source.name_of(path) for path in (source.SERVER / "cli").glob("demo*.py")}
    opened = _found(_opens_transaction, but=demo)

    assert len(opened) > 30
    assert [place for place in opened if not place.startswith("server/actions/")] == []


def test_every_function_with_a_transaction_is_run_again_after_a_conflict() -> None:
    """It is ``retried`` itself, or a private part of one that is."""
    forgotten = []
    for name, tree in parsed("server/actions"):
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        again = [one for one in functions if "retried" in {_name(decorator) for decorator in one.decorator_list}]
        parts = {_name(call) for one in again for call in ast.walk(one) if isinstance(call, ast.Call)}
        for one in functions:
            opens = any(_opens_transaction(node) for node in ast.walk(one))
            if opens and one not in again and not (one.name.startswith("_") and one.name in parts):
                forgotten.append(f"{name}: {one.name}")

    assert forgotten == []


def test_nothing_waits_inside_a_transaction() -> None:
    """No network, no sleep, no bot of another machine while rows may be locked."""
    waiting = []
    for name, tree in parsed("server/actions"):
        for block in [node for node in ast.walk(tree) if _opens_transaction(node)]:
            for call in [node for node in ast.walk(block) if isinstance(node, ast.Call)]:
                owner = call.func.value if isinstance(call.func, ast.Attribute) else None
                if _name(call) == "sleep" or (owner is not None and _name(owner) in ("gateway", "requests", "urllib")):
                    waiting.append(f"{name}:{call.lineno}")

    assert waiting == []


# ---------------------------------------------------------------- one place for each thing


def test_only_the_configuration_reads_the_environment() -> None:
    assert _found(lambda node: _name(node) in ("environ", "getenv"), but={"server/config.py"}) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    places = {part for path in source.python_files() for part in (path.stem, path.parent.name)}

    assert places & FORBIDDEN_NAMES == set()


def test_no_code_says_a_regions_name() -> None:
    """Regions are data: profiles, the documents they cite, and the example that chooses one."""
    regions = [path.stem for path in (source.SERVER / "policy" / "profiles").glob("*.toml") if path.stem != "national"]
    names = re.compile("|".join([*regions, "绵阳", "二七区", "黔江", "常阴沙", "福建"]))
    data = ("server/policy/profiles/", "server/policy/documents/")
    texts = {name: text for name, text in written("server/") if not name.startswith(data)}

    assert regions
    assert {name for name, text in texts.items() if names.search(text)} <= {
        "server/cli/demo.py",
        "server/cli/demo_places.py",
    }


def test_the_server_is_shipped_without_the_sandbox() -> None:
    assert _found(lambda node: isinstance(node, ast.alias) and node.name.startswith("wechat_sandbox"), but=set()) == []
    requirements = source.text("requirements.txt")
    assert "playwright" not in requirements and "pytest" not in requirements


# ---------------------------------------------------------------- leftovers


def test_nothing_is_left_for_later() -> None:
    found = [name for name, text in written() if name != "package-lock.json" and LEFTOVERS.search(text)]

    assert found == []


def test_no_test_is_skipped() -> None:
    assert [name for name, text in written("tests/") if SKIPPED_TESTS.search(text)] == []


def test_no_path_of_one_machine_and_no_registry_is_written_down() -> None:
    texts = written()

    assert [name for name, text in texts if MACHINE.search(text)] == []
    assert [name for name, text in texts if REGISTRIES.search(text)] == []


def test_the_lock_file_holds_no_addresses_and_exact_versions() -> None:
    packages = json.loads(source.text("package-lock.json"))["packages"]
    wanted = json.loads(source.text("package.json"))

    assert [name for name, package in packages.items() if "resolved" in package] == []
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_python_packages_are_pinned() -> None:
    lines = (source.text("requirements.txt") + source.text("requirements-dev.txt")).splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]

    assert [line for line in wanted if not re.fullmatch(r"[\w\-]+(\[\w+\])?==[\w.]+", line)] == []


def test_linters_are_silenced_rarely() -> None:
    """Each silence weakens a rule everybody relies on: few, and none for a whole file."""
    silences = [
        (name, line.strip())
        for name, text in written("server/", "tools/", "wechat_sandbox/")
        if name.endswith(".py")
        for line in text.splitlines()
        if "# noqa" in line
    ]

    assert len(silences) <= 15
    assert [place for place in silences if re.search(r"# noqa(?!: [A-Z])", place[1])] == []
