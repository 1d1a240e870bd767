"""A history of very many task runs, the same each time."""

import math
import random
from pathlib import Path

from tui.budget.task_kinds import KINDS
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.task_run import HourUsage, RunEnd, TaskRun

DAYS = 365
RUNS_A_FILE = 500
MODELS = ("claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5", "gpt-5-codex")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
FINISHED_OF_TEN = 8
CUT: tuple[RunEnd, ...] = ("landed", "interrupted", "error", "declined")
_HOUR = 3600


def write_history(data: Path, count: int, until: float) -> None:
    """Fill the store of a data folder with runs of the year before `until`.

    Args:
        data: The user's data folder.
        count: How many runs.
        until: Seconds since 1970.
    """
    chance = random.Random(13)
    first = until - DAYS * 24 * _HOUR
    with HistoryStore(data) as store:
        for begin in range(0, count, RUNS_A_FILE):
            numbers = range(begin, min(count, begin + RUNS_A_FILE))
            at = (first + number * (until - first) / count for number in numbers)
            runs = [_run(chance, number, start) for number, start in zip(numbers, at, strict=True)]
            store.replace(ReadFile("claude-code", f"log {begin}", "1"), runs)


def _run(chance: random.Random, number: int, started: float) -> TaskRun:
    model, requests = chance.choice(MODELS), chance.randrange(1, 40)
    spend = round(math.exp(chance.gauss(11, 0.9)))
    hours = chance.choice((1, 1, 2))
    usage = [_usage(chance, int(started) // _HOUR + n, model, requests) for n in range(hours)]
    return TaskRun(
        source=chance.choice(("claude-code", "glideslope", "codex")),
        session=f"session-{number // 3}",
        started=started,
        ended=started + chance.uniform(60, 3_000),
        kind=chance.choice(KINDS),
        model=model,
        end="completed" if chance.randrange(10) < FINISHED_OF_TEN else chance.choice(CUT),
        spend=spend,
        project=f"/home/ana/project-{chance.randrange(40)}",
        branch=f"branch-{chance.randrange(200)}",
        effort=chance.choice(EFFORTS),
        budget=round(spend * chance.uniform(0.9, 3)) if chance.random() < 0.5 else None,
        requests=requests * hours,
        tools={"Read": 4, "Edit": 2, "Bash": 3},
        is_agent=chance.random() < 0.1,
        usage=tuple(usage),
    )


def _usage(chance: random.Random, hour: int, model: str, requests: int) -> HourUsage:
    return HourUsage(
        hour,
        model,
        requests,
        requests * chance.randrange(1, 400),
        requests * chance.randrange(500, 9_000),
        0,
        requests * chance.randrange(9_000, 150_000),
        requests * chance.randrange(100, 3_000),
    )
