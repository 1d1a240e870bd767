"""A wait for a rate limit in words."""

import pytest

from tui.agent.pacing_words import paced_sentence, rate_left_words
from tui.budget.request_pacing import PacedWait


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (PacedWait(8.0, "tokens", 12_000, 200_000), "12k tokens/min left"),
        (PacedWait(8.0, "input-tokens", 850, 200_000), "850 input tokens/min left"),
        (PacedWait(8.0, "output-tokens", 0, 200_000), "0 output tokens/min left"),
        (PacedWait(8.0, "requests", 3, 50), "3 requests/min left"),
        (PacedWait(8.0), "the server asked for a pause"),
    ],
)
def test_each_limit_is_named_by_what_it_counts(wait: PacedWait, words: str):
    assert rate_left_words(wait) == words
    assert paced_sentence(wait) == f"Paced: {words}, next request in 8s."
