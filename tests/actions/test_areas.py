"""Areas, who answers for them, and who may sign across them (SG-14, SG-15, TM-12)."""

import base64
from typing import Any

import pytest

from server import policy
from server.access import areas as access
from server.access import resident as teams_access
from server.actions import areas, populations, signing
from server.actions.areas import Named
from server.database import db
from server.models import Area, Resident, Team
from server.models.actor import Actor, ActorKind
from server.policy.parts.contract import Area as AreaRules
from tests import make

BY = Actor(ActorKind.ADMIN, "admin")
MIANYANG = policy.load("mianyang")
DRAWN = "data:image/png;base64," + base64.b64encode(signing.PNG_HEAD + b"x").decode()
TOWN = [
    Named("510703", "涪城区"),
    Named("510703001", "城北街道"),
    Named("510703001001", "北街社区"),
    Named("510703001001001", "第一组"),
    Named("510703001002", "南街社区"),
    Named("510703002", "城南街道"),
]


@pytest.fixture(autouse=True)
def _town(app: Any) -> None:
    areas.keep(TOWN, by=BY)


def area(code: str) -> Area:
    return access.area_by_code(code)


def at_home(code: str, **fields: Any) -> Resident:
    resident = make.resident(**fields)
    return areas.live_at(resident, area(code), "北街6号", by=BY)


def team_for(*codes: str) -> Team:
    team = make.team()
    for code in codes:
        areas.assign(team, area(code), by=BY)
    return team


def rules(cross_region: str) -> Any:
    changed: AreaRules = MIANYANG.area.model_copy(update={"cross_region": cross_region})
    return MIANYANG.model_copy(update={"area": changed})


def sign(resident: Resident, team: Team, which: Any) -> Any:
    package = make.package()
    wish = signing.Wish(
        team=team, package=package, text_sha256=signing.document(resident, team, package, which).sha256,
        consents=tuple(which.signing.consents), signature=DRAWN,
    )  # fmt: skip
    return signing.request(resident, wish, policy=which, by=Actor(ActorKind.RESIDENT, "me"))[0]


# ---------------------------------------------------------------- keeping


def test_areas_lie_in_each_other_by_their_codes() -> None:
    assert [row.code for row in access.inside(None, None).items] == ["510703"]
    assert [row.name for row in access.inside("510703", None).items] == ["城北街道", "城南街道"]
    assert [row.name for row in access.inside("510703001", None).items] == ["北街社区", "南街社区"]
    assert [row.name for row in access.inside("510703001001001", None).items] == []
    assert [row.name for row in access.path("510703001001")] == ["涪城区", "城北街道", "北街社区"]


def test_keeping_again_renames_and_adds_nothing() -> None:
    areas.keep([Named("510703002", "南城街道")], by=BY)

    assert db.session.query(Area).count() == len(TOWN)
    assert area("510703002").name == "南城街道"


@pytest.mark.parametrize(
    "line",
    [
        Named("5107", "x"),
        Named("51070300A", "x"),
        Named("510703003", ""),
        Named("510799001", "没有上级"),
        Named("510703003", "长" * 65),
    ],
)
def test_a_bad_line_keeps_them_all_out(line: Named) -> None:
    with pytest.raises(areas.AreasInvalid) as refused:
        areas.keep([Named("510703009", "好的"), line], by=BY)

    assert list(refused.value.details["rows"]) == ["2"]
    assert db.session.query(Area).count() == len(TOWN)


def test_one_institution_coordinates_an_area_until_it_lets_go() -> None:
    ours, others = make.organisation(), make.organisation()
    areas.coordinate(area("510703001"), ours, by=BY)
    areas.coordinate(area("510703001"), ours, by=BY)

    with pytest.raises(areas.AreaCoordinated):
        areas.coordinate(area("510703001"), others, by=BY)
    with pytest.raises(areas.AreaCoordinated):
        areas.release(area("510703001"), others, by=BY)
    areas.release(area("510703001"), ours, by=BY)
    assert areas.coordinate(area("510703001"), others, by=BY).organisation_id == others.id


def test_a_team_answers_for_an_area_once() -> None:
    team = team_for("510703001001")

    with pytest.raises(areas.AreaAssigned):
        areas.assign(team, area("510703001001"), by=BY)
    (row,) = access.areas_of(team)
    areas.unassign(row, by=BY)
    areas.unassign(row, by=BY)
    assert access.areas_of(team) == []


# ---------------------------------------------------------------- signing across areas


@pytest.mark.parametrize("cross_region", ["allowed", "allowed_with_warning", "refused"])
def test_in_ones_own_area_everybody_may_sign(cross_region: str) -> None:
    resident = at_home("510703001001001")

    assert sign(resident, team_for("510703001"), rules(cross_region)).is_cross_area is False


def test_across_areas_as_the_region_says() -> None:
    resident, team = at_home("510703002"), team_for("510703001")

    assert signing.area_warning(resident, team, rules("allowed")) is None
    assert "服务区域" in (signing.area_warning(resident, team, rules("allowed_with_warning")) or "")
    with pytest.raises(signing.OutOfArea):
        sign(resident, team, rules("refused"))
    assert sign(resident, team, rules("allowed_with_warning")).is_cross_area is True


def test_where_crossing_is_refused_the_address_is_asked_for() -> None:
    resident = make.resident()

    with pytest.raises(signing.AddressNeeded):
        sign(resident, team_for("510703001"), rules("refused"))
    assert sign(resident, make.team(), rules("refused")).is_cross_area is None  # no areas are drawn


def test_somebody_who_moved_before_the_answer_is_not_accepted_across_areas() -> None:
    resident, team = at_home("510703001001"), team_for("510703001")
    agreement = sign(resident, team, rules("refused"))
    areas.live_at(resident, area("510703002"), "", by=BY)

    with pytest.raises(signing.OutOfArea):
        signing.accept(
            agreement, policy=rules("refused"), by=Actor(ActorKind.STAFF, "d"), staff=team.memberships[0].staff
        )


def test_the_nearest_teams_come_first_on_every_first_page() -> None:
    far, village, street = make.team(name="A远"), make.team(name="Z村"), make.team(name="Y街道")
    areas.assign(village, area("510703001001"), by=BY)
    areas.assign(street, area("510703001"), by=BY)
    near = access.own_teams(at_home("510703001001001"))

    shown = teams_access.open_teams(None, near=near)

    assert [team.id for team in shown.items] == [village.id, street.id, far.id]
    many = [make.team() for _ in range(25)]
    first = teams_access.open_teams(None, near=near)
    second = teams_access.open_teams(first.next, near=near)
    everybody = [team.id for team in (*first.items, *second.items)]
    assert len(first.items) == 20
    assert sorted(everybody) == sorted(team.id for team in (far, village, street, *many))


# ---------------------------------------------------------------- where people come from


def only(*kinds: str) -> Any:
    changed = MIANYANG.signing.model_copy(update={"nonlocal_signers": list(kinds)})
    return MIANYANG.model_copy(update={"signing": changed})


@pytest.mark.parametrize(
    ("document_type", "kind"), [("08", "hk_macao_taiwan"), ("03F", "foreigner"), ("09", "foreigner")]
)
def test_who_comes_from_elsewhere_signs_where_the_region_lets_him(document_type: str, kind: str) -> None:
    resident = make.resident(document_type=document_type)

    with pytest.raises(signing.NonlocalNotAllowed):
        sign(resident, make.team(), only("floating"))
    assert sign(resident, make.team(), only(kind)).status == "pending_team"


def test_the_floating_population_counts_once_certified() -> None:
    resident = make.resident()
    tag = populations.declare(
        resident, populations_group(), populations.Told(since_on=resident.birth_on), by=Actor(ActorKind.RESIDENT, "me")
    )
    populations.certify(tag, by=Actor(ActorKind.STAFF, "d"))

    with pytest.raises(signing.NonlocalNotAllowed):
        sign(resident, make.team(), only("foreigner"))
    assert sign(resident, make.team(), only("floating")).status == "pending_team"


def populations_group() -> Any:
    from server.policy.parts.kinds import Group

    return Group.FLOATING
