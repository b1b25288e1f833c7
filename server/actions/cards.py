"""Health cards (健康服务卡): issuing one to a household, taking money off it at its hospital, and reversing a line."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.ids import new_id
from server.models import Agreement, CardEntry, CardHolder, HealthCard, Hospital, audit, health_card, notification
from server.models.actor import Actor
from server.models.agreement import IN_FORCE
from server.models.household import members_of
from server.models.states import StaleState
from server.policy.schema import Policy


class NoHealthCard(Conflict):
    """The rules of this agreement give no card."""

    code, default_message = "health_card_not_offered", "这份签约的方案没有健康服务卡"


class CardExists(Conflict):
    """One card per household."""

    code, default_message = "health_card_exists", "这个家庭已有健康服务卡，每户一张"


class CardHospital(Conflict):
    """The card is taken at its designated hospital only."""

    code, default_message = "health_card_hospital", "健康服务卡只能在指定医院使用"


class CardShort(Conflict):
    """Too little on it, closed, or its last day has passed."""

    code, default_message = "health_card_short", "卡内余额不足，或卡已停用、过期"


class CardReceiptUsed(Conflict):
    """The hospital's receipt stands for another line."""

    code, default_message = "health_card_receipt_used", "这个票据号已登记过，请核对票据号和金额"


class CardAmountInvalid(Invalid):
    """Nothing, less than nothing, or a day that cannot be."""

    code, default_message = "health_card_amount_invalid", "请填写正确的金额和日期，日期不能晚于今天"


class NotOnCard(Conflict):
    """Only the household may use it."""

    code, default_message = "health_card_not_member", "只有本户成员可以使用这张卡"


@dataclass(frozen=True)
class Swipe:
    """What the hospital's receipt says."""

    amount_fen: int
    receipt: str
    on_day: date
    resident_id: str


def issue(agreement: Agreement, hospital: Hospital, *, policy: Policy, by: Actor) -> HealthCard:
    """Give the household of an agreement its card for the hospital.

    Args:
        policy: the rules frozen into the agreement.
    Raises:
        NoHealthCard, CardExists.
    Source:
        policy keys health_card.value_fen, health_card.per (CYS annex 3 一2: one per household).
    """
    if policy.health_card.value_fen is None or agreement.status not in IN_FORCE:
        raise NoHealthCard()
    try:
        return _issue(agreement, hospital, policy.health_card.value_fen, by=by)
    except IntegrityError as cause:
        raise CardExists() from cause


@retried
def _issue(agreement: Agreement, hospital: Hospital, value_fen: int, *, by: Actor) -> HealthCard:
    at = clock.now()
    today = clock.local(at).date()
    identifier = new_id()
    with transaction() as session:
        assert agreement.end_on is not None
        card = HealthCard(
            id=identifier,
            number=f"K{today:%Y%m%d}-{identifier[-8:]}",
            organisation_id=agreement.team.organisation_id,
            agreement_id=agreement.id,
            hospital_id=hospital.id,
            value_fen=value_fen,
            balance_fen=value_fen,
            issued_on=today,
            until_on=max(agreement.end_on, today),
        )
        session.add(card)
        session.flush()
        for resident_id in members_of(agreement.resident_id, today):
            session.add(CardHolder(card_id=card.id, resident_id=resident_id, open_key=resident_id))
        session.add(_entry(card, "issue", value_fen, card.number, today, by=by))
        session.flush()
        audit.record("health_card_issued", card, by=by, at=at)
    return card


def swipe(card: HealthCard, hospital: Hospital, what: Swipe, *, by: Actor) -> tuple[CardEntry, bool]:
    """Take money off a card at its hospital.

    Returns:
        The line, and whether it is new: the same receipt is booked once.
    Raises:
        CardHospital, CardAmountInvalid, NotOnCard, CardShort, CardReceiptUsed.
    """
    if hospital.id != card.hospital_id:
        raise CardHospital()
    if what.amount_fen <= 0 or not card.issued_on <= what.on_day <= clock.today():
        raise CardAmountInvalid()
    try:
        return _swipe(card, what, by=by)
    except IntegrityError:
        return _same(card, what), False


@retried
def _swipe(card: HealthCard, what: Swipe, *, by: Actor) -> tuple[CardEntry, bool]:
    at = clock.now()
    with transaction() as session:
        if session.scalar(_of_receipt(card, what.receipt)) is not None:
            return _same(card, what), False
        _check_holder(card, what.resident_id, clock.local(at).date())
        if not health_card.spend(card.id, what.amount_fen, what.on_day):
            raise CardShort(balance_fen=card.balance_fen)
        session.refresh(card)
        entry = _entry(card, "swipe", what.amount_fen, what.receipt, what.on_day, by=by)
        entry.resident_id = what.resident_id
        session.add(entry)
        session.flush()
        audit.record("health_card_swiped", entry, by=by, at=at)
        notification.queue(
            "card_used",
            dedupe_key=f"card_used:{entry.id}",
            subject_id=entry.id,
            at=at,
            resident_id=card.agreement.resident_id,
            team_id=card.agreement.team_id,
            facts={"hospital": card.hospital.name, "balance_fen": card.balance_fen},
        )
    return entry, True


def _check_holder(card: HealthCard, resident_id: str, today: date) -> None:
    """Let the household use its card, also who joined it since. Raises NotOnCard."""
    on_card = select(CardHolder.id).where(CardHolder.card_id == card.id, CardHolder.open_key == resident_id)
    if db.session.scalar(on_card) is not None:
        return
    known = select(CardHolder.id).where((CardHolder.open_key == resident_id) | (CardHolder.resident_id == resident_id))
    joined = resident_id in members_of(card.agreement.resident_id, today)
    if not joined or db.session.scalar(known.limit(1)) is not None:
        raise NotOnCard()
    db.session.add(CardHolder(card_id=card.id, resident_id=resident_id, open_key=resident_id))
    db.session.flush()


def _of_receipt(card: HealthCard, receipt: str) -> Select[CardEntry]:
    return select(CardEntry).where(CardEntry.hospital_id == card.hospital_id, CardEntry.receipt == receipt)


def _same(card: HealthCard, what: Swipe) -> CardEntry:
    known = db.session.scalars(_of_receipt(card, what.receipt)).one_or_none()
    if known is None or (known.card_id, known.kind, known.amount_fen) != (card.id, "swipe", what.amount_fen):
        raise CardReceiptUsed()
    return known


@retried
def reverse(entry: CardEntry, *, by: Actor) -> CardEntry:
    """Put back what a wrong line took, by a line of its own; twice is once. Raises StaleState."""
    at = clock.now()
    with transaction() as session:
        card = session.get_one(HealthCard, entry.card_id, with_for_update=True, populate_existing=True)
        known = session.scalar(select(CardEntry).where(CardEntry.reverses_id == entry.id))
        if known is not None:
            return known
        if entry.kind != "swipe" or not health_card.put_back(card.id, entry.amount_fen):
            raise StaleState()
        session.refresh(card)
        line = _entry(card, "reversal", entry.amount_fen, f"R{entry.id}", clock.local(at).date(), by=by)
        line.reverses_id, line.resident_id = entry.id, entry.resident_id
        session.add(line)
        session.flush()
        audit.record("health_card_reversed", line, by=by, at=at)
    return line


def _entry(card: HealthCard, kind: str, amount_fen: int, receipt: str, day: date, *, by: Actor) -> CardEntry:
    return CardEntry(
        card_id=card.id,
        organisation_id=card.organisation_id,
        hospital_id=card.hospital_id,
        kind=kind,
        amount_fen=amount_fen,
        balance_fen=card.balance_fen,
        receipt=receipt,
        on_day=day,
        entered_at=clock.now(),
        entered_by=by.id,
    )
