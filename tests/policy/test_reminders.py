"""The reminder catalogue: sixty rules, each once, nothing named that does not exist, and regions that differ."""

import importlib
import re
import tomllib
from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from server import policy
from server.jobs.schedule import JOBS
from server.policy import reminders
from server.policy.notices import KINDS
from server.policy.parts.reminding import ReminderChange
from server.policy.reminders import wording
from server.policy.reminders.shape import RESIDENTS, Catalogue
from server.policy.schema import Policy
from tests import source
from tools import reminder_page

TABLE = reminders.catalogue()
LINES = [(rule.id, line) for rule in TABLE.rule for line in rule.lines]
NATIONAL, MIANYANG = policy.load(policy.BASE), policy.load("mianyang")


def changed(**changes: ReminderChange) -> Policy:
    """National rules with some lines of the catalogue changed; N_01 stands for N-01."""
    named = {key.replace("_", "-", 1): change for key, change in changes.items()}
    return NATIONAL.model_copy(update={"reminders": NATIONAL.reminders.model_copy(update={"changes": named})})


def line(key: str, rules: Policy = NATIONAL) -> reminders.Effective:
    """One line of the table as it holds."""
    return next(one for one in reminders.lines(rules) if one.key == key)


def test_each_of_the_sixty_stands_once() -> None:
    assert [rule.id for rule in TABLE.rule] == [f"N-{number:02}" for number in range(1, 61)]


def test_every_kind_named_exists_and_every_kind_stands_in_the_table() -> None:
    told = [kind for _, line in LINES for kind in line.kinds] + [one.kind for one in TABLE.beyond]

    assert set(told) == set(KINDS)
    assert len({one.kind for one in TABLE.beyond}) == len(TABLE.beyond)
    assert not {one.kind for one in TABLE.beyond} & {kind for _, line in LINES for kind in line.kinds}


@pytest.mark.parametrize(("rule", "line"), LINES)
def test_a_kind_speaks_to_those_it_is_for(rule: str, line: reminders.Line) -> None:
    wanted = "resident" if line.to[0] in RESIDENTS else "staff"

    assert {KINDS[kind].who for kind in line.kinds} <= {wanted}
    assert all(KINDS[kind].keeps_quiet is not line.passes_quiet for kind in line.kinds if wanted == "resident")


@pytest.mark.parametrize(("rule", "line"), LINES)
def test_every_value_of_the_profile_that_is_named_exists(rule: str, line: reminders.Line) -> None:
    for name in (line.policy, *line.where) if line.policy else line.where:
        reminders.value_of(NATIONAL, name)


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule, line in LINES if line.made.startswith("server.")])
def test_every_module_named_exists(rule: str, line: reminders.Line) -> None:
    importlib.import_module(line.made)


def test_the_days_of_the_table_are_those_of_the_national_profile() -> None:
    differing = [one.key for one in reminders.lines(NATIONAL) if one.when != one.line.when]

    assert differing == []


def test_where_visits_are_on_need_nobody_is_told_of_a_monthly_one() -> None:
    assert (line("N-10.1").is_on, line("N-10.2").is_on) == (False, True)
    assert (line("N-10.1", MIANYANG).is_on, line("N-10.2", MIANYANG).is_on) == (True, False)


def test_a_region_switches_a_line_off_moves_it_and_words_it() -> None:
    rules = changed(
        N_34=ReminderChange(),
        **{
            "N_34.2": ReminderChange(off=True),
            "N_01": ReminderChange(when=["-5", "0"], at=time(10), item="慢病健康服务"),
        },
    )

    assert not line("N-34.2", rules).is_on and line("N-34.1", rules).is_on
    first = line("N-01", rules)
    assert (first.days, first.at, first.item) == ((-5, 0), time(10), "慢病健康服务")


def test_the_profile_says_the_days_of_what_it_has_a_value_for() -> None:
    followups = NATIONAL.followups.model_copy(update={"remind_days_before": [3, 0]})

    assert line("N-01", NATIONAL.model_copy(update={"followups": followups})).when == ("-3", "0")


@pytest.mark.parametrize("region", (policy.BASE, *policy.regions()))
def test_no_region_changes_a_line_that_does_not_exist(region: str) -> None:
    rules = policy.load(region)

    assert set(rules.reminders.changes) <= {one.key for one in reminders.lines(rules)}


@pytest.mark.parametrize(
    "broken",
    [
        {"when": ["soon"]},
        {"when": []},
        {"to": ["everybody"]},
        {"to": ["resident", "doctor"]},
        {"colour": "red"},
        {"made": "elsewhere", "rows": {"source": "followups"}},
        {"kinds": [], "rows": {"source": "followups"}},
        {"rows": {"source": "somewhere"}},
    ],
)
def test_the_loader_refuses_what_cannot_be(broken: dict[str, Any]) -> None:
    good = {"to": ["resident"], "when": ["-1"], "of": "due_on", "kinds": ["followup_due"], "made": "plan_reminders"}
    rule = {"id": "N-01", "event": "常规随访到期", "source": "§7.2 N-01", "tests": ["tests/x.py::test_y"]}
    Catalogue.model_validate({"rule": [rule | {"lines": [good]}], "beyond": []})

    with pytest.raises(ValidationError):
        Catalogue.model_validate({"rule": [rule | {"lines": [good | broken]}], "beyond": []})


def test_a_rule_without_test_or_reason_and_one_that_stands_twice_are_refused() -> None:
    whole = tomllib.loads(reminders.TABLE.read_text(encoding="utf-8"))

    with pytest.raises(ValidationError, match="held by no test"):
        Catalogue.model_validate(whole | {"rule": [whole["rule"][0] | {"tests": [], "not_met": ""}]})
    with pytest.raises(ValidationError, match="each id once"):
        Catalogue.model_validate(whole | {"rule": [*whole["rule"], whole["rule"][0]]})


def test_the_page_is_what_the_table_says() -> None:
    """If not: `python -m tools.reminder_page`."""
    assert source.text("docs/reminders.md") == reminder_page.page()


def test_every_time_and_recipient_has_words() -> None:
    for one in reminders.lines(NATIONAL):
        assert wording.times(one) and wording.recipients(one) and wording.way(one) and wording.holds_back(one)


@pytest.mark.parametrize(
    ("token", "said"),
    [("-7", "提前7天"), ("0", "当天"), ("+3", "3天后"), ("-2h", "提前2小时"), ("+0h", "0小时后"), ("day:20", "每月20日"),
     ("date:10-01", "每年10月1日"), ("weekly:1", "每周一"), ("90%", "达90%"), ("now", "即时"), ("monthly", "每月")],
)  # fmt: skip
def test_times_for_people(token: str, said: str) -> None:
    assert wording.time_of(token) == said


@pytest.mark.parametrize("rule", TABLE.rule, ids=lambda rule: rule.id)
def test_what_a_rule_says_holds_it_exists(rule: reminders.Rule) -> None:
    for named in rule.tests:
        path, _, name = named.partition("::")
        assert re.search(rf"^def {name}\(", source.text(path), re.MULTILINE), named


def test_every_job_named_exists() -> None:
    made = {line.made for _, line in LINES if not line.made.startswith("server.")}

    assert made <= {job.id for job in JOBS}


def test_what_the_planner_makes_has_rows_or_says_why_not() -> None:
    idle = {rule.id for rule in TABLE.rule for line in rule.lines if line.made == "plan_reminders" and not line.rows}

    assert idle <= {rule.id for rule in TABLE.rule if rule.not_met}


def test_the_requirements_say_the_same() -> None:
    """A rule's state there is its state here."""
    rows = {row[0]: row[2] for row in source.table_rows("docs/requirements.md", columns=4)}

    assert {rule.id: rows.get(rule.id) for rule in TABLE.rule} == {rule.id: rule.state for rule in TABLE.rule}
