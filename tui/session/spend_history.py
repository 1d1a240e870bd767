"""What a session spent and when, by quarters of an hour and by tag: for monthly budgets.

The sums of the ledger and of the bill only grow, whatever leaves the conversation, and so does
this. What a fork took over from its parent is the parent's.
"""

from decimal import Decimal

from tui.budget.billing import Bill
from tui.budget.ledger import Ledger
from tui.budget.monthly_budget import QUARTER, Spend
from tui.session.team_account import TeamAccount


class SpendHistory:
    """Differences of the running sums, each filed under the time of its event."""

    def __init__(self) -> None:
        self._spent: dict[tuple[int, str], Spend] = {}
        self._seen = Spend()
        """The running sums after the last event, those of agents included."""
        self._own: tuple[int, Decimal | None, int] = (0, None, 0)
        """The same of the session without its agents."""

    @property
    def rows(self) -> list[tuple[int, str, Spend]]:
        """Quarter of an hour since 1970, tag, what was spent."""
        return [(quarter, tag, spend) for (quarter, tag), spend in list(self._spent.items())]

    def begin_session(self) -> None:
        """Forget what came before: it is of the session that this one was forked from."""
        self._spent = {}

    def observe(self, at: float, tag: str, ledger: Ledger, bill: Bill, team: TeamAccount) -> None:
        """Note what an event added.

        Args:
            at: When it came, in seconds since 1970.
            tag: The tag of the session then; empty without one.
            ledger: What was charged over the whole log.
            bill: What is paid for over the whole log.
            team: The agents of the session.
        """
        own = (ledger.charged, bill.dollars, bill.unpriced)
        if own == self._own and not team.agents:  # of most events this is all
            return
        sums = Spend(
            ledger.charged + team.charged,
            (bill.dollars or Decimal(0)) + team.dollars,
            bill.unpriced + team.unpriced,
        )
        added = sums - self._seen
        self._own = own
        if added == Spend():
            return
        key = int(at // QUARTER), tag
        self._spent[key] = self._spent.get(key, Spend()) + added
        self._seen = sums
