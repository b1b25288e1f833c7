"""Handing a team over to others: choose, count, confirm, follow, download."""

import csv
import io
from datetime import date

from flask import Response, request, url_for

from server import clock
from server.access import admin as access
from server.access import admin_transfers
from server.actions import administrators, signing
from server.errors import AppError, Invalid
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site
from server.models import MassTransfer, Team, TransferReason
from server.models.transfer import ENTRY_STATES, TRANSFER_REASONS

HEADINGS = ("协议编号", "居民", "手机", "接收团队", "居民意见", "结果", "通知时间", "办理时间", "新协议编号")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class MoveDayInvalid(Invalid):
    """No day."""

    code, default_message = "move_day_invalid", "请选择移交日期"


class ReasonInvalid(Invalid):
    """No reason of the list."""

    code, default_message = "transfer_reason_invalid", "请选择移交原因"


def list_transfers() -> Response:
    """List the organisation's transfers."""
    rows = admin_transfers.transfers(site.cursor(), by=admin())
    return site.page("transfers.html", here="transfers", rows=rows, teams=access.team_choices(by=admin()))


def new_transfer() -> Response:
    """Show the form for one team; without one, the list to choose from."""
    team_id = request.args.get("team_id", "")
    return _form(access.team(team_id, by=admin())) if team_id else list_transfers()


def preview_transfer() -> Response:
    """Count before anything is decided."""
    team = access.team(request.form.get("team_id", ""), by=admin())
    try:
        targets, _, _ = _read(team)
        seen = signing.preview_transfer(team, targets, wiring().policy)
    except AppError as error:
        return _form(team, error)
    return _form(team, seen=seen)


def create_transfer() -> Response:
    """Plan it; the residents are told by a job."""
    team = access.team(request.form.get("team_id", ""), by=admin())
    try:
        targets, reason, move_on = _read(team)
        planned = signing.plan_transfer(
            team, targets, reason=reason, move_on=move_on, policy=wiring().policy, by=as_admin()
        )
    except AppError as error:
        return _form(team, error)
    return site.done(_address(planned), "已安排移交，正在逐一通知居民")


def show_transfer(transfer_id: str) -> Response:
    """Show how far it has come."""
    return _show(admin_transfers.transfer(transfer_id, by=admin()))


def cancel_transfer(transfer_id: str) -> Response:
    """Call it off before the day."""
    planned = admin_transfers.transfer(transfer_id, by=admin())
    try:
        signing.cancel_transfer(planned, by=as_admin())
    except AppError as error:
        return _show(planned, error)
    return site.done(_address(planned), "已取消，原团队继续服务，居民会收到通知")


def add_target(transfer_id: str) -> Response:
    """Let one more team take residents."""
    planned = admin_transfers.transfer(transfer_id, by=admin())
    try:
        team = admin_transfers.target(request.form.get("team_id", ""))
        signing.add_target(planned, signing.Target(team, _whole("places")), by=as_admin())
    except AppError as error:
        return _show(planned, error)
    return site.done(_address(planned), "已增加接收团队")


def download_transfer(transfer_id: str) -> Response:
    """The list as CSV, masked; that it was taken is noted."""
    planned = admin_transfers.transfer(transfer_id, by=admin())
    administrators.note_download(planned, by=as_admin())
    numbers = access.agreement_numbers
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    batch = list(admin_transfers.every_entry(planned))
    known = numbers([one for row in batch for one in (row.agreement_id, row.successor_id) if one])
    for row in batch:
        resident = row.resident
        values = (
            known.get(row.agreement_id, ""),
            resident.name_masked,
            f"…{resident.phone[-4:]}" if resident.phone else "",
            row.to_team.name if row.to_team else "",
            row.choice_label,
            row.state_label,
            clock.local(row.told_at).strftime("%Y-%m-%d %H:%M"),
            clock.local(row.settled_at).strftime("%Y-%m-%d %H:%M") if row.settled_at else "",
            known.get(row.successor_id or "", ""),
        )
        writer.writerow([f"'{value}" if value.startswith(DANGEROUS) else value for value in values])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="transfer-{planned.id}.csv"'
    return response


def _read(team: Team) -> tuple[list[signing.Target], TransferReason, date]:
    """The form: places per chosen team (``places_<team id>``), reason and day."""
    chosen = []
    for name in request.form:
        if name.startswith("places_") and request.form[name].strip() not in ("", "0"):
            chosen.append(signing.Target(admin_transfers.target(name.removeprefix("places_")), _whole(name)))
    try:
        reason = TransferReason(request.form.get("reason", ""))
    except ValueError:
        raise ReasonInvalid() from None
    try:
        move_on = date.fromisoformat(request.form.get("move_on", ""))
    except ValueError:
        raise MoveDayInvalid() from None
    return chosen, reason, move_on


def _whole(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 100_000):
        raise signing.TargetInvalid()
    return int(text)


def _form(team: Team, error: AppError | None = None, seen: signing.Preview | None = None) -> Response:
    policy = wiring().policy
    return site.page(
        "transfer_form.html",
        here="transfers",
        team=team,
        targets=admin_transfers.targets(team),
        reasons=TRANSFER_REASONS,
        reason=request.args.get("reason", ""),
        earliest_on=signing.earliest_move(policy, clock.today()),
        notice_days=policy.teams.transfer_notice_days,
        seen=seen,
        now=signing.preview_transfer(team, [], policy),
        keep=seen is not None,
        error=error,
    )


def _show(planned: MassTransfer, error: AppError | None = None) -> Response:
    state = request.args.get("state", "")
    return site.page(
        "transfer.html",
        here="transfers",
        planned=planned,
        counts=admin_transfers.counts(planned),
        rows=admin_transfers.entries(planned, site.cursor(), state if state in set(ENTRY_STATES) else ""),
        state=state,
        states=ENTRY_STATES,
        targets=admin_transfers.targets(planned.team),
        may_cancel=planned.state == "planned" and planned.move_on > clock.today(),
        error=error,
    )


def _address(planned: MassTransfer) -> str:
    return url_for("workbench.show_transfer", transfer_id=planned.id)
