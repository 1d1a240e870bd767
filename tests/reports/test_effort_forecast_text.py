"""What another effort would take, in words."""

import pytest

from tui.budget.task_kinds import KINDS, TaskKind
from tui.reports.effort_forecast_text import effort_forecast_words


@pytest.mark.parametrize(
    ("ratio", "tokens", "kind", "words"),
    [
        (1.2, 60_000, "feature", "≈ 1.2 × spend, ≈ 60k for a feature"),
        (0.75, 1_234_567, "tests", "≈ 0.75 × spend, ≈ 1.2M for tests"),
        (0.6, 12_000.4, "other", "≈ 0.6 × spend, ≈ 12k for a task"),
    ],
)
def test_the_words(ratio: float, tokens: float, kind: TaskKind, words: str):
    assert effort_forecast_words(ratio, tokens, kind) == words


def test_every_kind_has_words():
    assert all(effort_forecast_words(1, 1, kind) for kind in KINDS)
