"""The service handbook: the same sections on the phone and on paper (AG-09)."""

from typing import Self

from server.access.handbook import Handbook
from server.handlers.miniprogram.shapes.edges import Out
from server.handlers.miniprogram.shapes.rights import EntitlementOut, ServiceOut
from server.models.doctor import MODE_LABELS, ROLE_LABELS, Membership, Role, ServiceMode
from server.policy import complaining, relations
from server.policy.schema import Policy
from server.policy.texts import chinese

TITLE = "家庭医生签约服务手册"


class RowOut(Out):
    """One line: what, and the words for it; ``phone`` is a number to dial, or empty."""

    label: str
    value: str
    phone: str = ""


class SectionOut(Out):
    """One part of the handbook."""

    key: str
    heading: str
    rows: list[RowOut]


class MyHandbookOut(Out):
    """Mine, or nothing before an agreement is in force."""

    book: "HandbookOut | None"


class HandbookOut(Out):
    """The whole handbook."""

    agreement_id: str
    title: str
    number: str
    sections: list[SectionOut]

    @classmethod
    def of(cls, book: Handbook, policy: Policy) -> Self:
        """Show a handbook. Args: policy: the rules frozen into its agreement."""
        parts = (
            ("agreement", "我的签约", _agreement(book)),
            ("team", "我的医生团队", _team(book)),
            ("items", "约定的服务和还剩几次", _items(book)),
            ("family", "一起登记的家人", _family(book)),
            ("services", "最近一年做过的服务", _services(book)),
            ("help", "有事找谁、有意见怎么说", _help(book, policy)),
        )
        sections = [SectionOut(key=key, heading=heading, rows=rows) for key, heading, rows in parts if rows]
        return cls(agreement_id=book.agreement.id, title=TITLE, number=book.agreement.number, sections=sections)


def _row(label: str, value: str, phone: str = "") -> RowOut:
    return RowOut(label=label, value=value, phone=phone)


def _agreement(book: Handbook) -> list[RowOut]:
    row = book.agreement
    rows = [_row("居民", row.resident.name_masked), _row("协议编号", row.number), _row("服务包", row.package.name)]
    if row.start_on and row.end_on:
        rows.append(_row("服务期", f"{chinese(row.start_on)}至{chinese(row.end_on)}"))
    return rows


def _team(book: Handbook) -> list[RowOut]:
    team = book.agreement.team
    rows = [
        _row("团队", team.name),
        _row("机构", team.organisation.name),
        _row("地址", team.organisation.address),
        _row("服务时间", team.hours),
        _row("电话", team.phone, team.phone),
    ]
    rows += [_member(one) for one in team.memberships]
    for one in book.supports:
        said = " ".join(word for word in (one.institution, one.office, one.specialist) if word)
        rows.append(_row("协作机构", said, one.phone))
    return rows


def _member(one: Membership) -> RowOut:
    said = f"{one.staff.name}（{one.staff.title}）"
    return _row(ROLE_LABELS[Role(one.role)], f"{said}，{one.duty}" if one.duty else said)


def _items(book: Handbook) -> list[RowOut]:
    shown = (EntitlementOut.of(row) for row in book.items)
    rows = [_row(one.name, f"{one.label}，{one.until_label}") for one in shown]
    return rows or [_row(item.name, item.frequency_label) for item in book.agreement.package.items]


def _family(book: Handbook) -> list[RowOut]:
    return [_row(relations.label(one.relation), one.name_masked) for one in book.family]


def _services(book: Handbook) -> list[RowOut]:
    shown = (ServiceOut.of(one) for one in book.services)
    rows = [_row(one.day_label, f"{one.name}，{one.by}，{one.place_label}") for one in shown]
    return rows or [_row("还没有", "做过的服务会自动记在这里")]


def _help(book: Handbook, policy: Policy) -> list[RowOut]:
    team = book.agreement.team
    hidden = set() if policy.wording.may_advertise_home_service else {str(ServiceMode.HOME)}
    modes = [MODE_LABELS[ServiceMode(mode)] for mode in team.modes.split() if mode not in hidden]
    rows = [_row("服务方式", "、".join(modes))] if modes else []
    return [
        *rows,
        _row("有事找医生", "先打团队电话，或在小程序“消息”里留言", team.phone),
        _row("有意见", complaining.route(policy), policy.wording.complaint_phone),
        _row("急症", "立即拨打120，本手册的服务不包括急救"),
    ]
