"""What the rules say here: ``load(region)`` gives a region's complete, typed policy. Pure: no database, no clock.

A profile names what it builds on by ``base``; without one that is the national base. A profile built on another region is
a variant of it for some households (``groups.applies_to``): ``for_groups(region, groups)`` picks it.
"""

import functools
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pydantic import ValidationError

from server.policy.schema import Policy, Value

PROFILES = Path(__file__).parent / "profiles"
BASE = "national"
HEADER = ("name", "version")
NOT_A_PART = (*HEADER, "base", "also_called")
PARTS = {name: field.annotation for name, field in Policy.model_fields.items() if name not in ("region", *HEADER)}


class PolicyError(Exception):
    """A profile cannot be used; the message names file and key."""


class Rule(NamedTuple):
    """A value that holds, and the profile whose file it stands in."""

    profile: str
    entry: Value


@functools.cache
def load(region: str) -> Policy:
    """Return the policy of a region: what it builds on, with the region's differences.

    Args:
        region: name of a file in ``profiles/`` without ``.toml``.
    Raises:
        PolicyError: unknown region or key, a value of the wrong type, or one without its source; also in a variant.
    """
    for variant in variants(region):
        load(variant)
    merged: dict[str, dict[str, Any]] = {}
    for (part, key), rule in rules(region).items():
        merged.setdefault(part, {})[key] = rule.entry.value
    header = {key: _read(region).get(key) for key in HEADER}
    try:
        return Policy.model_validate({"region": region, **header, **merged})
    except ValidationError as cause:
        raise PolicyError(f"{region}.toml: {cause}") from None


def for_groups(region: str, groups: Collection[str]) -> Policy:
    """Return the policy for a household: the region's variant for one of these groups, else the region's own.

    Args:
        groups: key populations of all members together, by their tags (``schema.Group``).
    Raises:
        PolicyError: as ``load``.
    """
    for name in variants(region):
        variant = load(name)
        if set(variant.groups.applies_to) & set(groups):
            return variant
    return load(region)


def regions() -> list[str]:
    """Return the regions that have a profile, variants too, the national base excluded."""
    return sorted(path.stem for path in PROFILES.glob("*.toml") if path.stem != BASE)


@functools.cache
def named(name: str) -> str:
    """Return the region that people call so: by its file, by its name or the beginning of it, or as ``also_called`` says.

    Raises:
        PolicyError: no region is called so.
    """
    wanted = name.strip().lower()
    headers = {region: _read(region) for region in (BASE, *regions())}
    exact = [one for one, said in headers.items() if wanted in (one, said.get("name"), *said.get("also_called", ()))]
    begun = [one for one, said in headers.items() if str(said.get("name"))[:2] in wanted]
    return next(iter([*exact, *begun]), None) or _unknown(name)


@functools.cache
def variants(region: str) -> tuple[str, ...]:
    """Return the profiles that build on a region's. Raises PolicyError."""
    return tuple(name for name in regions() if region != BASE and base_of(name) == region)


def base_of(region: str) -> str | None:
    """Return the profile a region's builds on, None for the national base. Raises PolicyError."""
    base = _read(region).get("base", BASE)
    if region == BASE:
        return None
    if base != BASE and (base == region or _read(base).get("base", BASE) != BASE):
        raise PolicyError(f"{region}.toml: base: {base!r} is itself a variant")
    return str(base)


@functools.cache
def rules(region: str) -> dict[tuple[str, str], Rule]:
    """Return every rule that holds in a region by (part, key), each with the profile it comes from.

    Raises:
        PolicyError: as ``load``, without the check of types.
    """
    base = base_of(region)
    held = dict(rules(base)) if base else {}
    for part, entries in values(region).items():
        held |= {(part, key): Rule(region, entry) for key, entry in entries.items()}
    return held


@functools.cache
def values(region: str) -> dict[str, dict[str, Value]]:
    """Return the rules written in one file, by part and key, each with unit, source and clause. Raises PolicyError."""
    written: dict[str, dict[str, Value]] = {}
    for part, table in _read(region).items():
        if part in NOT_A_PART:
            continue
        if not isinstance(table, dict) or part not in PARTS:
            raise PolicyError(f"{region}.toml: {part}: unknown part")
        for key, entry in table.items():
            if key not in getattr(PARTS[part], "model_fields", {}):
                raise PolicyError(f"{region}.toml: {part}.{key}: unknown rule")
            try:
                written.setdefault(part, {})[key] = Value.model_validate(entry)
            except ValidationError as cause:
                raise PolicyError(f"{region}.toml: {part}.{key}: {cause}") from None
    return written


def forget() -> None:
    """Read the profiles again from now on, after they changed."""
    for cached in (load, named, rules, values, variants):
        cached.cache_clear()


def _unknown(region: str) -> NoReturn:
    raise PolicyError(f"no profile for region {region!r}; there are: {', '.join([BASE, *regions()])}")


def _read(region: str) -> dict[str, Any]:
    path = PROFILES / f"{region}.toml"
    if not region.isidentifier() or not path.is_file():
        _unknown(region)
    return tomllib.loads(path.read_text(encoding="utf-8"))
