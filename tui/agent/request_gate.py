"""What comes before each request of a turn: waiting while it is held, the questions at limits, and
tokens of the team's pool.
"""

from tui.agent import model_notes
from tui.agent.concurrency import run_interruptible
from tui.agent.deadline import Deadline
from tui.agent.landing import Landing
from tui.agent.loop_detection import LoopDetector
from tui.agent.monthly_budgets import MonthlyBudgetWatch
from tui.agent.turn_items import Emit
from tui.agent.waiting_time import waiting_time
from tui.session import events as ev


class RequestGate:
    """Asks, before each request of one turn, whether it may be sent."""

    def __init__(self, landing: Landing, loop_detector: LoopDetector, emit: Emit) -> None:
        self._landing = landing
        self._emit = emit
        self._monthly_budgets = MonthlyBudgetWatch(landing.state, landing.limit_checker.ctx)
        self._limit_checker = landing.limit_checker
        self._state = landing.state
        self._loop_detector = loop_detector
        self.deadline = Deadline(landing.limit_checker)

    async def wait_until_free(self) -> None:
        """Wait while the whole session is held, or while the user has paused this agent.

        Raises:
            Interrupted: it was stopped instead.
        """
        ctx = self._limit_checker.ctx
        interrupt = ctx.services.inbox.interrupt
        if not ctx.run.may_send.is_set():
            await run_interruptible(interrupt, ctx.run.may_send.wait)
        if ctx.run.is_paused:
            async with waiting_time(ctx, self._state.request + 1, self._emit):
                for gate in ctx.run.gates:
                    await run_interruptible(interrupt, gate.wait)

    async def check_all(self) -> None:
        """Ask at all that may keep the next request from being sent; then the turn may be over."""
        inbox = self._limit_checker.ctx.services.inbox
        if (why := inbox.report_wish) and not self._landing.cause:
            await self._landing.on_stop(why)
        await self.check_progress()
        if self._state.turn_open:
            await self.check_monthly_budgets()
        await self.check_limits()
        if self._state.turn_open and self._landing.output_room == 0:
            await self._emit(*self._landing.end())

    async def check_progress(self) -> None:
        """Ask whether a turn goes on that makes no progress; a landing ends by itself."""
        found = None if self._landing.underway else self._loop_detector.evidence()
        if found is not None:
            await self._landing.at_loop(found)
            self._loop_detector.go_on(found.kind)

    async def check_limits(self) -> None:
        """Ask at each limit that forbids the next request, until none does or the turn is over.

        The budget is no such limit, but for a prompt that begins when nothing is left of it.
        """
        while self._state.turn_open and self._limit_checker.is_overrun:
            await self._landing.at_overrun()
        while self._state.turn_open and (exceeded := self._limit_checker.exceeded()) is not None:
            self.deadline.stop()
            await self._landing.at_hard_limit(exceeded)
        if self._state.turn_open:
            self.deadline.start()

    async def check_monthly_budgets(self) -> None:
        """Warn of monthly budgets, and ask at each one that forbids the next request."""
        standings = await self._monthly_budgets.read()
        if self._state.agent_of is None:  # nobody reads the log of an agent
            await self._emit(*await self._monthly_budgets.warnings(standings))
        while self._state.turn_open and not self._landing.underway:
            used_up = next((each for each in standings if each.is_stopped), None)
            if used_up is None:
                return
            self.deadline.stop()
            await self._landing.at_monthly_budget(used_up)
            standings = self._monthly_budgets.standings()

    async def hold_tokens(self, output: int) -> int | None:
        """Hold tokens of the team's pool for the next request; without any the turn lands.

        The working time of the agent stands still while it waits for them.

        Args:
            output: Output tokens that the request may take at most.

        Returns:
            Output tokens that the pool leaves to it; None where it does not draw on one, or lands.

        Raises:
            Interrupted: it was stopped instead.
        """
        ctx = self._limit_checker.ctx
        share, inbox = ctx.run.pool_share, ctx.services.inbox
        if share is None or self._landing.underway:
            return None
        async with waiting_time(ctx, self._state.request + 1, self._emit):
            tokens = await run_interruptible(
                inbox.interrupt, lambda: share.hold(output, lambda: bool(inbox.report_wish))
            )
            await run_interruptible(inbox.interrupt, ctx.run.may_send.wait)
        if (why := inbox.report_wish) and not self._landing.cause:
            await self._landing.on_stop(why)
        elif not tokens:
            await self._landing.at_empty_pool()
        return tokens or None

    def loop_warnings(self) -> list[ev.Event]:
        """A note for the model, shortly before the program asks whether the turn goes on."""
        warning = "" if self._landing.underway else self._loop_detector.warning()
        return [model_notes.note(warning, "reminder")] if warning else []
