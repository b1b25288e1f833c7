"""The package catalogue (服务包目录): versions with prices in fen, who pays them, and what is in them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, primary_key, table

PAYER_LABELS = {
    "public_health_fund": "基本公共卫生服务经费",
    "insurance": "医保基金",
    "subsidy": "财政补助",
    "resident": "居民个人",
}
"""By policy key fee.payers[].payer, in the order in which people read them."""


class ItemKind(StrEnum):
    """What a service counts as: follow-ups and visits book themselves, examinations have a limit of the term."""

    SERVICE = "service"
    FOLLOWUP = "followup"
    HOME_VISIT = "home_visit"
    CONSULTATION = "consultation"
    EXAM = "exam"
    SPECIALIST_VISIT = "specialist_visit"
    HEALTH_PRESCRIPTION = "health_prescription"
    NURSING_TRAINING = "nursing_training"


ITEM_KIND_LABELS = {
    ItemKind.SERVICE: "一般服务",
    ItemKind.FOLLOWUP: "随访",
    ItemKind.HOME_VISIT: "访视",
    ItemKind.CONSULTATION: "咨询",
    ItemKind.EXAM: "常规检查",
    ItemKind.SPECIALIST_VISIT: "专科面对面",
    ItemKind.HEALTH_PRESCRIPTION: "健康处方",
    ItemKind.NURSING_TRAINING: "护理培训",
}


class ServicePackage(Model):
    """One version of a package; agreements keep the version they were signed under, so a version never changes.

    The payers are columns, not rows, because a CHECK can then refuse a split that does not add up. ``accounts`` says out
    of which account the insurance pays, by the person's insurance; a kind that is missing is "unassigned" (C-12).
    ``region`` is the profile whose catalogue it belongs to; "" is a package of the institution's own.
    """

    __tablename__ = "service_package"
    __table_args__ = table(
        UniqueConstraint("region", "code", "version"),
        CheckConstraint(
            "price_fen = public_health_fen + insurance_fen + subsidy_fen + self_pay_fen", name="payers_add_up"
        ),
        CheckConstraint(
            "public_health_fen >= 0 AND insurance_fen >= 0 AND subsidy_fen >= 0 AND self_pay_fen >= 0",
            name="payers_positive",
        ),
        CheckConstraint("guidance_fen >= 0 AND guidance_fen <= public_health_fen", name="guidance_within_fund"),
        CheckConstraint("offered_to IS NULL OR offered_from IS NULL OR offered_to >= offered_from", name="offered"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    region: Mapped[str] = mapped_column(Code, default="", server_default="")
    code: Mapped[str] = mapped_column(Code)
    """The type's code of policy key packages.types, or the institution's own."""
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(64))
    tier: Mapped[str] = mapped_column(String(16), default="other", server_default="other")
    summary: Mapped[str] = mapped_column(Text)
    population: Mapped[str] = mapped_column(String(64))
    """For whom, in words."""
    for_groups: Mapped[list[str]] = mapped_column(JSON, default=list)
    """For whom, by key population (policy Group): somebody must count in each of them; empty: everybody."""
    price_fen: Mapped[int] = mapped_column(Integer)
    """Per person and year, all payers together: the listed price."""
    public_health_fen: Mapped[int] = mapped_column(Integer)
    guidance_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """The part of the public-health fund's share that is for the hospital's doctor."""
    insurance_fen: Mapped[int] = mapped_column(Integer)
    subsidy_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    self_pay_fen: Mapped[int] = mapped_column(Integer)
    accounts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    is_offered: Mapped[bool] = mapped_column(Boolean, default=True)
    """False: retired, whatever its days say."""
    offered_from: Mapped[date | None] = mapped_column(Date)
    offered_to: Mapped[date | None] = mapped_column(Date)
    """Last day on which it can be chosen."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    items: Mapped[list["PackageItem"]] = relationship(order_by="PackageItem.position")

    def offered_on(self, day: date) -> bool:
        """Tell whether it can be chosen on a day."""
        begun = self.offered_from is None or self.offered_from <= day
        return self.is_offered and begun and (self.offered_to is None or day <= self.offered_to)

    @property
    def shares(self) -> dict[str, int]:
        """What each payer bears, in fen a year, by payer."""
        return {
            "public_health_fund": self.public_health_fen,
            "insurance": self.insurance_fen,
            "subsidy": self.subsidy_fen,
            "resident": self.self_pay_fen,
        }


class PackageItem(Model):
    """One service of a package, and how often it is due."""

    __tablename__ = "package_item"
    __table_args__ = table(
        UniqueConstraint("package_id", "position"),
        CheckConstraint("times_per_year >= 0", name="times_per_year"),
        CheckConstraint("price_fen >= 0", name="price"),
        CheckConstraint("per IN ('year', 'term')", name="per"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    package_id: Mapped[str] = mapped_column(Id, ForeignKey("service_package.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(64))
    times_per_year: Mapped[int] = mapped_column(Integer)
    """How often within ``per``; 0 = as needed."""
    per: Mapped[str] = mapped_column(String(4), default="year", server_default="year")
    """"year" of the agreement, or the whole "term"."""
    kind: Mapped[ItemKind] = mapped_column(String(24), default=ItemKind.SERVICE, server_default="service")
    is_minimum: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    """True: "at least so often"; more is not refused."""
    price_fen: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Of one time, for information; the package's price is what counts."""
    unit: Mapped[str] = mapped_column(String(8), default="次", server_default="次")

    @property
    def frequency_label(self) -> str:
        """How often, for people."""
        if not self.times_per_year:
            return "按需"
        often = "不少于" if self.is_minimum else ""
        return f"{'每年' if self.per == 'year' else '签约期内'}{often}{self.times_per_year}{self.unit}"
