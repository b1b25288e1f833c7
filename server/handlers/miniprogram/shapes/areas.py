"""Areas and addresses."""

from typing import Self

from pydantic import Field

from server.handlers.miniprogram.shapes.edges import In, Out, PageIn
from server.models.area import LEVEL_LABELS, Area, AreaLevel


class InsideIn(PageIn):
    """In which area to look; without one the counties."""

    parent: str | None = Field(default=None, pattern=r"^\d{6,15}$")


class AddressIn(In):
    """Where I live: an area, and the rest in words."""

    code: str = Field(pattern=r"^\d{6,15}$")
    address: str = Field(default="", max_length=128)


class AreaOut(Out):
    """One area."""

    code: str
    name: str
    level_label: str
    is_smallest: bool

    @classmethod
    def of(cls, area: Area) -> Self:
        """Show an area."""
        level = AreaLevel(area.level)
        return cls(
            code=area.code, name=area.name, level_label=LEVEL_LABELS[level], is_smallest=level == AreaLevel.GROUP
        )


class AddressOut(Out):
    """Where I live, the county first; the house number stays masked."""

    areas: list[AreaOut]
    label: str
    has_address: bool

    @classmethod
    def of(cls, areas: list[Area], address: str | None) -> Self:
        """Show an address."""
        label = "".join(area.name for area in areas) + ("****" if address else "")
        return cls(areas=[AreaOut.of(area) for area in areas], label=label, has_address=address is not None)
