"""Whether a team has everybody the region's rules want (domain.md TM-01…TM-06, SG-07). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import policy as profiles
from server.policy.parts.contract import HospitalDoctorShare, Position, Teams

PLACES = {
    "gp": "家庭医生",
    "physician": "医生",
    "nurse": "护士",
    "public_health": "公卫医生",
    "maternal_child": "妇幼保健人员",
    "hospital_doctor": "二级以上医院医生",
}
"""Words for what ``missing`` says."""

BY_ROLE = {
    "family_doctor": {"gp", "physician"},
    "village_doctor": {"village_doctor"},
    "nurse": {"nurse"},
    "public_health": {"public_health"},
    "maternal_child": {"maternal_child"},
    "specialist": {"physician"},
}
BY_LICENCE = {
    "clinical": {"gp", "physician", "public_health", "maternal_child"},
    "tcm": {"gp", "physician"},
    "village": {"village_doctor", "public_health"},
    "nurse": {"nurse", "public_health", "maternal_child"},
    "public_health": {"public_health", "maternal_child"},
    "other": {"public_health", "maternal_child"},
}
"""Which places a licence lets somebody fill (C): a nurse is no doctor, whatever his role in the team is called."""


@dataclass(frozen=True)
class Member:
    """What counts of a member; ``licence`` None: nobody recorded it, his role speaks for him."""

    role: str
    licence: str | None = None
    gives_tcm: bool = False
    hospital_level: int | None = None


def fills(member: Member, position: Position) -> bool:
    """Tell whether a member can fill a place."""
    able = set(BY_ROLE.get(member.role, set()))
    if member.licence is not None:
        able &= BY_LICENCE[member.licence]
    if not able & set(position.any_of):
        return False
    if position.hospital_level is None:
        return member.hospital_level is None
    return member.hospital_level is not None and member.hospital_level >= position.hospital_level


def missing(members: Sequence[Member], rules: Teams) -> list[str]:
    """Return the codes of the places nobody fills, each member in one place only; empty when the team is complete.

    Source:
        policy key teams.positions.
    """
    holders: dict[int, int] = {}
    for place in range(len(rules.positions)):
        _seat(place, members, rules.positions, holders, set())
    filled = set(holders.values())
    return [_code(position) for place, position in enumerate(rules.positions) if place not in filled]


def _seat(
    place: int, members: Sequence[Member], positions: Sequence[Position], holders: dict[int, int], tried: set[int]
) -> bool:
    """Give a place to somebody free, or to somebody who can move to another place."""
    for index, member in enumerate(members):
        if index in tried or not fills(member, positions[place]):
            continue
        tried.add(index)
        if index not in holders or _seat(holders[index], members, positions, holders, tried):
            holders[index] = place
            return True
    return False


def _code(position: Position) -> str:
    return "hospital_doctor" if position.hospital_level is not None else position.any_of[0]


def variant_gaps(members: Sequence[Member], region: str) -> dict[str, list[str]]:
    """Return what a team lacks to serve the households of a region's variants, by the variant's name (TM-05).

    Only variants that want something more are named; shown to the administrator, because the team serves others all the same.
    """
    gaps = {}
    for name in profiles.variants(region):
        variant = profiles.load(name)
        if lacking := missing(members, variant.teams):
            gaps[variant.name] = [PLACES.get(code, code) for code in lacking]
    return gaps


def lacks_tcm(members: Sequence[Member], rules: Teams) -> bool:
    """Tell whether the region wants traditional medicine in each team and nobody here gives it (TM-02)."""
    return rules.tcm == "each_team" and not any(member.gives_tcm for member in members)


def has_hospital_doctor(members: Sequence[Member]) -> bool:
    """Tell whether somebody of a level-2 or level-3 hospital is in the team (TM-06)."""
    return any(member.hospital_level is not None for member in members)


def share_target(year: int, rules: Teams) -> HospitalDoctorShare | None:
    """Return the latest target for the share of teams with a hospital's doctor, None where there is none."""
    begun = [share for share in rules.hospital_doctor_shares if share.year <= year]
    return max(begun, key=lambda share: share.year, default=None)


def words(codes: str) -> list[str]:
    """Return the words for codes with spaces between them, as ``Team.lacks`` holds them."""
    return [PLACES.get(code, code) for code in codes.split()]
