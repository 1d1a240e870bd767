"""Landing: what happens when a limit is reached, until the turn is down.

At the budget's reserve it is asked, once, how to go on. To land, the calls that wait are
answered with "not run" and the model is told to file its report; the wire total stays whole.
A model that goes on working all the same is ended, and the program's own report stands.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from itertools import takewhile

from tui.agent import notes
from tui.agent.calls import not_run
from tui.agent.endings import at_reserve, closing, landed
from tui.agent.flow import Interrupted
from tui.agent.limits import Gate
from tui.agent.means import ToolOutput
from tui.agent.standstill import Standstill
from tui.budget.fuses import LEAST_OUTPUT, Blown
from tui.budget.stages import reserve
from tui.session import events as ev

MESSAGES = 4
"""Messages with calls in which a landing must be through."""
CLOSING_TOOLS = ("wrap_up", "checklist")
"""Tools that still run while landing."""
LOOSER = "[loops] in the settings says how often is too often."

Item = ev.Event | ToolOutput
Run = Callable[[Sequence[ev.JSON], Collection[str]], AsyncIterator[Item]]
"""Runs calls; the second argument holds the ids of those whose arguments were not readable."""


class Landing:
    """The way down of one turn."""

    def __init__(self, gate: Gate, run: Run) -> None:
        self.gate = gate
        self.state = gate.state
        self._run = run
        self._messages = 0
        """Messages with calls since the landing began."""
        self.room: int | None = None
        """Tokens left when the model was told to land; None while it was not told."""
        self._reports = 0
        """Wrap-up reports of the session when it began."""

    @property
    def underway(self) -> bool:
        """Whether the model was told to land."""
        return self.room is not None

    @property
    def output_room(self) -> int | None:
        """Output tokens it may still take of a budget that is overrun; None for any number.

        No more than the reserve in all, and so that a turn overshoots its budget by one answer at
        most: its largest.
        """
        left = self.state.left
        if self.room is None or left is None or left >= 0:
            return None
        kept = reserve(self.state.grant or 0, self.gate.means.thresholds)
        room = min(kept - (self.room - left), left + self._largest_answer())
        return room if room >= LEAST_OUTPUT else 0

    def _largest_answer(self) -> int:
        """Tokens of the largest answer of the turn."""
        entries = reversed(self.state.ledger.entries.values())
        of_turn = takewhile(lambda entry: entry.turn == self.state.turn, entries)
        return max((entry.tokens for entry in of_turn if entry.kind == "output"), default=0)

    def over(self) -> list[ev.Event]:
        """The end of a landing that took all it may."""
        return closing(self.state, "landed", landed(self.state, told_at=self.room))

    def call_off(self) -> None:
        """There is room again: the next time at the reserve it is asked again."""
        self._messages, self.room = 0, None

    async def at_fuse(self, fuse: Blown) -> AsyncIterator[ev.Event]:
        """A fuse forbids the next request: ask how to go on."""
        async for event in self._ask(self.gate.at_fuse(fuse)):
            yield event
            if not isinstance(event, ev.LimitAnswered):
                continue
            for goes_on in self._at_fuse(fuse, event):
                yield goes_on

    def _at_fuse(self, fuse: Blown, answered: ev.LimitAnswered) -> list[ev.Event]:
        if answered.answer == "extend":
            raised = self.gate.raising(fuse, answered.by)
            return [*raised, *([] if _goes_on(raised) else self._paused(fuse.sentence))]
        if answered.answer == "pause":
            words = (_paused_words(answered), fuse.sentence, self.gate.later(fuse))
            return self._paused(" ".join(filter(None, words)))
        if answered.answer == "stop":
            return closing(self.state, "stopped", f"Stopped at a hard limit. {fuse.sentence}")
        return closing(self.state, "fuse", f"{fuse.sentence} {self.gate.raised_by(fuse)}".strip())

    async def at_standstill(self, found: Standstill) -> AsyncIterator[ev.Event]:
        """The turn makes no progress: ask whether it goes on all the same."""
        reached = ev.LimitReached(limit="progress", sentence=found.sentence)
        async for event in self._ask(reached):
            yield event
            if not isinstance(event, ev.LimitAnswered) or event.answer == "extend":
                continue
            if event.answer == "pause":
                words = f"{_paused_words(event)} {found.sentence} Another prompt goes on."
                ends = self._paused(words)
            else:
                ends = closing(self.state, "no_progress", f"{found.sentence} {LOOSER}")
            for end in ends:
                yield end

    async def at_overrun(self) -> AsyncIterator[ev.Event]:
        """The budget was used up before the turn sent anything: ask before it does."""
        async for event in self._ask(self.gate.at_overrun()):
            yield event
            if isinstance(event, ev.LimitAnswered):
                for goes_on in self._at_overrun(event):
                    yield goes_on

    def _at_overrun(self, answered: ev.LimitAnswered) -> list[ev.Event]:
        later = self.gate.later()
        match answered.answer:
            case "extend":
                extension = self.gate.extension(answered.by)
                ends = self._paused(at_reserve("Paused", self.state))
                return [*extension, *([] if _goes_on(extension) else ends)]
            case "pause":
                paused = at_reserve(_paused_words(answered, ""), self.state)
                return self._paused(f"{paused} {later}")
            case "stop":
                return closing(self.state, "stopped", at_reserve("Stopped", self.state))
            case "finish":
                return closing(self.state, "landed", f"{self.gate.overrun()} {later}")

    def _paused(self, sentence: str) -> list[ev.Event]:
        return closing(self.state, "paused", sentence)

    async def at_reserve(
        self, calls: Sequence[ev.JSON], unreadable: Collection[str]
    ) -> AsyncIterator[Item]:
        """The budget is down to its reserve, and the model wants these calls run."""
        answered = ev.LimitAnswered(answer="finish")
        if not self.underway:
            try:
                async for event in self._ask(self.gate.at_reserve()):
                    yield event
                    answered = event if isinstance(event, ev.LimitAnswered) else answered
            except Interrupted:
                for unrun in not_run(self.state.request, calls, notes.NOT_RUN_INTERRUPTED):
                    yield unrun
                raise
        if answered.answer == "extend":
            extension = self.gate.extension(answered.by)
            for event in extension:
                yield event
            answered = answered if _goes_on(extension) else ev.LimitAnswered(answer="pause")
        match answered.answer:
            case "extend":
                goes_on = self._run(calls, unreadable)
            case "finish":
                goes_on = self._land(calls, unreadable)
            case _:
                for end in self._end(calls, answered):
                    yield end
                return
        async for item in goes_on:
            yield item

    async def _ask(self, reached: ev.LimitReached) -> AsyncIterator[ev.Event]:
        self.gate.ask()
        yield reached
        yield await self.gate.answer(reached)

    def _end(self, calls: Sequence[ev.JSON], answered: ev.LimitAnswered) -> Iterator[ev.Event]:
        yield from not_run(self.state.request, calls, notes.NOT_RUN_STOPPED)
        # Only now: the answers to the calls are charged, too.
        if answered.answer == "pause":
            paused = at_reserve(_paused_words(answered, ""), self.state)
            yield from self._paused(f"{paused} {self.gate.later()}")
        else:
            yield from closing(self.state, "stopped", at_reserve("Stopped", self.state))

    async def _land(
        self, calls: Sequence[ev.JSON], unreadable: Collection[str]
    ) -> AsyncIterator[Item]:
        """Answer pending work with "not run: landing"; let report and checklist through."""
        if not self.underway:
            self._reports = len(self.state.wrap_ups)
        closings = [call for call in calls if call["name"] in CLOSING_TOOLS]
        rest = [call for call in calls if call not in closings]
        for unrun in not_run(self.state.request, rest, notes.NOT_RUN_LANDING):
            yield unrun
        async for item in self._run(closings, unreadable):
            yield item
        self._messages += 1
        if self.room is None:
            self.room = self.state.left or 0
        if self._messages == 1 and self.state.last_wrap_up is None:
            yield notes.landing(self.state.left or 0)
        elif self._messages > MESSAGES or (self._messages > 1 and (rest or self._reported_twice)):
            for end in self.over():
                yield end

    @property
    def _reported_twice(self) -> bool:
        """Whether the model filed another report since the landing began: it had its one."""
        return len(self.state.wrap_ups) - self._reports > 1


def _goes_on(events: Sequence[ev.Event]) -> bool:
    """Whether an extension was had: a cap may be in its way."""
    return not any(isinstance(event, ev.ErrorShown) for event in events)


def _paused_words(answered: ev.LimitAnswered, end: str = ".") -> str:
    return f"Nobody answered: paused{end}" if answered.silent else f"Paused{end}"
