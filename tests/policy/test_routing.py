"""The order of the road."""

from server.policy.routing import UNKNOWN_AREA, Stop, route


def stop(key: str, window: str = "morning", area: str = "01", home: str = "", address: str = "") -> Stop:
    return Stop(key, window, area, f"{area}村" if area != "~" else "", home or key, address)


def test_parts_of_the_day_then_areas_then_addresses() -> None:
    legs = route(
        [
            stop("late", "evening"),
            stop("b", area="02"),
            stop("a2", address="2组"),
            stop("a1", address="1组"),
            stop("noon", "afternoon"),
        ]
    )

    assert [(leg.window, leg.area) for leg in legs] == [
        ("morning", "01村"),
        ("morning", "02村"),
        ("afternoon", "01村"),
        ("evening", "01村"),
    ]
    assert [home.household for home in legs[0].homes] == ["a1", "a2"]


def test_a_household_is_one_door_at_its_earliest() -> None:
    legs = route([stop("wife", "afternoon", home="H", address="北街1号"), stop("husband", home="H")])

    assert [[one.id for one in home.stops] for leg in legs for home in leg.homes] == [["husband", "wife"]]
    assert legs[0].homes[0].address == "北街1号"
    assert legs[0].window == "morning"


def test_who_told_no_address_comes_last() -> None:
    assert [leg.area for leg in route([stop("x", area="~"), stop("y")])] == ["01村", UNKNOWN_AREA]
