"""Back-fill of a large file: the most memory the scheduler and a web process ever hold, and rows per second beside the
plain driver inserting the same rows in groups of the same size (target: at most 300 MB; at least 0.01).
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.stage import Stage
from server.database import db
from server.handlers.guards import WORKBENCH_COOKIE
from server.models import (
    Agreement,
    AgreementEvent,
    AuditEvent,
    ImportBatch,
    ImportRow,
    PanelPlace,
    Resident,
)
from server.models.entering import GROUP_ROWS
from tests import make, sheeting
from tests.actions import importing as files
from tests.contention import serving
from tests.handlers.workbench import browser as browsers
from tests.import_worker import peak_kilobytes

SIZE = 100_000
TEAMS = 60
MOST_MEGABYTES = 300
ROOT = Path(__file__).parents[1]
WRITTEN = (Resident, Agreement, AgreementEvent, AuditEvent, PanelPlace, ImportRow)
"""What one row of a file becomes: a person, his agreement, its event, who did it, a place, the result."""


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Upload, check, approve and enter one xlsx file of ``size`` rows; ``rounds`` is not used: one takes minutes.

    Raises:
        RuntimeError: not every row was entered, or a process held more memory than it may.
    """
    count = size or SIZE
    lin = browsers.admin()
    second = browsers.admin(lin.organisation, username="second")
    make.package(code="basic")
    for n in range(TEAMS):
        lead = make.staff(organisation=lin.organisation_id)
        make.team(lead=lead, name=f"第{n}团队", panel_cap=count)
    content = _file(count)
    web_kilobytes = _upload(stage, lin, content)
    checked = _work(stage)
    sys.stderr.write(f"web {web_kilobytes} kB; read and checked: {checked}\n")
    batch = db.session.scalars(select(ImportBatch)).one()
    files.approve(batch, second)
    entered = _work(stage)
    done = db.session.query(ImportRow).filter_by(outcome="entered").count()
    if done != count:
        raise RuntimeError(f"{done} of {count} rows were entered")
    peak = max(checked["peak_kilobytes"], entered["peak_kilobytes"])
    own = _driver_rate(stage, min(count, 20_000))
    rate = count / entered["seconds"]["enter"]
    if max(peak, web_kilobytes) > MOST_MEGABYTES * 1024:
        raise RuntimeError(f"more than {MOST_MEGABYTES} MB: scheduler {peak} kB, web {web_kilobytes} kB")
    return [
        f"file: {count} rows, {len(content) / 1e6:.1f} MB xlsx",
        f"most memory held: scheduler {peak / 1024:.0f} MB, web process {web_kilobytes / 1024:.0f} MB, "
        f"must be at most {MOST_MEGABYTES} MB",
        f"rows a second: read {count / checked['seconds']['read']:.0f}, check {count / checked['seconds']['check']:.0f}, "
        f"enter {rate:.0f}; the driver inserts the same rows at {own:.0f}",
        f"enter / driver: {rate / own:.3f}, must be at least 0.01",
    ]


def _file(count: int) -> bytes:
    numbers = islice(sheeting.numbers(), count)
    rows = [
        sheeting.row(证件号码=number, 签约团队=f"第{n % TEAMS}团队", 家庭住址=f"北街{n}号", 纸质协议编号=f"2026-{n}")
        for n, number in enumerate(numbers)
    ]
    return sheeting.xlsx_file(rows)


def _work(stage: Stage) -> dict[str, Any]:
    """Do the scheduler's work in a process of its own."""
    config = stage.folder / "config.toml"
    command = [sys.executable, "-m", "tests.import_worker", str(config), str(GROUP_ROWS)]
    db.session.rollback()
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, env=os.environ)
    db.session.expire_all()
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def _upload(stage: Stage, admin: Any, content: bytes) -> int:
    """Hand the file in over HTTP; returns the most kilobytes a web process ever held."""
    browser = browsers.Browser(stage.app.test_client(), admin)
    token = browser.form_token("/imports")
    fields = {"form_token": token, "kind": "backfill"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    parts += [
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n',
        content,
        b"\r\n--b--\r\n",
    ]
    web, process = serving.start(stage.settings, stage.folder, "server.app:create_app()")
    try:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=120)) as connection:
            headers = {
                "Content-Type": "multipart/form-data; boundary=b",
                "Cookie": f"{WORKBENCH_COOKIE}={browser.token}",
            }
            connection.request("POST", "/workbench/imports", b"".join(parts), headers)
            if connection.getresponse().status != 303:
                raise RuntimeError("the upload was refused")
        return max(peak_kilobytes(pid) for pid in _family(process.pid))
    finally:
        serving.stop(process)


def _family(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(int(pid) for pid in children)]


def _driver_rate(stage: Stage, count: int) -> float:
    """Rows a second of the plain driver that deletes nothing and copies what the import wrote, group by group."""
    tables = [model.__table__ for model in WRITTEN]
    names = {table.name: [column.name for column in table.columns] for table in tables}
    mark = "?" if stage.kind == "sqlite" else "%s"
    with contextlib.closing(stage.driver()) as connection:
        cursor = connection.cursor()
        rows: dict[str, list[Any]] = {}
        for table, columns in names.items():
            listed = ", ".join(f"`{column}`" for column in columns)
            cursor.execute(f"CREATE TABLE bench_{table} AS SELECT {listed} FROM `{table}` WHERE 1 = 0")  # noqa: S608
            cursor.execute(f"CREATE UNIQUE INDEX bench_{table}_id ON bench_{table} (id)")
            cursor.execute(f"SELECT {listed} FROM `{table}` ORDER BY id DESC LIMIT {count}")  # noqa: S608
            rows[table] = list(cursor.fetchall())
        began = time.perf_counter()
        for start in range(0, count, GROUP_ROWS):
            cursor.execute("BEGIN")
            for table, columns in names.items():
                marks = ", ".join([mark] * len(columns))
                group = rows[table][start : start + GROUP_ROWS]
                cursor.executemany(f"INSERT INTO bench_{table} VALUES ({marks})", group)  # noqa: S608
            cursor.execute("COMMIT")
        return count / (time.perf_counter() - began)
