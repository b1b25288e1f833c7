"""What every group of rules is built from."""

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


class Part(BaseModel):
    """A group of rules, or a piece of one; unknown keys are refused. Docstrings become the fields' descriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _none(value: Any) -> Any:
    return None if value == "none" else value


Nullable = Annotated[T | None, BeforeValidator(_none)]
"""A rule that a region may have no value for; TOML has no null, so profiles write "none"."""

Fen = Annotated[int, Field(ge=0, strict=True)]
"""Money in fen: 10 yuan are 1000."""
Percent = Annotated[int, Field(ge=0, le=100)]
Months = Annotated[int, Field(ge=1, le=120)]


class Group(StrEnum):
    """Key populations, by the tags of domain.md §4."""

    ELDER = "ELDER"
    CHILD = "CHILD"
    MATERNAL = "MATERNAL"
    HTN = "HTN"
    DM = "DM"
    TB = "TB"
    SMI = "SMI"
    COPD = "COPD"
    STROKE = "STROKE"
    CHD = "CHD"
    CANCER = "CANCER"
    DISABLED = "DISABLED"
    SPECIAL_FP = "SPECIAL_FP"
    OUT_OF_POVERTY = "OUT_OF_POVERTY"
    MONITORED = "MONITORED"
    LOW_INCOME = "LOW_INCOME"
    HARDSHIP_ILLNESS = "HARDSHIP_ILLNESS"
    IMMOBILE = "IMMOBILE"
    FLOATING = "FLOATING"
    NONLOCAL = "NONLOCAL"


Insurance = Literal["resident", "employee", "other", "uninsured"]
"""A person's basic medical insurance."""
