"""Whether a package may be signed by this person: offered, meant for him, at the listed price."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from server.actions.signing.refusals import PackageNotOffered
from server.database import db
from server.errors import Conflict
from server.models import Resident, ServicePackage
from server.policy import catalogue
from server.policy.schema import Policy


class PackageNotForYou(Conflict):
    """The package is for other people."""

    code, default_message = "package_not_for_you", "这个服务包面向其他人群，请选择适合您的服务包"


class PackagePriceWrong(Conflict):
    """The package's price is not what the region lists (PK-23)."""

    code, default_message = "package_price_wrong", "该服务包的标价与本地区规定不符，暂不能签约，请联系签约机构"


def check_package(
    resident: Resident, package: ServicePackage, policy: Policy, groups: Collection[str], *, on: date
) -> None:
    """Refuse a package that is not offered, not meant for this person, or priced against the region's list.

    An institution's own package (``region`` "") has no list; its groups count all the same.

    Args:
        resident: who is to be served. policy: the rules that hold for him.
        groups: key populations he counts in, of ``population.groups_of``; what he only declared is not among them.
    Raises:
        PackageNotOffered, PackageNotForYou, PackagePriceWrong.
    Source:
        policy keys packages.types, fee.set_by, fee.payers.
    """
    if not package.offered_on(on):
        raise PackageNotOffered()
    missing = sorted(set(package.for_groups) - set(groups))
    if missing or package.region not in ("", policy.region):
        raise PackageNotForYou(groups=missing)
    if not package.region:
        return
    kind = catalogue.type_of(package.code, policy)
    if kind is None:
        raise PackageNotOffered()
    if not catalogue.is_listed(package.shares, package.guidance_fen, kind, policy):
        raise PackagePriceWrong()


def on_offer(package: ServicePackage, on: date) -> ServicePackage:
    """Return the version of a package that is offered on a day: itself, or the one that took its place.

    Raises:
        PackageNotOffered: none is.
    """
    if package.offered_on(on):
        return package
    later = select(ServicePackage).where(
        ServicePackage.region == package.region,
        ServicePackage.code == package.code,
        ServicePackage.version > package.version,
        ServicePackage.is_offered,
    )
    for found in db.session.scalars(later.order_by(ServicePackage.version.desc())):
        if found.offered_on(on):
            return found
    raise PackageNotOffered()
