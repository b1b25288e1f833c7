"""Key populations as residents and their teams see them."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field

from server.actions.populations import Told
from server.handlers.miniprogram.shapes.edges import Day, In, Out, PageIn
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.models.population import SOURCE_LABELS, PopulationTag, TagSource, TagStatus
from server.policy import populations
from server.policy.parts.kinds import Group
from server.policy.parts.oversight import Groups


class DeclareIn(In):
    """What somebody says of himself; which fields are needed depends on the group."""

    group: Group
    last_period_on: Day | None = None
    due_on: Day | None = None
    delivered_on: Day | None = None
    certificate: str = Field(default="", max_length=40)
    since_on: Day | None = None

    def told(self) -> Told:
        """Return what was said, without the group."""
        return Told(**self.model_dump(exclude={"group"}))


class AddGroupIn(DeclareIn):
    """What a doctor certifies."""

    diagnosed_on: Day | None = None
    institution: str = Field(default="", max_length=64)


class EndGroupIn(In):
    """Whether it never was true."""

    is_wrong: bool = False


class DeliveryIn(In):
    """The day of the birth."""

    on: Day


class ToDoIn(PageIn):
    """Which list."""

    which: Literal["waiting", "reassess"] = "waiting"


def choices(groups: Iterable[Group], today: date, rules: Groups) -> list[dict[str, str]]:
    """Return groups to choose from, with their words."""
    return [{"code": str(group), "label": populations.label(group, today, rules)} for group in groups]


def detail_label(tag: PopulationTag) -> str:
    """Say in one line what is known with a group."""
    told: dict[str, Any] = json.loads(tag.detail) if tag.detail else {}
    if tag.group == Group.MATERNAL:
        return f"{told['delivered_on']} 分娩" if "delivered_on" in told else f"预产期 {told.get('due_on', '未登记')}"
    if tag.group == Group.DISABLED and told:
        return f"{populations.DISABILITY_CATEGORIES[told['category']]}残疾 {told['grade']} 级"
    if tag.group == Group.FLOATING and told:
        return f"{told['since_on']} 起在本地居住"
    if "diagnosed_on" in told:
        return f"{told['diagnosed_on']} {told['institution']}"
    return str(told.get("note", ""))


class GroupOut(Out):
    """One group of a person."""

    id: str
    group: str
    label: str
    status: str
    status_label: str
    source_label: str
    detail: str
    valid_from: str
    valid_to: str | None
    can_withdraw: bool

    @classmethod
    def of(cls, tag: PopulationTag, today: date, rules: Groups) -> Self:
        """Show a tag."""
        declared = tag.source == TagSource.RESIDENT_DECLARED
        return cls(
            id=tag.id,
            group=tag.group,
            label=populations.label(tag.group, today, rules),
            status=tag.status,
            status_label=tag.status_label,
            source_label=SOURCE_LABELS[TagSource(tag.source)],
            detail=detail_label(tag),
            valid_from=tag.valid_from.isoformat(),
            valid_to=tag.valid_to.isoformat() if tag.valid_to else None,
            can_withdraw=declared and tag.status == TagStatus.WAITING,
        )


class MyGroupsOut(Out):
    """My groups, and what I may say of myself."""

    items: list[GroupOut]
    declarable: list[dict[str, str]]


class TeamGroupOut(GroupOut):
    """A group as the team sees it: with what a doctor may do."""

    reassess_on: str | None
    is_declared: bool
    can_end: bool

    @classmethod
    def of(cls, tag: PopulationTag, today: date, rules: Groups) -> Self:
        """Show a tag to the team; the proof is a document's number and stays masked."""
        shown = GroupOut.of(tag, today, rules)
        return cls(
            **shown.model_dump(),
            reassess_on=tag.reassess_on.isoformat() if tag.reassess_on else None,
            is_declared=tag.source == TagSource.RESIDENT_DECLARED,
            can_end=tag.status == TagStatus.CERTIFIED and tag.group in populations.STAFF,
        )


class TeamGroupsOut(Out):
    """A resident's groups, and what a doctor may add."""

    resident: ContactOut
    items: list[TeamGroupOut]
    addable: list[dict[str, str]]


class ToDoOut(TeamGroupOut):
    """A group to look at, with whose it is."""

    resident: ContactOut

    @classmethod
    def of(cls, tag: PopulationTag, today: date, rules: Groups) -> Self:
        """Show a tag with its resident, masked."""
        shown = TeamGroupOut.of(tag, today, rules)
        return cls(**shown.model_dump(), resident=ContactOut.of(tag.resident))
