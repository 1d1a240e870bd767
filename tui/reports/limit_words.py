"""The rate limits of an account in words: what each counts, what is left, when it is full again."""

from tui.budget.meters import LimitMeter
from tui.number_format import format_countdown

_COUNTS = {
    "requests": "every request of the account",
    "input-tokens": "input that the prompt cache does not hold",
    "output-tokens": "what the model writes",
    "tokens": "both: input not in the cache, and output",
}


def limit_counts(name: str) -> str:
    """What a limit counts; empty for one that the API does not document."""
    return _COUNTS.get(name, "")


def full_in(limit: LimitMeter, now: float) -> str:
    """When a limit is full again: `0:42`; empty where it is, or where the server does not say.

    Args:
        limit: The limit.
        now: Seconds since the Unix epoch.
    """
    is_full = limit.left_at(now) >= limit.limit
    if limit.resets_at is None or is_full:
        return ""
    return format_countdown(limit.resets_at - now)


def limit_left(limit: LimitMeter, now: float) -> str:
    """`19,000 left of 30,000, full in 0:42`.

    Args:
        limit: The limit.
        now: Seconds since the Unix epoch.
    """
    left = f"{limit.left_at(now):,} left of {limit.limit:,}"
    when = full_in(limit, now)
    return f"{left}, full in {when}" if when else left
