"""Reading functional communities: an institution's own, and those that invited a resident."""

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Community, CommunityMember, FrameAgreement, FrameStatus, Resident
from server.models.community import Answer
from server.policy.schema import Policy


@dataclass(frozen=True)
class Counts:
    """What may be told an organisation about its people: numbers, never names."""

    invited: int
    """Everybody on the roster."""
    joined: int
    declined: int


def communities(cursor: str | None = None, *, by: AdminLogin) -> Page[Community]:
    """Return the institution's communities by name."""
    mine = select(Community).where(Community.organisation_id == by.organisation_id)
    return page(mine, (Community.name, Community.id), cursor)


def community(community_id: str, *, by: AdminLogin) -> Community:
    """Return one of the institution's communities. Raises NotFound."""
    found = db.session.scalar(
        select(Community).where(Community.id == community_id, Community.organisation_id == by.organisation_id)
    )
    if found is None:
        raise NotFound()
    return found


def counts(community_ids: list[str]) -> dict[str, Counts]:
    """Return how many are on each roster, and what they made of it, by community id."""
    rows = (
        select(CommunityMember.community_id, CommunityMember.answer, func.count())
        .where(CommunityMember.community_id.in_(community_ids))
        .group_by(CommunityMember.community_id, CommunityMember.answer)
    )
    found: dict[str, dict[str, int]] = {community_id: {} for community_id in community_ids}
    for community_id, answer, count in db.session.execute(rows):
        found[community_id][answer] = count
    return {
        key: Counts(sum(answers.values()), answers.get(Answer.JOINED, 0), answers.get(Answer.DECLINED, 0))
        for key, answers in found.items()
    }


def members(found: Community, cursor: str | None = None) -> Page[CommunityMember]:
    """Return a roster in the order in which it was handed in."""
    rows = select(CommunityMember).where(CommunityMember.community_id == found.id)
    return page(rows, (CommunityMember.added_at, CommunityMember.id), cursor)


def frames(found: Community) -> list[FrameAgreement]:
    """Return a community's frame agreements, newest first."""
    rows = select(FrameAgreement).where(FrameAgreement.community_id == found.id)
    return list(db.session.scalars(rows.order_by(FrameAgreement.start_on.desc(), FrameAgreement.id.desc()).limit(50)))


def frame(frame_id: str, found: Community) -> FrameAgreement:
    """Return one frame agreement of a community. Raises NotFound."""
    row = db.session.scalar(
        select(FrameAgreement).where(FrameAgreement.id == frame_id, FrameAgreement.community_id == found.id)
    )
    if row is None:
        raise NotFound()
    return row


# ---------------------------------------------------------------- residents


def _inviting(resident: Resident, policy: Policy) -> Select[CommunityMember]:
    rows = (
        select(CommunityMember)
        .join(Community, Community.id == CommunityMember.community_id)
        .where(CommunityMember.identity_hash == resident.identity_hash, Community.is_open)
    )
    if policy.communities.organisation_signs:
        signed = select(FrameAgreement.id).where(
            FrameAgreement.open_key == Community.id, FrameAgreement.status == FrameStatus.ACTIVE
        )
        rows = rows.where(or_(signed.exists(), CommunityMember.answer == Answer.JOINED))
    return rows


def invitations(resident: Resident, policy: Policy, cursor: str | None = None) -> Page[CommunityMember]:
    """Return the rosters a resident stands on, of organisations that signed where the region has them sign."""
    return page(_inviting(resident, policy), (CommunityMember.added_at, CommunityMember.id), cursor, newest_first=True)


def invitation(community_id: str, resident: Resident, policy: Policy) -> CommunityMember:
    """Return a resident's own line on a roster. Raises NotFound."""
    row = db.session.scalar(_inviting(resident, policy).where(Community.id == community_id))
    if row is None:
        raise NotFound()
    return row
