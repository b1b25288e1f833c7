"""Who should be signed: the month's list by team and village, reasons, informed notices, progress against the targets."""

from dataclasses import dataclass

from flask import Response, request

from server import clock
from server.access import admin as teams
from server.access import admin_unsigned as access
from server.access import coverage, townships
from server.access import unsigned as worklist
from server.actions import administrators, signing
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import labels, site
from server.models.refusal import (
    REASON_LABELS,
    SIGNER_LABELS,
    SOURCE_LABELS,
    STATUS_LABELS,
    TO_DO,
    EntryStatus,
    ReasonCode,
)
from server.policy import populations
from server.policy.dates import add_months
from server.policy.parts.oversight import Target


def list_unsigned() -> Response:
    """Show a month's list of people to sign."""
    months = access.months()
    month = request.args.get("month", "")
    month = month if month in months else (months[0] if months else signing.month_of(clock.today()))
    chosen = {name: request.args.get(name, "") for name in ("status", "team_id", "area_id")}
    rows = access.entries(
        month,
        site.cursor(),
        statuses=_statuses(chosen["status"]),
        team_id=chosen["team_id"] or None,
        area_id=chosen["area_id"] or None,
        by=admin(),
    )
    ids, policy, today = [row.resident_id for row in rows.items], wiring().policy, clock.today()
    reasons = access.reason_counts(by=admin())
    reasons[ReasonCode.DECEASED] = access.deaths(month, by=admin())
    return site.page(
        "unsigned.html",
        here="unsigned",
        rows=rows,
        month=month,
        months=months or [month],
        chosen=chosen,
        statuses={"todo": "待联系和已联系", **{str(key): label for key, label in STATUS_LABELS.items()}},
        teams=teams.team_choices(by=admin()),
        areas=access.area_choices(month, by=admin()),
        area_names=access.area_names({row.area_id for row in rows.items if row.area_id}),
        by_team=access.by_team(month, by=admin()),
        by_area=access.by_area(month, by=admin()),
        status_labels=STATUS_LABELS,
        source_labels=SOURCE_LABELS,
        groups={
            person: [
                populations.label(group, today, policy.groups)
                for group in worklist.key_groups(policy)
                if group in found and group not in populations.RESTRICTED
            ]
            for person, found in worklist.groups(ids, today).items()
        },
        reasons=worklist.reasons(ids),
        reason_counts=[(REASON_LABELS[ReasonCode(code)], reasons.get(code, 0)) for code in policy.refusal.reasons],
    )


def _statuses(chosen: str) -> tuple[EntryStatus, ...]:
    if chosen == "todo":
        return TO_DO
    return (EntryStatus(chosen),) if chosen in set(EntryStatus) else ()


def list_notices() -> Response:
    """List informed notices."""
    return site.page(
        "informed_notices.html",
        here="informed_notices",
        rows=access.notices(site.cursor(), by=admin()),
        signers=SIGNER_LABELS,
    )


def show_notice(notice_id: str) -> Response:
    """Show one informed notice, and note that it was opened."""
    notice = access.notice(notice_id, by=admin())
    administrators.open_notice(notice, by=as_admin())
    title, *paragraphs = notice.text_body.splitlines()
    return site.page(
        "informed_notice.html",
        here="informed_notices",
        notice=notice,
        title=title,
        paragraphs=paragraphs,
        signers=SIGNER_LABELS,
        channel=labels.channel,
    )


# ---------------------------------------------------------------- progress


@dataclass(frozen=True)
class TargetLine:
    """One target of the region and where the institution stands; ``pct`` None: it is not counted here."""

    target: Target
    whom: str
    pct: float | None

    @property
    def is_met(self) -> bool:
        """Whether the figure reaches the target."""
        return self.pct is not None and self.target.min_pct is not None and self.pct >= self.target.min_pct


WHOM = {"all": "全部居民", "key": "重点人群", "urban": "城市居民", "rural": "农村居民", "households": "家庭"}


def show_coverage() -> Response:
    """Show how far each group is signed, and the region's targets."""
    policy, today = wiring().policy, clock.today()
    areas = coverage.own_areas(admin().organisation_id)
    key = worklist.key_groups(policy)
    lines = [(populations.label(group, today, policy.groups), coverage.figure(areas, [group], today)) for group in key]
    whole = coverage.figure(areas, key, today)
    targets = [_line(target, areas, key) for target in policy.coverage.targets if target.measure == "coverage"]
    return site.page("coverage.html", here="coverage", lines=lines, whole=whole, targets=targets, areas=areas)


def _line(target: Target, areas: list[str], key: tuple[str, ...]) -> TargetLine:
    today, policy = clock.today(), wiring().policy
    names = "、".join(populations.label(group, today, policy.groups) for group in target.groups)
    if target.population in ("groups", "willing"):
        found = coverage.figure(areas, target.groups, today)
        is_willing = target.population == "willing"
        whom = f"愿意签约的{names}" if is_willing else names
        return TargetLine(target, whom, found.willing_pct if is_willing else found.pct)
    if target.population in ("all", "key"):
        found = coverage.figure(areas, key if target.population == "key" else None, today)
        return TargetLine(target, WHOM[target.population], found.pct)
    return TargetLine(target, WHOM[target.population], None)


def show_townships() -> Response:
    """Compare the townships of the county over all organisations."""
    me = admin()
    found = {county: townships.compared(county) for county in townships.counties(by=me)}
    return site.page("townships.html", here="townships", counties=found, mine=me.organisation.name)


# ---------------------------------------------------------------- effective signing


def show_effective() -> Response:
    """Show each team's effective signing; with ?team_id= the agreements nobody served."""
    months = wiring().policy.coverage.effective_within_months
    since = add_months(clock.today(), -months)
    team_id = request.args.get("team_id", "")
    if team_id:
        team = teams.team(team_id, by=admin())
        rows = coverage.unserved(team, since, site.cursor())
        return site.page("unserved.html", here="effective", team=team, rows=rows, since=since, months=months)
    page, lines = coverage.effective(since, site.cursor(), by=admin())
    return site.page("effective.html", here="effective", rows=page, lines=lines, since=since, months=months)
