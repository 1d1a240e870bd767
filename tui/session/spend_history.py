"""What a session spent and when, by quarters of an hour and by tag: for monthly budgets.

The sums of the ledger and of the bill only grow, whatever leaves the conversation, and so does
this. What a fork took over from its parent is the parent's.
"""

from tui.budget.monthly_budget import QUARTER, Spend


class SpendHistory:
    """Differences of the running sums, each filed under the time of its event."""

    def __init__(self) -> None:
        self._spent: dict[tuple[int, str], Spend] = {}
        self._seen = Spend()
        """The running sums after the last event."""

    @property
    def rows(self) -> list[tuple[int, str, Spend]]:
        """Quarter of an hour since 1970, tag, what was spent."""
        return [(quarter, tag, spend) for (quarter, tag), spend in list(self._spent.items())]

    def begin_session(self) -> None:
        """Forget what came before: it is of the session that this one was forked from."""
        self._spent = {}

    def observe(self, at: float, tag: str, sums: Spend) -> None:
        """Note what an event added.

        Args:
            at: When it came, in seconds since 1970.
            tag: The tag of the session then; empty without one.
            sums: What was spent over the whole log, by the agents of the session too.
        """
        if sums == self._seen:
            return
        added = sums - self._seen
        key = int(at // QUARTER), tag
        self._spent[key] = self._spent.get(key, Spend()) + added
        self._seen = sums
