"""Everything a condition of a table may name, for one visit."""

from datetime import date
from typing import Any

from server import policy
from server.policy.programmes.kinds import History, Person, Values
from server.policy.programmes.table import Programme
from server.policy.schema import FollowUps


def national() -> FollowUps:
    """The numbers where no region's are given."""
    return policy.load(policy.BASE).followups


def number_of(value: Any, numbers: FollowUps) -> Any:
    """Return a number of a table; ``$parameter`` is the region's."""
    return getattr(numbers, value[1:]) if isinstance(value, str) and value.startswith("$") else value


def scope_of(
    programme: Programme, clean: Values, person: Person, on: date, history: History, numbers: FollowUps
) -> dict[str, Any]:
    """Return values, person, previous visit, parameters (``$``), limits (``@``) and flags by name."""
    scope: dict[str, Any] = {
        **clean,
        **{f"${name}": value for name, value in numbers},
        "person.age": person.age(on),
        "person.months": person.months(on),
        "person.sex": person.sex or None,
        "person.pregnant": person.is_pregnant,
    }
    for limit in programme.limits:
        name = f"@{limit.key}"
        if name not in scope and limit.holds(scope):
            own = person.targets.get(limit.target) if limit.target else None
            scope[name] = number_of(limit.value, numbers) if own is None else own
    previous = history.previous
    if previous is not None and not previous.referral_completed:
        scope |= {
            "previous.class": previous.outcome_class,
            "previous.adverse": previous.adverse,
            "previous.uncontrolled": previous.uncontrolled,
        }
    for flag in programme.flags:
        scope[flag.key] = flag.holds(scope)
    return scope
