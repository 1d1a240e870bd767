"""The monthly budgets of a session: which are in force, and how far they are used.

The sums are in the index, which every session keeps up to date with what it spent. A session
writes its own part and reads the sums before each request; so it counts what others spend that
run beside it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

from tui.agent.monthly_budget_words import MONTHLY_TOPIC, warning_sentence
from tui.agent.turn_context import TurnContext
from tui.budget.monthly_budget import (
    BudgetStanding,
    CalendarMonth,
    MonthlyBudget,
    SpendSlice,
    month_at,
    used_of,
)
from tui.budget.wire_budget import CountingRules
from tui.session import events as ev
from tui.session.session_index import SessionIndex
from tui.session.spend_table import SpendRow
from tui.session.state import SessionState
from tui.session.store_errors import StoreError

REFRESH_SECONDS = 5.0
"""How long the first request waits for sessions whose sums are not in the index yet."""


@dataclass(slots=True)
class IndexedSpend:
    """What all sessions spent, by the index: see `tui.agent.turn_context.SpendReader`."""

    data: Path
    """The user's data folder."""
    folder: Path
    """The project folder."""
    log: Path
    """The file of the session at hand."""
    state: SessionState
    """Its state: what it and its agents spent."""
    _refresh: "asyncio.Task[None] | None" = None
    _refreshed_month: str = ""
    _claimed: set[tuple[str, str, int]] = field(default_factory=set)
    """Warnings that this session gave, for an index that keeps nothing."""

    async def read(self, month: CalendarMonth, patience: float) -> tuple[list[SpendSlice], bool]:
        """See `SpendReader`."""
        complete = await self._is_complete(month, patience)
        rows = self.state.spend_history.rows
        try:
            spent, is_kept = await asyncio.to_thread(self._read, rows, month)
            return spent, complete and is_kept
        except StoreError:
            return [SpendSlice(quarter, True, tag, spend) for quarter, tag, spend in rows], False

    async def write(self) -> None:
        """See `SpendReader`."""

        def record() -> None:
            with suppress(StoreError), SessionIndex(self.data, self.state.counting) as index:
                self._record(index, rows)

        rows = self.state.spend_history.rows
        await asyncio.to_thread(record)

    def _record(self, index: SessionIndex, rows: Sequence[SpendRow]) -> None:
        index.record_spend(self.log.parent.name, self.state.session, rows)

    async def claim_warning(self, budget: str, month: CalendarMonth, percent: int) -> bool:
        """See `SpendReader`."""
        warning = budget, month.name, percent
        if warning in self._claimed:
            return False
        self._claimed.add(warning)

        def claim() -> bool:
            with SessionIndex(self.data, self.state.counting) as index:
                return index.claim_warning(budget, month, percent)

        try:
            return await asyncio.to_thread(claim)
        except StoreError:
            return False

    def _read(
        self, rows: Sequence[SpendRow], month: CalendarMonth
    ) -> tuple[list[SpendSlice], bool]:
        with SessionIndex(self.data, self.state.counting) as index:
            self._record(index, rows)
            return index.spend(month, self.folder), not index.in_memory

    async def _is_complete(self, month: CalendarMonth, patience: float) -> bool:
        """Whether the index knows all sessions of the month; reads what it does not know."""
        if self._refresh is None or self._refreshed_month != month.name:
            self._refreshed_month = month.name
            self._refresh = asyncio.create_task(asyncio.to_thread(self._look, month))
        await asyncio.wait([self._refresh], timeout=patience)
        return self._refresh.done()

    def _look(self, month: CalendarMonth) -> None:
        with suppress(StoreError), SessionIndex(self.data, self.state.counting) as index:
            index.refresh(since=month.begins)


def read_standings(
    data: Path,
    folder: Path,
    counting: CountingRules,
    budgets: Sequence[MonthlyBudget],
    *,
    at: float,
    zone: tzinfo,
) -> list[BudgetStanding]:
    """How far budgets are used, by the logs of all sessions; for commands without a session.

    Args:
        data: The user's data folder.
        folder: The project folder.
        counting: How the server counts.
        budgets: The budgets.
        at: Now, in seconds since 1970.
        zone: The user's time zone.

    Raises:
        StoreError: the index can be neither read nor made.
    """
    if not budgets:
        return []
    month, spent = month_at(at, zone), list[SpendSlice]()
    if data.exists():  # else there are no sessions, and nothing is made to count them
        with SessionIndex(data, counting) as index:
            index.refresh(since=month.begins)
            spent = index.spend(month, folder)
    return [BudgetStanding(each, used_of(each, spent, month), month, at) for each in budgets]


class MonthlyBudgetWatch:
    """Reads the monthly budgets of one session, and says what is due."""

    def __init__(self, state: SessionState, ctx: TurnContext) -> None:
        self._state, self._ctx = state, ctx
        self._slices: list[SpendSlice] = []
        self._complete = True

    async def read(self, *, patience: float = REFRESH_SECONDS) -> tuple[BudgetStanding, ...]:
        """Write what the session spent, and read how far its budgets are used.

        Args:
            patience: Seconds to wait for sums that are not in the index yet.
        """
        reader = self._ctx.services.spend
        if reader is None:
            return ()
        if not self._ctx.settings.monthly_budgets:
            await reader.write()  # a session beside this one may have some
            return self.standings()
        self._slices, self._complete = await reader.read(self._month, patience)
        return self.standings()

    def standings(self) -> tuple[BudgetStanding, ...]:
        """How far the budgets are used, by what was read last; kept for the meters."""
        month, at = self._month, self._ctx.services.now()
        found = tuple(
            BudgetStanding(budget, used_of(budget, self._slices, month), month, at, self._complete)
            for budget in self._budgets(month)
        )
        self._ctx.run.monthly_standings = found
        return found

    async def warnings(self, standings: Sequence[BudgetStanding]) -> list[ev.NoticeShown]:
        """The warnings that nobody has given yet: of each budget the highest one.

        That a budget is used up which stops the work is no warning: the question says it.
        """
        reader = self._ctx.services.spend
        found = []
        for standing in standings if reader else ():
            assert reader is not None
            key, month = standing.budget.key, standing.month
            new = [
                percent
                for percent in standing.percents_reached
                if await reader.claim_warning(key, month, percent)
            ]
            if new and new[-1] == standing.percents_reached[-1] and not standing.is_stopped:
                words = warning_sentence(standing, new[-1])
                topic = f"{MONTHLY_TOPIC} {month.name} {key} {new[-1]}"
                found.append(ev.NoticeShown(sentence=words, once=topic))
        return found

    @property
    def _month(self) -> CalendarMonth:
        return month_at(self._ctx.services.now(), self._ctx.settings.zone)

    def _budgets(self, month: CalendarMonth) -> Iterator[MonthlyBudget]:
        """Those in force for the session, with what the user let it go on beyond."""
        raised = self._state.raised_monthly_budgets
        for budget in self._ctx.settings.monthly_budgets:
            if budget.cover == "tag" and budget.tag != self._state.tag:
                continue
            while not budget.is_cap and (limit := raised.get((budget.key, month.name))):
                budget = replace(budget, limit=limit)
            yield budget


def raised_amount(
    standing: BudgetStanding, others: Iterable[BudgetStanding] = ()
) -> Decimal | None:
    """What a budget that is used up is raised to in one session; None where that is no help.

    Args:
        standing: The budget.
        others: The budgets of the session; a cap on the same is the most.
    """
    budget = standing.budget
    if budget.is_cap:
        return None
    step = Decimal(1) if budget.unit == "tokens" else Decimal("0.01")
    wish = (max(budget.limit, standing.used) + budget.limit / 2).quantize(step, ROUND_CEILING)
    same = (budget.cover, budget.tag, budget.unit)
    caps = [
        each.budget.limit
        for each in others
        if each.budget.is_cap and (each.budget.cover, each.budget.tag, each.budget.unit) == same
    ]
    value = min([wish, *caps])
    return value if value > standing.used else None
