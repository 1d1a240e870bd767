"""The rows of runs in the tables: put in, joined where a run goes over files, taken out."""

import sqlite3
from collections.abc import Iterable

import msgspec

from tui.history.continued_runs import RunPart, followed_conditions, whole_run
from tui.history.history_tables import (
    PLAIN_COLUMNS,
    PLAIN_SQL,
    USAGE_COLUMNS,
    USAGE_SQL,
    run_of_columns,
)
from tui.history.kind_corrections import KindCorrections
from tui.history.task_run import HourUsage, TaskRun


class RunRows:
    """Writes runs, within a transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection, corrections: KindCorrections) -> None:
        self._connection = connection
        self._corrections = corrections

    def put_all(self, parts: Iterable[RunPart]) -> None:
        """Put runs of files in; one that goes on with a run of another file joins it."""
        for part in sorted(parts, key=lambda each: each.run.follows is not None):
            before = self._followed(part)
            if before:
                self._put_whole([*before, part])
            else:
                self._put(part.path, part.run)

    def _put_whole(self, parts: Iterable[RunPart]) -> None:
        whole = sorted(parts, key=lambda part: part.run.started)
        run = self._put(whole[0].path, whole_run([part.run for part in whole]))
        self._connection.executemany(
            "INSERT INTO run_parts VALUES (?, ?, ?)",
            [(run, part.path, msgspec.json.encode(part.run)) for part in whole],
        )

    def _followed(self, part: RunPart) -> list[RunPart]:
        """The parts of the run that a part goes on with, taken out of the tables."""
        for condition, values in followed_conditions(part.run):
            found = self._connection.execute(
                f"SELECT id, path FROM runs WHERE {condition} AND source = ? AND path != ?"
                " AND NOT is_agent ORDER BY started DESC LIMIT 1",
                [*values, part.run.source, part.path],
            ).fetchone()
            if found:
                return self._take_out(*found)
        return []

    def _take_out(self, run: int, path: str) -> list[RunPart]:
        """Take a run out of the tables; returns what files have of it."""
        parts = [
            RunPart(of_file, msgspec.json.decode(part, type=TaskRun))
            for of_file, part in self._connection.execute(
                "SELECT path, part FROM run_parts WHERE run = ?", [run]
            )
        ] or [RunPart(path, self._whole(run))]
        for table in ("usage", "run_tags", "run_parts"):
            self._connection.execute(f"DELETE FROM {table} WHERE run = ?", [run])
        self._connection.execute("DELETE FROM runs WHERE id = ?", [run])
        return parts

    def _whole(self, run: int) -> TaskRun:
        """A run with its usage."""
        used = self._connection.execute(f"SELECT {USAGE_SQL} FROM usage WHERE run = ?", [run])
        usage = tuple(HourUsage(*values) for values in used)
        tools, *plain = self._connection.execute(
            f"SELECT tools, {PLAIN_SQL} FROM runs WHERE id = ?", [run]
        ).fetchone()
        return run_of_columns(plain, tools, usage)

    def _put(self, path: str, run: TaskRun) -> int:
        """Put one run in; returns its id."""
        kind = self._corrections.runs.get((run.source, run.session, run.started), run.kind)
        values = [kind if name == "kind" else getattr(run, name) for name in PLAIN_COLUMNS]
        marks = ", ".join("?" * (len(PLAIN_COLUMNS) + 2))
        put = self._connection.execute(
            f"INSERT INTO runs (path, {PLAIN_SQL}, tools) VALUES ({marks})",
            [path, *values, msgspec.json.encode(run.tools)],
        )
        id = put.lastrowid
        assert id is not None, "a row was inserted"
        marks = ", ".join("?" * (len(USAGE_COLUMNS) + 1))
        self._connection.executemany(
            f"INSERT INTO usage VALUES ({marks})",
            [(id, *msgspec.structs.astuple(each)) for each in run.usage],
        )
        self._connection.executemany(
            "INSERT INTO run_tags VALUES (?, ?)", [(id, tag) for tag in run.tags]
        )
        return id

    def forget(self, source: str, path: str) -> list[RunPart]:
        """Forget a file; returns what other files have of its runs."""
        shared = self._connection.execute(
            "SELECT DISTINCT run FROM run_parts WHERE path = ?", [path]
        ).fetchall()
        parts = [part for (run,) in shared for part in self._take_out(run, path)]
        of_file = "FROM runs WHERE source = ? AND path = ?"
        for table in ("usage", "run_tags"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE run IN (SELECT id {of_file})", [source, path]
            )
        self._connection.execute(f"DELETE {of_file}", [source, path])
        self._connection.execute("DELETE FROM files WHERE source = ? AND path = ?", [source, path])
        return [part for part in parts if part.path != path]
