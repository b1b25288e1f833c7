"""Entitlements, services, fees and the health card."""

from typing import Any, Self

from pydantic import Field

from server.access.rights import Service
from server.handlers.miniprogram.shapes.edges import Day, In, Out, Whole, instant
from server.models.entitlement import Entitlement, ServiceAnswer
from server.models.fee import ACCOUNT_LABELS, UNASSIGNED, FeeLine
from server.models.health_card import CardEntry, HealthCard
from server.models.package import ITEM_KIND_LABELS, PAYER_LABELS, ItemKind
from server.models.service_record import PLACES
from server.policy.catalogue import EXAM_LABELS
from server.policy.texts import chinese

OUTCOMES = {"upheld": "已更正，这次服务不计入", "kept": "已核实，记录不变", "withdrawn": "签约已终止"}


class DisputeIn(In):
    """What was not so."""

    reason: str = Field(min_length=1, max_length=200)


class InsuranceIn(In):
    """How I am insured."""

    insurance: str = Field(max_length=12)


class ServiceIn(In):
    """A service given. ``client_id`` is made on the phone: the same one is recorded once."""

    client_id: str = Field(min_length=1, max_length=64, pattern="^[A-Za-z0-9._-]+$")
    served_on: Day
    place: str = Field(pattern=f"^({'|'.join(PLACES)})$")
    note: str = Field(default="", max_length=2000)
    detail: str = Field(default="", max_length=32)
    performer: str = Field(default="", max_length=32)
    participants: Whole = Field(default=1, ge=1, le=500)
    photo: str | None = Field(default=None, max_length=450_000)


class AnswerIn(In):
    """What was found out about a dispute; ``upheld``: the record was wrong."""

    upheld: bool
    reply: str = Field(max_length=200)


class EntitlementOut(Out):
    """One item: promised, used, remaining, until when."""

    id: str
    name: str
    kind: str
    unit: str
    promised: int | None
    used: int
    remaining: int | None
    is_minimum: bool
    label: str
    from_on: str
    until_on: str
    until_label: str
    choices: list[dict[str, str]]
    needs_performer: bool
    needs_note: bool

    @classmethod
    def of(cls, row: Entitlement) -> Self:
        """Show an item of the ledger."""
        return cls(
            id=row.id,
            name=row.name,
            kind=row.kind,
            unit=row.unit,
            promised=row.promised,
            used=row.used,
            remaining=row.remaining,
            is_minimum=row.is_minimum,
            label=_label(row),
            from_on=row.from_on.isoformat(),
            until_on=row.until_on.isoformat(),
            until_label=f"有效到{chinese(row.until_on)}",
            choices=[{"key": key, "label": EXAM_LABELS.get(key, key)} for key in row.choices],
            needs_performer=row.kind
            in (ItemKind.SPECIALIST_VISIT, ItemKind.HEALTH_PRESCRIPTION, ItemKind.NURSING_TRAINING),
            needs_note=row.kind == ItemKind.HEALTH_PRESCRIPTION,
        )


def _label(row: Entitlement) -> str:
    if row.promised is None:
        return f"已用{row.used}{row.unit}，按需要提供"
    if row.is_minimum:
        missing = f"还应提供{row.remaining}{row.unit}" if row.remaining else "已达到约定次数"
        return f"约定不少于{row.promised}{row.unit}，已提供{row.used}{row.unit}，{missing}"
    return f"共{row.promised}{row.unit}，已用{row.used}{row.unit}，还剩{row.remaining}{row.unit}"


class ServiceOut(Out):
    """One service: what, when, by whom, where, the proof, and what became of it."""

    id: str
    name: str
    served_on: str
    day_label: str
    by: str
    place_label: str
    note: str | None
    has_photo: bool
    proof_label: str
    state: str
    state_label: str
    can_answer: bool
    answer_by_on: str | None
    reply: str | None
    photo: str | None = None

    @classmethod
    def of(cls, service: Service, *, with_photo: bool = False) -> Self:
        """Show a record; its picture only on its own page."""
        row, answer = service.record, service.answer
        state, label = _state(service)
        detail = EXAM_LABELS.get(row.detail or "", "")
        name = service.item or ITEM_KIND_LABELS[ItemKind(row.kind)]
        return cls(
            id=row.id,
            name=f"{name}（{detail}）" if detail else name,
            served_on=row.served_on.isoformat(),
            day_label=chinese(row.served_on),
            by=f"{row.performer}（{row.staff.name}登记）" if row.performer else row.staff.name,
            place_label=row.place_label,
            note=row.note,
            has_photo=row.photo is not None,
            proof_label=_proof(service),
            state=state,
            state_label=label,
            can_answer=state == "recorded",
            answer_by_on=answer.answer_by_on.isoformat() if answer and answer.answer_by_on else None,
            reply=answer.reply if answer else None,
            photo=row.photo if with_photo else None,
        )


def _proof(service: Service) -> str:
    row = service.record
    source = row.source_key.partition(":")[0]
    if source == "followup":
        return "随访记录"
    return "照片" if row.photo else "文字记录" if row.note else "医务人员登记"


def _state(service: Service) -> tuple[str, str]:
    answer = service.answer
    if answer and answer.verdict == "disputed":
        if answer.outcome:
            return "answered", OUTCOMES[answer.outcome]
        by = chinese(answer.answer_by_on) if answer.answer_by_on else ""
        return "disputed", f"您提出了疑问，{by}前答复"
    if service.taken_back:
        return "taken_back", "记录已撤销"
    return ("confirmed", "您已确认") if answer else ("recorded", "请您确认")


class FeeOut(Out):
    """One payer's part of a year."""

    year: int
    payer_label: str
    account_label: str
    is_unassigned: bool
    amount_fen: int

    @classmethod
    def of(cls, line: FeeLine) -> Self:
        """Show a line."""
        return cls(
            year=line.year,
            payer_label=PAYER_LABELS[line.payer],
            account_label=ACCOUNT_LABELS[line.account],
            is_unassigned=line.account == UNASSIGNED,
            amount_fen=line.amount_fen,
        )


class CardOut(Out):
    """The household's health card."""

    number: str
    hospital: str
    value_fen: int
    balance_fen: int
    until_on: str
    until_label: str

    @classmethod
    def of(cls, card: HealthCard) -> Self:
        """Show a card."""
        return cls(
            number=card.number,
            hospital=card.hospital.name,
            value_fen=card.value_fen,
            balance_fen=card.balance_fen,
            until_on=card.until_on.isoformat(),
            until_label=f"有效到{chinese(card.until_on)}",
        )


def entry(row: CardEntry) -> dict[str, Any]:
    """Show one line of a card."""
    return {
        "id": row.id,
        "label": row.label,
        "amount_fen": row.amount_fen if row.kind != "swipe" else -row.amount_fen,
        "balance_fen": row.balance_fen,
        "on_day": row.on_day.isoformat(),
        "day_label": chinese(row.on_day),
    }


class RightsOut(Out):
    """All that my agreement gives me."""

    agreement: dict[str, str] | None
    items: list[EntitlementOut]
    waiting: list[ServiceOut]
    """The latest services that I have said nothing about."""
    four_ones: list[dict[str, str]]
    fee: list[FeeOut]
    fee_note: str
    benefits: list[str]
    insurance: str | None
    insurance_options: list[dict[str, str]]
    card: CardOut | None


class DisputeOut(Out):
    """What a resident disputes, for the team."""

    id: str
    resident: str
    service: ServiceOut
    reason: str
    said_at: str
    answer_by_on: str
    is_late: bool

    @classmethod
    def of(cls, row: ServiceAnswer, service: Service, resident: str, *, is_late: bool) -> Self:
        """Show a dispute with its service."""
        assert row.answer_by_on is not None
        return cls(
            id=row.id,
            resident=resident,
            service=ServiceOut.of(service),
            reason=row.reason or "",
            said_at=instant(row.said_at),
            answer_by_on=row.answer_by_on.isoformat(),
            is_late=is_late,
        )
