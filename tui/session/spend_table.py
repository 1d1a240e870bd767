"""The table of what sessions spent, in the database of the index.

A running session writes its own rows before each request, so that others that run beside it see
them. The rows of a session that is removed stay: money spent stays spent.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tui.budget.monthly_budget import QUARTER, CalendarMonth, Spend, SpendSlice
from tui.session.database import transaction

NANO = Decimal("1e-9")
"""Dollars of the unit that the table counts in: whole numbers can be added up in SQL."""

SPEND_TABLES = (
    "DROP TABLE IF EXISTS spend",
    "CREATE TABLE spend (session TEXT, key TEXT NOT NULL, quarter INTEGER, tag TEXT,"
    " tokens INTEGER NOT NULL, nanodollars INTEGER NOT NULL, unpriced INTEGER NOT NULL,"
    " PRIMARY KEY (session, quarter, tag))",
    "CREATE INDEX spend_by_time ON spend (quarter)",
    "DROP TABLE IF EXISTS warnings",
    "CREATE TABLE warnings (budget TEXT, month TEXT, percent INTEGER,"
    " PRIMARY KEY (budget, month, percent))",
)
"""What makes the tables."""

SpendRow = tuple[int, str, Spend]
"""Quarter of an hour since 1970, tag, what was spent."""


def write_spend(
    connection: sqlite3.Connection, session: str, key: str, rows: Iterable[SpendRow]
) -> None:
    """Put what a session spent in the place of what was known of it.

    Args:
        connection: The database.
        session: Its id; a copy of its file has the same.
        key: Of its project folder.
        rows: All it spent.
    """
    values = [
        (session, key, quarter, tag, spend.tokens, _nanodollars(spend.dollars), spend.unpriced)
        for quarter, tag, spend in rows
    ]
    with transaction(connection):
        connection.execute("DELETE FROM spend WHERE session = ?", [session])
        connection.executemany("INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def read_spend(
    connection: sqlite3.Connection, month: CalendarMonth, keys: Sequence[str]
) -> list[SpendSlice]:
    """What was spent in a month, in a slice for each project and tag.

    Args:
        connection: The database.
        month: The month.
        keys: Those of the project at hand.
    """
    marks = ", ".join("?" * len(keys))
    rows = connection.execute(
        f"SELECT min(quarter), key IN ({marks}) AS here, tag, sum(tokens), sum(nanodollars),"
        " sum(unpriced) FROM spend WHERE quarter >= ? AND quarter < ? GROUP BY here, tag",
        [*keys, -(-month.begins // QUARTER), -(-month.ends // QUARTER)],
    )
    return [
        SpendSlice(quarter, bool(here), tag, Spend(tokens, nanos * NANO, unpriced))
        for quarter, here, tag, tokens, nanos, unpriced in rows
    ]


def claim_warning(
    connection: sqlite3.Connection, budget: str, month: CalendarMonth, percent: int
) -> bool:
    """Whether a warning is due: True for the one who asks first, in whichever program.

    Args:
        connection: The database.
        budget: The key of the budget.
        month: The month.
        percent: What is reached.
    """
    put = connection.execute(
        "INSERT OR IGNORE INTO warnings VALUES (?, ?, ?)", [budget, month.name, percent]
    )
    return put.rowcount > 0


def _nanodollars(dollars: Decimal) -> int:
    return int((dollars / NANO).to_integral_value())
