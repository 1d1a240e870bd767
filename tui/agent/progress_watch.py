"""Whether a turn gets on, or repeats itself: judged from the events of the turn alone.

A turn that makes no progress is paused, with the evidence, before its next request. What is
no progress: the same calls with the same results, also in turns (A, B, A, B); failing calls
one after the other; a second wrap-up report; many requests that change no file and no
subtask and find nothing out; a conversation that is shortened again and again.

What is progress: a changed file, a subtask in a new state, a result that this turn has not
seen yet. A result that differs only in times of day, durations and random names has been
seen; waiting for something that runs is granted twice the patience.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from tui.agent.call_comparison import Seen, seen
from tui.agent.standstill import (
    Answered,
    Cycle,
    Standstill,
    Step,
    call_words,
    quoted,
    repeating,
    standstill,
)
from tui.budget.patience import Patience
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate

LONGEST_CYCLE = 4
"""Requests that repeat in turns, such as A, B, C, A, B, C, at most."""
PATIENCE_OF_WAITING = 2
"""So many times as often may a call repeat itself that waits for something."""
SHORTENED_AGAIN = 4
"""Times that the conversation is shortened, each at most `SOON` requests after the last."""
SOON = 2
REPORTS = 2
"""Wrap-up reports of a turn at which it is over; a landing allows one of its own."""


class ProgressWatch:
    """Watches the events of one turn."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._steps: list[Step] = []
        """The requests since the turn began, or since the user said that it goes on."""
        self._asked: dict[str, tuple[str, object]] = {}
        """Name and arguments of the calls of the last message, by their id."""
        self._subjects: dict[str, str] = {}
        self._results: set[str] = set()
        """Results of the turn."""
        self._shapes: set[tuple[str, str]] = set()
        """Calls of the turn with the shape of their results: digits alike."""
        self._commands: set[str] = set()
        """Shapes of commands that ran well and printed nothing."""
        self._tasks: set[tuple[object, ...]] = set()
        """States that subtasks were in."""
        self._reports = 0
        self._shortened: list[int] = []
        """Requests of the turn made at each shortening, as long as they follow each other soon."""
        self._requests = 0
        self._moved = False
        """Whether there was progress since the conversation was shortened."""

    # What is taken in ------------------------------------------------------------

    def take(self, item: object) -> None:
        """Take the next event of the turn; anything else changes nothing."""
        match item:
            case ev.RequestStarted(purpose=purpose):
                self._steps.append(Step())
                self._requests += purpose != "compaction"
            case ev.RequestFinished() as finished:
                self._finished(finished)
            case ev.RequestFailed(output=output, dollars=dollars) if self._steps:
                self._spend(output, dollars)
            case ev.ToolStarted(tool_use=tool_use, subject=subject):
                self._subjects[tool_use] = subject
            case ev.ToolFinished() as result:
                self._answered(result)
            case ev.ChecklistChanged(updates=updates):
                self._planned(updates)
            case ev.WrappedUp(by="model"):
                self._reports += 1
            case ev.Rewritten(reason="compaction"):
                self._rewritten()
            case ev.NoteSent(reason="landing"):
                self._reports = 0
            case ev.NoteSent(reason="steering"):
                self.restart()
            case _:
                pass

    def restart(self) -> None:
        """Begin to count again: the user said something. What was seen stays seen."""
        self._steps = []
        self._reports = 0
        self._shortened = []

    def _finished(self, event: ev.RequestFinished) -> None:
        self._spend(event.usage.budget_output, event.dollars)
        calls = [block for block in event.blocks if block.get("type") == "tool_use"]
        self._asked = {
            str(call.get("id")): (str(call["name"]), call.get("input")) for call in calls
        }
        self._subjects = {}

    def _spend(self, tokens: int, dollars: Decimal | None) -> None:
        step = self._step()
        step.tokens += tokens
        step.dollars = dollars

    def _step(self) -> Step:
        if not self._steps:
            self._steps.append(Step())
        return self._steps[-1]

    def _answered(self, event: ev.ToolFinished) -> None:
        step = self._step()
        step.tokens += event.estimate
        if event.outcome in ("not_run", "interrupted"):
            return
        name, arguments = self._asked.get(event.tool_use, (event.name, {}))
        failed = event.outcome != "done"
        facts = seen(name, arguments, event.content, failed=failed)
        fresh = self._is_fresh(facts, told=not failed or name == "bash")
        self._remember(facts)
        if fresh or (event.changes and not failed):
            self._got_on()
        words = call_words(name, self._subjects.get(event.tool_use, ""), arguments)
        step.calls.append(Answered(words, facts, failed, fresh, event.summary))

    def _is_fresh(self, facts: Seen, *, told: bool) -> bool:
        """Whether a result is new in this turn; one of a call that only failed never is."""
        if facts.silent:
            return facts.call_shape not in self._commands
        moved_on = facts.waits or (facts.call, facts.result_shape) not in self._shapes
        return told and facts.result not in self._results and moved_on

    def _remember(self, facts: Seen) -> None:
        self._results.add(facts.result)
        self._shapes.add((facts.call, facts.result_shape))
        if facts.silent:
            self._commands.add(facts.call_shape)

    def _planned(self, updates: Sequence[SubtaskUpdate]) -> None:
        states = {(each.id, each.title, each.state) for each in updates}
        if states - self._tasks:
            self._got_on()
        self._tasks |= states

    def _got_on(self) -> None:
        self._step().news = self._moved = True

    def _rewritten(self) -> None:
        soon = self._shortened and self._requests - self._shortened[-1] <= SOON
        self._shortened = [*(self._shortened if soon else []), self._requests]
        if self._moved:  # what it knew may have to be looked up again, once
            self._got_on()
        self._moved = False

    # What it comes to ------------------------------------------------------------

    def found(self) -> Standstill | None:
        """The evidence that the turn makes no progress; None while it does, as far as is known."""
        if not self._patience.watch:
            return None
        found = self._reported() or self._repeated() or self._failing()
        return found or self._shortened_again() or self._idle()

    def warning(self) -> str:
        """What the model is told shortly before the turn is paused; else empty."""
        patience = self._patience
        if not patience.watch or self.found():
            return ""
        if cycle := self._cycle(exactly_before=True):
            which = "This call" if cycle.length == 1 else "These calls"
            return f"{which} gave the same result {cycle.times} times. {_TRY}"
        streak, idle = self._streak(), self._idle_requests()
        if len(streak) > 1 and _weight(streak) == patience.failed_calls - 2:
            return f"The last {len(streak)} attempts failed. {_TRY}"
        if len(idle) > 1 and len(idle) == patience.requests_without_progress * 3 // 4:
            return f"The last {len(idle)} requests changed nothing and found nothing new. {_TRY}"
        return ""

    def _cycle(self, *, exactly_before: bool = False) -> Cycle | None:
        """The requests at the end that repeat themselves too often.

        Args:
            exactly_before: Find those instead that will do so with the next round.
        """
        steps = self._acting()
        for length in range(1, min(LONGEST_CYCLE, len(steps)) + 1):
            most = self._most_rounds(steps[-length:])
            made = _going_round(steps, length)
            if exactly_before and most > 2 and made == (most - 1) * length:
                return Cycle(length, most - 1)
            if not exactly_before and made >= most * length:
                return Cycle(length, most)
        return None

    def _most_rounds(self, steps: Sequence[Step]) -> int:
        """How often these steps may repeat each other; several in turns once less."""
        most = max(2, self._patience.same_result - (len(steps) > 1))
        return most * PATIENCE_OF_WAITING if all(step.waits for step in steps) else most

    def _acting(self) -> list[Step]:
        """The requests that led to calls: not those that failed or wrote a summary."""
        return [step for step in self._steps if step.calls]

    def _repeated(self) -> Standstill | None:
        if (cycle := self._cycle()) is None:
            return None
        steps = self._acting()[-cycle.length * cycle.times :]
        return standstill("same_result", repeating(steps, cycle), steps)

    def _streak(self) -> list[Step]:
        """The last requests of which every call failed."""
        return _last(self._acting(), lambda step: step.failed)

    def _failing(self) -> Standstill | None:
        streak = self._streak()
        if _weight(streak) < self._patience.failed_calls:
            return None
        calls = [call for step in streak for call in step.calls]
        what = f"the last {len(calls)} calls failed, the last one was {quoted(calls[-1])}"
        return standstill("failed_calls", what, streak)

    def _idle_requests(self) -> list[Step]:
        """The last requests that changed nothing and found nothing new; waiting counts less."""
        idle = _last(self._steps, lambda step: not step.news)
        waiting = [step for step in idle if step.waits]
        spared = len(waiting) - len(waiting) // PATIENCE_OF_WAITING
        return idle[spared:]

    def _idle(self) -> Standstill | None:
        idle = self._idle_requests()
        if len(idle) < self._patience.requests_without_progress:
            return None
        what = f"{len(idle)} requests in a row changed no file and no subtask and found nothing new"
        return standstill("no_finding", what, idle)

    def _reported(self) -> Standstill | None:
        if self._reports < REPORTS:
            return None
        what = "the model filed a second wrap-up report in this turn"
        return standstill("reports", what, self._steps[-1:])

    def _shortened_again(self) -> Standstill | None:
        if len(self._shortened) < SHORTENED_AGAIN:
            return None
        requests = self._requests - self._shortened[0]
        what = (
            f"the conversation was shortened {len(self._shortened)} times within {requests} "
            "requests, so what the model has to know does not fit into the context window"
        )
        return standstill("shortened", what, self._steps[-requests - len(self._shortened) :])


_TRY = "Try another way, or say what blocks you and end."


def _last(steps: list[Step], holds: Callable[[Step], bool]) -> list[Step]:
    """The steps at the end for which something holds, the oldest first."""
    first = len(steps)
    while first and holds(steps[first - 1]):
        first -= 1
    return steps[first:]


def _going_round(steps: Sequence[Step], length: int) -> int:
    """How many steps at the end go round in a cycle of so many."""
    made = length
    while made < len(steps) and steps[-made - 1].same == steps[-made - 1 + length].same:
        made += 1
    return made


def _weight(streak: Sequence[Step]) -> float:
    return sum(step.weight for step in streak)
