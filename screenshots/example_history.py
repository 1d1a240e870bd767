"""A history for the pictures: a summer of task runs, the same each time."""

import math
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.claude.catalogue import load_catalogue
from tui.history.advice_basis import AdviceBasis
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.task_run import HourUsage, TaskRun
from tui.history.usage_sums import ReportScope
from tui.reports.usage_page import usage_page
from tui.reports.usage_report import read_usage_report

TODAY = date(2026, 9, 30)
DAYS, RUNS = 60, 320
MODEL = "claude-opus-5-5"
KINDS: tuple[TaskKind, ...] = ("feature", "bug fix", "refactor", "tests", "question")


def measured_features(count: int = 64) -> AdviceBasis:
    """What features took; one in six was cut."""
    chance = Random(8)
    runs = [
        MeasuredRun(round(chance.lognormvariate(11.2, 0.6)), chance.random() > 1 / 6)
        for _ in range(count)
    ]
    return AdviceBasis(SpendDistribution(runs, TYPICAL["feature"]))


def report_by_kind() -> str:
    """The page of `/report by kind` over two months of work."""
    with TemporaryDirectory() as folder, HistoryStore(Path(folder)) as store:
        store.replace(ReadFile("glideslope", "history", "1"), _summer())
        scope = ReportScope("kind", UTC)
        return usage_page(read_usage_report(store, scope, load_catalogue(), today=TODAY))


def _summer() -> list[TaskRun]:
    chance = Random(9)
    last = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC).timestamp()
    runs = []
    for _ in range(RUNS):
        day = chance.randrange(DAYS)
        started = last - day * 86_400 + 3_600 * min(23, max(6, round(chance.gauss(14, 3))))
        if datetime.fromtimestamp(started, UTC).weekday() < 5 or chance.random() < 0.1:
            runs.append(_run(chance, started))
    return sorted(runs, key=lambda run: run.ended)


def _run(chance: Random, started: float) -> TaskRun:
    kind = chance.choice(KINDS)
    spend = round(math.exp(chance.gauss(TYPICAL[kind].log_centre, 0.5)))
    requests = max(3, spend // 4_000)
    usage = HourUsage(
        int(started) // 3_600, MODEL, requests, 40 * requests, spend, 0, 16 * spend, spend // 3
    )
    return TaskRun(
        source="glideslope",
        session=f"{started:.0f}",
        started=started,
        ended=started + 20 * requests,
        kind=kind,
        model=MODEL,
        end="completed" if chance.random() > 0.15 else "landed",
        spend=spend,
        budget=round(spend * chance.uniform(1, 2.5)),
        requests=requests,
        usage=(usage,),
    )
