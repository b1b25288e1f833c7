"""Signing with one's organisation (功能社区): each member for himself, under a frame agreement where the region has one."""

from sqlalchemy import select

from server.actions.signing.refusals import SignerNotAllowed
from server.database import db
from server.errors import Conflict
from server.models import Agreement, FrameAgreement, FrameStatus, Resident, SignedBy, Team
from server.models import community as communities
from server.policy.schema import Policy


class CommunityClosed(Conflict):
    """He is not on its roster, or its frame agreement does not hold."""

    code, default_message = "community_closed", "您不在该单位的名单里，或单位的框架协议已失效，可以直接以个人签约"


def check_community(resident: Resident, community_id: str | None, signed_by: SignedBy, policy: Policy) -> None:
    """Refuse to sign with an organisation that did not invite this person.

    Raises:
        CommunityClosed. SignerNotAllowed: somebody of the household signs for him; each member joins himself.
    Source:
        policy keys communities.kinds, communities.organisation_signs; domain.md §6.3 Organisation.
    """
    if community_id is None:
        return
    if signed_by == SignedBy.HEAD:
        raise SignerNotAllowed()
    if not _holds(resident, community_id, policy):
        raise CommunityClosed()


def carried(before: Agreement, team: Team, policy: Policy) -> str | None:
    """Return the organisation with which a renewal goes on: the one of what is renewed, while it still holds.

    With another team than the organisation's, off its roster, or without its frame agreement he renews for himself.
    """
    if before.community_id is None or not _holds(before.resident, before.community_id, policy):
        return None
    member = communities.member(before.community_id, before.resident.identity_hash)
    return before.community_id if member is not None and member.community.team_id == team.id else None


def _holds(resident: Resident, community_id: str, policy: Policy) -> bool:
    member = communities.member(community_id, resident.identity_hash)
    if not policy.communities.kinds or member is None or not member.community.is_open:
        return False
    if not policy.communities.organisation_signs:
        return True
    frame = db.session.scalar(select(FrameAgreement).where(FrameAgreement.open_key == community_id))
    return frame is not None and frame.status == FrameStatus.ACTIVE
