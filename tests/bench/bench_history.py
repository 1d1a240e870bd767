"""A history of 100,000 runs: reports beside a plain aggregate of the same rows, and the advisor.

    python tests/bench/bench_history.py [ROUNDS]

The aggregate is what a person would type into SQLite: runs and billed tokens by the same column,
and billed tokens by hour for the days, the forecast and the map of the week. Prices, medians and
outliers are in ours alone; imports and the start of the interpreter are in neither.
"""

import gc
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.figures import Figure, rounds, show
from tests.bench.long_history import write_history
from tui.claude.catalogue import Catalogue, load_catalogue
from tui.history.advice_basis import basis_with_warnings
from tui.history.history_store import HistoryStore
from tui.history.usage_sums import BY_TIME, GROUPINGS, Grouping, ReportScope
from tui.reports.report_page import report_lines
from tui.reports.usage_report import read_usage_report

RUNS = 100_000
UNTIL = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
MOST_RATIO = 3.0
COLUMNS: dict[str, str] = {"agent": "source", "ending": "end", "tag": "source"}
"""Where the column has another name; a store without tags is as good as one with few sources."""
TOKENS = "requests input cache_write_5m cache_write_1h cache_read output".split()


def cpu(act: Callable[[], object]) -> dict[str, float]:
    """What it costs."""
    before = time.process_time()
    act()
    return {"cpu": time.process_time() - before}


def aggregate(path: Path, by: Grouping) -> None:
    """Runs and billed tokens by a column, or by local day."""
    day = "date({}, 'unixepoch', 'localtime')"
    of_run = day.format("started") if by in BY_TIME else COLUMNS.get(by, by)
    of_usage = day.format("hour * 3600") if by in BY_TIME else f"runs.{of_run}"
    joined = "" if by in BY_TIME else "JOIN runs ON runs.id = usage.run"
    sums = ", ".join(f"SUM(usage.{name})" for name in TOKENS)
    connection = sqlite3.connect(path)
    for statement in (
        f"SELECT {of_run}, COUNT(*), SUM(spend), SUM(end = 'completed') FROM runs GROUP BY 1",
        f"SELECT {of_usage}, {sums} FROM usage {joined} GROUP BY 1",
        f"SELECT hour, {sums} FROM usage GROUP BY 1",
    ):
        connection.execute(statement).fetchall()
    connection.close()


def report(data: Path, catalogue: Catalogue, by: Grouping) -> None:
    """The lines of `glideslope report`."""
    with HistoryStore(data) as store:
        scope = ReportScope(by, ZoneInfo("UTC"))
        today = datetime.fromtimestamp(UNTIL, UTC).date()
        found = read_usage_report(store, scope, catalogue, today=today)
    for _ in report_lines(found):
        pass


def advise(data: Path, catalogue: Catalogue) -> None:
    """What the advisor reads and estimates."""
    with HistoryStore(data) as store:
        runs = store.newest_runs()
    basis_with_warnings(
        runs, "feature", lambda id: catalogue.model(id).tokenizer,
        model="claude-opus-5-5", effort="high", now=UNTIL,
    ).distribution.shares([1.0])  # fmt: skip


def figures(count: int) -> Iterator[Figure]:
    """Ratios of CPU for each grouping, and what the advisor costs."""
    with tempfile.TemporaryDirectory(prefix="glideslope-bench-") as scratch:
        data, catalogue = Path(scratch), load_catalogue()
        write_history(data, RUNS, UNTIL)
        gc.disable()  # as the program does for its subcommands
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for by in GROUPINGS:
            ours, plain = rounds(
                count,
                partial(cpu, partial(report, data, catalogue, by)),
                partial(cpu, partial(aggregate, data / "history.db", by)),
            )
            name = f"100,000 runs, report by {by}, CPU"
            yield Figure(name, "s", ours["cpu"], plain["cpu"], MOST_RATIO, "plain SQLite")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield Figure("100,000 runs, memory that reports add", "MB", [(peak - before) / 1024])
        (ours,) = rounds(count, lambda: cpu(lambda: advise(data, catalogue)))
        yield Figure("100,000 runs, advice for a kind, CPU", "s", ours["cpu"])


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
