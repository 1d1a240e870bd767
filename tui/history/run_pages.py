"""The newest runs of prompts, and those of one session: the database counts and numbers them.

A run is numbered within its session, in the order of the starts; sub-agents have no number.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from tui.budget.task_kinds import TaskKind
from tui.history.history_tables import PLAIN_SQL, run_of_columns
from tui.history.task_run import TaskRun

_NUMBER = (
    "(SELECT COUNT(*) FROM runs AS others WHERE others.session = runs.session"
    " AND others.source = runs.source AND NOT others.is_agent"
    " AND (others.started, others.id) <= (runs.started, runs.id))"
)
_COLUMNS = f"{_NUMBER}, path, tools, {PLAIN_SQL}"


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run with its place in its session."""

    n: int
    """From 1, in the order of their starts."""
    path: str
    """The file it was read from."""
    run: TaskRun
    is_corrected: bool = False
    """Whether the user said what kind it is."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs, the newest first."""

    runs: list[ListedRun]
    of: int
    """How many there are."""


def newest_page(
    connection: sqlite3.Connection, kind: TaskKind | None, since: float | None, limit: int
) -> tuple[list[ListedRun], int]:
    """The newest runs, and how many there are.

    Args:
        connection: The store of task runs.
        kind: Only those of a kind; None for all.
        since: Only those that started at that time or later, in seconds since 1970; None for all.
        limit: How many to read.
    """
    condition = "NOT is_agent"
    condition += "" if kind is None else " AND kind = :kind"
    condition += "" if since is None else " AND started >= :since"
    values = {"kind": kind, "since": since, "limit": limit}
    (of,) = connection.execute(f"SELECT COUNT(*) FROM runs WHERE {condition}", values).fetchone()
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM runs INDEXED BY runs_by_start WHERE {condition}"
        " ORDER BY started DESC, id DESC LIMIT :limit",
        values,
    )
    return _listed(rows), of


def sessions_named(connection: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """The sessions with runs whose id is `name`, else those whose id begins so: source and id.

    Args:
        connection: The store of task runs.
        name: The id, or its beginning.
    """
    for condition in ("session = ?", "substr(session, 1, length(?1)) = ?1"):
        found = connection.execute(
            f"SELECT DISTINCT source, session FROM runs WHERE {condition} AND NOT is_agent", [name]
        ).fetchall()
        if found:
            return found
    return []


def session_runs(connection: sqlite3.Connection, source: str, session: str) -> list[ListedRun]:
    """The runs of a session, the newest first.

    Args:
        connection: The store of task runs.
        source: The agent.
        session: Its id of the session.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM runs WHERE session = ? AND source = ? AND NOT is_agent"
        " ORDER BY started DESC, id DESC",
        [session, source],
    )
    return _listed(rows)


def _listed(rows: Iterable[tuple[object, ...]]) -> list[ListedRun]:
    return [
        ListedRun(int(str(n)), str(path), run_of_columns(plain, tools))  # type: ignore[arg-type]
        for n, path, tools, *plain in rows
    ]
