"""A family for the demo: a mother with two children who may sign together, and a husband who has not said yes."""

from server import clock
from server.access import people
from server.actions import households
from server.actions.households import Named
from server.models import MemberState, Proof, Resident
from server.models.actor import CLOCK
from server.policy.schema import Policy

CHILDREN = (("赵一诺", "410199202008060251", "20"), ("赵一心", "500199201203020228", "30"))
HUSBAND = ("孙伟", "35019919760704005X", "11")
# a blank page stands for the photo of the household register
PAGE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def seed(head: Resident, policy: Policy) -> None:
    """Make the household of a resident; what exists stays."""
    home, is_new = households.found(head, address="涪城区北街12号", register_number=None, by=CLOCK)
    if not is_new:
        return
    for name, number, relation in (*CHILDREN, HUSBAND):
        person = people.typed(name, number, clock.today())
        households.name(home, head, Named(person, relation, Proof.HOUSEHOLD_BOOK, PAGE), policy=policy, by=CLOCK)
    waiting = [row for row in home.members if row.state == MemberState.WAITING and row.name != HUSBAND[0]]
    households.vouch(home, [row.id for row in waiting], by=CLOCK)
