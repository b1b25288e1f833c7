"""The fee of an agreement, frozen when it is signed: one line for each payer and year."""

from collections.abc import Collection

from sqlalchemy import func, select

from server import clock
from server.actions.signing.rules import rules_of
from server.database import db
from server.models import Agreement, FeeLine
from server.models.population import groups_of
from server.policy import fees

RESIDENT = "resident"


def freeze_fee(agreement: Agreement) -> None:
    """Write down what each payer bears of a new agreement, in the caller's transaction; once.

    By the person's insurance and groups of today, the package's price and the rules frozen into the agreement. No line
    where the fee goes by the population served (C-11), none where there is no price.

    Source:
        policy keys fee.base, fee.subsidy_groups; domain.md PK-08, PK-09, PK-14, PK-15, C-12.
    """
    if db.session.scalar(select(FeeLine.id).where(FeeLine.agreement_id == agreement.id).limit(1)) is not None:
        return
    _freeze(agreement, after=0)


def freeze_next_term(agreement: Agreement) -> None:
    """Write down what each payer bears of the term into which an agreement has gone on by itself (L13), as for a new one.

    Its years follow those of the terms before; by the person's insurance and groups of today.
    """
    before = select(func.max(FeeLine.year)).where(FeeLine.agreement_id == agreement.id)
    _freeze(agreement, after=db.session.scalar(before) or 0)


def _freeze(agreement: Agreement, *, after: int) -> None:
    package, resident = agreement.package, agreement.resident
    groups = groups_of([resident.id], clock.today())[resident.id]
    rules = rules_of(agreement)
    shares = fees.split(
        package.shares, package.guidance_fen, package.accounts, rules, insurance=resident.insurance, groups=groups
    )
    months = agreement.term_months or rules.signing.term_months
    for year in range(after + 1, after + fees.agreement_years(months) + 1):
        for share in shares:
            db.session.add(
                FeeLine(
                    agreement_id=agreement.id,
                    organisation_id=agreement.team.organisation_id,
                    year=year,
                    payer=share.payer,
                    account=share.account,
                    insurance=resident.insurance,
                    amount_fen=share.amount_fen,
                    guidance_fen=share.guidance_fen,
                )
            )
    db.session.flush()


def own_share_fen(agreement: Agreement) -> int:
    """Return what the resident himself pays for the first year, subsidies taken off: 0 means that nothing is collected."""
    mine = select(func.sum(FeeLine.amount_fen)).where(
        FeeLine.agreement_id == agreement.id, FeeLine.payer == RESIDENT, FeeLine.year == 1
    )
    return int(db.session.scalar(mine) or 0)


def own_shares_fen(agreements: Collection[Agreement]) -> dict[str, int]:
    """Return ``own_share_fen`` of a page of agreements, by id, with one question."""
    shares = dict.fromkeys((row.id for row in agreements), 0)
    mine = select(FeeLine.agreement_id, func.sum(FeeLine.amount_fen)).where(
        FeeLine.agreement_id.in_(shares), FeeLine.payer == RESIDENT, FeeLine.year == 1
    )
    for agreement_id, amount in db.session.execute(mine.group_by(FeeLine.agreement_id)):
        shares[agreement_id] = int(amount)
    return shares
