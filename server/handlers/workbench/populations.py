"""Key populations of the institution: how many, declarations to certify, lists to import and certify."""

from collections.abc import Callable
from datetime import date

from flask import Response, request, url_for

from server import clock, sheets
from server.access import populations as access
from server.actions import populations
from server.actions.populations import Line
from server.errors import AppError
from server.handlers.context import admin, as_admin, wiring
from server.handlers.miniprogram.shapes.populations import detail_label
from server.handlers.workbench import site
from server.models.population import SOURCE_LABELS, STATUS_LABELS
from server.policy import populations as rules
from server.policy.identity import DocumentType
from server.policy.parts.kinds import Group

LIMITS = sheets.Limits(max_bytes=1024 * 1024, max_rows=populations.MOST_ROWS)
HEADINGS = {"姓名", "证件号码", "身份证号"}


def list_populations() -> Response:
    """Show how many people each group has, and what waits."""
    return _list()


def import_list() -> Response:
    """Hand in an authority's list: a small file, or lines in the form."""
    try:
        group, lines = request.form.get("group", ""), _lines()
        if group not in set(Group) or not request.form.get("source_document", "").strip():
            raise populations.ListInvalid("请选择人群，并填写名单来源（文件名、文号或通知单）")
        source = request.form["source_document"].strip()[:128]
        batch = populations.import_list(admin().organisation, Group(group), source, lines, by=as_admin())
    except AppError as error:
        return _list(error)
    return site.done(_address(batch.id), "名单已导入，请另一位管理员核对后认定")


def _lines() -> list[Line]:
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        read = sheets.rows_of(sent.stream.read(LIMITS.max_bytes + 1), LIMITS)
        found = [[sheets.text_of(line.cells, index) for index in range(len(line.cells))] for line in read]
    else:
        text = request.form.get("lines", "")
        found = [line.replace("，", ",").replace("\t", ",").split(",") for line in text.splitlines() if line.strip()]
    if found and HEADINGS & {cell.strip() for cell in found[0]}:
        found = found[1:]
    return [_line([cell.strip() for cell in row]) for row in found]


def _line(row: list[str]) -> Line:
    """Name, number, then what may be missing: first day, remark, type of document."""
    name, number, first, note, kind = (*row, "", "", "", "", "")[:5]
    try:
        begins = date.fromisoformat(first) if first else None
    except ValueError:
        begins, note = None, note or first
    return Line(name, number, kind or DocumentType.ID_CARD, begins, note[:64])


def show_list(list_id: str) -> Response:
    """Show a list and its people, masked."""
    return _show(list_id)


def certify_list(list_id: str) -> Response:
    """Certify another administrator's list."""
    return _decide(list_id, approve=True, text="名单已认定，即日起计入")


def decline_list(list_id: str) -> Response:
    """Decline another administrator's list."""
    return _decide(list_id, approve=False, text="名单已退回，没有计入任何人")


def _decide(list_id: str, *, approve: bool, text: str) -> Response:
    batch = access.one_list(list_id, by=admin())
    try:
        populations.decide(batch, approve=approve, by=as_admin())
    except AppError as error:
        return _show(list_id, error)
    return site.done(_address(list_id), text)


def remove_from_list(tag_id: str) -> Response:
    """Take somebody off a list."""
    tag = access.listed_one(tag_id, by=admin())
    try:
        populations.remove(tag, by=as_admin(), policy=wiring().policy)
    except AppError as error:
        return _show(str(tag.list_id), error)
    return site.done(_address(str(tag.list_id)), "已移出名单，相关服务项目一并结束")


def certify_declaration(tag_id: str) -> Response:
    """Certify what a resident declared, after seeing the proof."""
    return _answer(lambda: populations.certify(access.declaration(tag_id, by=admin()), by=as_admin()), "已认定")


def decline_declaration(tag_id: str) -> Response:
    """Decline what a resident declared."""
    return _answer(lambda: populations.decline(access.declaration(tag_id, by=admin()), by=as_admin()), "已答复未通过")


def _answer(step: Callable[[], object], text: str) -> Response:
    try:
        step()
    except AppError as error:
        return _list(error)
    return site.done(url_for("workbench.list_populations"), text)


def _address(list_id: str) -> str:
    return url_for("workbench.show_list", list_id=list_id)


def label(group: str) -> str:
    """Return today's word of a group."""
    return rules.label(group, clock.today(), wiring().policy.groups)


def _list(error: AppError | None = None) -> Response:
    key = wiring().policy.groups.key
    waiting = access.declarations(site.cursor(), by=admin())
    return site.page(
        "populations.html",
        here="populations",
        counts=access.counts(key, clock.today(), by=admin()),
        rows=waiting,
        lists=access.lists(by=admin()).items,
        label=label,
        detail=detail_label,
        groups=[(str(group), label(group)) for group in (*rules.LISTED, *rules.NOTIFIED)],
        statuses=STATUS_LABELS,
        wrong_rows=error.details.get("rows", {}) if error else {},
        error=error,
    )


def _show(list_id: str, error: AppError | None = None) -> Response:
    batch = access.one_list(list_id, by=admin())
    return site.page(
        "population_list.html",
        here="populations",
        batch=batch,
        rows=access.listed(batch, site.cursor()),
        own=batch.entered_by == admin().id,
        label=label,
        detail=detail_label,
        statuses=STATUS_LABELS,
        sources=SOURCE_LABELS,
        error=error,
    )
