"""Service packages (服务包): versioned, priced in fen, split by payer."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, primary_key, table


class ServicePackage(Model):
    """One version of a package; agreements keep the version they were signed under. The payers add up to the price."""

    __tablename__ = "service_package"
    __table_args__ = table(
        UniqueConstraint("code", "version"),
        CheckConstraint("price_fen = public_health_fen + insurance_fen + self_pay_fen", name="payers_add_up"),
        CheckConstraint("public_health_fen >= 0 AND insurance_fen >= 0 AND self_pay_fen >= 0", name="payers_positive"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    code: Mapped[str] = mapped_column(Code)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(Text)
    population: Mapped[str] = mapped_column(String(64))
    price_fen: Mapped[int] = mapped_column(Integer)
    public_health_fen: Mapped[int] = mapped_column(Integer)
    insurance_fen: Mapped[int] = mapped_column(Integer)
    self_pay_fen: Mapped[int] = mapped_column(Integer)
    is_offered: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    items: Mapped[list["PackageItem"]] = relationship(order_by="PackageItem.position")


class PackageItem(Model):
    """One service of a package and how often a year it is due."""

    __tablename__ = "package_item"
    __table_args__ = table(
        UniqueConstraint("package_id", "position"), CheckConstraint("times_per_year >= 0", name="times_per_year")
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    package_id: Mapped[str] = mapped_column(Id, ForeignKey("service_package.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(64))
    times_per_year: Mapped[int] = mapped_column(Integer)
    """0 = as needed."""

    @property
    def frequency_label(self) -> str:
        """How often, for people."""
        return f"每年{self.times_per_year}次" if self.times_per_year else "按需"
