"""What is wrong with a form: refused or to be confirmed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from server.policy.programmes import conditions
from server.policy.programmes.kinds import History, Person, Problem, ProblemCode, Values
from server.policy.programmes.rows import FieldRow
from server.policy.programmes.scope import national, scope_of
from server.policy.programmes.table import Programme
from server.policy.programmes.values import read
from server.policy.schema import FollowUps


def check(
    programme: Programme, values: Mapping[str, Any], person: Person, on: date, *, numbers: FollowUps | None = None
) -> list[Problem]:
    """Return everything wrong with a form, the hard problems first.

    Args:
        values: see ``values.read``. on: day of the visit. numbers: the region's, the national ones if not given.
    Source:
        ranges of domain.md §2.0.
    """
    clean, problems = read(programme, values, on)
    scope = scope_of(programme, clean, person, on, History(), numbers or national())
    refused = {problem.field for problem in problems}
    for row in programme.checks:
        if row.holds(scope):
            problems.append(Problem(row.field, ProblemCode.CONTRADICTION, row.message))
    for field in programme.fields:
        if field.key in clean or field.key in refused or field.derived:
            continue
        if field.in_visit(clean.get("visit")) and _is_required(field, scope):
            problems.append(Problem(field.key, ProblemCode.MISSING, f"请填写{field.label}"))
    return problems + _unusual(programme, clean)


def _is_required(field: FieldRow, scope: Mapping[str, Any]) -> bool:
    if field.required_when and conditions.parse(field.required_when).holds(scope):
        return True
    if field.required_unless:
        return not conditions.parse(field.required_unless).holds(scope)
    return field.required


def _unusual(programme: Programme, clean: Values) -> list[Problem]:
    found = []
    for field in programme.fields:
        amount = conditions.number(clean.get(field.key)) if field.soft else None
        if field.soft and amount is not None and not field.soft[0] <= amount <= field.soft[1]:
            message = f"{field.label} {amount} {field.unit}".rstrip() + " 不常见，请核对"
            found.append(Problem(field.key, ProblemCode.UNUSUAL, message, is_hard=False))
    return found
