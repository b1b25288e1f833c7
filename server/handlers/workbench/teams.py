"""Teams, their members, and the organisation's staff."""

from flask import Response, request, url_for

from server import clock
from server.access import admin as access
from server.access import areas as area_access
from server.access import composition as composition_access
from server.actions import signing, teams
from server.actions.teams import TeamDetails
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import CapUnit, Membership, Team
from server.models.credential import LICENCE_LABELS
from server.models.doctor import MODE_LABELS, ROLE_LABELS, ServiceMode
from server.models.team_exit import REMOVAL_LABELS
from server.policy import composition
from server.policy.parts.contract import Teams


def list_teams() -> Response:
    """List the organisation's teams."""
    rules = wiring().policy.teams
    return site.page(
        "teams.html",
        here="teams",
        rows=access.teams(site.cursor(), by=admin()),
        shares=composition_access.shares(by=admin()),
        target=composition.share_target(clock.today().year, rules),
        words=composition.words,
    )


def new_team() -> Response:
    """Show the empty form."""
    return _form(None)


def create_team() -> Response:
    """Set up a team."""
    try:
        team = teams.create(admin().organisation, _details(), most=_most(), unit=_unit(), rules=_rules(), by=as_admin())
    except (Invalid, Conflict) as error:
        return _form(None, error)
    return site.done(_address(team.id), "团队已创建，请添加成员并指定团队长")


def show_team(team_id: str) -> Response:
    """Show a team and its members."""
    return page_of(access.team(team_id, by=admin()))


def edit_team(team_id: str) -> Response:
    """Show the form of a team."""
    return _form(access.team(team_id, by=admin()))


def save_team(team_id: str) -> Response:
    """Change a team."""
    team = access.team(team_id, by=admin())
    try:
        teams.edit(team, _details(), most=_most(), unit=_unit(), by=as_admin())
    except (Invalid, Conflict) as error:
        return _form(team, error)
    return site.done(_address(team.id), "已保存")


def add_member(team_id: str) -> Response:
    """Add somebody to a team."""
    team = access.team(team_id, by=admin())
    try:
        form = forms.read(forms.MemberForm)
        staff = access.staff_member(form.staff_id, by=admin())
        teams.add_member(team, staff, form.role, duty=form.duty, rules=_rules(), by=as_admin())
    except (Invalid, Conflict) as error:
        return page_of(team, error)
    return site.done(_address(team_id), "成员已添加")


def set_leader(team_id: str, membership_id: str) -> Response:
    """Make a member the team's leader."""
    membership = access.membership(membership_id, team_id, by=admin())
    licences = wiring().policy.signing.independent_team_licences
    try:
        teams.set_leader(membership, most=_most_persons(), licences=licences, by=as_admin())
    except (Invalid, Conflict) as error:
        return page_of(access.team(team_id, by=admin()), error)
    return site.done(_address(team_id), "团队长已更换")


def confirm_removal(team_id: str, membership_id: str) -> Response:
    """Ask why a member leaves."""
    return _removal(access.membership(membership_id, team_id, by=admin()))


def remove_member(team_id: str, membership_id: str) -> Response:
    """Take a member out of a team, with the reason on record."""
    membership = access.membership(membership_id, team_id, by=admin())
    try:
        form = forms.read(forms.RemovalForm)
        teams.remove_member(membership, reason=form.reason, note=form.note, rules=_rules(), by=as_admin())
    except (Invalid, Conflict) as error:
        return _removal(membership, error)
    return site.done(_address(team_id), "成员已移出团队，原因已记录")


def _removal(membership: Membership, error: AppError | None = None) -> Response:
    return site.page(
        "member_removal.html",
        here="teams",
        team=membership.team,
        member=membership,
        reasons=REMOVAL_LABELS,
        error=error,
    )


def list_staff() -> Response:
    """List the organisation's staff."""
    return _staff()


def create_staff() -> Response:
    """Register somebody."""
    try:
        form = forms.read(forms.StaffForm)
        teams.add_staff(admin().organisation, name=form.name, title=form.title, by=as_admin())
    except (Invalid, Conflict) as error:
        return _staff(error)
    return site.done(url_for("workbench.list_staff"), "医务人员已添加，可将其加入团队并生成微信绑定码")


def issue_bind_code(staff_id: str) -> Response:
    """Make a one-time code for somebody's WeChat and show it once."""
    staff = access.staff_member(staff_id, by=admin())
    code = teams.issue_bind_code(staff, by=as_admin())
    text = f"{staff.name} 的微信绑定码（7 天内有效，只显示这一次）"
    return site.done(url_for("workbench.list_staff"), text, code=code)


def lock_staff(staff_id: str) -> Response:
    """Keep somebody from working here, at once."""
    staff = teams.lock_staff(access.staff_member(staff_id, by=admin()), by=as_admin())
    return site.done(url_for("workbench.list_staff"), f"{staff.name} 的账号已停用，手机和电脑端都已退出")


def unlock_staff(staff_id: str) -> Response:
    """Let somebody work here again."""
    staff = teams.unlock_staff(access.staff_member(staff_id, by=admin()), by=as_admin())
    return site.done(url_for("workbench.list_staff"), f"{staff.name} 的账号已恢复")


def _details() -> TeamDetails:
    modes = " ".join(mode for mode in MODE_LABELS if request.form.get(f"mode_{mode}"))
    return TeamDetails(**forms.read(forms.TeamForm).model_dump(), modes=modes)


def _most() -> int:
    return wiring().policy.signing.cap_hard


def _unit() -> CapUnit:
    return CapUnit(wiring().policy.signing.cap_unit)


def _most_persons() -> int | None:
    return _most() if _unit() == CapUnit.PERSONS else None


def _rules() -> Teams:
    return wiring().policy.teams


def _address(team_id: str) -> str:
    return url_for("workbench.show_team", team_id=team_id)


def _form(team: Team | None, error: AppError | None = None) -> Response:
    return site.page(
        "team_form.html", here="teams", team=team, most=_most(), unit=_unit().word, modes=MODE_LABELS, error=error
    )


def page_of(team: Team, error: AppError | None = None) -> Response:
    """Show a team: members, what is lacking, areas, who stands behind it."""
    choices, policy = access.staff_choices(by=admin()), wiring().policy
    members = composition_access.members([team.id])[team.id]
    return site.page(
        "team.html",
        lacks=composition.words(team.lacks),
        lacks_tcm=composition.lacks_tcm(members, policy.teams),
        variant_gaps=composition.variant_gaps(members, policy.region),
        missing_now=composition.missing(members, policy.teams) != team.lacks.split(),
        modes=[MODE_LABELS[ServiceMode(mode)] for mode in team.modes.split()],
        areas=area_access.areas_of(team),
        supports=composition_access.supports(team.id),
        removals=access.removals(team, by=admin()),
        here="teams",
        team=team,
        staff=choices,
        roles=ROLE_LABELS,
        pressure=signing.pressure(team, wiring().policy),
        soft=wiring().policy.signing.cap_soft,
        error=error,
    )


def _staff(error: AppError | None = None) -> Response:
    rows = access.staff_list(site.cursor(), by=admin())
    joined = access.joined_wechat(rows.items)
    held = composition_access.credentials([person.id for person in rows.items])
    return site.page(
        "staff.html", here="staff", rows=rows, joined=joined, held=held, licences=LICENCE_LABELS, error=error
    )
