"""When a failed request is sent again, and after how long.

One policy, ours: the SDK does not retry, so that the user sees every retry. The
client sends a request again only if no part of an answer arrived. An answer that broke off in the
middle has cost tokens, so the agent decides.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tui.claude.request_errors import ApiError, ErrorKind

REFUSALS: frozenset[ErrorKind] = frozenset({"rate_limited", "overloaded"})
"""Faults of a server that wants to be asked later (429, 529): they concern every agent."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to send a request again, and how long to wait before."""

    attempts: int = 6
    """The first one included."""
    first_pause: float = 0.5
    """Seconds before the second attempt; doubles from there."""
    max_pause: float = 8.0
    """Seconds; the longest pause that is ours."""
    jitter: float = 0.25
    """Part of the pause that is left to chance, downwards."""
    max_server_pause: float = 60.0
    """Seconds; a server that asks for a longer pause is not waited for."""
    left_to_caller: frozenset[ErrorKind] = frozenset()
    """Faults after which the caller sends again."""

    def pause_before_retry(
        self, attempt: int, error: ApiError, random: Callable[[], float]
    ) -> float | None:
        """Seconds to wait before the next attempt; None to give up.

        Args:
            attempt: The one that failed, from 1.
            error: How it failed.
            random: Gives numbers from 0 up to 1.
        """
        most = min(self.attempts, error.facts.attempts or self.attempts)
        if attempt >= most or not error.retryable or error.kind in self.left_to_caller:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.max_server_pause else None
        pause = min(self.first_pause * 2.0 ** (attempt - 1), self.max_pause)
        return pause * (1 - self.jitter * random())


NO_RETRY = RetryPolicy(attempts=1)
"""No second attempt."""
