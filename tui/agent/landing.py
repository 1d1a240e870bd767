"""Landing: what happens when a limit is reached, until the turn is down.

At the budget's reserve the program asks the user, once, how to go on. To land, it answers the
calls that wait with "not run" and tells the model to file its report; the wire total stays whole.
If the model goes on working all the same, the program ends the turn with a report of its own.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from itertools import takewhile

from tui.agent import model_notes
from tui.agent.agent_ends import EMPTY_POOL
from tui.agent.concurrency import Interrupted
from tui.agent.limit_checks import LimitChecker
from tui.agent.loop_evidence import LoopEvidence
from tui.agent.model_notes import note
from tui.agent.plan_mode import LANDING_NOTE, can_file_plan
from tui.agent.tool_results import skipped_call_results
from tui.agent.tools.file_plan_tool import FILE_PLAN
from tui.agent.turn_end import end_turn, landing_sentence, reserve_sentence
from tui.agent.turn_items import Emit
from tui.budget.hard_limits import MIN_OUTPUT, LimitExceeded
from tui.budget.monthly_budget import BudgetStanding
from tui.budget.stages import reserve
from tui.session import events as ev

MAX_MESSAGES = 4
"""Messages with calls in which a landing must be through."""
CLOSING_TOOLS = ("wrap_up", "checklist")
"""Tools that still run while landing."""
LOOP_SETTINGS_HINT = "The settings under [loops] say how often is too often."

_NOT_RUN: dict[ev.TurnEndReason, str] = {
    "stopped": model_notes.NOT_RUN_LANDING_ON_STOP,
    "hard_limit": model_notes.NOT_RUN_LANDING_ON_MONTH,
    "landed": model_notes.NOT_RUN_LANDING_ON_POOL,
}
"""What the calls of a turn are answered that lands for another cause than its budget."""

CallRunner = Callable[[Sequence[ev.JSON], Collection[str]], Awaitable[None]]
"""Runs calls; the second argument holds the ids of those whose arguments were not readable."""


class Landing:
    """Asks at the limits of one turn, and lands it: the model files its report and stops."""

    def __init__(self, limit_checker: LimitChecker, run_calls: CallRunner, emit: Emit) -> None:
        self.limit_checker = limit_checker
        self.state = limit_checker.state
        self._run_calls = run_calls
        self._emit = emit
        self._messages = 0
        """Messages with calls since the landing began."""
        self.left_at_start: int | None = None
        """Tokens left when the program told the model to land; None before."""
        self.cause = ""
        """Why the turn lands, as a sentence, where that is not its budget; else empty."""
        self._cause_ends: ev.TurnEndReason = "hard_limit"
        """How it ends then."""
        self._reports = 0
        """Wrap-up reports of the session when it began."""

    @property
    def underway(self) -> bool:
        """Whether the program told the model to land."""
        return self.left_at_start is not None

    @property
    def output_room(self) -> int | None:
        """Output tokens it may still take of a budget that is overrun; None for any number.

        A turn that somebody stopped, or for which the team's pool has nothing more, has no more
        than the reserve for its report, whatever is left. One that is overrun has no more than
        that in all, and overshoots its budget by one answer at most: its largest.
        """
        left = self.state.left
        if self.left_at_start is None or left is None or (left >= 0 and not self._has_reserve_only):
            return None
        kept = reserve(self.state.grant or 0, self.limit_checker.ctx.settings.thresholds)
        room = kept - (self.left_at_start - left)
        if left < 0:
            room = min(room, left + self._largest_answer())
        return room if room >= MIN_OUTPUT else 0

    @property
    def _has_reserve_only(self) -> bool:
        """Whether it may report what it has, and nothing else."""
        return bool(self.cause) and self._cause_ends in ("stopped", "landed")

    def _largest_answer(self) -> int:
        """Tokens of the largest answer of the turn."""
        entries = reversed(self.state.ledger.entries.values())
        of_turn = takewhile(lambda entry: entry.turn == self.state.turn, entries)
        return max((entry.tokens for entry in of_turn if entry.kind == "output"), default=0)

    def end(self) -> list[ev.Event]:
        """The end of a landing."""
        if self.cause:
            return end_turn(self.state, self._cause_ends, self.cause)
        return end_turn(
            self.state, "landed", landing_sentence(self.state, left_at_landing=self.left_at_start)
        )

    def cancel(self) -> None:
        """There is room again: at the next reserve the program asks the user again."""
        self._messages, self.left_at_start = 0, None

    async def at_hard_limit(self, exceeded: LimitExceeded) -> None:
        """A hard limit forbids the next request: ask how to go on."""
        answered = await self._ask_user(self.limit_checker.hard_limit_reached(exceeded))
        await self._emit(*self._apply_hard_limit_answer(exceeded, answered))

    def _apply_hard_limit_answer(
        self, exceeded: LimitExceeded, answered: ev.LimitAnswered
    ) -> list[ev.Event]:
        if answered.answer == "extend":
            raised = self.limit_checker.raise_limit(exceeded, answered.by)
            return [
                *raised,
                *([] if _was_extended(raised) else self._pause_events(exceeded.sentence)),
            ]
        if answered.answer == "pause":
            words = (
                _pause_sentence(answered),
                exceeded.sentence,
                self.limit_checker.how_to_continue(exceeded),
            )
            return self._pause_events(" ".join(filter(None, words)))
        if answered.answer == "stop":
            return end_turn(self.state, "stopped", f"Stopped at a hard limit. {exceeded.sentence}")
        return end_turn(
            self.state,
            "hard_limit",
            f"{exceeded.sentence} {self.limit_checker.setting_hint(exceeded)}".strip(),
        )

    async def at_monthly_budget(self, standing: BudgetStanding) -> None:
        """A monthly budget forbids the next request: ask how to go on; an agent just lands."""
        reached = self.limit_checker.monthly_budget_reached(standing)
        answered = ev.LimitAnswered(answer="finish")
        if self.state.agent_of is None:
            answered = await self._ask_user(reached)
        else:
            await self._emit(reached, answered)
        match answered.answer:
            case "finish" if not reached.unsent:
                told = model_notes.landing("the monthly budget of the user is used up")
                await self._land_for(reached.sentence, "hard_limit", told)
            case "finish":
                await self._end_at_month("hard_limit", "Your prompt was not sent.", reached)
            case "stop":
                await self._end_at_month("stopped", "Stopped at a monthly budget.", reached)
            case "extend" if reached.raise_to is not None:
                await self._emit(
                    ev.MonthlyBudgetRaised(
                        budget=standing.budget.key,
                        month=standing.month.name,
                        limit=reached.raise_to,
                    )
                )
            case _:
                await self._end_at_month("paused", _pause_sentence(answered), reached)

    async def _end_at_month(
        self, reason: ev.TurnEndReason, did: str, reached: ev.LimitReached
    ) -> None:
        """End the turn at a monthly budget.

        Args:
            reason: Why it ends.
            did: What was done there, as a sentence.
            reached: Which budget.
        """
        words = f"{did} {reached.sentence}"
        await self._emit(*end_turn(self.state, reason, words, prompt_unsent=reached.unsent))

    async def on_stop(self, why: str) -> None:
        """Somebody stopped the turn: the model reports what it has, and it ends.

        Args:
            why: What stops it, as a sentence.
        """
        told = model_notes.landing("the user stopped this work", about=" on what you found")
        await self._land_for(why, "stopped", told)

    async def at_empty_pool(self) -> None:
        """The pool that an agent shares with others has nothing for its next request."""
        told = model_notes.landing(
            "the tokens that your team shares are used up", about=" on what you found"
        )
        await self._land_for(EMPTY_POOL, "landed", told)

    async def _land_for(self, cause: str, ends: ev.TurnEndReason, told: ev.NoteSent) -> None:
        """Land for another cause than the budget.

        Args:
            cause: Why, as a sentence.
            ends: How the turn ends.
            told: The note for the model.
        """
        self.cause, self._cause_ends = cause, ends
        self.left_at_start = self.state.left or 0
        self._messages, self._reports = 1, len(self.state.wrap_ups)
        await self._emit(told)

    async def at_loop(self, found: LoopEvidence) -> None:
        """The turn makes no progress: ask whether it goes on all the same."""
        reached = ev.LimitReached(limit="progress", sentence=found.sentence)
        answered = await self._ask_user(reached)
        if answered.answer == "extend":
            return
        if answered.answer == "pause":
            words = f"{_pause_sentence(answered)} {found.sentence} Send another prompt to go on."
            ends = self._pause_events(words)
        else:
            ends = end_turn(self.state, "no_progress", f"{found.sentence} {LOOP_SETTINGS_HINT}")
        await self._emit(*ends)

    async def at_overrun(self) -> None:
        """The budget was used up before the turn sent anything: ask before it does."""
        answered = await self._ask_user(self.limit_checker.overrun_reached())
        await self._emit(*self._apply_overrun_answer(answered))

    def _apply_overrun_answer(self, answered: ev.LimitAnswered) -> list[ev.Event]:
        later = self.limit_checker.how_to_continue()
        match answered.answer:
            case "extend":
                extension = self.limit_checker.extend(answered.by)
                ends = self._pause_events(reserve_sentence("Paused", self.state))
                return [*extension, *([] if _was_extended(extension) else ends)]
            case "pause":
                paused = reserve_sentence(_pause_sentence(answered, ""), self.state)
                return self._pause_events(f"{paused} {later}")
            case "stop":
                return end_turn(self.state, "stopped", reserve_sentence("Stopped", self.state))
            case "finish":
                return end_turn(
                    self.state, "landed", f"{self.limit_checker.overrun_sentence()} {later}"
                )

    def _pause_events(self, sentence: str) -> list[ev.Event]:
        return end_turn(self.state, "paused", sentence)

    async def at_reserve(self, calls: Sequence[ev.JSON], unreadable: Collection[str]) -> bool:
        """The budget is down to its reserve, and the model wants these calls run.

        Args:
            calls: The calls, verbatim.
            unreadable: Ids of those whose arguments were not JSON.

        Returns:
            Whether the program told the model to land just now.

        Raises:
            Interrupted: the user stopped it; every call is answered by then.
        """
        answered = ev.LimitAnswered(answer="finish")
        if not self.underway:
            answered = await self._ask_at_reserve(calls)
        if answered.answer == "extend":
            extension = self.limit_checker.extend(answered.by)
            await self._emit(*extension)
            answered = answered if _was_extended(extension) else ev.LimitAnswered(answer="pause")
        match answered.answer:
            case "extend":
                await self._run_calls(calls, unreadable)
            case "finish":
                return await self._land(calls, unreadable)
            case _:
                await self._end_at_reserve(calls, answered)
        return False

    async def _ask_at_reserve(self, calls: Sequence[ev.JSON]) -> ev.LimitAnswered:
        try:
            return await self._ask_user(self.limit_checker.reserve_reached())
        except Interrupted:
            words = model_notes.NOT_RUN_INTERRUPTED
            await self._emit(*skipped_call_results(self.state.request, calls, words))
            raise

    async def _ask_user(self, reached: ev.LimitReached) -> ev.LimitAnswered:
        """Open the question, wait for its answer, record both.

        Raises:
            Interrupted: the user stopped the turn instead.
        """
        self.limit_checker.open_question()
        await self._emit(reached)
        answered = await self.limit_checker.wait_for_answer(reached)
        await self._emit(answered)
        return answered

    async def _end_at_reserve(self, calls: Sequence[ev.JSON], answered: ev.LimitAnswered) -> None:
        """Answer the calls with "not run", and pause or stop."""
        words = model_notes.NOT_RUN_STOPPED
        await self._emit(*skipped_call_results(self.state.request, calls, words))
        # Only now: the answers to the calls are charged, too.
        if answered.answer == "pause":
            paused = reserve_sentence(_pause_sentence(answered, ""), self.state)
            ends = self._pause_events(f"{paused} {self.limit_checker.how_to_continue()}")
        else:
            ends = end_turn(self.state, "stopped", reserve_sentence("Stopped", self.state))
        await self._emit(*ends)

    async def _land(self, calls: Sequence[ev.JSON], unreadable: Collection[str]) -> bool:
        """Answer pending work with "not run: landing"; let report and checklist through.

        Returns:
            Whether the program told the model to land just now.
        """
        if not self.underway:
            self._reports = len(self.state.wrap_ups)
        plans = self.state.mode == "plan" and can_file_plan(self.state)
        tools = (FILE_PLAN,) if plans else CLOSING_TOOLS
        closings = [call for call in calls if call["name"] in tools]
        rest = [call for call in calls if call not in closings]
        words = model_notes.NOT_RUN_LANDING
        if self.cause:
            words = _NOT_RUN[self._cause_ends]
        await self._emit(*skipped_call_results(self.state.request, rest, words))
        await self._run_calls(closings, unreadable)
        self._messages += 1
        if self.left_at_start is None:
            self.left_at_start = self.state.left or 0
        if self._messages == 1 and self.state.last_wrap_up is None:
            left = f"{max(0, self.state.left or 0):,}"
            why = f"the budget is down to its reserve ({left} tokens left)"
            told = note(LANDING_NOTE.format(left=left), "landing")
            await self._emit(told if plans else model_notes.landing(why))
            return True
        if self._messages > MAX_MESSAGES or (self._messages > 1 and (rest or self._reported_twice)):
            await self._emit(*self.end())
        return False

    @property
    def _reported_twice(self) -> bool:
        """Whether the model filed another report since the landing began: it had its one."""
        return len(self.state.wrap_ups) - self._reports > 1


def _was_extended(events: Sequence[ev.Event]) -> bool:
    """Whether the budget or limit was extended: a cap may forbid it."""
    return not any(isinstance(event, ev.ErrorShown) for event in events)


def _pause_sentence(answered: ev.LimitAnswered, end: str = ".") -> str:
    return f"Nobody answered: paused{end}" if answered.silent else f"Paused{end}"
