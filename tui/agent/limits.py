"""Limits at a request boundary: is another request allowed, and how large may it be?

The budget's reserve is the soft limit, fuses are the hard ones. Reaching either is an
event; how it goes on is the user's to say, or the command line's where nobody is there.
Silence means pause, never continue.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from tui.agent.flow import unless
from tui.agent.means import Means, OnLimit
from tui.budget.fuses import Blown, Prices, Spent, blown, output_room
from tui.claude.catalogue import Model
from tui.claude.pricing import rates_for
from tui.session import events as ev
from tui.session.state import SessionState

ANSWERS: dict[OnLimit, ev.LimitAnswer] = {"wrap": "finish", "pause": "pause", "stop": "stop"}


@dataclass(slots=True)
class Gate:
    """Watches one turn."""

    state: SessionState
    means: Means
    model: Model
    began: float
    """When the turn began, in seconds since the Unix epoch."""
    first_request: int
    """Number of the turn's first request."""

    def blown(self) -> Blown | None:
        """The fuse that forbids the next request, if one does."""
        return blown(self.means.fuses, self._spent(), self._prices())

    def output_room(self) -> int | None:
        """Output tokens the fuses leave to the next request; None where none says."""
        return output_room(self.means.fuses, self._spent(), self._prices())

    def at_fuse(self, fuse: Blown) -> ev.LimitReached:
        """The event of a reached fuse."""
        return ev.LimitReached(limit=fuse.fuse, sentence=fuse.sentence, extend_by=self.more())

    def at_reserve(self) -> ev.LimitReached:
        """The event of a budget that is down to its reserve."""
        left, grant = self.state.left or 0, self.state.grant or 0
        sentence = f"The budget is down to its reserve: {left:,} tokens left of {grant:,}."
        return ev.LimitReached(limit="budget", sentence=sentence, extend_by=self.more())

    def extend(self, fuse: Blown, by: int) -> list[ev.Event]:
        """Go on past a fuse: a token fuse by a bigger grant, another by half of itself again.

        A raised fuse holds for this run of the program; the settings are not changed.
        """
        fuses = self.means.fuses
        match fuse.fuse:
            case "tokens":
                return [ev.BudgetExtended(by=by or self.more())]
            case "dollars" if fuses.dollars is not None:
                self.means.fuses = replace(fuses, dollars=fuses.dollars * 3 / 2)
            case "requests" if fuses.requests is not None:
                self.means.fuses = replace(fuses, requests=fuses.requests * 3 // 2 + 1)
            case "minutes" if fuses.minutes is not None:
                self.means.fuses = replace(fuses, minutes=fuses.minutes * 3 / 2)
            case _:
                pass
        return []

    def ask(self) -> None:
        """Open the question; before its event is published, so that an answer finds it."""
        if self.means.on_limit == "ask":
            self.means.desk.ask_limit()

    async def answer(self) -> ev.LimitAnswered:
        """What the user, or the command line, says about the limit just reached.

        Raises:
            Interrupted: the user pressed Esc instead.
        """
        choice = self.means.on_limit
        if choice != "ask":
            return ev.LimitAnswered(answer=ANSWERS[choice])
        desk = self.means.desk
        try:
            async with asyncio.timeout(self.means.limit_patience):
                return await unless(desk.interrupt, desk.limit_answered)
        except TimeoutError:
            return ev.LimitAnswered(answer="pause", silent=True)

    def _spent(self) -> Spent:
        minutes = Decimal(max(0.0, self.means.now() - self.began)) / 60
        return Spent(
            left=self.state.left,
            dollars=self.state.bill.dollars or Decimal(0),
            requests=self.state.request - self.first_request + 1,
            minutes=minutes,
        )

    def _prices(self) -> Prices | None:
        """What the next request costs at least: its context, read from the cache."""
        day = datetime.fromtimestamp(self.means.now(), UTC).date()
        rates = rates_for(self.model, day, self.state.context)
        if rates is None:
            return None
        read = rates.cache_read * self.state.context / 1_000_000
        return Prices(input=read, output_token=rates.output / 1_000_000)

    def more(self) -> int:
        """What an extension would add, as a suggestion: a quarter of the grant, 20k at least."""
        return max(20_000, (self.state.grant or 0) // 4_000 * 1_000)
