"""What the history says when work begins, and what is remembered of it."""

import stat
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.history.task_runs import task
from tui.budget.wire_budget import CountingRules
from tui.history.drift_memory import FILE_NAME, DriftMemory
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.task_run import TaskRun
from tui.history.work_history import WorkBegun, WorkFindings, WorkHistory, find_warnings

DAY = 86_400.0
NOW = 1_000 * DAY
FIXES = [12_000, 15_500, 18_000, 22_000, 26_000, 31_000, 35_000, 42_000, 55_000, 90_000]
"""Ten finished bug fixes; their median is estimated at 27,671 tokens."""


def runs(*spends: int, days_ago: float = 400, **more: Any) -> list[TaskRun]:
    at = NOW - days_ago * DAY
    return [task(spend, ended=at + number, **more) for number, spend in enumerate(spends)]


def found(history: list[TaskRun], budget: int | None = None, session: str = "now") -> WorkFindings:
    work = WorkBegun("Fix the crash.", session, "new", "high", budget)
    return find_warnings(history, "bug fix", work, lambda _: 1.0, NOW)


@pytest.mark.parametrize(("budget", "small"), [(55_000, True), (55_342, True), (55_343, False)])
def test_a_budget_below_twice_the_median_is_small(budget: int, small: bool):
    warning = found(runs(*FIXES), budget).small_budget
    assert (warning is not None) == small
    if warning is not None:
        assert (round(warning.median), warning.runs) == (27_671, 10)
        assert 0.75 < warning.share < 0.9  # p75 is 44,193 and p90 is 73,782


@pytest.mark.parametrize("history", [[], runs(*FIXES[:4])])
def test_published_ranges_and_a_few_runs_warn_of_no_budget(history: list[TaskRun]):
    assert found(history, 20_000).small_budget is None
    assert found(runs(*FIXES[:5]), 20_000).small_budget is not None


def test_no_budget_is_not_small():
    assert found(runs(*FIXES)).small_budget is None


def test_work_of_no_kind_is_warned_of_nothing():
    work = WorkBegun("Hm.", "now", "new", "high", 20_000)
    assert find_warnings(runs(*FIXES), "other", work, lambda _: 1.0, NOW) == WorkFindings("other")


def test_the_work_that_begins_is_no_history_of_its_own():
    """Its log just stops: it would count as cut at what it has used so far."""
    begun = task(26_500, "open", session="now", budget=26_500, ended=NOW)
    five = runs(*FIXES[:5])
    assert found([*five, begun], 30_000) == found(five, 30_000)
    assert found([*five, begun], 30_000, session="another") != found(five, 30_000)


EARLIER = runs(*range(10_000, 40_000, 1_000), days_ago=60)
MOVED = [*EARLIER, *runs(*range(30_000, 120_000, 3_000), days_ago=10)]
"""Thirty runs, and thirty of the last days that needed three times as much."""
STEADY = [*EARLIER, *runs(*range(10_000, 40_000, 1_000), days_ago=10)]


def test_drift_is_told_if_it_is_sure():
    drift = found(MOVED).drift
    assert drift is not None and drift.recent_p90 > 2 * drift.earlier_p90
    assert (found(STEADY).drift, found(STEADY).drift_runs) == (None, 60)
    assert found(MOVED[:39]).drift_runs == 0  # nine of the last days


def test_a_kind_is_tested_once_a_month_and_again_when_an_import_doubles_the_history(
    tmp_path: Path,
):
    DriftMemory(tmp_path).remember("feature", 40, NOW)
    memory = DriftMemory(tmp_path)
    assert not memory.is_due("feature", 79, NOW + 29 * DAY)
    assert memory.is_due("feature", 80, NOW + 1)
    assert memory.is_due("feature", 40, NOW + 30 * DAY)
    assert memory.is_due("feature", 40, NOW - 1)  # a clock that was set back
    assert memory.is_due("bug fix", 40, NOW)
    memory.remember("bug fix", 50, NOW)
    assert not DriftMemory(tmp_path).is_due("feature", 40, NOW)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("damage", [b"", b"[1]", b"\xff", b'{"feature":3}'])
def test_a_damaged_or_missing_memory_costs_only_another_test(tmp_path: Path, damage: bytes):
    (tmp_path / FILE_NAME).write_bytes(damage)
    assert DriftMemory(tmp_path).is_due("feature", 40, NOW)
    DriftMemory(tmp_path).remember("feature", 40, NOW)
    (tmp_path / FILE_NAME).unlink()
    assert DriftMemory(tmp_path).is_due("feature", 40, NOW)


def history_of(folder: Path, *, now: float = NOW) -> WorkHistory:
    """A new session's view of a store with runs whose need has moved."""
    with HistoryStore(folder / "data") as store:
        imported = [structs.replace(run, source="claude-code") for run in MOVED]
        store.replace(ReadFile("claude-code", "f", "1"), imported)
    return WorkHistory(
        folder / "data", folder / "state", CountingRules(), lambda _: 1.0, lambda: now
    )


def test_the_next_session_does_not_tell_of_the_same_drift(tmp_path: Path):
    work = WorkBegun("Fix the crash.", "now", "new", "high")
    first = history_of(tmp_path)
    told = first.findings(work)
    assert told.kind == "bug fix" and told.drift is not None
    first.note_drift_test(told)
    again = history_of(tmp_path).findings(work)
    assert (again.drift, again.drift_runs) == (None, 0)
    assert history_of(tmp_path, now=NOW + 31 * DAY).findings(work).drift_runs == 0  # too few now


def test_the_kind_of_a_prompt_is_known_once_the_history_was_read(tmp_path: Path):
    history = history_of(tmp_path)
    assert history.kind_of("Fix the crash.") is None
    history.findings(WorkBegun("Add a page.", "now", "new", "high"))
    assert history.kind_of("Fix the crash.") == "bug fix"
