"""The plan that waits for an answer, and how far an agreed one is from its quote.

A plan waits from the call that files it until the user agrees, or another plan takes its place. An
agreed quote is open while one of its items is; when a turn ends with none open, what was charged
until then is its bill, and later prompts change nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tui.budget.billing import Bill
from tui.budget.ledger import Ledger
from tui.session.checklist import Checklist, SubtaskState
from tui.session.events import PlanFiled
from tui.session.filed_plan import AgreedItem, AgreedQuote


@dataclass(frozen=True, slots=True)
class BilledItem:
    """One agreed item beside what it took."""

    item: AgreedItem
    state: SubtaskState
    took: int
    """Tokens charged to it."""
    done_with: str | None = None
    """Id of the item it was done with, which has the tokens of both."""

    @property
    def is_open(self) -> bool:
        """Whether there is work left in it."""
        return self.state in ("pending", "in_progress")


@dataclass(frozen=True, slots=True)
class QuoteBill:
    """What an agreed plan took so far, beside its quote."""

    quote: AgreedQuote
    items: tuple[BilledItem, ...]
    took: int
    """Tokens charged since the user agreed: those of the items, and `beside`."""
    dollars: Decimal | None
    """Billed since then; None where no request had a known price."""
    is_open: bool

    @property
    def beside(self) -> int:
        """Tokens that belong to no item: reading at the beginning, reports."""
        return max(0, self.took - sum(item.took for item in self.items))

    @property
    def open_items(self) -> tuple[BilledItem, ...]:
        """Those that are neither done nor given up."""
        return tuple(item for item in self.items if item.is_open)

    @property
    def open_quoted(self) -> int:
        """Quoted tokens of the open items, less what they took already."""
        return sum(max(0, each.item.quoted - each.took) for each in self.open_items)


@dataclass(frozen=True, slots=True)
class _Mark:
    """What was charged and billed at one moment."""

    charged: int
    dollars: Decimal | None


class PlanQuotes:
    """Filed plans and agreed quotes, folded by `tui.session.event_fold`."""

    def __init__(self) -> None:
        self.filed: PlanFiled | None = None
        """The newest plan."""
        self.filed_in_request = 0
        """The request in which the model filed it."""
        self.agreed: AgreedQuote | None = None
        """The newest quote that the user agreed to."""
        self.waits = False
        """Whether `filed` is not agreed yet."""
        self.closed_turn = 0
        """The turn whose end closed the bill; 0 while it is open."""
        self._from = _Mark(0, None)
        self._until: _Mark | None = None
        """Of a bill that is closed."""

    @property
    def waiting(self) -> PlanFiled | None:
        """The plan that the user has not agreed to yet."""
        return self.filed if self.waits else None

    def on_filed(self, event: PlanFiled, request: int) -> None:
        """A plan was filed, or changed by the user."""
        self.filed, self.waits, self.filed_in_request = event, True, request

    def on_agreed(self, quote: AgreedQuote, ledger: Ledger, bill: Bill) -> None:
        """The user agreed: from here on everything charged counts against the quote."""
        self.agreed, self.waits, self._until, self.closed_turn = quote, False, None, 0
        self._from = _Mark(ledger.charged, bill.dollars)

    def on_turn_end(self, turn: int, checklist: Checklist, ledger: Ledger, bill: Bill) -> None:
        """A turn ended: with no open item the bill is closed.

        Args:
            turn: Its number.
            checklist: All subtasks of the session.
            ledger: What they are charged with.
            bill: What the session cost.
        """
        quote = self.agreed
        if quote is None or self._until is not None or ledger.charged == self._from.charged:
            return
        if not any(
            _state(checklist, item.id) in ("pending", "in_progress") for item in quote.items
        ):
            self._until, self.closed_turn = _Mark(ledger.charged, bill.dollars), turn

    def bill(
        self, checklist: Checklist, ledger: Ledger, bill: Bill, done_with: Mapping[str, str]
    ) -> QuoteBill | None:
        """The agreed quote beside what its items took; None without one.

        Args:
            checklist: All subtasks of the session.
            ledger: What they are charged with.
            bill: What the session cost.
            done_with: Subtasks that were done with another one, by id.
        """
        quote = self.agreed
        if quote is None:
            return None
        until = self._until or _Mark(ledger.charged, bill.dollars)
        items = tuple(
            BilledItem(
                item,
                _state(checklist, item.id),
                took := ledger.by_subtask.get(item.id, 0),
                None if took else done_with.get(item.id),
            )
            for item in quote.items
        )
        dollars = None
        if until.dollars is not None:
            dollars = until.dollars - (self._from.dollars or Decimal(0))
        took = until.charged - self._from.charged
        return QuoteBill(quote, items, took, dollars, is_open=self._until is None)


def _state(checklist: Checklist, id: str) -> SubtaskState:
    task = checklist.get(id)
    return task.state if task else "pending"
