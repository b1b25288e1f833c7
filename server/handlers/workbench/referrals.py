"""Referrals of the own teams: what is late, how many began with the team, the insurance's list, and hospitals' desks."""

import base64
import binascii
import io
from collections.abc import Iterator
from datetime import date

from flask import Response, request, url_for

from server import clock, masking
from server.access import referrals as access
from server.access import rules as rule_access
from server.actions.booking import referring
from server.errors import AppError, Invalid, NotFound
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site
from server.handlers.workbench.labels import ACTORS
from server.models import Direction, Hospital, Referral
from server.models.referral import CONSENT_LABELS, REJECT_LABELS, STATUS_LABELS
from server.policy import referring as rules
from server.policy.schema import Policy
from server.sheets import writing

HEADINGS = (
    "转诊单号", "月份", "方向", "居民", "证件号", "团队", "医院", "原因", "经团队转诊", "符合转诊要求", "补办登记时间",
    "按时补办", "享受转诊优惠", "优惠项目", "扣减", "状态",
)  # fmt: skip
TABS = {"waiting": "待答复", "hospital": "医院中", "down": "下转", "over": "已结束"}
PNG = "data:image/png;base64,"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class MonthInvalid(Invalid):
    """No month, or one that has not begun."""

    code, default_message = "month_invalid", "请选择今天或以前的月份"


class DeskIncomplete(Invalid):
    """Somebody will telephone there."""

    code, default_message = "desk_incomplete", "请填写转诊办名称和电话"


def list_referrals() -> Response:
    """Show what is late, and the share of ways to a hospital that began with the team."""
    month, tab = _month(request.args.get("month", ""), or_this=True), request.args.get("tab", "waiting")
    tab = tab if tab in TABS else "waiting"
    first, last = access.month_of(month)
    return site.page(
        "referrals.html",
        here="referrals",
        rows=access.overdue(site.cursor(), by=admin()),
        rate=access.control_rate(first, last, by=admin()),
        uncontacted=access.uncontacted(by=admin()),
        month=first,
        now=clock.now(),
        tabs=TABS,
        tab=tab,
        everything=access.of_organisation(tab, request.args.get("from") or None, by=admin()),
        consents=CONSENT_LABELS,
    )


def show_referral(referral_id: str) -> Response:
    """Show one of the own teams' referrals with what is in it; that it was read is noted."""
    found = access.own_referral(referral_id, by=admin())
    referring.note_opened(found, by=as_admin())
    return site.page(
        "referral.html",
        here="referrals",
        row=found,
        consent=CONSENT_LABELS.get(found.consent_method or "", ""),
        reject_reasons=REJECT_LABELS,
        steps=access.events(found),
        step_labels=STATUS_LABELS,
        actors=ACTORS,
        now=clock.now(),
    )


def show_referral_signature(referral_id: str) -> Response:
    """Show what the patient drew under his consent, to his centre and to the hospital he is sent to."""
    found = access.signed_referral(referral_id, by=admin())
    proof = found.consent_evidence or ""
    if found.consent_method != "signature" or not proof.startswith(PNG):
        raise NotFound()
    try:
        drawn = base64.b64decode(proof.removeprefix(PNG), validate=True)
    except binascii.Error:
        raise NotFound() from None
    return Response(drawn, mimetype="image/png", headers={"Cache-Control": "no-store"})


def export_referrals(month: str) -> Response:
    """A month's list for the insurance, as csv or xlsx, masked; that it was taken is noted."""
    first, last = access.month_of(_month(month))
    referring.note_export(admin=admin(), by=as_admin())
    rows = _rows(access.for_export(first, last, by=admin()), wiring().policy)
    name = f"referrals-{first:%Y-%m}"
    if request.args.get("format") == "xlsx":
        file = io.BytesIO()
        writing.write_xlsx(file, HEADINGS, rows, title=f"转诊{first:%Y-%m}")
        response = Response(file.getvalue(), mimetype=XLSX)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
        return response
    response = Response(b"".join(writing.csv_lines(HEADINGS, rows)), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _rows(found: Iterator[Referral], policy: Policy) -> Iterator[tuple[str, ...]]:
    for row in found:
        flags = rules.Compliance(row.referred_by_team, row.meets_standard, row.retro_in_time)
        own = rule_access.policy_for(row.resident, policy)
        is_down = row.down_reason_code is not None
        owed = rules.benefits(flags, own, down=is_down, realtime="referrals" in own.insurance.shared_in_real_time)
        registered = row.retro_registered_at
        yield (
            row.number,
            f"{row.counted_on:%Y-%m}",
            "下转" if row.direction == Direction.DOWN else "上转",
            row.resident.name_masked,
            masking.identity_number(row.resident.identity_number),
            row.team.name,
            row.hospital_name,
            row.reason_label,
            _yes(row.referred_by_team),
            _yes(row.meets_standard),
            clock.local(registered).strftime("%Y-%m-%d %H:%M:%S") if registered else "",
            "" if row.retro_in_time is None else _yes(row.retro_in_time),
            _yes(rules.counts(flags, own.referral)),
            "、".join(rules.BENEFIT_LABELS[one] for one in owed),
            "、".join(rules.DEDUCTION_LABELS[one] for one in rules.deductions(flags, own)),
            row.status_label,
        )


def _yes(value: bool) -> str:
    return "Y" if value else "N"


def _month(text: str, *, or_this: bool = False) -> date:
    today = clock.today()
    if not text and or_this:
        return today
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise MonthInvalid() from None
    if found > today:
        raise MonthInvalid()
    return found


# ---------------------------------------------------------------- hospitals' desks


def list_desks() -> Response:
    """Show whom to ask for at each hospital."""
    return _desks()


def save_desk(hospital_id: str) -> Response:
    """Write down a hospital's referral office and green channel."""
    hospital = next((one for one, _ in access.all_desks() if one.id == hospital_id), None)
    if hospital is None:
        return _desks(Invalid())
    try:
        return _save(hospital)
    except AppError as error:
        return _desks(error)


def _save(hospital: Hospital) -> Response:
    names = {"office": 64, "phone": 32, "person": 64, "place": 64, "green_name": 64, "green_phone": 32}
    typed = {name: request.form.get(name, "").strip()[:length] for name, length in names.items()}
    if not typed["office"] or not typed["phone"]:
        raise DeskIncomplete()
    referring.save_desk(hospital, referring.DeskDetails(**typed), admin=admin(), by=as_admin())
    return site.done(url_for("workbench.list_referral_desks"), "已保存，医生和居民会看到新的联系方式")


def _desks(error: AppError | None = None) -> Response:
    return site.page("referral_desks.html", here="referral_desks", rows=access.all_desks(), error=error)
