"""Profiles: every value typed and sourced, every mistake refused by name."""

import re
import shutil
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest

from server import policy
from server.policy import dates, texts
from server.policy.schema import Policy


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


TERM = 'term_months = { value = 12, unit = "months", source = "x", clause = "y", since = 2020-01-01 }'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of profiles to break: all real ones, copied."""
    shutil.copytree(policy.PROFILES, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(policy, "PROFILES", tmp_path)
    policy.forget()
    yield tmp_path
    policy.forget()


def add(folder: Path, text: str, header: str = 'name = "n"\nversion = "1"', name: str = "nowhere") -> None:
    (folder / f"{name}.toml").write_text(f"{header}\n{text}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[signing]\n" + TERM.replace("months =", "moths =", 1), "signing.term_moths: unknown rule"),
        ("[signin]\n" + TERM, "signin: unknown part"),
        ("verison = 1", "verison: unknown part"),
        ("[signing]\n" + TERM.replace("12", "0"), "greater"),
        ("[signing]\n" + TERM.replace(', source = "x"', ""), "source"),
        ("[signing]\n" + TERM.replace('"x"', '""'), "source"),
        ("[signing]\n" + TERM.replace(', clause = "y"', ""), "clause"),
        ("[signing]\n" + TERM.replace('unit = "months", ', ""), "unit"),
        ("[signing]\n" + TERM.replace(", since = 2020-01-01", ""), "since"),
        ("[signing]\n" + TERM.replace(" }", ', remark = "z" }'), "remark"),
        ("[signing]\n" + TERM.replace("12", "24"), "between term_months_min and term_months_max"),
        ("[renewal]\n" + TERM.replace("term_months", "mode").replace("12", '"sometimes"'), "renewal.mode"),
        ("[fee]\n" + TERM.replace("term_months", "amount_fen").replace("12", "10.5"), "fee.amount_fen"),
        ("[teams]\n" + TERM.replace("term_months", "positions").replace("12", "[{ any = 1 }]"), "any"),
    ],
)
def test_a_wrong_profile_is_refused(text: str, reason: str, folder: Path) -> None:
    add(folder, text)

    with pytest.raises(policy.PolicyError, match=reason):
        policy.load("nowhere")


def test_no_real_value_may_lose_its_source(folder: Path) -> None:
    """Every profile, its first, middle and last source taken away in turn."""
    for path in sorted(folder.glob("*.toml")):
        whole = path.read_text(encoding="utf-8")
        places = [found.span() for found in re.finditer(r',? ?source = "[^"]+"', whole)]
        for start, end in (places[0], places[len(places) // 2], places[-1]):
            path.write_text(whole[:start] + whole[end:], encoding="utf-8")
            policy.forget()
            with pytest.raises(policy.PolicyError, match="source"):
                policy.load(path.stem)
        path.write_text(whole, encoding="utf-8")


def test_the_base_must_be_complete(folder: Path) -> None:
    path = folder / "national.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("elderly_min_age")), encoding="utf-8")

    with pytest.raises(policy.PolicyError, match="elderly_min_age"):
        policy.load("national")


@pytest.mark.parametrize("base", ["nowhere", "changyinsha_special", "atlantis"])
def test_a_variant_builds_on_a_region_and_on_nothing_else(base: str, folder: Path) -> None:
    add(folder, "", header=f'name = "n"\nversion = "1"\nbase = "{base}"')

    with pytest.raises(policy.PolicyError):
        policy.load("nowhere")


def test_a_region_with_a_wrong_variant_does_not_load(folder: Path) -> None:
    add(folder, "[signing]\n" + TERM.replace("12", "0"), header='name = "n"\nversion = "1"\nbase = "erqi"')

    with pytest.raises(policy.PolicyError, match="nowhere.toml"):
        policy.load("erqi")


def test_a_variant_has_its_own_rules_then_its_regions_then_the_national() -> None:
    held = policy.rules("changyinsha_special")

    assert held["health_card", "value_fen"].profile == "changyinsha_special"
    assert held["insurance", "prescription"].profile == "changyinsha"
    assert held["booking", "public_horizon_days"].profile == "national"
    assert policy.base_of("changyinsha_special") == "changyinsha"
    assert policy.variants("changyinsha") == ("changyinsha_special",)
    assert policy.variants("mianyang") == policy.variants("national") == ()


@pytest.mark.parametrize(
    ("region", "groups", "profile"),
    [
        ("changyinsha", {"SPECIAL_FP"}, "changyinsha_special"),
        ("changyinsha", {"HTN", "HARDSHIP_ILLNESS"}, "changyinsha_special"),
        ("changyinsha", {"HTN", "DM"}, "changyinsha"),
        ("changyinsha", set(), "changyinsha"),
        ("mianyang", {"SPECIAL_FP"}, "mianyang"),
    ],
)
def test_a_households_groups_choose_the_profile(region: str, groups: set[str], profile: str) -> None:
    assert policy.for_groups(region, groups).region == profile


@pytest.mark.parametrize("region", [policy.BASE, *policy.regions()])
def test_a_policy_survives_being_frozen_as_json(region: str) -> None:
    rules = policy.load(region)

    assert Policy.model_validate_json(rules.model_dump_json()) == rules


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


@pytest.mark.parametrize(
    ("name", "region"),
    [("mianyang", "mianyang"), ("绵阳", "mianyang"), ("绵阳市", "mianyang"), ("张家港", "changyinsha"), ("二七区", "erqi"),
     ("福建", "fujian"), ("重庆黔江", "qianjiang"), ("national", "national"), ("常阴沙", "changyinsha")],
)  # fmt: skip
def test_a_region_is_found_by_the_name_people_use(name: str, region: str) -> None:
    assert policy.named(name) == region


@pytest.mark.parametrize("name", ["", "火星", "mars"])
def test_a_region_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(policy.PolicyError, match="no profile"):
        policy.named(name)
