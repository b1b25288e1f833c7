"""Rows of paper ledgers (补录): which columns there are, how a row is read, and what is wrong with it. Pure."""

from server.policy.backfill.campaign import campaign_problem
from server.policy.backfill.columns import COLUMNS, Column, Purpose, column, guess, missing
from server.policy.backfill.problems import PROBLEMS, WARNINGS, failure, label
from server.policy.backfill.rows import (
    EXAMPLE_MARK,
    IMPORTABLE,
    LedgerRow,
    PersonRow,
    SignedRow,
    read_ledger,
    read_signed,
)
from server.policy.backfill.sessions import SessionRow, read_session

__all__ = [
    "COLUMNS",
    "LedgerRow",
    "Column",
    "EXAMPLE_MARK",
    "PROBLEMS",
    "PersonRow",
    "Purpose",
    "SessionRow",
    "SignedRow",
    "WARNINGS",
    "campaign_problem",
    "IMPORTABLE",
    "column",
    "failure",
    "guess",
    "label",
    "missing",
    "read_ledger",
    "read_session",
    "read_signed",
]
