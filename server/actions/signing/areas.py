"""Where the resident lives and where he comes from: areas of teams, and who may sign without a local register."""

from datetime import date

from server.actions.signing.refusals import AddressNeeded, NonlocalNotAllowed, OutOfArea
from server.models import Resident, Team, area, population
from server.policy import populations
from server.policy.parts.kinds import Group
from server.policy.schema import Policy


def crosses(resident: Resident, team: Team) -> bool | None:
    """Whether a resident lives outside a team's areas; None: he has not told where, or none are drawn."""
    drawn, home = area.drawn(team.id), area.home_code(resident.id)
    if not drawn or home is None:
        return None
    return not set(drawn) & set(area.codes_around(home))


def check(resident: Resident, team: Team, policy: Policy) -> bool | None:
    """Return what ``crosses`` says, where the region lets him sign.

    Raises:
        OutOfArea, AddressNeeded: only where the region refuses residents of other areas.
    Source:
        policy key area.cross_region (SG-15).
    """
    found = crosses(resident, team)
    if policy.area.cross_region != "refused":
        return found
    if found:
        raise OutOfArea()
    if found is None and area.drawn(team.id):
        raise AddressNeeded()
    return found


def warning(resident: Resident, team: Team, policy: Policy) -> str | None:
    """Return what a resident of another area reads before he signs, None when there is nothing to say."""
    if policy.area.cross_region != "allowed_with_warning" or not crosses(resident, team):
        return None
    return "您住的地方不在这个团队的服务区域内，可以签约，但随访和上门可能不方便，请考虑附近的团队。"


def check_origin(resident: Resident, today: date, policy: Policy) -> None:
    """Refuse somebody without a local household register where the region does not let him sign.

    Raises:
        NonlocalNotAllowed.
    Source:
        policy key signing.nonlocal_signers (SG-14): the document says who comes from Hong Kong, Macao, Taiwan or abroad,
        the certified tag who is of the floating population.
    """
    kinds = {populations.nonlocal_kind(resident.document_type)} - {None}
    if Group.FLOATING in population.groups_of([resident.id], today)[resident.id]:
        kinds.add("floating")
    if kinds - set(policy.signing.nonlocal_signers):
        raise NonlocalNotAllowed()
