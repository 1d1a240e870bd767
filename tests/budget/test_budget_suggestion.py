"""A budget is suggested from sessions like it, else from the published range for the prompt."""

import pytest

from tui.budget.budget_suggestion import suggest_for_prompt, suggest_from_history

PROMPTS = [
    ("", "a small fix", 50_000),
    ("hello", "a small fix", 50_000),
    ("Fix the mutable defaults in cart.py", "a small fix", 50_000),
    ("why does the login crash?", "a small fix", 50_000),
    ("Review all Python files and fix missing return annotations", "a small fix", 50_000),
    ("Add a dark mode", "a feature", 150_000),
    ("implement OAuth", "a feature", 150_000),
    ("Add docstrings to all functions", "documentation", 100_000),
    ("update the README", "documentation", 100_000),
    ("write a full test suite", "a test suite", 300_000),
    ("Write tests for the parser", "a test suite", 300_000),
    ("Refactor the session store and fix what breaks", "a refactoring", 300_000),
    ("migrate to pydantic 3", "a refactoring", 300_000),
    ("x" * 10_000 + " refactor", "a small fix", 50_000),
]


@pytest.mark.parametrize(("prompt", "work", "tokens"), PROMPTS)
def test_the_published_budget_for_a_prompt(prompt: str, work: str, tokens: int):
    suggested = suggest_for_prompt(prompt)
    assert (suggested.work, suggested.tokens, suggested.runs) == (work, tokens, 0)
    assert suggested.least < suggested.most


HISTORIES: list[tuple[list[int], int | None]] = [
    ([], None),
    ([30_000] * 4, None),
    ([30_000] * 4 + [0, 0], None),  # one that was charged nothing tells nothing
    # The largest of five is their 90th percentile, and under ten runs half as much is added.
    ([38_000, 52_000, 61_000, 90_000, 140_000], 210_000),
    ([2_000] * 5, 20_000),
    ([14_001] * 5, 22_000),  # 21,001.5, up to the next thousand
    ([70_000] * 5, 105_000),
    ([70_100] * 5, 110_000),  # above 100,000 in steps of 5,000
    # Twenty runs: the eighteenth, and 40 % more.
    ([10_000] * 17 + [50_000] + [900_000] * 2, 70_000),
]


@pytest.mark.parametrize(("charged", "tokens"), HISTORIES)
def test_the_budget_that_finished_sessions_suggest(charged: list[int], tokens: int | None):
    suggested = suggest_from_history(charged)
    assert (suggested and suggested.tokens) == tokens
    if suggested:
        assert suggested.runs == len(charged)
        assert (suggested.least, suggested.most) == (min(charged), max(charged))
        assert suggested.is_minimum is (tokens == 20_000)
