"""Makes a store of task runs as earlier programs wrote it."""

import sqlite3
from contextlib import closing
from pathlib import Path

UNDONE = {
    5: (
        "DROP TABLE run_parts",
        "DROP INDEX runs_by_start",
        "DROP INDEX runs_by_session",
        "DROP INDEX runs_by_leaf",
        "ALTER TABLE runs DROP COLUMN leaf",
    ),
    4: ("DROP TABLE run_tags",),
    3: ("ALTER TABLE runs DROP COLUMN title",),
    2: tuple(
        f"ALTER TABLE runs DROP COLUMN {name}"
        for name in ("estimated", "estimate_spend", "plan_done")
    ),
}
"""By version, what takes away what it added."""


def make_older(store: Path, version: int) -> None:
    """Turn a closed store of the present version into an older one, with the same runs."""
    with closing(sqlite3.connect(store)) as database:
        for each, statements in UNDONE.items():
            for statement in statements if each > version else ():
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
