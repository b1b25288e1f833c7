"""The package catalogue: a version is published, replaced by the next one, or retired; none is ever changed."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server import policy as policies
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import ItemKind, PackageItem, ServicePackage, audit
from server.models.actor import Actor
from server.models.states import StaleState
from server.policy import catalogue
from server.policy.catalogue import Draft
from server.policy.parts.benefits import PackageType
from server.policy.schema import Policy


class PayersDoNotAddUp(Invalid):
    """The shares are not the price."""

    code, default_message = "payers_do_not_add_up", "各方分担之和须等于标价，请核对金额"


class PriceNotListed(Conflict):
    """The region's document fixes another price or split, or lets nobody pay."""

    code, default_message = "price_not_listed", "标价或分担与本地区文件规定不符，请按规定填写"


class PackageTypeUnknown(Invalid):
    """The region's papers know no such type."""

    code, default_message = "package_type_unknown", "本地区没有这种服务包，请从列表中选择"


class FrequencyNeeded(Invalid):
    """The region wants every item's frequency."""

    code, default_message = "frequency_needed", "按本地区规定，每个项目都要写明次数"


class ItemsNeeded(Invalid):
    """A package without services promises nothing."""

    code, default_message = "package_items_needed", "请至少填写一个服务项目"


class ExamItemsLimited(Invalid):
    """Where the term's examinations are limited, one item holds them all."""

    code, default_message = "exam_items_limited", "常规检查只列一项，次数不超过本地区规定的合计项次"


def create_for_region(region: str, *, by: Actor) -> int:
    """Put the packages that a region's papers name into the catalogue, its variants' too; what is there stays.

    A package whose price stands in a list that we do not have is not offered until somebody publishes it with its price.

    Returns:
        How many were new.
    """
    new = 0
    for name in (region, *policies.variants(region)):
        rules = policies.load(name)
        for kind, draft in zip(rules.packages.types, catalogue.drafts(rules), strict=True):
            new += _create_missing(draft, kind, rules, by=by)
    return new


@retried
def _create_missing(draft: Draft, kind: PackageType, rules: Policy, *, by: Actor) -> bool:
    today = clock.today()
    known = select(ServicePackage.id).where(ServicePackage.region == rules.region, ServicePackage.code == draft.code)
    try:
        with transaction() as session:
            if session.scalar(known.limit(1)) is not None:
                return False
            package = _row(draft, rules.region, 1, today)
            package.is_offered = catalogue.is_priced(kind, rules)
            _save(package, draft, by=by)
    except IntegrityError:
        return False  # somebody pressed the button at the same time
    return True


@retried
def publish(draft: Draft, price_fen: int, rules: Policy, *, offered_from: date, by: Actor) -> ServicePackage:
    """Publish the next version of a package; the one before it is offered until the day before.

    Args:
        price_fen: the listed price, typed apart from the shares so that a slip shows.
        rules: of the region whose catalogue it stands in.
    Raises:
        PackageTypeUnknown, PayersDoNotAddUp, PriceNotListed, FrequencyNeeded, ItemsNeeded, ExamItemsLimited,
        states.StaleState.
    Source:
        policy keys packages.types, packages.yearly_frequency_required, fee.set_by, fee.payers,
        limits.exam_items_max.
    """
    kind = check(draft, price_fen, rules)
    try:
        with transaction() as session:
            mine = (ServicePackage.region == rules.region) & (ServicePackage.code == draft.code)
            last = session.scalar(select(func.max(ServicePackage.version)).where(mine)) or 0
            _end_before(rules.region, draft.code, offered_from)
            package = _row(replace(draft, tier=kind.tier), rules.region, last + 1, offered_from)
            _save(package, draft, by=by)
    except IntegrityError as cause:  # two administrators published at the same time
        raise StaleState() from cause
    return package


def check(draft: Draft, price_fen: int, rules: Policy) -> PackageType:
    """Return the type a draft is of, if the region's rules allow it as it stands. Raises as ``publish``."""
    kind = catalogue.type_of(draft.code, rules)
    if kind is None:
        raise PackageTypeUnknown()
    if not draft.items:
        raise ItemsNeeded()
    if rules.packages.yearly_frequency_required and not all(item.times for item in draft.items):
        raise FrequencyNeeded()
    exams = [item.times for item in draft.items if item.kind == ItemKind.EXAM]
    most = rules.limits.exam_items_max
    if most is not None and (len(exams) > 1 or sum(exams) > most):
        raise ExamItemsLimited(most=most)
    if draft.price_fen != price_fen or not 0 <= draft.guidance_fen <= draft.shares.get("public_health_fund", 0):
        raise PayersDoNotAddUp(sum_fen=draft.price_fen, price_fen=price_fen)
    if not catalogue.is_listed(draft.shares, draft.guidance_fen, kind, rules):
        raise PriceNotListed()
    return kind


def _end_before(region: str, code: str, offered_from: date) -> None:
    mine = (ServicePackage.region == region) & (ServicePackage.code == code) & ServicePackage.is_offered
    until = offered_from - timedelta(days=1)
    begun = (ServicePackage.offered_from.is_(None)) | (ServicePackage.offered_from <= until)
    still = (ServicePackage.offered_to.is_(None)) | (ServicePackage.offered_to > until)
    for only, values in ((begun & still, {"offered_to": until}), (~begun, {"is_offered": False})):
        statement = update(ServicePackage).where(mine, only).values(**values)
        db.session.execute(statement.execution_options(synchronize_session=False))


def _row(draft: Draft, region: str, version: int, offered_from: date) -> ServicePackage:
    return ServicePackage(
        region=region,
        code=draft.code,
        version=version,
        name=draft.name,
        tier=draft.tier,
        summary=draft.summary,
        population=draft.population,
        for_groups=list(draft.groups),
        price_fen=draft.price_fen,
        public_health_fen=draft.shares.get("public_health_fund", 0),
        guidance_fen=draft.guidance_fen,
        insurance_fen=draft.shares.get("insurance", 0),
        subsidy_fen=draft.shares.get("subsidy", 0),
        self_pay_fen=draft.shares.get("resident", 0),
        accounts=dict(draft.accounts),
        is_offered=True,
        offered_from=offered_from,
        created_at=clock.now(),
    )


def _save(package: ServicePackage, draft: Draft, *, by: Actor) -> None:
    db.session.add(package)
    db.session.flush()
    for position, item in enumerate(draft.items, start=1):
        db.session.add(
            PackageItem(
                package_id=package.id,
                position=position,
                name=item.name,
                times_per_year=item.times,
                per=item.per,
                kind=item.kind,
                is_minimum=item.is_minimum,
                price_fen=item.price_fen,
                unit=item.unit,
            )
        )
    db.session.flush()
    audit.record("package_published", package, by=by, at=clock.now())


@retried
def retire(package: ServicePackage, *, by: Actor) -> ServicePackage:
    """Offer a package to nobody from now on; what was signed under it stays. Retiring twice is retiring once."""
    with transaction():
        if package.is_offered:
            package.is_offered = False
            audit.record("package_retired", package, by=by, at=clock.now())
    return package
