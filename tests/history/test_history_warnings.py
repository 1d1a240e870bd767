"""What the runs of a kind warn of, in the advice and in words."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.history.task_runs import task
from tui.budget.budget_advice import budget_advice
from tui.history.advice_basis import AdviceBasis, basis_with_warnings
from tui.history.history_warnings import DriftWarning, HistoryWarning, NearLimitWarning
from tui.history.task_run import TaskRun
from tui.reports.advice_page import advice_json, advice_lines

DAY = 86_400.0
NOW = 1_000 * DAY


def basis(runs: Sequence[TaskRun]) -> AdviceBasis:
    return basis_with_warnings(runs, "bug fix", lambda _: 1.0, model="new", now=NOW)


def history(*spends: int, days_ago: float = 400, budget: int | None = None) -> list[TaskRun]:
    """Finished runs, one after the other; those with a budget landed on it if it was used up."""
    at = NOW - days_ago * DAY
    return [
        task(
            spend,
            "landed" if budget and spend >= budget else "completed",
            budget=budget,
            ended=at + number,
        )
        for number, spend in enumerate(spends)
    ]


OLD = history(*range(10_000, 60_000, 1_000))


@pytest.mark.parametrize(
    ("last", "cause"),
    [
        # The budget of 30,000 suffices for about half of the old runs.
        (history(30_000, 30_000, 30_000, 12_000, days_ago=1, budget=30_000), "tight"),
        # 58,000 suffices for nearly all, and six of seven reached it.
        (history(*[58_000] * 6, 20_000, days_ago=1, budget=58_000), "growing"),
        (history(*[58_000] * 2, *[20_000] * 5, days_ago=1, budget=58_000), None),
        (history(*[20_000] * 10, days_ago=1, budget=58_000), None),
    ],
)
def test_runs_near_their_limit(last: list[TaskRun], cause: str | None):
    found = [each for each in basis([*OLD, *last]).warnings if isinstance(each, NearLimitWarning)]
    assert [each.cause for each in found] == ([cause] if cause else [])


def test_only_the_history_before_the_runs_looked_at_says_what_was_to_be_expected():
    """After twenty runs on their limit the same twenty would call it normal."""
    last = history(*[58_000] * 10, days_ago=1, budget=58_000)
    (found,) = [w for w in basis([*OLD, *last]).warnings if isinstance(w, NearLimitWarning)]
    (before,) = [w for w in basis([*OLD, *last, *last]).warnings if isinstance(w, NearLimitWarning)]
    assert found.expected < 0.12 < before.expected


@pytest.mark.parametrize(
    ("recent", "sure"),
    [
        ([spend * 3 for spend in range(10_000, 40_000, 1_000)], True),
        (list(range(10_000, 40_000, 1_000)), None),
        ([90_000] * 9, None),  # too few to tell
    ],
)
def test_drift_of_the_last_thirty_days(recent: list[int], sure: bool | None):
    earlier = history(*range(10_000, 40_000, 1_000), days_ago=60)
    runs = [*earlier, *history(*recent, days_ago=10)]
    found = [each for each in basis(runs).warnings if isinstance(each, DriftWarning)]
    assert [each.is_sure for each in found] == ([] if sure is None else [sure])


def test_runs_of_all_kinds_together_warn_of_nothing():
    runs = [*OLD, *history(*[58_000] * 6, 20_000, days_ago=1, budget=58_000)]
    found = basis_with_warnings(runs, "other", lambda _: 1.0, model="new", now=NOW)
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("warning", "words"),
    [
        (
            NearLimitWarning("tight", 3, 5, 30_000.0, 0.45),
            "3 of the last 5 budgets were used up, or nearly: a budget of 30,000 fits 55 % of such"
            " runs.",
        ),
        (
            NearLimitWarning("growing", 6, 7, 58_000.0, 0.1),
            "6 of the last 7 budgets were used up, or nearly, where 10 % were to be expected: these"
            " tasks grow.",
        ),
        (
            DriftWarning(True, 140_000.0, 190_000.0),
            "p90 of the last 30 days has moved: from 140,000 to 190,000 tokens.",
        ),
        (
            DriftWarning(False, 140_000.0, 190_000.0),
            "p90 of the last 30 days has perhaps moved: from 140,000 to 190,000 tokens.",
        ),
    ],
)
def test_a_warning_in_words_and_as_json(warning: HistoryWarning, words: str):
    found = AdviceBasis(basis(OLD).distribution, warnings=(warning,))
    advice = budget_advice(found.distribution)
    lines = advice_lines(found, advice, kind="bug fix", model="m", effort=None)
    assert words in [*lines]
    body: Any = advice_json(found, advice, kind="bug fix", model="m", effort=None)
    assert [each["type"] for each in body["warnings"]] == [
        "drift" if isinstance(warning, DriftWarning) else "near_limit"
    ]


def test_a_published_range_is_not_called_too_small():
    """Its p90 of 600,000 is less than twice its median of 316,228."""
    found = basis_with_warnings([], "refactor", lambda _: 1.0, model="new", now=NOW)
    advice = budget_advice(found.distribution)
    lines = advice_lines(found, advice, kind="refactor", model="m", effort=None)
    assert not any("twice the median" in line for line in lines)
