"""Profiles: every value typed and sourced, every mistake refused by name."""

from datetime import date, time
from pathlib import Path

import pytest

from server import policy
from server.policy import dates, texts


def test_mianyang_differs_from_the_base_where_its_document_says_so() -> None:
    base, mianyang = policy.load("national"), policy.load("mianyang")

    assert (base.booking.share_pct, mianyang.booking.share_pct) == (20, 30)
    assert (base.followups.home_visit_mode, mianyang.followups.home_visit_mode) == ("on_need", "monthly")
    assert mianyang.reminders.quiet_from == time(21)


def test_every_value_names_document_and_clause() -> None:
    for region in [policy.BASE, *policy.regions()]:
        for part, rules in policy.values(region).items():
            for key, rule in rules.items():
                assert rule.source and rule.clause, f"{region}.{part}.{key}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '[signing]\nterm_moths = { value = 12, unit = "months", source = "x", clause = "y", since = 2020-01-01 }',
            "unknown",
        ),
        (
            '[signing]\nterm_months = { value = 0, unit = "months", source = "x", clause = "y", since = 2020-01-01 }',
            "greater",
        ),
        ('[signing]\nterm_months = { value = 12, unit = "months", clause = "y", since = 2020-01-01 }', "source"),
    ],
)
def test_a_wrong_profile_is_refused(text: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = (policy.PROFILES / "national.toml").read_text(encoding="utf-8")
    (tmp_path / "national.toml").write_text(base, encoding="utf-8")
    (tmp_path / "nowhere.toml").write_text(f'name = "n"\nversion = "1"\n{text}\n', encoding="utf-8")
    monkeypatch.setattr(policy, "PROFILES", tmp_path)
    policy.values.cache_clear()
    policy.load.cache_clear()

    with pytest.raises(policy.PolicyError, match=reason):
        policy.load("nowhere")

    policy.values.cache_clear()
    policy.load.cache_clear()


@pytest.mark.parametrize("region", ["atlantis", "../national", ""])
def test_an_unknown_region_is_refused(region: str) -> None:
    with pytest.raises(policy.PolicyError):
        policy.load(region)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 1)),
        (date(2026, 3, 2), 36, date(2029, 3, 1)),
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
    ],
)
def test_agreements_end_the_day_before(start: date, months: int, end: date) -> None:
    assert dates.agreement_end(start, months) == end


def test_months_clamp_to_the_month_end() -> None:
    assert dates.add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert dates.add_months(date(2026, 8, 31), 1) == date(2026, 9, 30)
    assert dates.month_end(date(2028, 2, 3)) == date(2028, 2, 29)


def test_a_document_survives_being_frozen() -> None:
    _, document = texts.privacy()

    again = texts.Document.from_body(document.body)

    assert again == document
    assert again.sha256 == document.sha256


def test_no_region_is_named_outside_its_profile() -> None:
    """Core code never says a region's name (design.md §8.10); the demo's made-up people live somewhere."""
    server = Path(policy.__file__).parents[1]
    names = [*policy.regions(), "绵阳", "二七", "黔江", "常阴沙", "福建"]

    guilty = [
        (path.name, name)
        for path in server.rglob("*.py")
        for name in names
        if name in path.read_text(encoding="utf-8") and path.parent.name != "cli"
    ]

    assert guilty == []
