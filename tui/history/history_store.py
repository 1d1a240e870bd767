"""The store of task runs: a database that is filled from logs.

Each run belongs to a file it was read from. A file that has changed is read again, and its runs
are replaced in one transaction, so that an import can be interrupted anywhere. The user's
corrections of kinds are in a file of their own and outlive the store.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from tui.budget.spend_distribution import NEWEST, MeasuredRun
from tui.budget.task_kinds import KINDS, TaskKind
from tui.history.advice_basis import OTHER_AGENTS
from tui.history.billed_totals import BilledTotal
from tui.history.continued_runs import RunPart
from tui.history.history_tables import PLAIN_SQL, TABLE_SET, USAGE_SQL, run_of_columns
from tui.history.kind_corrections import KindCorrection, KindCorrections
from tui.history.price_sql import CLASSES, TokenPrice, price_sql
from tui.history.run_pages import ListedRun, RunPage, newest_page, session_runs, sessions_named
from tui.history.run_rows import RunRows
from tui.history.task_run import FINISHED, FINISHED_SQL, SPEND_SQL, HourUsage, TaskRun
from tui.history.usage_sums import ReportScope, UsageSums, usage_sums
from tui.session.computed_tables import open_tables, remove_side_files
from tui.session.database import transaction, translate_errors
from tui.session.store_errors import SessionDamaged

_USED_MODELS = "SELECT DISTINCT model FROM usage"


class ReadFile(msgspec.Struct, frozen=True):
    """A file whose runs are in the store."""

    source: str
    path: str
    stamp: str
    """Its size and time when it was read."""
    rows: tuple[int, ...] = ()
    """Digests of the ids of its rows that were counted; 8 bytes each."""
    answers: tuple[int, ...] = ()
    """The same of its answers."""
    damaged: int = 0
    """Lines that could not be read."""


class FileSums(NamedTuple):
    """The runs of one file together, those of sub-agents apart."""

    path: str
    is_agent: bool
    runs: int
    requests: int
    charged: int
    low_output: int
    """Runs whose log has less output than was written."""
    estimated: int
    """Runs whose charge is an estimate."""
    billed: tuple[int, ...]
    """Tokens by `CLASSES`."""


class HistoryStore:
    """All task runs of this user. One thread at a time."""

    def __init__(self, data: Path) -> None:
        """Open the store in the user's data folder; makes it where it is missing or damaged.

        Raises:
            StoreError: it can be neither read nor made.
        """
        self.path = data / "history.db"
        self.corrections = KindCorrections(data)
        self.corrections.refresh()
        try:
            self._connection = open_tables(self.path, TABLE_SET)
        except SessionDamaged:
            # Imported logs may be gone by now, so a damaged store is kept beside the new one.
            self._put_aside()
            self._connection = open_tables(self.path, TABLE_SET)

    def close(self) -> None:
        """Close the store."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stamps(self, source: str) -> dict[str, str]:
        """The stamps of the files of one source, by path."""
        with translate_errors(self.path):
            return dict(
                self._connection.execute("SELECT path, stamp FROM files WHERE source = ?", [source])
            )

    def seen(
        self, source: str, paths: Iterable[str]
    ) -> Iterator[tuple["array[int]", "array[int]"]]:
        """The digests of rows and of answers that these files were counted for."""
        for path in paths:
            found = self._connection.execute(
                "SELECT rows, answers FROM files WHERE source = ? AND path = ?", [source, path]
            ).fetchone()
            if found:
                yield array("Q", found[0]), array("Q", found[1])

    def replace(self, file: ReadFile, runs: Sequence[TaskRun]) -> None:
        """Put the runs of a file in the place of those it had; corrected ones keep their kind."""
        self.corrections.refresh()
        with translate_errors(self.path), transaction(self._connection) as connection:
            rows = RunRows(connection, self.corrections)
            parts = rows.forget(file.source, file.path)
            connection.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)",
                [
                    file.source,
                    file.path,
                    file.stamp,
                    array("Q", file.rows).tobytes(),
                    array("Q", file.answers).tobytes(),
                    file.damaged,
                ],
            )
            rows.put_all([*(RunPart(file.path, run) for run in runs), *parts])

    def correct(self, correction: KindCorrection) -> None:
        """File a run as another kind, now and whenever its log is read again.

        Raises:
            StoreError: the correction cannot be written.
        """
        self.corrections.add(correction)
        with translate_errors(self.path), transaction(self._connection) as connection:
            connection.execute(
                "UPDATE runs SET kind = ? WHERE source = ? AND session = ? AND started = ?",
                [correction.kind, correction.source, correction.session, correction.started],
            )

    def forget(self, source: str, paths: Iterable[str]) -> None:
        """Forget files, their runs with them."""
        with translate_errors(self.path), transaction(self._connection) as connection:
            rows = RunRows(connection, self.corrections)
            for path in paths:
                rows.put_all(rows.forget(source, path))

    def runs(self, source: str | None = None, *, usage: bool = False) -> list[tuple[str, TaskRun]]:
        """The runs, each with the path of its file; those that ended last are at the end.

        Args:
            source: Only those of one agent; None for all.
            usage: Whether to read what each used by the hour, and its tags, too.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            by_run = self._usage() if usage else {}
            tags = self._tags() if usage else {}
            where = "" if source is None else "WHERE source = :source"
            rows = self._connection.execute(
                f"SELECT id, path, tools, {PLAIN_SQL} FROM runs {where} ORDER BY ended, id",
                {"source": source},
            )
            return [
                (path, run_of_columns(plain, tools, by_run.get(run, ()), tags.get(run, ())))
                for run, path, tools, *plain in rows
            ]

    def run_page(
        self, kind: TaskKind | None = None, since: float | None = None, limit: int = 1
    ) -> RunPage:
        """The newest runs of prompts; only those of the page are read.

        Args:
            kind: Only those of a kind; None for all.
            since: Only those that started then or later, in seconds since 1970; None for all.
            limit: How many.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            runs, of = newest_page(self._connection, kind, since, limit)
            return RunPage(self._with_corrections(runs), of)

    def sessions_named(self, name: str) -> list[tuple[str, str]]:
        """The sessions with runs whose id is `name`, else those whose id begins so: source and id.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            return sessions_named(self._connection, name)

    def session_runs(self, source: str, session: str) -> list[ListedRun]:
        """The runs of a session, the newest first.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            return self._with_corrections(session_runs(self._connection, source, session))

    def _with_corrections(self, runs: list[ListedRun]) -> list[ListedRun]:
        corrected = self.corrections.runs
        return [
            replace(each, is_corrected=True)
            if (each.run.source, each.run.session, each.run.started) in corrected
            else each
            for each in runs
        ]

    def newest_runs(self, of_each_kind: int = NEWEST) -> list[TaskRun]:
        """The newest runs of each kind, without their usage; those that ended last are at the end.

        Enough for advice, and quick however long the history is. Sub-agents are counted apart.

        Raises:
            StoreError: the store cannot be read.
        """
        newest = (
            "SELECT id FROM runs INDEXED BY runs_by_cell WHERE kind = ? AND is_agent = ?"
            " ORDER BY ended DESC, id DESC LIMIT ?"
        )
        found: list[TaskRun] = []
        with translate_errors(self.path):
            for kind, is_agent in product(KINDS, (0, 1)):
                rows = self._connection.execute(
                    f"SELECT tools, {PLAIN_SQL} FROM runs WHERE id IN ({newest})"
                    " ORDER BY ended, id",
                    [kind, is_agent, of_each_kind],
                )
                found += [run_of_columns(plain, tools) for tools, *plain in rows]
        return sorted(found, key=attrgetter("ended"))

    def report_sums(
        self, scope: ReportScope, prices: Callable[[list[str]], Iterable[TokenPrice]]
    ) -> UsageSums:
        """What a report is made of.

        Args:
            scope: What the report is over.
            prices: The price list of some models.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            used = [model for (model,) in self._connection.execute(_USED_MODELS)]
            return usage_sums(self._connection, scope, price_sql(prices(used)))

    def cells(self, of_runs: int) -> list[tuple[TaskKind, str]]:
        """Kinds and models with at least so many runs, without those of sub-agents.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            rows = self._connection.execute(
                "SELECT kind, model FROM runs INDEXED BY runs_by_cell WHERE NOT is_agent"
                " GROUP BY kind, is_agent, model HAVING COUNT(*) >= ?",
                [of_runs],
            )
            return [(kind, model) for kind, model in rows]

    def newest_spends(self, kind: TaskKind, model: str) -> list[MeasuredRun]:
        """What the newest runs of a kind and model took, newest first; see `measured_run`.

        Raises:
            StoreError: the store cannot be read.
        """
        with translate_errors(self.path):
            rows = self._connection.execute(
                f"SELECT {SPEND_SQL}, {FINISHED_SQL} FROM runs INDEXED BY runs_by_cell"
                " WHERE kind = ? AND is_agent = 0 AND model = ?"
                # The order of the index: nothing is left to sort.
                f" AND {SPEND_SQL} > 0 ORDER BY ended DESC, spend DESC, end DESC, budget DESC,"
                " id DESC LIMIT ?",
                [kind, model, NEWEST],
            )
            return [*map(MeasuredRun._make, rows)]

    def completed_above(
        self, limits: Mapping[TaskKind, float], tag: str | None = None
    ) -> list[TaskRun]:
        """Completed runs of more than the limit of their kind, without their usage.

        Args:
            limits: Tokens by kind; kinds that are not here are left out.
            tag: Only those with this tag; None for all.

        Raises:
            StoreError: the store cannot be read.
        """
        if not limits:
            return []
        cases = " ".join("WHEN ? THEN ?" for _ in limits)
        values = [value for pair in limits.items() for value in pair]
        tagged = "" if tag is None else " AND id IN (SELECT run FROM run_tags WHERE tag = ?)"
        with translate_errors(self.path):
            rows = self._connection.execute(
                f"SELECT tools, {PLAIN_SQL} FROM runs WHERE id IN"
                " (SELECT id FROM runs INDEXED BY runs_by_cell WHERE end = ? AND NOT is_agent"
                f" AND spend > CASE kind {cases} END){tagged} ORDER BY ended, id",
                [FINISHED, *values, *([] if tag is None else [tag])],
            )
            return [run_of_columns(plain, tools) for tools, *plain in rows]

    def billed_totals(self) -> list[BilledTotal]:
        """What runs were billed for and charged, by kind and model.

        Left out are runs of sub-agents, whose spend no budget was charged with, runs of agents
        with other tokens, and runs whose log misses output or usage.

        Raises:
            StoreError: the store cannot be read.
        """
        names = BilledTotal.__struct_fields__[2:]
        marks = ", ".join("?" * len(OTHER_AGENTS))
        billed = ", ".join(f"SUM(usage.{name}) AS {name}" for name in names[1:])
        zeroes = ", ".join(f"0 AS {name}" for name in names[1:])
        sums = ", ".join(f"SUM({name})" for name in names)
        with translate_errors(self.path):
            rows = self._connection.execute(
                "WITH counted AS (SELECT * FROM runs WHERE NOT is_agent AND NOT low_output"
                f" AND model != '' AND source NOT IN ({marks})"
                " AND EXISTS (SELECT 1 FROM usage WHERE usage.run = runs.id))"
                f" SELECT kind, model, {sums} FROM ("
                f"SELECT kind, model, SUM(spend) AS charged, {zeroes} FROM counted"
                f" GROUP BY kind, model UNION ALL SELECT kind, usage.model, 0, {billed}"
                " FROM counted JOIN usage ON usage.run = counted.id GROUP BY kind, usage.model)"
                " GROUP BY kind, model ORDER BY kind, model",
                OTHER_AGENTS,
            )
            return [BilledTotal(*row) for row in rows]

    def file_sums(self, source: str) -> list[FileSums]:
        """What the runs of each file of one agent took together, those of sub-agents apart.

        Raises:
            StoreError: the store cannot be read.
        """
        billed = ", ".join(f"SUM(usage.{name}) AS {name}" for name in CLASSES)
        with translate_errors(self.path):
            rows = self._connection.execute(
                "SELECT path, is_agent, COUNT(*), SUM(requests), SUM(spend), SUM(low_output),"
                f" SUM(is_estimated), {', '.join(f'COALESCE(SUM({name}), 0)' for name in CLASSES)}"
                f" FROM runs LEFT JOIN (SELECT run, {billed} FROM usage GROUP BY run) AS used"
                " ON used.run = runs.id WHERE source = ? GROUP BY path, is_agent",
                [source],
            )
            return [
                FileSums(
                    path, bool(is_agent), runs, *(requests, spend, low, estimated), tuple(used)
                )
                for path, is_agent, runs, requests, spend, low, estimated, *used in rows
            ]

    def damaged(self, source: str, paths: set[str]) -> int:
        """Lines of these files that could not be read."""
        with translate_errors(self.path):
            found = self._connection.execute(
                "SELECT path, damaged FROM files WHERE source = ?", [source]
            )
            return sum(damaged for path, damaged in found if path in paths)

    def _usage(self) -> dict[int, tuple[HourUsage, ...]]:
        found: dict[int, list[HourUsage]] = {}
        for run, *values in self._connection.execute(f"SELECT run, {USAGE_SQL} FROM usage"):
            found.setdefault(run, []).append(HourUsage(*values))
        return {run: tuple(usage) for run, usage in found.items()}

    def _tags(self) -> dict[int, tuple[str, ...]]:
        found: dict[int, list[str]] = {}
        for run, tag in self._connection.execute("SELECT run, tag FROM run_tags ORDER BY 1, 2"):
            found.setdefault(run, []).append(tag)
        return {run: tuple(tags) for run, tags in found.items()}

    def _put_aside(self) -> None:
        with translate_errors(self.path):
            self.path.replace(self.path.with_suffix(".db.damaged"))
            remove_side_files(self.path)
