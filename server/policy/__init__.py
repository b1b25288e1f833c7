"""What the rules say here: ``load(region)`` gives a region's complete, typed policy. Pure: no database, no clock."""

import functools
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from server.policy.schema import Policy, Value

PROFILES = Path(__file__).parent / "profiles"
BASE = "national"
HEADER = ("name", "version")


class PolicyError(Exception):
    """A profile cannot be used; the message names file and key."""


@functools.cache
def load(region: str) -> Policy:
    """Return the policy of a region: the national base with the region's differences.

    Args:
        region: name of a file in ``profiles/`` without ``.toml``.
    Raises:
        PolicyError: unknown region or key, a value of the wrong type, or one without its source.
    """
    base = values(BASE)
    own = {} if region == BASE else values(region)
    merged = {part: {key: rule.value for key, rule in rules.items()} for part, rules in base.items()}
    for part, rules in own.items():
        for key, rule in rules.items():
            if key not in merged.get(part, {}):
                raise PolicyError(f"{region}.toml: {part}.{key}: unknown rule")
            merged[part][key] = rule.value
    header = {key: _read(region).get(key) for key in HEADER}
    try:
        return Policy.model_validate({"region": region, **header, **merged})
    except ValidationError as cause:
        raise PolicyError(f"{region}.toml: {cause}") from None


def regions() -> list[str]:
    """Return the regions that have a profile, the national base excluded."""
    return sorted(path.stem for path in PROFILES.glob("*.toml") if path.stem != BASE)


@functools.cache
def values(region: str) -> dict[str, dict[str, Value]]:
    """Return the rules written in one file, by part and key, each with unit, source and clause. Raises PolicyError."""
    rules: dict[str, dict[str, Value]] = {}
    for part, table in _read(region).items():
        if part in HEADER:
            continue
        for key, entry in table.items():
            try:
                rules.setdefault(part, {})[key] = Value.model_validate(entry)
            except ValidationError as cause:
                raise PolicyError(f"{region}.toml: {part}.{key}: {cause}") from None
    return rules


def _read(region: str) -> dict[str, Any]:
    path = PROFILES / f"{region}.toml"
    if not region.isidentifier() or not path.is_file():
        raise PolicyError(f"no profile for region {region!r}; there are: {', '.join([BASE, *regions()])}")
    return tomllib.loads(path.read_text(encoding="utf-8"))
