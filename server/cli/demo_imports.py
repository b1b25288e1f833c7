"""The demo's part of old signings: a second administrator who approves, and a ledger with good and bad rows to upload."""

import io

from openpyxl import load_workbook
from sqlalchemy import select

from server import sheets
from server.actions import administrators
from server.database import db
from server.models import Organisation, ServicePackage, Team
from server.policy.backfill import COLUMNS, Purpose
from server.policy.identity import check_character
from server.sheets import TemplateColumn

REVIEWER, REVIEWER_NAME = "reviewer", "周主任"
PEOPLE = (
    ("何秀兰", "19480212", 21, "2026-01-12"),
    ("唐光明", "19531107", 32, "2025-12-03"),
    ("彭玉珍", "19610630", 43, "2025-03-18"),
    ("邓国强", "19570421", 54, "2021-03-02"),
    ("曹桂芳", "19700909", 65, "2026-02-25"),
)


def seed(centre: Organisation, password: str) -> None:
    """Let a second administrator exist: who uploads a ledger may not approve it."""
    administrators.create(REVIEWER, password, REVIEWER_NAME, centre)


def sample() -> bytes:
    """Return a filled-in template: five people, one of them twice, one with a wrong number, one in an unknown team.

    The numbers are of a county that never was (domain.md §3.4). Raises LookupError before the demo is seeded.
    """
    team = db.session.scalar(select(Team).order_by(Team.id))
    package = db.session.scalar(select(ServicePackage).order_by(ServicePackage.id))
    if team is None or package is None:
        raise LookupError("no team and package yet")
    columns = [TemplateColumn(one.label, one.required, one.example, one.hint) for one in COLUMNS[Purpose.BACKFILL]]
    book = load_workbook(io.BytesIO(sheets.template_xlsx(columns)))
    sheet = book["数据"]
    places = {one.key: index for index, one in enumerate(COLUMNS[Purpose.BACKFILL], start=1)}
    rows = [(name, _number(born, n), team.name, signed_on) for name, born, n, signed_on in PEOPLE]
    rows += [rows[0], ("贺建军", _number("19660818", 76)[:17] + "0", team.name, "2026-01-05")]
    rows += [("龙小梅", _number("19720303", 87), "城西家庭医生团队", "2026-01-05")]
    for at, (name, number, of_team, signed_on) in enumerate(rows, start=3):
        values = {
            "name": name,
            "number": number,
            "phone": f"1380000{at:04d}",
            "address": f"北街{at}号",
            "team": of_team,
            "package": package.code,
            "signed_on": signed_on,
            "paper": f"城北-{signed_on[:4]}-{at:03d}",
        }
        for key, value in values.items():
            sheet.cell(at, places[key], value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _number(born: str, sequence: int) -> str:
    first = f"510799{born}{sequence:03d}"
    return first + check_character(first)
