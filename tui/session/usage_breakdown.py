"""The five meters cut by request, turn, subtask, agent or model: what each part took.

The ledger has the tokens charged to the budget, the usage details have the tokens billed. The
parts of each breakdown add up to the meters of the whole session. Only the account's rate limits
belong to no part.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Literal

from tui.budget.ledger import LedgerEntry, split_shares
from tui.session.usage_details import BillLine

Grouping = Literal["request", "turn", "subtask", "agent", "model"]
GROUPINGS: tuple[Grouping, ...] = ("request", "turn", "subtask", "agent", "model")
"""What the meters can be cut by."""
Key = int | str | None
"""Number of a request or turn, name of an agent, id of a model or subtask; None: unassigned."""


@dataclass(slots=True)
class UsageGroup:
    """What one part of a session took."""

    key: Key
    requests: int = 0
    charged: int = 0
    """Tokens charged to a budget."""
    unsettled: int = 0
    """The part of `charged` that is an estimate."""
    billed: int = 0
    """Tokens of every class."""
    estimated: bool = False
    """Whether some of `billed` is an estimate."""
    cached: int = 0
    """The part of `billed` that was read from the cache."""
    dollars: Decimal | None = None
    """None while nothing of it has a known price."""
    unpriced: int = 0
    """Requests whose price is unknown."""
    context: int = 0
    """Tokens of the window at its fullest."""
    seconds: float = 0.0
    """In which the model answered."""

    def add(self, other: "UsageGroup") -> None:
        """Count another part in."""
        self.requests += other.requests
        self.charged += other.charged
        self.unsettled += other.unsettled
        self.billed += other.billed
        self.estimated = self.estimated or other.estimated
        self.cached += other.cached
        if other.dollars is not None:
            self.dollars = (self.dollars or Decimal(0)) + other.dollars
        self.unpriced += other.unpriced
        self.context = max(self.context, other.context)
        self.seconds += other.seconds


def group_usage(
    entries: Iterable[LedgerEntry], lines: Iterable[BillLine], grouping: Grouping
) -> list[UsageGroup]:
    """The parts of a session, in the order in which they began.

    Args:
        entries: Of the ledger.
        lines: Of the statement.
        grouping: What to cut by.
    """
    found: dict[Key, UsageGroup] = {}

    def of(key: Key) -> UsageGroup:
        return found.setdefault(key, UsageGroup(key))

    key_of = attrgetter(grouping)  # entries and lines call what they belong to alike
    for entry in split_shares(entries) if grouping == "subtask" else entries:
        if entry.charged and entry.tokens:
            cut = of(key_of(entry))
            cut.charged += entry.tokens
            cut.unsettled += 0 if entry.settled else entry.tokens
    for line in lines:
        _add_bill_line(of(key_of(line)), line)
    if grouping in ("request", "turn"):
        return sorted(found.values(), key=lambda cut: int(cut.key or 0))
    return list(found.values())


def _add_bill_line(cut: UsageGroup, line: BillLine) -> None:
    cut.requests += 1
    cut.billed += line.usage.total_input + line.usage.output
    cut.estimated = cut.estimated or line.estimated
    cut.cached += line.usage.cache_read
    cut.context = max(cut.context, line.context)
    cut.seconds += line.seconds
    if line.dollars is None:
        cut.unpriced += 1
    else:
        cut.dollars = (cut.dollars or Decimal(0)) + line.dollars
