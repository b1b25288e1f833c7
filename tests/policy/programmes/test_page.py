"""docs/followups.md is what the tables say."""

from pathlib import Path

import pytest

from server.policy import programmes
from server.policy.programmes import loading
from tests import source
from tools import followup_page


def test_the_page_is_up_to_date() -> None:
    """If not: `python -m tools.followup_page`."""
    assert source.text("docs/followups.md") == followup_page.page()


def test_every_programme_rule_and_window_stands_on_the_page_with_its_source() -> None:
    page = source.text("docs/followups.md")

    for name in programmes.names():
        for one in programmes.versions(name):
            part = page.split(f"## {name} {one.version}: ")[1].split("\n## ")[0]
            assert one.source in part and one.clause in part
            assert all(f"| {rule.id}" in part and rule.clause in part for rule in one.rules), name
            assert all(f"| `{field.key}` | {field.label} |" in part for field in one.fields), name
            assert all(row.title in part for row in (*one.windows, *one.repeats, *one.calendar, *one.deadlines)), name


def test_a_changed_number_makes_the_page_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in loading.TABLES.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("random_glucose >= 16.7", "random_glucose >= 16.8"))
    monkeypatch.setattr(loading, "TABLES", tmp_path)
    programmes.forget()

    try:
        assert followup_page.page() != source.text("docs/followups.md")
    finally:
        programmes.forget()


def test_the_tool_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followup_page, "PAGE", tmp_path / "followups.md")
    monkeypatch.setattr(followup_page, "ROOT", tmp_path)

    assert followup_page.main() == 0
    assert (tmp_path / "followups.md").read_text(encoding="utf-8") == followup_page.page()
