"""Long prescriptions (长期处方): which medicines, for how long, what is due when. Pure; domain.md §7.3, §1.9 rows 23–24."""

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from server.errors import Conflict, Invalid
from server.policy.parts.benefits import Prescriptions

TABLE = Path(__file__).parent / "medicines.toml"
REFILL_DAYS = (7, 3, 0)
"""N-31: days before the last day of supply."""
EVALUATE_DAYS = 14
"""N-32: days before it."""
TIMES_MOST = 24


class MedicineClass(StrEnum):
    """What kind of medicine it is, as the rule sees it."""

    CHRONIC = "chronic"
    TOXIC = "toxic"
    RADIOACTIVE = "radioactive"
    PRECURSOR = "precursor"
    NARCOTIC = "narcotic"
    PSYCHOTROPIC_1 = "psychotropic_1"
    PSYCHOTROPIC_2 = "psychotropic_2"
    ANTI_INFECTIVE = "anti_infective"
    SPECIAL_STORAGE = "special_storage"


CLASS_LABELS = {
    MedicineClass.CHRONIC: "慢性病常用药",
    MedicineClass.TOXIC: "医疗用毒性药品",
    MedicineClass.RADIOACTIVE: "放射性药品",
    MedicineClass.PRECURSOR: "易制毒药品",
    MedicineClass.NARCOTIC: "麻醉药品",
    MedicineClass.PSYCHOTROPIC_1: "第一类精神药品",
    MedicineClass.PSYCHOTROPIC_2: "第二类精神药品",
    MedicineClass.ANTI_INFECTIVE: "抗微生物药物",
    MedicineClass.SPECIAL_STORAGE: "对储存条件有特殊要求的药品",
}


class MedicineNotAllowed(Conflict):
    """A medicine that may not be supplied for long (§7.3)."""

    code, default_message = "medicine_not_allowed", "这种药不能开长期处方"


class SupplyInvalid(Invalid):
    """Fewer or more days than the region allows, or rows that cannot be meant."""

    code, default_message = "supply_invalid", "处方内容有误，请检查药品、用法和天数"


class EvaluationNeeded(Conflict):
    """A first prescription, or one above the usual days, wants an evaluation written down (§7.3)."""

    code, default_message = "evaluation_needed", "首次开具或超过常规天数，请先填写病情评估"


class ExtendedNotAllowed(Conflict):
    """The region does not continue a hospital's prescription, or nobody was sent back (§1.9 row 23)."""

    code, default_message = "extended_not_allowed", "延伸处方只用于下转回来的居民，且本地允许延伸处方"


@dataclass(frozen=True)
class Medicine:
    """One line of the table."""

    code: str
    name: str
    kind: MedicineClass
    exempt: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether it may be supplied for long."""
        return self.kind is MedicineClass.CHRONIC or self.exempt


@dataclass(frozen=True)
class Row:
    """One medicine as prescribed: so many times a day, so much each time (as written, "1片")."""

    code: str
    times: int
    dose: str


@functools.cache
def medicines() -> dict[str, Medicine]:
    """Return the table by code."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["medicines"]
    return {
        row["code"]: Medicine(row["code"], row["name"], MedicineClass(row["class"]), row.get("exempt", False))
        for row in rows
    }


def check_rows(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a prescription. Raises SupplyInvalid, MedicineNotAllowed."""
    found = list(rows)
    if not found:
        raise SupplyInvalid("请至少选一种药")
    if len({row.code for row in found}) < len(found):
        raise SupplyInvalid("同一种药写了两次，请合并")
    for row in found:
        medicine = medicines().get(row.code)
        if medicine is None:
            raise SupplyInvalid("药品不在目录里，请重新选择")
        if not medicine.is_allowed:
            raise MedicineNotAllowed(f"{medicine.name}属于{CLASS_LABELS[medicine.kind]}，不能开长期处方")
        if not 1 <= row.times <= TIMES_MOST or not row.dose.strip():
            raise SupplyInvalid(f"请写清{medicine.name}每天几次、每次多少")
    return found


def check_days(days: int, rules: Prescriptions) -> None:
    """Refuse a supply the region does not allow. Raises SupplyInvalid.

    Source:
        policy keys prescriptions.long_min_days, prescriptions.long_max_days.
    """
    if not rules.long_min_days <= days <= rules.long_max_days:
        raise SupplyInvalid(f"本地长期处方为 {rules.long_min_days} 到 {rules.long_max_days} 天")


def is_long(days: int, rules: Prescriptions) -> bool:
    """Tell whether a supply is above the usual days: evaluated strictly, explained, and known by signature (§7.3)."""
    return days > rules.long_usual_max_days


def last_day(start_on: date, days: int) -> date:
    """Return the last day of supply: 28 days from 2026-03-02 end on 03-29."""
    return start_on + timedelta(days=days - 1)


def refill_days(end_on: date) -> list[date]:
    """Return when the resident and the doctor are told that the supply ends (N-31)."""
    return [end_on - timedelta(days=days) for days in REFILL_DAYS]


def evaluate_on(end_on: date) -> date:
    """Return from when on the doctor evaluates anew (N-32)."""
    return end_on - timedelta(days=EVALUATE_DAYS)


def knowledge(team: str, days: int) -> list[str]:
    """Return what a resident reads and signs before more than the usual days are supplied (§7.3)."""
    return [
        f"{team}的医生已评估您的病情，拟一次开具 {days} 天的药。",
        "请按医生写明的次数和用量服药，不自行增减、停药，不转给他人。",
        "请按说明存放药品，注意有效期，放在儿童拿不到的地方。",
        "按约定监测和随访；出现不舒服、病情变化或住院，请立即告诉家庭医生，长期处方将停止并重新评估。",
        "我已了解以上内容，同意按长期处方用药。",
    ]
