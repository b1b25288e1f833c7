"""docs/policy.md and docs/policy-conflicts.md are what the profiles say."""

from pathlib import Path

import pytest

from server import policy
from tests import source
from tools import policy_page


def test_pages_are_up_to_date() -> None:
    """If not: `python -m tools.policy_page`."""
    assert source.text("docs/policy.md") == policy_page.rules_page()
    assert source.text("docs/policy-conflicts.md") == policy_page.disagreements_page()


def test_every_value_stands_on_the_page_with_source_and_clause() -> None:
    rows = {tuple(row) for row in source.table_rows("docs/policy.md", columns=6)}

    for region in (policy.BASE, *policy.regions()):
        for part, entries in policy.values(region).items():
            for key, entry in entries.items():
                row = (f"`{part}.{key}`", region, entry.unit, entry.source, entry.clause, str(entry.since))
                assert row in rows, row


def test_a_changed_value_makes_the_page_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in policy.PROFILES.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("share_pct = { value = 30", "share_pct = { value = 31"))
    monkeypatch.setattr(policy, "PROFILES", tmp_path)
    policy.forget()

    try:
        assert policy_page.rules_page() != source.text("docs/policy.md")
    finally:
        policy.forget()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (12, "12"),
        ([], "–"),
        (["a", "b"], "a, b"),
        ([{"a": 1, "b": {"c": 2}}], "(a=1 b=(c=2))"),
        ("a|b", "a\\|b"),
    ],
)
def test_values_as_cells(value: object, text: str) -> None:
    assert policy_page.show(value) == text


def test_the_tool_writes_both_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RULES", "DISAGREEMENTS"):
        monkeypatch.setattr(policy_page, name, tmp_path / f"{name}.md")
    monkeypatch.setattr(policy_page, "ROOT", tmp_path)

    assert policy_page.main() == 0
    assert (tmp_path / "RULES.md").read_text(encoding="utf-8") == policy_page.rules_page()
    assert (tmp_path / "DISAGREEMENTS.md").read_text(encoding="utf-8") == policy_page.disagreements_page()
