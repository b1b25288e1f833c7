"""Campaigns: set one up, follow it, see who is left."""

from datetime import date

from flask import Response, request, url_for
from pydantic import BaseModel, Field, ValidationError

from server import clock
from server.access import admin_unsigned, coverage
from server.access import campaigns as access
from server.access import unsigned as worklist
from server.actions import campaigns
from server.actions.campaigns import CampaignDatesInvalid, Phase, Plan
from server.errors import AppError
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import forms, site
from server.policy import populations

PHASES = ("准备", "动员", "实施", "总结")


class PhaseForm(BaseModel):
    name: forms.Name
    starts_on: date
    ends_on: date


class CampaignForm(forms.Form):
    name: forms.Name
    area_id: str = Field(default="", max_length=26)
    deadline_on: date
    target_pct: int = Field(ge=1, le=100)


def list_campaigns() -> Response:
    """List the campaigns, with the form for a new one."""
    return _list()


def create_campaign() -> Response:
    """Set up a campaign."""
    try:
        form = forms.read(CampaignForm)
        keys = set(worklist.key_groups(wiring().policy))
        plan = Plan(
            form.name,
            tuple(group for group in request.form.getlist("groups") if group in keys),
            form.area_id or None,
            _phases(),
            form.deadline_on,
            form.target_pct,
        )
        made = campaigns.create(admin().organisation, plan, by=as_admin())
    except AppError as error:
        return _list(error)
    where = url_for("workbench.show_campaign", campaign_id=made.id)
    return site.done(where, "活动已建立，目标名单几分钟内生成")


def _phases() -> tuple[Phase, ...]:
    """Read the rows of phases that are filled in. Raises CampaignDatesInvalid."""
    found = []
    for number in range(len(PHASES)):
        row = {key: request.form.get(f"phase_{key}_{number}", "").strip() for key in ("name", "starts_on", "ends_on")}
        if row["starts_on"] or row["ends_on"]:
            try:
                phase = PhaseForm.model_validate(row)
            except ValidationError:
                raise CampaignDatesInvalid() from None
            found.append(Phase(phase.name, phase.starts_on, phase.ends_on))
    return tuple(found)


def _list(error: AppError | None = None) -> Response:
    policy, today = wiring().policy, clock.today()
    rows = access.campaigns(site.cursor(), by=admin())
    return site.page(
        "campaigns.html",
        here="campaigns",
        rows=rows,
        progress={row.id: access.progress(row) for row in rows.items},
        groups=[(group, populations.label(group, today, policy.groups)) for group in worklist.key_groups(policy)],
        chosen=request.form.getlist("groups"),
        areas=access.area_choices(coverage.own_areas(admin().organisation_id)),
        phases=PHASES,
        error=error,
    )


def show_campaign(campaign_id: str) -> Response:
    """Show a campaign's progress and who is left."""
    found = access.campaign(campaign_id, by=admin())
    rows, people = access.remaining(found, site.cursor())
    policy, today = wiring().policy, clock.today()
    areas = {person.area_id for person in people.values() if person.area_id} | {found.area_id or ""}
    return site.page(
        "campaign.html",
        here="campaigns",
        campaign=found,
        progress=access.progress(found),
        phase=access.phase_of(found, today),
        days_left=(found.deadline_on - today).days,
        groups=[populations.label(group, today, policy.groups) for group in found.group_codes],
        rows=rows,
        people=people,
        area_names=admin_unsigned.area_names(areas),
    )
