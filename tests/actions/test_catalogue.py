"""The catalogue: versions, the region's list, prices, and who may sign what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.access import resident as access
from server.actions import catalogue, signing
from server.database import db
from server.models import ServicePackage
from server.models.actor import Actor, ActorKind
from server.policy import catalogue as seeds
from tests import make

BY = Actor(ActorKind.ADMIN, "admin")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def draft(region: str, code: str, **changes: Any) -> seeds.Draft:
    found = next(one for one in seeds.drafts(policies.load(region)) if one.code == code)
    return replace(found, **changes)


def publish(region: str, one: seeds.Draft, price_fen: int | None = None, **fields: Any) -> ServicePackage:
    values = {"offered_from": clocks.today()} | fields
    price = one.price_fen if price_fen is None else price_fen
    return catalogue.publish(one, price, policies.load(region), by=BY, **values)


def test_a_regions_catalogue_is_created_once_with_its_variants() -> None:
    assert catalogue.create_for_region("changyinsha", by=BY) == 6
    assert catalogue.create_for_region("changyinsha", by=BY) == 0

    rows = {row.code: row for row in db.session.scalars(select(ServicePackage))}
    assert rows["FOUR_ONES"].region == "changyinsha_special"
    assert [row.code for row in rows.values() if row.is_offered] == ["FOUR_ONES"]


def test_a_new_version_never_changes_a_signed_one() -> None:
    catalogue.create_for_region("mianyang", by=BY)
    first = db.session.scalars(select(ServicePackage).where(ServicePackage.code == "BASIC")).one()
    agreement = make.agreement(package=first)
    names = [item.name for item in first.items]

    second = publish("mianyang", draft("mianyang", "BASIC", items=(seeds.Item("随访", 6),), name="新基础包"))

    db.session.expire_all()
    assert (second.version, second.name) == (2, "新基础包")
    kept = db.session.get_one(ServicePackage, agreement.package_id)
    assert (kept.version, [item.name for item in kept.items]) == (1, names)
    assert not kept.offered_on(clocks.today()) and second.offered_on(clocks.today())


def test_a_version_of_next_month_leaves_the_present_one_until_then() -> None:
    one = publish("mianyang", draft("mianyang", "BASIC"), offered_from=clocks.today() - timedelta(days=9))
    coming = clocks.today() + timedelta(days=30)

    two = publish("mianyang", draft("mianyang", "BASIC"), offered_from=coming)

    db.session.expire_all()
    assert one.offered_on(clocks.today()) and not one.offered_on(coming)
    assert two.offered_on(coming) and not two.offered_on(clocks.today())
    assert [row.id for row in access.offered_packages("mianyang")] == [one.id]


@pytest.mark.parametrize(
    ("region", "code", "changes", "price", "problem"),
    [
        ("mianyang", "OTHER", {"shares": {"resident": 5000}}, 5001, catalogue.PayersDoNotAddUp),
        ("mianyang", "BASIC", {"guidance_fen": 701}, 1000, catalogue.PayersDoNotAddUp),
        ("mianyang", "BASIC", {"shares": {"resident": 1000}, "guidance_fen": 0}, 1000, catalogue.PriceNotListed),
        ("mianyang", "BASIC", {"guidance_fen": 100}, 1000, catalogue.PriceNotListed),
        ("changyinsha_special", "FOUR_ONES", {"shares": {"resident": 1}}, 1, catalogue.PriceNotListed),
        ("mianyang", "NONE", {}, 1000, catalogue.PackageTypeUnknown),
        ("mianyang", "BASIC", {"items": ()}, 1000, catalogue.ItemsNeeded),
        ("fujian", "BASIC", {"items": (seeds.Item("咨询"),)}, 0, catalogue.FrequencyNeeded),
        (
            "changyinsha_special",
            "FOUR_ONES",
            {"items": (seeds.Item("检查", 5, per="term", kind="exam"),)},
            0,
            catalogue.ExamItemsLimited,
        ),
    ],
)
def test_what_cannot_be_published(region: str, code: str, changes: Any, price: int, problem: Any) -> None:
    known = "FOUR_ONES" if region.endswith("special") else "BASIC" if code == "NONE" else code

    with pytest.raises(problem):
        publish(region, replace(draft(region, known), code=code, **changes), price)


def test_a_price_list_may_name_any_price() -> None:
    shares = {"public_health_fund": 2000, "insurance": 3000, "resident": 7000}

    made = publish("changyinsha", draft("changyinsha", "MID_HTN", shares=shares), 12_000)

    assert (made.price_fen, made.self_pay_fen, made.for_groups) == (12_000, 7000, ["HTN"])


def test_a_retired_package_is_offered_to_nobody() -> None:
    made = publish("mianyang", draft("mianyang", "BASIC"))

    catalogue.retire(made, by=BY)
    catalogue.retire(made, by=BY)

    assert access.offered_packages("mianyang") == []


# ---------------------------------------------------------------- who may sign what


def check(package: ServicePackage, region: str, groups: set[str]) -> None:
    signing.check_package(make.resident(), package, policies.load(region), groups, on=clocks.today())


def test_the_hypertension_package_is_for_those_who_count_in_it() -> None:
    made = publish("changyinsha", draft("changyinsha", "MID_HTN", shares={"resident": 100}), 100)
    mixed = publish("changyinsha", draft("changyinsha", "MID_MIXED", shares={"resident": 100}), 100)

    check(made, "changyinsha", {"HTN"})
    check(mixed, "changyinsha", {"HTN", "DM"})
    for package, groups in ((made, {"DM"}), (made, set()), (mixed, {"HTN"})):
        with pytest.raises(signing.PackageNotForYou):
            check(package, "changyinsha", groups)


def test_the_four_ones_are_for_special_households_and_nothing_else_is() -> None:
    catalogue.create_for_region("changyinsha", by=BY)
    four = db.session.scalars(select(ServicePackage).where(ServicePackage.code == "FOUR_ONES")).one()
    plain = publish("changyinsha", draft("changyinsha", "PRIMARY", shares={"resident": 100}), 100)

    check(four, "changyinsha_special", set())
    for package, region in ((four, "changyinsha"), (plain, "changyinsha_special")):
        with pytest.raises(signing.PackageNotForYou):
            check(package, region, set())


def test_pk23_a_price_beside_the_list_cannot_be_signed() -> None:
    wrong = make.package(region="mianyang", code="BASIC", price_fen=1100, self_pay_fen=100)

    with pytest.raises(signing.PackagePriceWrong):
        check(wrong, "mianyang", set())


def test_a_type_the_region_does_not_know_and_a_day_outside_its_offer() -> None:
    with pytest.raises(signing.PackageNotOffered):
        check(make.package(region="mianyang", code="GOLD"), "mianyang", set())
    with pytest.raises(signing.PackageNotOffered):
        check(make.package(offered_to=clocks.today() - timedelta(days=1)), "mianyang", set())


def test_residents_are_shown_what_they_may_choose() -> None:
    everybody = make.package()
    chronic = make.package(for_groups=["HTN"])
    make.package(region="fujian", code="BASIC")
    patient = make.resident()
    make.tag("HTN", resident=patient)

    shown = {row.id for row in access.packages_for(patient, "mianyang")}
    unknown = {row.id for row in access.packages_for(None, "mianyang")}

    assert (shown, unknown) == ({everybody.id, chronic.id}, {everybody.id})
