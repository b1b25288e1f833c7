"""Organisations that invited a resident to sign."""

from typing import Self

from server.handlers.miniprogram.shapes.edges import Out
from server.models.community import CommunityMember
from server.policy.schema import Policy

ANSWER_LABELS = {"invited": "等您决定", "declined": "您选择了不参加", "joined": "您已签约"}


class InvitationOut(Out):
    """An organisation that invited me, and the team that serves it."""

    id: str
    name: str
    kind_label: str
    organisation: str
    team: dict[str, str]
    is_framed: bool
    """True: the organisation itself signed a frame agreement."""
    answer: str
    answer_label: str

    @classmethod
    def of(cls, member: CommunityMember, policy: Policy) -> Self:
        """Show an invitation to its own member."""
        community = member.community
        return cls(
            id=community.id,
            name=community.name,
            kind_label=community.kind_label,
            organisation=community.organisation.name,
            team={"id": community.team_id, "name": community.team.name, "phone": community.team.phone},
            is_framed=policy.communities.organisation_signs,
            answer=member.answer,
            answer_label=ANSWER_LABELS[member.answer],
        )
