"""How teams answer residents: figures, who waits too long, who is away, what residents think. Never what was said."""

from datetime import datetime

from flask import Response, request, url_for

from server import clock
from server.access import admin as admin_access
from server.access import answering
from server.access import desk as access
from server.actions import messaging
from server.errors import AppError
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site
from server.models.desk import DAY_MINUTES
from server.policy.business_hours import Period, of_region
from server.policy.workdays import calendar


def show_answers(error: AppError | None = None) -> Response:
    """Show each team's figures and hours."""
    at, policy = clock.now(), wiring().policy
    teams = admin_access.team_choices(by=admin())
    region = of_region(policy.answering, calendar(policy.reminders))
    return site.page(
        "answers.html",
        here="answers",
        error=error,
        figures=access.figures(teams, at),
        hours={team.id: _written(team.id) for team in teams},
        region=" ".join(map(str, region.workday)),
        rules=policy.answering,
        days=access.FIGURES_DAYS,
    )


def set_hours(team_id: str) -> Response:
    """Set when a team answers; both fields empty: as the region has it."""
    team = admin_access.team(team_id, by=admin())
    try:
        messaging.set_hours(
            team, workday=request.form.get("workday", ""), restday=request.form.get("restday", ""), by=as_admin()
        )
    except AppError as error:
        return show_answers(error)
    return site.done(url_for("workbench.show_answers"), f"{team.name}的答复时段已保存")


def list_late() -> Response:
    """List who waits longer than promised."""
    now = clock.now()
    rows = access.late(site.cursor(), by=admin(), at=now)
    return site.page("answers_late.html", here="answers", rows=rows, now=now)


def list_absences(error: AppError | None = None) -> Response:
    """List who is away and who answers for him, with the form for another one."""
    rows = access.absences(by=admin(), at=clock.now())
    people = admin_access.staff_choices(by=admin())
    return site.page("absences.html", here="answers", error=error, rows=rows, people=people)


def enter_absence() -> Response:
    """Note that somebody will be away."""
    try:
        staff = admin_access.staff_member(request.form.get("staff_id", ""), by=admin())
        stand_in = admin_access.staff_member(request.form.get("stand_in_id", ""), by=admin())
        start, end = _instant("from_at"), _instant("until_at")
        messaging.enter_absence(staff, stand_in, from_at=start, until_at=end, by=as_admin())
    except AppError as error:
        return list_absences(error)
    return site.done(url_for("workbench.list_absences"), f"已登记：{staff.name}外出，{stand_in.name}代班")


def end_absence(absence_id: str) -> Response:
    """Somebody is back, or does not go."""
    messaging.end_absence(access.absence(absence_id, by=admin()), by=as_admin())
    return site.done(url_for("workbench.list_absences"), "外出已结束")


def list_ratings() -> Response:
    """List what residents think of conversations, without names."""
    rows = access.ratings(site.cursor(), by=admin())
    names = {team.id: team.name for team in admin_access.team_choices(by=admin())}
    return site.page("ratings.html", here="answers", rows=rows, names=names)


def _written(team_id: str) -> tuple[str, str]:
    rows = answering.own_hours(team_id)
    workday, restday = (
        " ".join(
            str(Period(row.from_minute, min(row.until_minute, DAY_MINUTES))) for row in rows if row.on_workdays is which
        )
        for which in (True, False)
    )
    return workday, restday


def _instant(name: str) -> datetime:
    """Return what a datetime-local field says, Shanghai time. Raises AbsenceInvalid."""
    try:
        return datetime.fromisoformat(request.form.get(name, "")).replace(tzinfo=clock.SHANGHAI)
    except ValueError as error:
        raise messaging.AbsenceInvalid() from error
