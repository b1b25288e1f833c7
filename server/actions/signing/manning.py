"""Whether a team has everybody whom the rules of this person's household want in it (TM-05)."""

from server.access import composition as reading
from server.errors import Conflict
from server.models import Team
from server.policy import composition
from server.policy.schema import Policy


class TeamIncomplete(Conflict):
    """The team serves others, but lacks somebody whom the agreement of this household promises."""

    code, default_message = "team_incomplete", "这个团队暂时缺少您家所需的医生，请选择其他团队，或联系签约机构"


def check_team(team: Team, policy: Policy) -> None:
    """Refuse a team that lacks somebody whom a variant of the region's rules wants; only variants are looked at.

    What the region wants of every team is kept in ``Team.lacks`` and closes it for everybody.

    Args:
        policy: the rules that hold for the person who signs.
    Raises:
        TeamIncomplete: with the places nobody fills.
    Source:
        policy keys teams.positions, groups.applies_to.
    """
    if not policy.groups.applies_to:
        return
    lacking = composition.missing(reading.members([team.id])[team.id], policy.teams)
    if lacking:
        words = "、".join(composition.PLACES.get(code, code) for code in lacking)
        raise TeamIncomplete(
            f"按本地区规定，您家的签约团队须有{words}，这个团队暂时没有。请选择其他团队，或联系签约机构",
            missing=lacking,
        )
