"""What a team is made of: licences, approvals of people from outside, areas, institutions behind it."""

from flask import Response, request, url_for

from server.access import admin as access
from server.access import areas as area_access
from server.access import composition as composition_access
from server.actions import areas, credentials, teams, training
from server.errors import AppError, Conflict, Invalid, NotFound
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import forms, site
from server.handlers.workbench.teams import page_of
from server.models import Staff
from server.models.credential import LICENCE_LABELS, ORIGIN_LABELS
from server.models.team_exit import TRAINING_KINDS

APPROVALS = {"authority": "卫生部门审批", "contract": "与本机构的协议"}


def show_credential(staff_id: str) -> Response:
    """Show somebody's licence with its form."""
    return _credential(access.staff_member(staff_id, by=admin()))


def save_credential(staff_id: str) -> Response:
    """Record somebody's licence."""
    staff = access.staff_member(staff_id, by=admin())
    try:
        details = credentials.CredentialDetails(**forms.read(forms.CredentialForm).model_dump())
        credentials.keep(staff, details, rules=wiring().policy.teams, by=as_admin())
    except (Invalid, Conflict) as error:
        return _credential(staff, error)
    return site.done(url_for("workbench.show_credential", staff_id=staff_id), "执业信息已保存")


def approve_outside(staff_id: str, which: str) -> Response:
    """Note one of the two approvals of somebody from outside."""
    staff = access.staff_member(staff_id, by=admin())
    held = composition_access.credentials([staff_id]).get(staff_id)
    if held is None or which not in APPROVALS:
        raise NotFound()
    try:
        document = forms.read(forms.ApprovalForm).document
        credentials.approve(held, which, document, by=as_admin())
    except (Invalid, Conflict) as error:
        return _credential(staff, error)
    return site.done(url_for("workbench.show_credential", staff_id=staff_id), f"{APPROVALS[which]}已登记")


def record_training(staff_id: str) -> Response:
    """Keep that somebody was trained."""
    staff = access.staff_member(staff_id, by=admin())
    try:
        details = training.Details(**forms.read(forms.TrainingForm).model_dump())
        training.record(staff, details, by=as_admin())
    except (Invalid, Conflict) as error:
        return _credential(staff, error)
    return site.done(url_for("workbench.show_credential", staff_id=staff_id), "培训已登记")


def _credential(staff: Staff, error: AppError | None = None) -> Response:
    held = composition_access.credentials([staff.id]).get(staff.id)
    return site.page(
        "credential.html",
        here="staff",
        person=staff,
        held=held,
        licences=LICENCE_LABELS,
        origins=ORIGIN_LABELS,
        approvals=APPROVALS,
        trainings=access.trainings(staff),
        training_kinds=TRAINING_KINDS,
        error=error,
    )


def check_team(team_id: str) -> Response:
    """Look again at what a team lacks."""
    team = access.team(team_id, by=admin())
    teams.check_composition(team, rules=wiring().policy.teams, by=as_admin())
    return site.done(url_for("workbench.show_team", team_id=team_id), "团队组成已重新核对")


def add_team_area(team_id: str) -> Response:
    """Let a team answer for an area."""
    team = access.team(team_id, by=admin())
    try:
        areas.assign(team, area_access.area_by_code(request.form.get("code", "")), by=as_admin())
    except (Conflict, NotFound) as error:
        return page_of(team, error)
    return site.done(url_for("workbench.show_team", team_id=team_id), "责任区域已添加")


def remove_team_area(team_id: str, team_area_id: str) -> Response:
    """Take an area from a team."""
    areas.unassign(area_access.team_area(team_area_id, by=admin()), by=as_admin())
    return site.done(url_for("workbench.show_team", team_id=team_id), "责任区域已取消")


def add_support(team_id: str) -> Response:
    """Name an institution behind a team."""
    team = access.team(team_id, by=admin())
    try:
        details = credentials.SupportDetails(**forms.read(forms.SupportForm).model_dump())
        credentials.add_support(team, details, rules=wiring().policy.combination, by=as_admin())
    except (Invalid, Conflict) as error:
        return page_of(team, error)
    return site.done(url_for("workbench.show_team", team_id=team_id), "协作机构已添加")


def remove_support(team_id: str, support_id: str) -> Response:
    """Take an institution from a team."""
    found = composition_access.support(support_id, access.team(team_id, by=admin()))
    if found is None:
        raise NotFound()
    credentials.remove_support(found, by=as_admin())
    return site.done(url_for("workbench.show_team", team_id=team_id), "协作机构已取消")
