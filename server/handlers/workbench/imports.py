"""Files of old signings and ledgers: hand in, say which column is which, read the report, approve, follow, take away."""

import tempfile
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request, stream_with_context, url_for

from server import clock, sheets
from server.access import import_ledgers
from server.access import imports as access
from server.access.admin import hospitals, package_choices, team_choices
from server.actions import importing
from server.errors import AppError
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site
from server.models import ImportBatch, ImportStatus
from server.models.importing import AT_WORK, OUTCOME_LABELS
from server.policy import backfill
from server.policy.backfill import Purpose
from server.policy.backfill.sessions import KINDS as KINDS_OF_NUMBERS
from server.policy.identity import LABELS
from server.sheets import TemplateColumn

KINDS = {Purpose.BACKFILL: "补录纸质签约", Purpose.LEDGER: "台账比对", Purpose.SHIFTS: "导入排班号源"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
FORM_BYTES = 64 * 1024


def most_bytes() -> int:
    """Return how many bytes the one form with a file may have."""
    return access.limits_of(wiring().settings.imports).max_bytes + FORM_BYTES


def list_imports() -> Response:
    """List the files handed in, with the form for another one."""
    return _list()


def upload_import() -> Response:
    """Keep a file for the scheduler; a wrong one is refused here and nothing is kept."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise sheets.FileEmpty("请选择文件")
        kind = request.form.get("kind", "")
        batch = importing.upload(
            sent.stream,
            sent.filename,
            Purpose(kind) if kind in set(Purpose) else Purpose.BACKFILL,
            admin=admin(),
            policy=wiring().policy,
            limits=access.limits_of(wiring().settings.imports),
            by=as_admin(),
        )
    except AppError as error:
        return _list(error)
    return site.done(_address(batch), "文件已上传，正在读取，页面会自动更新")


def show_import(batch_id: str) -> Response:
    """Show where a file stands: progress, columns to choose, or its report."""
    return _page(access.batch(batch_id, by=admin()))


def choose_columns(batch_id: str) -> Response:
    """Say which column is which, and check the rows (again)."""
    batch = access.batch(batch_id, by=admin())
    chosen = {column.key: request.form.get(column.key, "") for column in access.columns(batch)}
    try:
        positions = {key: int(at) for key, at in chosen.items() if at.isdecimal() and len(at) < 4}
        importing.choose_columns(batch, positions, by=as_admin())
    except AppError as error:
        return _page(batch, error)
    return site.done(_address(batch), "正在预检，页面会自动更新")


def approve_import(batch_id: str) -> Response:
    """Have the good rows entered; only another administrator than the uploader may."""
    batch = access.batch(batch_id, by=admin())
    try:
        importing.approve(batch, admin=admin(), policy=wiring().policy, by=as_admin())
    except AppError as error:
        return _page(batch, error)
    return site.done(_address(batch), "已审核，开始导入，页面会自动更新")


def cancel_import(batch_id: str) -> Response:
    """Stop working on a file."""
    batch = access.batch(batch_id, by=admin())
    try:
        importing.cancel(batch, by=as_admin())
    except AppError as error:
        return _page(batch, error)
    return site.done(_address(batch), "已取消，已经导入的行保留")


def template() -> Response:
    """Return the file to fill in, with this organisation's teams and packages to choose from."""
    kind = request.args.get("kind", "")
    purpose = Purpose(kind) if kind in set(Purpose) else Purpose.BACKFILL
    columns = [
        TemplateColumn(one.label, one.required, one.example or _example(one.key), one.hint, _choices(one.key))
        for one in backfill.COLUMNS[purpose]
    ]
    if request.args.get("format") == "csv":
        return _file(sheets.template_csv(columns), CSV, f"{KINDS[purpose]}模板.csv")
    return _file(sheets.template_xlsx(columns), XLSX, f"{KINDS[purpose]}模板.xlsx")


def report(batch_id: str) -> Response:
    """Return the report of a file, masked, as csv or xlsx; taking it away is recorded."""
    batch = access.batch(batch_id, by=admin())
    importing.note_download(batch, by=as_admin())
    lines = access.report(batch, outcome=request.args.get("which", ""), code=request.args.get("code", ""))
    name = f"{KINDS[Purpose(batch.kind)]}报告-{clock.today().isoformat()}"
    if request.args.get("format") == "xlsx":
        return _file(stream_with_context(_xlsx(lines)), XLSX, f"{name}.xlsx")
    return _file(stream_with_context(sheets.csv_lines(access.REPORT_HEADINGS, lines)), CSV, f"{name}.csv")


def _xlsx(lines: Iterator[tuple[str, ...]]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        sheets.write_xlsx(file, access.REPORT_HEADINGS, lines, title="报告")
        file.seek(0)
        while part := file.read(64 * 1024):
            yield part


def _file(body: bytes | Iterator[bytes], kind: str, name: str) -> Response:
    response = Response(body, mimetype=kind)
    # headers are ASCII: browsers read the name from the second form
    plain = f"import.{name.rpartition('.')[2]}"
    response.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _choices(key: str) -> tuple[str, ...]:
    if key == "team":
        return tuple(team.name for team in team_choices(by=admin()))
    if key == "package":
        return tuple(package.code for package in package_choices())
    if key == "document_type":
        return tuple(LABELS[kind] for kind in backfill.IMPORTABLE)
    if key == "hospital":
        return tuple(hospital.name for hospital in hospitals())
    if key == "kind":
        return tuple(KINDS_OF_NUMBERS)
    return ("男", "女") if key == "sex" else ()


def _example(key: str) -> str:
    choices = _choices(key)
    return choices[0] if key in ("team", "package") and choices else ""


def _address(batch: ImportBatch) -> str:
    return url_for("workbench.show_import", batch_id=batch.id)


def _list(error: AppError | None = None) -> Response:
    rows = access.batches(site.cursor(), by=admin())
    records, limits = wiring().policy.records, access.limits_of(wiring().settings.imports)
    return site.page(
        "imports.html",
        here="imports",
        rows=rows,
        kinds=KINDS,
        records=records,
        is_late=bool(records.backfill_deadline and records.backfill_deadline < clock.today()),
        max_megabytes=limits.max_bytes // access.MEGABYTE,
        max_rows=limits.max_rows,
        error=error,
    )


def _page(batch: ImportBatch, error: AppError | None = None) -> Response:
    which, code = request.args.get("which", ""), request.args.get("code", "")
    is_ledger = batch.kind == Purpose.LEDGER
    judged = batch.status in (ImportStatus.CHECKED, ImportStatus.DONE, ImportStatus.CANCELLED)
    return site.page(
        "import.html",
        here="imports",
        batch=batch,
        kinds=KINDS,
        columns=access.columns(batch),
        headings=access.headings(batch),
        mapping=access.mapping(batch),
        numbers=access.numbers(batch) if judged else None,
        totals=import_ledgers.totals(batch) if judged and is_ledger else [],
        only_system=import_ledgers.only_system_count(batch) if judged and is_ledger else 0,
        rows=access.rows(batch, site.cursor(), outcome=which, code=code) if judged else None,
        which=which,
        code=code,
        outcomes=OUTCOME_LABELS,
        says=backfill.label,
        at_work=batch.status in AT_WORK,
        is_ledger=is_ledger,
        is_shifts=batch.kind == Purpose.SHIFTS,
        is_mine=batch.kind == Purpose.BACKFILL and batch.uploaded_by == admin().id,
        failure=backfill.failure(batch.failure_code),
        error=error,
    )
