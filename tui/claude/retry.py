"""When a failed request is sent again, and after how long.

One policy, ours: the SDK is told not to retry, so that every retry is seen. Only requests
of which nothing was answered yet are sent again without asking; what broke off in the
middle has cost tokens, and is for the agent to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tui.claude.errors import Fault


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be."""

    attempts: int = 6
    """The first one included."""
    first: float = 0.5
    """Seconds before the second attempt; doubles from there."""
    most: float = 8.0
    """Seconds; the longest pause that is ours."""
    jitter: float = 0.25
    """Part of the pause that is left to chance, downwards."""
    patience: float = 60.0
    """Seconds; a server that asks for a longer pause is not waited for."""

    def pause(self, attempt: int, fault: Fault, random: Callable[[], float]) -> float | None:
        """Seconds to wait before the next attempt; None to give up.

        Args:
            attempt: The one that failed, from 1.
            fault: How it failed.
            random: Gives numbers from 0 up to 1.
        """
        most = min(self.attempts, fault.cause.attempts or self.attempts)
        if attempt >= most or not fault.retryable:
            return None
        if fault.retry_after is not None:
            return fault.retry_after if fault.retry_after <= self.patience else None
        pause = min(self.first * 2.0 ** (attempt - 1), self.most)
        return pause * (1 - self.jitter * random())


NEVER = Policy(attempts=1)
"""No second attempt."""
