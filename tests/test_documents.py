"""What docs/ and README.md say is what the code does."""

import inspect
import io
import re
import tokenize
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server.errors import AppError
from server.handlers import docs, guard_of, problems
from server.models import (
    agreement,
    appointment,
    block,
    community,
    conversation,
    followup,
    importing,
    medium,
    notification,
    phone_check,
    population,
    prescription,
    referral,
    refusal,
    supplement,
    waiting,
)
from tests import source
from wechat_sandbox.switches import SWITCHES

MACHINES = {
    "Agreement": agreement,
    "Appointment": appointment,
    "Booking-block": block,
    "Conversation": conversation,
    "Follow-up": followup,
    "Import": importing,
    "Medium": medium,
    "Notification": notification,
    "Phone-check": phone_check,
    "Population-tag": population,
    "Prescription": prescription,
    "Referral": referral,
    "Supplement": supplement,
    "Unsigned-entry": refusal,
    "Waiting": waiting,
    "Frame-agreement": community,
}
DOCUMENTS = [path for path in source.tracked() if path.suffix == ".md" and "node_modules" not in path.parts]


# ---------------------------------------------------------------- errors.md


def documented_errors() -> list[tuple[str, str, str]]:
    rows = source.table_rows("docs/errors.md", columns=4)
    return [(code.strip("`"), status, title) for code, status, title, _ in rows if code.startswith("`")]


def real_errors() -> set[tuple[str, str, str]]:
    ours = {(kind.code, str(kind.http_status), kind.default_message) for kind in source.errors()}
    framework = {(code, str(status), title) for status, (code, title) in problems.FRAMEWORK.items()}
    unnamed = {("error", "any other", "请求无法处理，请重试"), ("internal_error", "500", AppError.default_message)}
    return ours | framework | unnamed


def test_errors_document_has_every_error_and_no_other() -> None:
    written = documented_errors()

    assert set(written) == real_errors()
    assert len(written) == len(set(written))


def test_every_error_says_what_a_client_does() -> None:
    rows = [row for row in source.table_rows("docs/errors.md", columns=4) if row[0].startswith("`")]

    assert [row[0] for row in rows if not row[3]] == []


def test_errors_named_above_views_exist(app: APIFlask) -> None:
    """ "Errors: a, b." in a view's docstring names codes that clients can look up."""
    known = {code for code, _, _ in documented_errors()}
    named = set()
    for endpoint, view in app.view_functions.items():
        if endpoint.partition(".")[0] in ("static", "openapi"):
            continue
        for listed in re.findall(r"Errors: ([^.]*(?:\.\s*$)?)", inspect.getdoc(view) or ""):
            named |= {(endpoint, code) for code in re.findall(r"[a-z]+_[a-z_]+(?!…)", listed)}

    assert len(named) > 40
    assert {(endpoint, code) for endpoint, code in named if code not in known and not code.endswith("_")} == set()


def test_nobody_shares_a_code_across_statuses_by_accident() -> None:
    by_code: dict[str, set[int]] = {}
    for kind in source.errors():
        by_code.setdefault(kind.code, set()).add(kind.http_status)

    assert {code for code, statuses in by_code.items() if len(statuses) > 1} == {"callback_refused"}


# ---------------------------------------------------------------- states.md


def sections() -> dict[str, str]:
    parts = re.split(r"^## ", source.text("docs/states.md"), flags=re.MULTILINE)[1:]
    return {part.split(" ", 1)[0]: part for part in parts}


@pytest.mark.parametrize("name", MACHINES)
def test_states_document_draws_exactly_the_arrows_of_moves(name: str) -> None:
    drawn = re.findall(r"^\s+(\S+) --> (\S+)$", sections()[name], re.MULTILINE)
    moves = {(str(old), str(new)) for old, targets in MACHINES[name].MOVES.items() for new in targets}

    assert {arrow for arrow in drawn if arrow[0] != "[*]"} == moves
    assert len(drawn) == len(set(drawn))
    born = getattr(MACHINES[name], "BORN", tuple(MACHINES[name].MOVES)[:1])
    assert {new for old, new in drawn if old == "[*]"} == {str(state) for state in born}


@pytest.mark.parametrize("name", MACHINES)
def test_states_document_shows_the_words_people_see(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", sections()[name], re.MULTILINE)

    assert dict(rows) == {str(state): label for state, label in MACHINES[name].STATUS_LABELS.items()}


def test_every_moves_has_its_section() -> None:
    with_moves = {path.stem for path in source.python_files("server/models") if "\nMOVES: " in path.read_text()}

    assert with_moves == {module.__name__.rpartition(".")[2] for module in MACHINES.values()}
    assert set(sections()) == set(MACHINES)


# ---------------------------------------------------------------- api.md


def test_api_document_names_every_route_and_its_guard(app: APIFlask) -> None:
    written = re.findall(
        r"^\| (GET|POST|PUT|PATCH|DELETE) `(/api[^`?]*)[^`]*` \| (\w+) \|", source.text("docs/api.md"), re.M
    )
    real = set()
    for path, method, endpoint in docs.routes(app):
        guard = guard_of(endpoint)
        if path.startswith("/api"):
            real.add((method, path, guard.__name__ if guard else ""))

    assert set(written) == real
    assert len(written) == len(set(written))


def test_openapi_describes_every_route_with_guard_and_the_one_error_shape(client: FlaskClient, app: APIFlask) -> None:
    spec = client.get("/openapi.json").json
    assert spec is not None

    assert spec["openapi"] == "3.1.0"
    for path, method, endpoint in docs.routes(app):
        if not path.startswith("/api"):
            continue
        operation = spec["paths"][path][method.lower()]
        guard = guard_of(endpoint)
        assert guard is not None and operation["x-guard"] == guard.__name__
        assert operation["security"] == ([] if guard.__name__ == "open_to_all" else [{"session": []}])
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert operation["summary"], endpoint
    assert not [path for path in spec["paths"] if path.startswith(("/workbench", "/wechat"))]


class Addresses(HTMLParser):
    """Everything a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        wanted = {"link": "href", "script": "src", "img": "src", "iframe": "src"}.get(tag)
        self.loaded += [value or "" for name, value in attributes if name == wanted]


def test_readable_interface_page_loads_only_from_here(client: FlaskClient) -> None:
    answer = client.get("/docs")
    page = Addresses()
    page.feed(answer.text)

    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert page.loaded and all(address.startswith("/static/") for address in page.loaded)
    for address in page.loaded:
        with client.get(address) as loaded:
            assert loaded.status_code == 200, address
    assert not page.tags & {"script", "iframe", "style"}
    assert "@import" not in source.text("server/static/docs.css") and "url(" not in source.text(
        "server/static/docs.css"
    )


def test_readable_interface_page_shows_each_route_and_shape_once(client: FlaskClient, app: APIFlask) -> None:
    page = client.get("/docs").text

    for path, method, _ in docs.routes(app):
        if path.startswith("/api"):
            assert len(re.findall(rf">{method}</b> <code>{re.escape(path)}</code>", page)) == 1, (method, path)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))
    assert "AgreementOut" in targets and "Problem" in targets


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "maxLength": 26}, "string (≤ 26)"),
        ({"type": "string", "minLength": 64, "maxLength": 64}, "string (64)"),
        ({"type": "integer", "minimum": 30, "maximum": 300}, "integer (30–300)"),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "date or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/TeamOut"}}, "list of TeamOut"),
        ({"enum": ["clinic", "home"], "type": "string"}, '"clinic" | "home"'),
        ({}, "anything"),
    ],
)
def test_shapes_are_said_in_words(schema: dict[str, object], words: str) -> None:
    assert docs.kind(schema) == words


# ---------------------------------------------------------------- words.md


def vocabulary() -> set[str]:
    """Every name of the code: identifiers, modules, policy and configuration keys."""
    words = set()
    for path in source.python_files():
        words |= {path.stem, path.parent.name}
        tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
        words |= {token.string for token in tokens if token.type == tokenize.NAME}
    return words


def test_every_word_is_used_in_the_code() -> None:
    rows = [row for row in source.table_rows("docs/words.md", columns=3) if row[1].startswith("`")]
    used = vocabulary()

    assert len(rows) > 50
    assert [code for _, code, _ in rows if code.strip("`") not in used] == []
    assert len({chinese for chinese, _, _ in rows}) == len(rows)
    assert len({code for _, code, _ in rows}) == len(rows)


# ---------------------------------------------------------------- policy sources, open questions, decisions


def profile_sources() -> set[str]:
    found = set()
    for path in (source.SERVER / "policy" / "profiles").glob("*.toml"):
        for part in tomllib.loads(path.read_text(encoding="utf-8")).values():
            if isinstance(part, dict):
                found |= {value["source"] for value in part.values()}
    return found


def test_policy_sources_are_those_of_the_profiles() -> None:
    rows = source.table_rows("docs/policy-sources.md", columns=3)

    assert {row[0].strip("`") for row in rows if row[0].startswith("`")} == profile_sources()


def test_open_questions_name_real_switches() -> None:
    rows = [row for row in source.table_rows("docs/wechat-open-questions.md", columns=5) if row[0].isdigit()]
    switches = {row[3].strip("`") for row in rows} - {""}

    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert switches and switches <= {switch.name for switch in SWITCHES}


def test_decisions_are_numbered_and_whole() -> None:
    pages = sorted((source.REPOSITORY / "docs" / "decisions").glob("*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for number, page in enumerate(pages, start=1):
        written = page.read_text(encoding="utf-8")
        assert written.startswith(f"# {number}. "), page.name
        assert [
            f"## {part}" for part in ("Context", "Decision", "Consequences") if f"\n## {part}\n" not in written
        ] == []
        assert len(written.splitlines()) <= 60, page.name


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("document", DOCUMENTS, ids=source.name_of)
def test_documents_point_to_what_exists(document: Path) -> None:
    written = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", written) if "://" not in target]

    assert [target for target in targets if target and not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=source.name_of)
def test_documents_name_files_that_exist(document: Path) -> None:
    written = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:server|tests|docs|tools|wechat_sandbox|miniprogram_stub)/[\w./-]*)`", written)

    assert [
        name for name in named if not any((folder / name).exists() for folder in (source.REPOSITORY, document.parent))
    ] == []


def test_readme_names_every_folder_of_the_map() -> None:
    readme = source.text("README.md")
    folders = {
        path.relative_to(source.REPOSITORY).parts[0] for path in source.tracked() if path.parent != source.REPOSITORY
    }

    assert [folder for folder in sorted(folders) if not folder.startswith(".") and f"{folder}/" not in readme] == []
    for words in ("make demo", "make test", "docs/pictures/phones.png", "120"):
        assert words in readme
