"""The compiler: skips unchanged input, names what is wrong, loads nothing from elsewhere."""

import re
import shutil
from pathlib import Path

import pytest

from .conftest import BUILD, HERE, run_node

pytestmark = pytest.mark.browser  # needs node, which only the browser stage installs


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small mini-program that may be changed."""
    return Path(shutil.copytree(HERE / "fixtures" / "sandbox_app", tmp_path / "source"))


def build(source: Path, *flags: str) -> tuple[int, str]:
    result = run_node(str(BUILD), str(source), str(source.parent / "out"), *flags)
    return result.returncode, result.stdout + result.stderr


def test_unchanged_input_is_not_built_again(source: Path) -> None:
    first = build(source)
    page = source.parent / "out" / "index.html"
    built_at = page.stat().st_mtime_ns

    second = build(source)
    forced = build(source, "--force")

    assert first[0] == second[0] == forced[0] == 0
    assert "pages=2" in first[1]
    assert "unchanged" in second[1]
    assert "pages=2" in forced[1]
    assert page.stat().st_mtime_ns > built_at


def test_one_changed_letter_is_built(source: Path) -> None:
    build(source)
    (source / "pages/card/card.wxml").write_text("<view>neu</view>", encoding="utf-8")

    code, output = build(source)

    assert code == 0
    assert "pages=2" in output
    assert "neu" in (source.parent / "out" / "app.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("app.json", '{"pages": ["pages/gone/gone"]}', "page files missing: pages/gone/gone"),
        ("app.json", "{", "JSON:"),
        ("pages/card/card.wxml", "<view>", "pages/card/card.wxml:1:"),
        ("pages/card/card.js", "Page({", "pages/card/card.js"),
        ("pages/card/card.js", "require('./nowhere')", "require not found: ./nowhere"),
        ("pages/card/card.json", '{"usingComponents": {"x": "/x/x"}}', "component not found: /x/x"),
        ("app.wxss", '@import "nowhere.wxss";', "wxss @import missing: nowhere.wxss"),
    ],
)
def test_mistake_is_named_and_fails(source: Path, file: str, text: str, said: str) -> None:
    (source / file).write_text(text, encoding="utf-8")

    code, output = build(source)

    assert code == 1
    assert "ERROR" in output
    assert said in output


def test_failed_build_is_not_taken_for_fresh(source: Path) -> None:
    (source / "pages/card/card.js").write_text("Page({", encoding="utf-8")

    codes = [build(source)[0], build(source)[0]]

    assert codes == [1, 1]


def test_folder_without_a_miniprogram_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    code, output = build(empty)

    assert code == 2
    assert "app.json" in output


def test_site_loads_nothing_from_elsewhere(source: Path) -> None:
    build(source)
    page = (source.parent / "out" / "index.html").read_text(encoding="utf-8")

    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert sorted(addresses) == ["app.js", "data:,", "phone.css", "runtime.js"]


def test_pinned_packages_carry_no_addresses() -> None:
    lock = (HERE.parent.parent / "package-lock.json").read_text(encoding="utf-8")

    assert '"resolved"' not in lock
    assert '"integrity"' in lock
