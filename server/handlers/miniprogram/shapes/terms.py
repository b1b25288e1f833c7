"""How long and until when: terms to choose, renewals to read, confirmations that are waited for."""

from datetime import date, timedelta
from typing import Any, Self

from pydantic import Field

from server import clock
from server.actions import signing
from server.handlers.miniprogram.shapes.edges import In, Out
from server.models.agreement import Agreement, AgreementStatus
from server.models.doctor import Team
from server.models.package import ServicePackage
from server.policy import texts
from server.policy.schema import Policy, Signing
from server.policy.terms import last_day, last_grace_day, term_choices

CONFIRM = "confirm"
YEAR = 12


def months_label(months: int) -> str:
    """Return a term for people: 3年, 18个月."""
    return f"{months}个月" if months % YEAR else f"{months // YEAR}年"


def term_label(period: signing.Period, policy: Policy) -> str:
    """Return what is agreed about the time, for people."""
    if period.months is None:
        return "到期日全区统一"
    if period.start_on is not None:
        return f"{period.months}个月，接着现在的服务期"
    from_signing = policy.signing.effective_from == "signing_date"
    return f"{period.months}个月，自{'签约之日' if from_signing else '团队确认之日'}起"


class TermOut(Out):
    """A term to choose."""

    months: int
    label: str
    needs_extension: bool

    @classmethod
    def choices(cls, rules: Signing) -> list[Self]:
        """Show all terms of a region; fewer than two are no choice."""
        return [
            cls(
                months=one.months,
                label=months_label(one.months) + ("（医生也同意才行）" if one.needs_extension else ""),
                needs_extension=one.needs_extension,
            )
            for one in term_choices(rules)
        ]


class AcceptIn(In):
    """A team's yes; a longer term than usual needs the doctor's own yes to it."""

    confirms_extension: bool = False


class RenewalIn(In):
    """What somebody wants to renew with; what is not said stays as it is."""

    team_id: str | None = Field(default=None, max_length=26)
    package_id: str | None = Field(default=None, max_length=26)
    term_months: int | None = Field(default=None, ge=1, le=120)
    is_extended: bool = False

    def renewal(self, team: Team | None, package: ServicePackage | None, device: str, **more: Any) -> signing.Renewal:
        """What is to be renewed, with the things the ids stand for."""
        return signing.Renewal(
            team=team,
            package=package,
            term_months=self.term_months,
            is_extended=self.is_extended,
            device=device,
            **more,
        )


class RenewIn(RenewalIn):
    """A renewal: the text that was read, and the signature where the region asks for one."""

    text_sha256: str | None = Field(default=None, min_length=64, max_length=64)
    signature: str | None = Field(default=None, max_length=400_000)


class ConfirmIn(In):
    """Yes to a silent renewal, to the text that was read."""

    text_sha256: str | None = Field(default=None, min_length=64, max_length=64)


class RenewalOut(Out):
    """What somebody reads before he renews or confirms, and what he has to do: ``way`` is explicit, sign_confirm, redo
    or, after a silent renewal, confirm."""

    way: str
    needs_signature: bool
    team: dict[str, str]
    package: dict[str, str]
    title: str
    paragraphs: list[str]
    text_sha256: str
    start_on: str
    end_on: str
    term_label: str
    term_months: int | None
    is_extended: bool
    terms: list[TermOut]
    self_pay_fen: int
    confirm_by_on: str | None = None

    @classmethod
    def of(cls, offer: signing.Offer, policy: Policy, confirm_by_on: date | None = None) -> Self:
        """Show an offer; its days as they would be if the team accepted today."""
        rules, period = policy.signing, offer.period
        start_on = period.start_on or clock.today()
        end_on = period.end_on or last_day(rules, start_on, period.months or rules.term_months)
        return cls(
            way=CONFIRM if confirm_by_on else offer.way,
            needs_signature=offer.way == "sign_confirm",
            team={"id": offer.team.id, "name": offer.team.name, "phone": offer.team.phone},
            package={"id": offer.package.id, "name": offer.package.name},
            title=offer.text.title,
            paragraphs=list(offer.text.paragraphs),
            text_sha256=offer.text.sha256,
            start_on=start_on.isoformat(),
            end_on=end_on.isoformat(),
            term_label=term_label(period, policy),
            term_months=period.months,
            is_extended=period.is_extended,
            terms=TermOut.choices(rules),
            self_pay_fen=offer.package.self_pay_fen,
            confirm_by_on=confirm_by_on.isoformat() if confirm_by_on else None,
        )


def renew_hint(agreement: Agreement, today: date, renewable: bool) -> str | None:
    """Return what to say about renewing an agreement today."""
    if agreement.status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED and agreement.reconfirm_by_on is not None:
        until = texts.chinese(agreement.reconfirm_by_on)
        if agreement.resident_confirmed_at is None:
            return f"已自动续约，请在{until}前确认，不确认就会结束"
        return f"您已确认，等待医生在{until}前确认"
    if agreement.end_on is None or agreement.status not in (AgreementStatus.ACTIVE, AgreementStatus.EXPIRED):
        return None
    rules = signing.rules_of(agreement).renewal
    if renewable:
        left = (agreement.end_on - today).days
        if left >= 0:
            return f"还有{left}天到期，现在可以续签"
        return f"已到期，{texts.chinese(last_grace_day(rules, agreement.end_on))}前仍按续签办理"
    opens = agreement.end_on - timedelta(days=rules.open_before_days)
    return f"{texts.chinese(opens)}起可以续签" if today < opens else None
