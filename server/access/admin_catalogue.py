"""What an administrator sees of the package catalogue: all versions of the region's packages and the institution's own."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import ServicePackage


def packages(regions: Collection[str], cursor: str | None = None) -> Page[ServicePackage]:
    """Return the packages of some catalogues, and those of none, by code, the newest version first."""
    mine = select(ServicePackage).where(ServicePackage.region.in_(("", *regions)))
    keys = (ServicePackage.region, ServicePackage.code, ServicePackage.version)
    return page(mine.options(selectinload(ServicePackage.items)), keys, cursor, newest_first=True)


def package(package_id: str) -> ServicePackage:
    """Return one version of a package. Raises NotFound."""
    found = db.session.scalar(
        select(ServicePackage).where(ServicePackage.id == package_id).options(selectinload(ServicePackage.items))
    )
    if found is None:
        raise NotFound()
    return found


def newest(region: str, code: str) -> ServicePackage | None:
    """Return the latest version of a package."""
    mine = select(ServicePackage).where(ServicePackage.region == region, ServicePackage.code == code)
    return db.session.scalar(
        mine.order_by(ServicePackage.version.desc()).limit(1).options(selectinload(ServicePackage.items))
    )
