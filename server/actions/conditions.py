"""The physical condition of the members of a household (身体状况), as the form of special households asks for it (SG-12)."""

from server import clock
from server.database import retried, transaction
from server.errors import Invalid, NotAllowed
from server.models import HouseholdMember, MemberState, Resident, audit
from server.models.actor import Actor
from server.policy import capacity

MOST = 100


class ConditionOfOther(NotAllowed):
    """What an adult's health is like he writes himself, or staff with him."""

    code, default_message = "condition_of_other", "成年家人的身体状况由本人填写，或请签约机构的工作人员代为登记"


class ConditionTooLong(Invalid):
    """More than the form's column holds."""

    code, default_message = "condition_too_long", "身体状况请用100字以内写明"


def may_write(member: HouseholdMember, me: Resident, *, i_am_head: bool) -> bool:
    """Tell whether somebody may read and write a member's condition: his own, and as the head a minor's."""
    return member.resident_id == me.id or (i_am_head and capacity.is_minor(member.birth_on, clock.today()))


def write(member: HouseholdMember, text: str, *, me: Resident | None, by: Actor) -> HouseholdMember:
    """Keep what a member's physical condition is; the next text he signs says it. Empty takes it back.

    Args:
        text: at most 100 characters. me: who writes it; None: staff, who opened the household.
    Raises:
        ConditionOfOther, ConditionTooLong.
    Source:
        domain.md SG-12; domain.md §6.3: what concerns an adult's health is his own to give.
    """
    if len(text.strip()) > MOST:
        raise ConditionTooLong()
    head = member.household.head
    i_am_head = me is not None and head is not None and head.resident_id == me.id
    if me is not None and not may_write(member, me, i_am_head=i_am_head):
        raise ConditionOfOther()
    return _write(member, text.strip() or None, by=by)


@retried
def _write(member: HouseholdMember, text: str | None, *, by: Actor) -> HouseholdMember:
    with transaction() as session:
        session.refresh(member, with_for_update={"of": HouseholdMember})
        if member.state in (MemberState.WAITING, MemberState.JOINED) and member.physical_condition != text:
            member.physical_condition = text
            audit.record("member_condition_written", member, by=by, at=clock.now())
    return member
