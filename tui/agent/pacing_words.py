"""A wait for a rate limit in words: the same on the screen and without one."""

from tui.budget.rate_buckets import RateKind
from tui.budget.request_pacing import PacedWait
from tui.number_format import format_duration, format_tokens

_KIND_WORDS: dict[RateKind, str] = {
    "requests": "requests/min",
    "input-tokens": "input tokens/min",
    "output-tokens": "output tokens/min",
    "tokens": "tokens/min",
}


def rate_left_words(wait: PacedWait) -> str:
    """What is left of the limit that is waited for: `12k tokens/min left`."""
    if wait.kind is None:
        return "the server asked for a pause"
    left = f"{wait.left:,}" if wait.kind == "requests" else format_tokens(wait.left)
    return f"{left} {_KIND_WORDS[wait.kind]} left"


def paced_sentence(wait: PacedWait) -> str:
    """That a request waits for a rate limit, and how long."""
    return f"Paced: {rate_left_words(wait)}, next request in {format_duration(wait.seconds)}."
