"""How a plan gets on, beside its checklist: its overhead, and what a report says is left.

Work is charged to the subtask in progress. What no subtask is charged with while some are
open is the overhead of the plan, and the rest of the work will have its share of it too.
"""

from typing import NamedTuple


class _Told(NamedTuple):
    """What a report said would be needed to finish."""

    estimate: int
    charged: int
    """Tokens charged in the session when it was filed."""
    request: int


class Progress:
    """Folded by `tui.session.state`; every figure is in tokens."""

    def __init__(self) -> None:
        self._idle = 0
        """Unassigned tokens charged while nothing was open."""
        self._since = 0
        """Unassigned tokens when the last open subtask was closed."""
        self._open = False
        self._told: _Told | None = None

    def planned(self, *, is_open: bool, unassigned: int, request: int) -> None:
        """The checklist changed; what a report of an earlier request said is old now.

        Args:
            is_open: Whether a subtask is open now.
            unassigned: Tokens charged to no subtask so far.
            request: The request that changed it.
        """
        if is_open and not self._open:
            self._idle += unassigned - self._since
        elif self._open and not is_open:
            self._since = unassigned
        self._open = is_open
        if self._told is not None and self._told.request != request:
            self._told = None

    def reported(self, estimate: int | None, *, charged: int, request: int) -> None:
        """The model filed a report; without an estimate the checklist's is the newest word."""
        self._told = None if estimate is None else _Told(estimate, charged, request)

    def overhead(self, unassigned: int) -> int:
        """What the plan cost beside its subtasks, with `unassigned` tokens charged to none."""
        return max(0, (unassigned if self._open else self._since) - self._idle)

    def told(self, charged: int) -> int | None:
        """What the newest report leaves to do, with `charged` tokens charged so far."""
        if self._told is None:
            return None
        return max(0, self._told.estimate - (charged - self._told.charged))
