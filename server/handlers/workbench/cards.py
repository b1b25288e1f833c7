"""Health cards: issue one to a household, take money off it at its hospital, reverse a line, the month's sums."""

from flask import Response, url_for

from server import clock
from server.access import admin as hospitals
from server.access import admin_cards as access
from server.access.rights import card_entries
from server.actions import cards, signing
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin
from server.handlers.workbench import forms, site
from server.models import HealthCard


class NoSuchAgreement(Invalid):
    """No agreement in force of this organisation has the number."""

    code, default_message = "agreement_number_unknown", "没有找到履约中的协议，请核对协议编号"


def list_cards() -> Response:
    """List the organisation's cards."""
    return _list()


def issue_card() -> Response:
    """Issue a card under an agreement."""
    try:
        form = forms.read(forms.IssueForm)
        agreement = access.agreement(form.number, by=admin())
        if agreement is None:
            raise NoSuchAgreement()
        hospital = hospitals.hospital(form.hospital_id)
        card = cards.issue(agreement, hospital, policy=signing.rules_of(agreement), by=as_admin())
    except (Invalid, Conflict) as error:
        return _list(error)
    return site.done(_address(card), "健康服务卡已发放")


def show_card(card_id: str) -> Response:
    """Show a card with its ledger."""
    return _card(access.card(card_id, by=admin()))


def swipe_card(card_id: str) -> Response:
    """Take money off a card."""
    card = access.card(card_id, by=admin())
    try:
        form = forms.read(forms.SwipeForm)
        what = cards.Swipe(form.amount, form.receipt, form.on_day, form.resident_id)
        cards.swipe(card, hospitals.hospital(form.hospital_id), what, by=as_admin())
    except (Invalid, Conflict) as error:
        return _card(card, error)
    return site.done(_address(card), "已扣款")


def reverse_entry(card_id: str, entry_id: str) -> Response:
    """Put back what a wrong line took."""
    card = access.card(card_id, by=admin())
    try:
        cards.reverse(access.entry(entry_id, card), by=as_admin())
    except Conflict as error:
        return _card(card, error)
    return site.done(_address(card), "已冲正，金额退回卡内")


def _address(card: HealthCard) -> str:
    return url_for("workbench.show_card", card_id=card.id)


def _list(error: AppError | None = None) -> Response:
    return site.page(
        "cards.html",
        here="cards",
        rows=access.cards(site.cursor(), by=admin()),
        month=access.month(clock.today(), by=admin()),
        hospitals=hospitals.hospitals(),
        error=error,
    )


def _card(card: HealthCard, error: AppError | None = None) -> Response:
    return site.page(
        "card.html",
        here="cards",
        card=card,
        rows=card_entries(card, site.cursor()),
        undone=access.reversed_ids(card),
        people=access.people(card),
        hospitals=hospitals.hospitals(),
        error=error,
    )
