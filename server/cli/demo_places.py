"""Where the demo's institution stands in each region; the streets and numbers are made up."""

from dataclasses import dataclass

HOME = "mianyang"


@dataclass(frozen=True)
class Place:
    """The demo's institution."""

    centre: str
    address: str
    phone: str
    county: tuple[str, str]
    """Code and name."""


PLACES = {
    HOME: Place("涪城区城北社区卫生服务中心", "绵阳市涪城区北街6号", "0816-2200120", ("510703", "涪城区")),
    "erqi": Place("二七区示范社区卫生服务中心", "郑州市二七区示范路1号", "0371-60000120", ("410103", "二七区")),
    "qianjiang": Place("黔江区示范街道社区卫生服务中心", "重庆市黔江区示范路1号", "023-79000120", ("500114", "黔江区")),
    "changyinsha": Place(
        "常阴沙示范社区卫生服务站", "张家港市常阴沙现代农业示范园区示范路1号", "0512-58000120", ("320582", "张家港市")
    ),
    "fujian": Place("示范社区卫生服务中心", "福建省福州市示范路1号", "0591-80000120", ("350102", "鼓楼区")),
}


def place_of(region: str) -> Place:
    """Return where a region's demo takes place; one without a place of its own takes place at home."""
    return PLACES.get(region, PLACES[HOME])
