"""Every table is complete: sources, known names, no class and no rule that nobody reaches."""

import copy
import itertools
import random
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.models import Programme as Code
from server.policy import programmes
from server.policy.programmes import FieldRow, History, Person, Previous, Programme, TableError, loading
from server.policy.programmes.conditions import Condition, ConditionError, number, parse
from server.policy.programmes.rows import When
from tests.policy.programmes.cases import NUMBERS, D

EVERY = [one for name in programmes.names() for one in programmes.versions(name)]
IDS = [f"{one.name}-{one.version}" for one in EVERY]
TRIES = 4000


# ---------------------------------------------------------------- there, with a source


def test_every_programme_has_a_table_for_today_and_for_late_entries() -> None:
    assert set(programmes.names()) == {str(one) for one in Code}
    for name in programmes.names():
        assert programmes.load(name, date(2026, 11, 22)).valid_from <= date(2025, 11, 21)


def test_nobody_guesses_a_programme_or_a_day_before_the_first_version() -> None:
    with pytest.raises(KeyError):
        programmes.load("asthma", D)
    with pytest.raises(KeyError):
        programmes.load("htn", date(2017, 2, 27))
    assert programmes.load("htn", date(2017, 2, 28)).version == "2017.1"


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_source_version_and_clause_of_every_line(one: Programme) -> None:
    assert one.source and one.clause and one.version and one.rule_set and one.title and one.neutral_title
    for row in (*one.rules, *one.windows, *one.repeats, *one.calendar, *one.deadlines):
        assert any(mark in row.clause for mark in ("(A", "(B", "(C")), row
    assert one.fields or one.windows


DISEASES = ("高血压", "糖尿病", "精神", "结核", "慢阻肺", "残疾", "孕", "产", "特殊")


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_what_residents_read_names_no_disease(one: Programme) -> None:
    assert not [word for word in DISEASES if word in one.neutral_title]


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_emergencies_say_120_and_are_referred(one: Programme) -> None:
    for rule in one.rules:
        assert rule.is_emergency == ("120" in rule.advice), rule.id
        assert not rule.is_emergency or rule.refer == "5"


# ---------------------------------------------------------------- every class and rule is reached

CALM = {
    "systolic": 120, "diastolic": 75, "heart_rate": 75, "temperature": "36.8", "fasting_glucose": "6.0",
    "random_glucose": "6.5", "glucose_2h": "6.5", "spo2": 97, "haemoglobin": 125, "fetal_heart": 140, "respiration": 40,
    "missed_doses": 0, "missed_days": 0, "weight": 60, "height": 165, "risk": "0",
}  # fmt: skip
PEOPLE = [
    Person(date(1970, 6, 1), "M"), Person(date(1955, 6, 1), "F"), Person(date(1996, 6, 1), "F", is_pregnant=True),
    Person(date(2025, 8, 1), "F"), Person(date(2026, 2, 25), "M"),
]  # fmt: skip


def conditions(one: Programme) -> Iterator[Condition]:
    rows: list[When] = [*one.checks, *one.limits, *one.flags, *one.classes, *one.rules, *one.alerts, *one.findings]
    return itertools.chain.from_iterable(row.conditions for row in rows)


def candidates(one: Programme, field: FieldRow) -> list[Any]:
    """A calm value first, then what makes a difference: every option, both sides of every threshold."""
    if field.options:
        codes = (
            sorted(field.options, key=lambda code: (code == "0", code)) if field.type == "choice" else [*field.options]
        )
        values: list[Any] = [[code] for code in codes] if field.type == "many" else codes
        calm = [field.none_option] if field.none_option else CALM.get(field.key, values[0])
        asked = field.required or field.required_unless or any(field.key in row.needs for row in one.classes)
        return [calm if asked else None, *values]
    step = Decimal(1).scaleb(-field.decimals) if field.type == "decimal" else Decimal(1)
    edges = [number(test.operand) for test in conditions(one) if test.name == field.key]
    edges += [
        getattr(NUMBERS, test.operand[1:]) for test in conditions(one) if test.name == field.key and "$" in test.operand
    ]
    edges += [Decimal(150), Decimal(90)] if field.key in ("systolic", "diastolic") else []
    low, high = field.hard or (Decimal(0), Decimal(0))
    around = [Decimal(edge) + by for edge in edges if edge is not None for by in (-step, Decimal(0), step)]
    values = [value for value in around if low <= value <= high]
    calm = Decimal(CALM.get(field.key, -1))
    return [calm if low <= calm <= high else (low + high) // 2, *values]


def reached(one: Programme, tries: int = TRIES) -> set[str]:
    """What a search of forms around the thresholds reaches: classes, rules (by place), alerts, findings, incomplete."""
    chance = random.Random(26)
    used = {test.name for test in conditions(one)} | {name for row in one.classes for name in row.needs}
    used |= {key for field in one.fields if field.derived and field.key in used for key in field.derived.of}
    fields = {
        field.key: candidates(one, field)
        for field in one.fields
        if field.key in used and not field.derived and field.type in ("int", "decimal", "choice", "many")
    }
    before = [
        None,
        *(Previous(row.code, bad, worse) for row in one.classes for bad in (False, True) for worse in (False, True)),
    ]
    found: set[str] = set()
    for attempt in range(tries):
        share = (0.05, 0.15, 0.4)[attempt % 3]
        form = {key: chance.choice(all_) if chance.random() < share else all_[0] for key, all_ in fields.items()}
        if "visit" in fields:
            form["visit"] = chance.choice(fields["visit"])
        form = {key: value for key, value in form.items() if one.by_key[key].in_visit(form.get("visit"))}
        form = {} if attempt % 10 == 9 else form  # nobody answered anything
        try:
            judged = programmes.judge(
                one, form, chance.choice(PEOPLE), D, History(chance.choice(before)), numbers=NUMBERS
            )
        except ValueError:
            continue
        found |= {f"class {judged.outcome_class}", f"rule {judged.rule} {judged.refer} {judged.next_on}"}
        found |= {f"told {who}" for who in judged.alerts} | {f"{key} {label}" for key, label in judged.findings.items()}
        found |= {f"flag {flag}" for flag in judged.flags}
        if attempt % 200 == 0 and wanted(one) <= named(found):
            break
    return named(found)


def named(found: set[str]) -> set[str]:
    """Rules without their date."""
    return {" ".join(text.split(" ")[:3]) if text.startswith("rule ") else text for text in found}


def wanted(one: Programme) -> set[str]:
    return {
        *(f"class {row.code}" for row in one.classes),
        *(f"rule {row.id} {row.refer}" for row in one.rules),
        *(f"told {who}" for row in one.alerts for who in row.to),
        *(f"{row.key} {row.label}" for row in one.findings),
        *(f"flag {row.key}" for row in one.flags),
    }


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_every_class_rule_flag_alert_and_finding_is_reached(one: Programme) -> None:
    assert wanted(one) - reached(one) == set()


# ---------------------------------------------------------------- a broken table is refused


def written(name: str = "htn.toml") -> dict[str, Any]:
    return tomllib.loads((loading.TABLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


SHARED = written("shared.toml")


def changed(change: Callable[[dict[str, Any]], object], name: str = "htn.toml") -> Programme:
    table = copy.deepcopy(written(name))
    change(table)
    return loading.parse(name, table, SHARED)


BREAKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no source": lambda table: table.pop("source"),
    "an empty source": lambda table: table.update(source=""),
    "no clause": lambda table: table.pop("clause"),
    "no version": lambda table: table.pop("version"),
    "no first day": lambda table: table.pop("valid_from"),
    "an unknown key": lambda table: table.update(colour="red"),
    "an unknown shared field": lambda table: table["fields"].append({"use": "mood"}),
    "a field twice": lambda table: table["fields"].append({"use": "systolic"}),
    "a number without a range": lambda table: table["fields"].append({"key": "x", "label": "x", "type": "int"}),
    "a soft range beyond the hard one": lambda table: table["fields"][0].update(soft=[1, 220]),
    "an empty range": lambda table: table["fields"][0].update(hard=[300, 50]),
    "options of a number": lambda table: table["fields"][0].update(options={"1": "x"}),
    "an unknown option of none": lambda table: table["fields"][2].update(none_option="0"),
    "a condition of an unknown field": lambda table: table["flags"][0]["any"].append("sytolic >= 140"),
    "a condition of an unknown option": lambda table: table["flags"][1].update(when="adr = 3"),
    "a condition of an unknown parameter": lambda table: table["flags"][0]["any"].append("systolic >= $limit"),
    "a condition of an unknown limit": lambda table: table["flags"][0]["any"].append("systolic >= @limit"),
    "a condition of an unknown class": lambda table: table["rules"][-1].update(when="class = 5"),
    "a flag before it is written": lambda table: table["flags"].insert(0, {"key": "a", "when": "emergency"}),
    "not a condition": lambda table: table["flags"][1].update(when="adr == 2"),
    "a class twice": lambda table: table["classes"].insert(0, {"code": 4, "label": "x", "when": "adverse"}),
    "a last class for some only": lambda table: table["classes"][-1].update(when="systolic < 140"),
    "a class that needs an unknown field": lambda table: table["classes"][-1].update(needs=["pulse"]),
    "an unknown reason": lambda table: table["rules"][0].update(refer="9"),
    "a rule without a clause": lambda table: table["rules"][0].pop("clause"),
    "a rule without advice": lambda table: table["rules"][0].update(advice=""),
    "a rule without a next date": lambda table: table["rules"][0].update(next={}),
    "a next date by an unknown parameter": lambda table: table["rules"][0].update(next={"days": "$days"}),
    "contacts by an unknown parameter": lambda table: table["yearly"].update(contacts="$x"),
    "no rules": lambda table: table.pop("rules"),
    "an unknown listener": lambda table: table.update(alerts=[{"when": "adverse", "to": ["police"]}]),
    "a limit by an unknown parameter": lambda table: table["limits"][0].update(value="$x"),
    "a required field by an unknown name": lambda table: table["fields"][0].update(required_when="pulse > 1"),
}


def test_the_table_they_are_made_from_is_whole() -> None:
    assert changed(lambda _: None).name == "htn"


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS)
def test_a_broken_table_is_refused_with_its_name(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(TableError, match=r"^htn\.toml: "):
        changed(change)


def test_broken_windows_are_refused() -> None:
    with pytest.raises(TableError, match="window twice"):
        changed(lambda table: table["windows"].append(table["windows"][0]), "child.toml")
    with pytest.raises(TableError, match="unknown fact: birthday"):
        changed(lambda table: table["windows"][0].update(anchor="birthday"), "child.toml")
    with pytest.raises(TableError, match="unknown fact: closed"):
        changed(lambda table: table["facts"].pop(), "home_bed.toml")
    with pytest.raises(TableError, match="without a distance"):
        changed(lambda table: table["repeats"][0].update(every={}), "tb.toml")
    with pytest.raises(TableError, match="the last rule"):
        changed(lambda table: table["rules"].pop(), "home_visit.toml")


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda table: table["classes"][1].update(when="systolic > 400"), "class 3"),
        (lambda table: table["rules"].insert(0, dict(table["rules"][-1], when="class = 1|2|3|4")), "rule H2 None"),
        (lambda table: table["flags"][1].update(when="systolic > 300"), "flag adverse"),
    ],
)
def test_the_search_finds_what_nobody_reaches(change: Callable[[dict[str, Any]], object], missing: str) -> None:
    broken = changed(change)

    assert missing in wanted(broken) - reached(broken, 1500)


def test_two_versions_from_one_day_are_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("shared.toml", "htn.toml"):
        (tmp_path / name).write_text((loading.TABLES / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "htn_2.toml").write_text('base = "htn.toml"\nversion = "2"\n', encoding="utf-8")
    monkeypatch.setattr(loading, "TABLES", tmp_path)
    programmes.forget()
    try:
        with pytest.raises(TableError, match="htn: two versions"):
            programmes.load("htn", D)
    finally:
        programmes.forget()


# ---------------------------------------------------------------- facts


def test_facts_of_an_enrolment_are_read_like_a_form() -> None:
    table = programmes.load("tb", D)
    clean, wrong = programmes.read_facts(
        table, {"supervisor": 2, "notified": "2026-03-01", "closed": None, "treatment_ends": "2026-09-01"}, D
    )

    assert (clean, wrong) == (
        {"supervisor": "2", "notified": date(2026, 3, 1), "treatment_ends": date(2026, 9, 1)}, [],
    )  # fmt: skip
    refused = programmes.read_facts(table, {"supervisor": 5, "notified": "2026-03-03", "colour": "red"}, D)[1]
    assert {one.field: str(one.code) for one in refused} == {
        "supervisor": "unknown_option", "notified": "out_of_range", "colour": "unknown_field",
    }  # fmt: skip


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("text", "scope", "expected"),
    [
        ("a >= 7.0", {"a": Decimal("7.0")}, True),
        ("a >= 7.0", {"a": Decimal("6.9")}, False),
        ("a >= 7.0", {}, False),
        ("a < 7", {}, False),
        ("not a < 7", {"a": 7}, True),
        ("a > b", {"a": 2, "b": 1}, True),
        ("a > b", {"a": 2}, False),
        ("a >= $limit", {"a": 2, "$limit": 2}, True),
        ("a >= @limit", {"a": 2, "@limit": Decimal("2.1")}, False),
        ("a = 2|3", {"a": "3"}, True),
        ("a = 2|3", {"a": 1}, False),
        ("a has 2|3", {"a": ["1", "3"]}, True),
        ("a has 2|3", {"a": []}, False),
        ("a", {"a": True}, True),
        ("a", {"a": 0}, True),
        ("a", {"a": False}, False),
        ("not a", {}, True),
    ],
)
def test_conditions(text: str, scope: dict[str, Any], expected: bool) -> None:
    assert parse(text).holds(scope) is expected


@pytest.mark.parametrize("text", ["", "a >", "a => 1", "a >= 1 and b", "A > 1", "a.b.c(1)", "not"])
def test_what_is_not_a_condition(text: str) -> None:
    if text == "not":
        assert parse(text).name == "not"  # a name like another; no table has it
        return
    with pytest.raises(ConditionError):
        parse(text)
