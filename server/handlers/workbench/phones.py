"""Phone checks: whom to call, what the call found, the new number."""

from flask import Response, request, url_for

from server.access import phone_checks as access
from server.access.admin import team, team_choices
from server.actions import phone_checks, reveals
from server.errors import AppError
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import PhoneCheck
from server.models.phone_check import METHOD_LABELS, OPEN, RESULT_LABELS

TABS = {"to_check": "待核实", "to_update": "待更新号码", "over": "已结束"}


def list_phone_checks() -> Response:
    """List the checks, with the form to draw a sample."""
    return _list()


def sample_phones() -> Response:
    """Draw a sample of a team's panel."""
    try:
        form = forms.read(forms.SampleForm)
        chosen = phone_checks.sample(team(form.team_id, by=admin()), form.count, by=as_admin())
    except AppError as error:
        return _list(error)
    text = f"已抽取 {chosen} 人，请逐一致电核实" if chosen else "该团队的签约居民都已核实过或没有登记电话"
    return site.done(url_for("workbench.list_phone_checks"), text)


def show_phone_check(check_id: str) -> Response:
    """Show one check with what was found about this resident's numbers before."""
    return _page(access.check(check_id, by=admin()))


def reveal_phone(check_id: str) -> Response:
    """Show the number once, for the call; that is recorded."""
    check = access.check(check_id, by=admin())
    try:
        phone = reveals.phone(check.resident, by=as_admin())
    except AppError as error:
        return _page(check, error)
    return site.done(_address(check), "居民电话（本次查看已记录）", name=phone)


def record_phone_check(check_id: str) -> Response:
    """Write down what the call found."""
    check = access.check(check_id, by=admin())
    try:
        form = forms.read(forms.PhoneResultForm)
        phone_checks.record(check, result=form.result, method=form.method, note=form.note, by=as_admin())
    except AppError as error:
        return _page(check, error)
    return site.done(_address(check), f"已登记：{RESULT_LABELS[form.result]}")


def enter_phone(check_id: str) -> Response:
    """Enter the new number; it is to be checked next."""
    check = access.check(check_id, by=admin())
    try:
        following = phone_checks.enter_number(check, request.form.get("phone", ""), by=as_admin())
    except AppError as error:
        return _page(check, error)
    return site.done(_address(following), "新号码已登记，请再次致电核实")


def _address(check: PhoneCheck) -> str:
    return url_for("workbench.show_phone_check", check_id=check.id)


def _list(error: AppError | None = None) -> Response:
    tab = request.args.get("which", "to_check")
    return site.page(
        "phone_checks.html",
        here="phones",
        rows=access.checks(tab, site.cursor(), by=admin()),
        tab=tab,
        tabs=TABS,
        counts=access.counts(by=admin()),
        results=RESULT_LABELS,
        teams=team_choices(by=admin()),
        is_asked=bool(wiring().policy.records.phone_check),
        error=error,
    )


def _page(check: PhoneCheck, error: AppError | None = None) -> Response:
    return site.page(
        "phone_check.html",
        here="phones",
        check=check,
        is_open=check.status in OPEN,
        history=access.history(check),
        shared=access.shared(check.resident),
        results=RESULT_LABELS,
        methods=METHOD_LABELS,
        error=error,
    )
