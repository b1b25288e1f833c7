"""The package catalogue: versions with their prices, split and items; a new version, and the end of one."""

import re
from typing import Any

from flask import Response, request, url_for

from server import policy as policies
from server.access import admin_catalogue as access
from server.actions import catalogue
from server.errors import AppError, Conflict, Invalid, NotFound
from server.handlers.context import as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import ItemKind, ServicePackage
from server.models.fee import ACCOUNT_LABELS
from server.models.package import ITEM_KIND_LABELS, PAYER_LABELS
from server.models.resident import INSURANCE_LABELS
from server.policy import catalogue as seeds
from server.policy.catalogue import TIER_LABELS, Draft, Item
from server.policy.parts.kinds import Group
from server.policy.schema import Policy

ROWS = 16
"""Items that one form has room for."""


def _regions() -> tuple[str, ...]:
    region = wiring().policy.region
    return (region, *policies.variants(region))


def list_packages() -> Response:
    """List all versions, with a button that creates what the region's papers name."""
    types = [(name, policies.load(name)) for name in _regions()]
    return site.page(
        "packages.html",
        here="packages",
        rows=access.packages(_regions(), site.cursor()),
        types=[(region, rules.name, kind) for region, rules in types for kind in rules.packages.types],
        regions={region: rules.name for region, rules in types},
        tiers=TIER_LABELS,
    )


def create_packages() -> Response:
    """Put the region's packages into the catalogue."""
    new = catalogue.create_for_region(wiring().policy.region, by=as_admin())
    text = f"已建立 {new} 个服务包；没有标价的请先填写价目再开放" if new else "目录已经建好，没有新的服务包"
    return site.done(url_for("workbench.list_packages"), text)


def show_package(package_id: str) -> Response:
    """Show one version."""
    return site.page("package.html", here="packages", package=_known(package_id), **_words())


def new_package(region: str, code: str) -> Response:
    """Show the form of a next version, filled with the latest one."""
    _check(region, code)
    return _form(region, code)


def publish_package(region: str, code: str) -> Response:
    """Publish a next version."""
    _check(region, code)
    rules = policies.load(region)
    try:
        form = forms.read(forms.PackageForm)
        draft = _draft(form, code, rules)
        package = catalogue.publish(draft, form.price, rules, offered_from=form.offered_from, by=as_admin())
    except (Invalid, Conflict) as error:
        return _form(region, code, error)
    text = f"已发布第 {package.version} 版，此前签的协议不变"
    return site.done(url_for("workbench.show_package", package_id=package.id), text)


def retire_package(package_id: str) -> Response:
    """Offer a version to nobody any more."""
    package = catalogue.retire(_known(package_id), by=as_admin())
    return site.done(
        url_for("workbench.list_packages"), f"{package.name}（第 {package.version} 版）已停用，已签的协议不变"
    )


def _known(package_id: str) -> ServicePackage:
    package = access.package(package_id)
    if package.region not in ("", *_regions()):
        raise NotFound()
    return package


def _check(region: str, code: str) -> None:
    if region not in _regions() or seeds.type_of(code, policies.load(region)) is None:
        raise NotFound()


def _draft(form: forms.PackageForm, code: str, rules: Policy) -> Draft:
    kind = seeds.type_of(code, rules)
    assert kind is not None
    groups = tuple(re.split(r"[,，、\s]+", form.groups)) if form.groups else ()
    if set(groups) - set(Group):
        raise forms.FormInvalid(fields={"groups": "请填写人群代码，例如 HTN、DM"})
    shares = {
        "public_health_fund": form.public_health,
        "insurance": form.insurance,
        "subsidy": form.subsidy,
        "resident": form.resident,
    }
    accounts = {key: request.form.get(f"account_{key}", "") for key in INSURANCE_LABELS}
    return Draft(
        code=code,
        name=form.name,
        tier=kind.tier,
        summary=form.summary,
        population=form.population,
        groups=groups,
        shares=shares,
        guidance_fen=form.guidance,
        accounts={key: account for key, account in accounts.items() if account in ACCOUNT_LABELS},
        items=tuple(_items()),
    )


def _items() -> list[Item]:
    """Read the rows of the form that have a name. Raises FormInvalid."""
    found = []
    for row in range(1, ROWS + 1):
        name = request.form.get(f"item{row}_name", "").strip()
        if not name:
            continue
        times = request.form.get(f"item{row}_times", "").strip() or "0"
        kind, unit = request.form.get(f"item{row}_kind", ""), request.form.get(f"item{row}_unit", "").strip() or "次"
        if (
            len(name) > 64
            or len(unit) > 8
            or not re.fullmatch(r"\d{1,3}", times, re.ASCII)
            or kind not in set(ItemKind)
        ):
            raise forms.FormInvalid(fields={"items": f"第 {row} 项有误：次数填 0–999 的整数，名称最多 64 个字"})
        found.append(
            Item(
                name,
                int(times),
                per="term" if request.form.get(f"item{row}_per") == "term" else "year",
                kind=kind,
                is_minimum=request.form.get(f"item{row}_least") == "true",
                price_fen=forms.fen_or_nothing(request.form.get(f"item{row}_price", "")),
                unit=unit,
            )
        )
    return found


def _form(region: str, code: str, error: AppError | None = None) -> Response:
    rules = policies.load(region)
    known = access.newest(region, code)
    seed = next(draft for draft in seeds.drafts(rules) if draft.code == code)
    return site.page(
        "package_form.html",
        here="packages",
        region=region,
        code=code,
        rules=rules,
        package=known,
        seed=seed,
        items=_shown_items(known, seed),
        rows=ROWS,
        error=error,
        **_words(),
    )


def _shown_items(known: ServicePackage | None, seed: Draft) -> list[Item]:
    if known is None:
        return list(seed.items)
    return [
        Item(row.name, row.times_per_year, row.per, row.kind, row.is_minimum, row.price_fen, row.unit)
        for row in known.items
    ]


def _words() -> dict[str, Any]:
    return {
        "tiers": TIER_LABELS,
        "kinds": {str(kind): label for kind, label in ITEM_KIND_LABELS.items()},
        "payers": PAYER_LABELS,
        "insurances": INSURANCE_LABELS,
        "accounts": {key: label for key, label in ACCOUNT_LABELS.items() if key not in ("fund", "self")},
    }
