"""Notices that go by a day ahead: a card's end, a first or 14th birthday, specialist visits still owed, a campaign's limit.

Each is left once: a window of days is looked at, so that a night on which nothing ran loses nothing.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server import policy as policies
from server.access import campaigns
from server.actions.ahead.walking import KeepGoing, walked
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    Authority,
    AuthorityKind,
    AuthorityState,
    Campaign,
    Entitlement,
    HealthCard,
    ItemKind,
    Membership,
    Resident,
    Team,
    WechatUser,
    notification,
)
from server.models.agreement import IN_FORCE
from server.policy import capacity, identity
from server.policy.dates import add_months
from server.policy.schema import Policy

CARD_DAYS = (7, 30)
"""N-46: days before the card's last one."""
VISIT_MONTHS = (2, 6)
"""N-48: months before the end at which specialist visits may still be missing."""
NEWBORN_DAYS = (7, 30)
"""Days before a child without a document must have its own number (C)."""
OWN_DATA_DAYS = 30
"""N-54: days before the 14th birthday."""
CAMPAIGN_DAYS = (1, 3, 7)
"""N-58: days before the limit, besides once a week."""


def _window(column: Any, today: date, last: int, before: int) -> Any:
    return (column >= today + timedelta(days=before)) & (column <= today + timedelta(days=last))


def tell_cards(keep_going: KeepGoing) -> int:
    """Tell households that their health card runs out in 30 and in 7 days, with what is left on it (N-46)."""
    today, told, before = clock.today(), 0, 0
    for days in CARD_DAYS:
        live = select(HealthCard).where(HealthCard.closed_at.is_(None), HealthCard.balance_fen > 0)
        rows = live.where(_window(HealthCard.until_on, today, days, before))

        def tell(card: HealthCard, at: datetime, days: int = days) -> int:
            return notification.queue(
                "card_expiring",
                dedupe_key=f"card_expiring:{card.id}:{days}",
                subject_id=card.id,
                at=at,
                resident_id=card.agreement.resident_id,
                team_id=card.agreement.team_id,
                facts={"balance_fen": card.balance_fen, "until": card.until_on.isoformat()},
            )

        told, before = told + walked(rows, HealthCard, tell, keep_going), days + 1
    return told


def tell_own_data(keep_going: KeepGoing) -> int:
    """Tell wards and their guardians that from the 14th birthday on the ward allows the use of his data himself (N-54).

    Source:
        domain.md §6.3, N-54; 个人信息保护法 第三十一条.
    """
    today = clock.today()
    years = capacity.ADULT_AGE - capacity.OWN_DATA_AGE
    # a minor's authority ends the day before his 18th birthday: the 14th is four years earlier
    first, last = add_months(today, 12 * years), add_months(today + timedelta(days=OWN_DATA_DAYS), 12 * years)
    rows = select(Authority).where(
        Authority.kind == AuthorityKind.MINOR,
        Authority.state == AuthorityState.CERTIFIED,
        Authority.valid_to >= first - timedelta(days=1),
        Authority.valid_to <= last,
    )

    def tell(row: Authority, at: datetime) -> int:
        day = capacity.birthday(row.birth_on, capacity.OWN_DATA_AGE)
        served = select(Agreement).where(Agreement.resident_id == row.principal_id, Agreement.status.in_(IN_FORCE))
        agreement = db.session.scalar(served.limit(1))
        if agreement is None or not today <= day <= today + timedelta(days=OWN_DATA_DAYS):
            return 0
        new = 0
        for who in (row.principal_id, row.agent_id):
            new += notification.queue(
                "own_data_ahead",
                dedupe_key=f"own_data_ahead:{row.principal_id}:{who}",
                subject_id=agreement.id,
                at=at,
                resident_id=who,
                team_id=agreement.team_id,
                facts={"team": agreement.team.name, "due_on": day.isoformat(), "agreement_id": agreement.id},
            )
        if new:
            agreement.own_consent_due = agreement.own_consent_at is None
        return new

    return walked(rows, Authority, tell, keep_going)


def tell_newborns(keep_going: KeepGoing) -> int:
    """Tell guardians 30 and 7 days before that a child's own number must take the place of ours.

    After its first birthday a child without one is not known any more.

    Source:
        domain.md §3.1 code 90: to be replaced within 12 months.
    """
    today, told, before = clock.today(), 0, 0
    for days in NEWBORN_DAYS:
        # a minor's authority ends the day before his 18th birthday: from the first on it is 17 years
        years = 12 * (capacity.ADULT_AGE - 1)
        first, last = (add_months(today + timedelta(days=away), years) for away in (before, days))
        rows = select(Authority).where(
            Authority.kind == AuthorityKind.MINOR,
            Authority.state == AuthorityState.CERTIFIED,
            Authority.valid_to >= first - timedelta(days=1),
            Authority.valid_to <= last,
        )

        def tell(row: Authority, at: datetime, days: int = days) -> int:
            child = db.session.get(Resident, row.principal_id) if row.principal_id else None
            if child is None or child.document_type != identity.DocumentType.INTERNAL or child.died_on is not None:
                return 0
            until = identity.replace_by(child.birth_on)
            if not today < until <= today + timedelta(days=days):
                return 0
            return notification.queue(
                "newborn_number_due",
                dedupe_key=f"newborn_number_due:{child.id}:{row.agent_id}:{days}",
                subject_id=child.id,
                at=at,
                resident_id=row.agent_id,
                facts={"until": until.isoformat()},
            )

        told, before = told + walked(rows, Authority, tell, keep_going), days + 1
    return told


def tell_visits(keep_going: KeepGoing, policy: Policy) -> int:
    """Tell teams whose residents are still owed a specialist's visit six and two months before the end (N-48).

    Only where the region's rules, or a variant of them, promise such visits: elsewhere nothing is looked at.

    Source:
        policy key limits.specialist_visits_min.
    """
    names = (policy.region, *policies.variants(policy.region))
    promising = [name for name in names if policies.load(name).limits.specialist_visits_min]
    if not promising:
        return 0
    today, told = clock.today(), 0
    before = today
    for months in VISIT_MONTHS:
        last = add_months(today, months)
        owed = (
            select(Entitlement.id)
            .where(
                Entitlement.agreement_id == Agreement.id,
                Entitlement.kind == ItemKind.SPECIALIST_VISIT,
                Entitlement.is_minimum,
                Entitlement.until_on >= today,
                Entitlement.used < Entitlement.promised,
            )
            .exists()
        )
        rows = select(Agreement).where(
            Agreement.status == AgreementStatus.ACTIVE,
            Agreement.region.in_(promising),
            Agreement.end_on >= before,
            Agreement.end_on <= last,
            owed,
        )

        def tell(agreement: Agreement, at: datetime, months: int = months) -> int:
            return _tell_lead(
                agreement.team, "specialist_due", f"specialist_due:{agreement.id}:{months}", agreement.id, at, {}
            )

        told, before = told + walked(rows, Agreement, tell, keep_going), last + timedelta(days=1)
    return told


def tell_campaigns(keep_going: KeepGoing) -> int:
    """Tell the teams of an institution how many a campaign still wants: once a week, and 7, 3 and 1 days before its limit
    (N-58).
    """
    today = clock.today()
    rows = select(Campaign).where(
        Campaign.starts_on <= today, Campaign.deadline_on >= today, Campaign.filled_at.is_not(None)
    )

    def tell(campaign: Campaign, at: datetime) -> int:
        left_days = (campaign.deadline_on - today).days
        week = (today - campaign.starts_on).days // 7
        is_near = [days for days in CAMPAIGN_DAYS if left_days <= days]
        if not is_near and week == 0:
            return 0
        step = f"last{is_near[0]}" if is_near else f"week{week}"
        done = campaigns.progress(campaign)
        if done.signed >= done.total:
            return 0
        facts = {"left": str(done.total - done.signed), "until": campaign.deadline_on.isoformat()}
        teams = select(Team).where(Team.organisation_id == campaign.organisation_id, Team.is_open)
        return sum(
            _tell_lead(team, "campaign_ahead", f"campaign_ahead:{campaign.id}:{team.id}:{step}", campaign.id, at, facts)
            for team in db.session.scalars(teams.order_by(Team.id)).unique()
        )

    return walked(rows, Campaign, tell, keep_going)


def _tell_lead(team: Team, kind: str, key: str, subject_id: str, at: datetime, facts: dict[str, str]) -> int:
    lead = (
        select(WechatUser.id)
        .join(Membership, Membership.staff_id == WechatUser.staff_id)
        .where(Membership.lead_key == team.id)
    )
    doctor = db.session.scalar(lead)
    if doctor is None:
        return 0
    return notification.queue(
        kind,
        dedupe_key=key,
        subject_id=subject_id,
        at=at,
        user_id=doctor,
        team_id=team.id,
        facts={"team": team.name, **facts},
    )
