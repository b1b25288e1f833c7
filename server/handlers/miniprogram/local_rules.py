"""What holds here: the region's rules in plain words, before anybody signs (domain.md SG-13)."""

from typing import Self

from apiflask import APIBlueprint

from server.handlers import context
from server.handlers.miniprogram.shapes.edges import Out
from server.policy import explaining
from server.policy.schema import Policy

blueprint = APIBlueprint("local_rules", __name__, url_prefix="/api")


class LineOut(Out):
    """One rule, and where it is written; both empty where no document settles it."""

    key: str
    title: str
    text: str
    document: str
    clause: str


class LocalRulesOut(Out):
    """The rules of a region for residents."""

    region: str
    version: str
    lines: list[LineOut]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Show a policy."""
        lines = [LineOut(**vars(line)) for line in explaining.for_residents(policy)]
        return cls(region=policy.name, version=policy.version, lines=lines)


@blueprint.get("/local-rules")
@blueprint.output(LocalRulesOut)
def local_rules() -> LocalRulesOut:
    """The rules under which I would sign today; the region's while I am not bound."""
    resident = context.user().resident
    return LocalRulesOut.of(context.policy_for(resident) if resident else context.wiring().policy)
