"""Whether a turn makes progress or repeats itself: judged from the events of the turn alone.

A turn without progress pauses before its next request and shows the evidence. No progress is:
the same call with the same result, with nothing changed between; calls that take turns, changes
or not (A, B, A, B); failing calls one after the other; a second wrap-up report; many requests that
change no file and no subtask and find nothing out; a conversation that is shortened again and
again.

Progress is: a changed file, a subtask in a new state, a result that this turn has not
seen yet. A result that differs only in times of day, durations and random names has been
seen. Calls that wait for something that runs may repeat twice as often.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from tui.agent.call_comparison import CallFingerprint, fingerprint
from tui.agent.loop_evidence import (
    CallOutcome,
    Cycle,
    LoopEvidence,
    LoopKind,
    RequestStep,
    call_text,
    loop_evidence,
    outcome_text,
    repetition_text,
)
from tui.agent.repeated_calls import CallsSinceChange, Repetition
from tui.budget.loop_thresholds import LoopThresholds
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate

_Each = TypeVar("_Each")
LONGEST_CYCLE = 4
"""Requests that repeat in turns, such as A, B, C, A, B, C, at most."""
MORE_ROUNDS = 2
"""Times more than `same_result` that requests may repeat themselves that change something, or
whose results differ in times of day and the like; those that take turns one time fewer."""
WAITING_FACTOR = 2
"""So many times as often may a call repeat itself that waits for something."""
MAX_COMPACTIONS_IN_A_ROW = 4
"""Times that the conversation is shortened, each at most `REQUESTS_BETWEEN_COMPACTIONS` "
"requests after the last."""
REQUESTS_BETWEEN_COMPACTIONS = 2
MAX_REPORTS = 2
"""Wrap-up reports of a turn at which it is over; a landing allows one of its own."""


class LoopDetector:
    """Watches the events of one turn."""

    def __init__(self, thresholds: LoopThresholds) -> None:
        self._thresholds = thresholds
        self._steps: list[RequestStep] = []
        """The requests since the turn began, or since the user said that it goes on."""
        self._open_calls: dict[str, tuple[str, object]] = {}
        """Name and arguments of the calls of the last message, by their id."""
        self._subjects: dict[str, str] = {}
        self._seen_results: set[str] = set()
        """Results of the turn."""
        self._seen_shapes: set[tuple[str, str]] = set()
        """Calls of the turn with the shape of their results: digits alike."""
        self._seen_commands: set[str] = set()
        """Shapes of commands that ran well and printed nothing."""
        self._seen_task_states: set[tuple[object, ...]] = set()
        """States that subtasks were in."""
        self._since_change = CallsSinceChange()
        self._silenced: set[LoopKind] = set()
        """Kinds of evidence at which the user said that this turn goes on."""
        self._reports = 0
        self._compactions: list[int] = []
        """Requests of the turn made at each shortening, as long as they follow each other soon."""
        self._requests = 0
        self._progress_since_compaction = False
        """Whether there was progress since the conversation was shortened."""

    # What is taken in ------------------------------------------------------------

    def observe(self, item: object) -> None:
        """Take the next event of the turn; anything else changes nothing."""
        match item:
            case ev.RequestStarted(purpose=purpose):
                self._steps.append(RequestStep())
                self._requests += purpose != "compaction"
            case ev.RequestFinished() as finished:
                self._on_response(finished)
            case ev.RequestFailed(output=output, dollars=dollars) if self._steps:
                self._add_cost(output, dollars)
            case ev.ToolStarted(tool_use=tool_use, subject=subject):
                self._subjects[tool_use] = subject
            case ev.ToolFinished() as result:
                self._on_tool_finished(result)
            case ev.ChecklistChanged(updates=updates):
                self._on_checklist_change(updates)
            case ev.WrappedUp(by="model"):
                self._reports += 1
            case ev.Rewritten(reason="compaction"):
                self._on_rewrite()
            case ev.NoteSent(reason="landing"):
                self._reports = 0
            case ev.NoteSent(reason="steering"):
                self.reset_counts()
            case _:
                pass

    def reset_counts(self) -> None:
        """Begin to count again: the user said something. What was seen stays seen."""
        self._steps = []
        self._since_change.clear()
        self._reports = 0
        self._compactions = []

    def go_on(self, kind: LoopKind) -> None:
        """The user has seen the evidence and lets the turn go on: that is not asked again.

        Args: kind: Of the evidence. A report or a summary too many is a new one each time.
        """
        self.reset_counts()
        if kind not in ("reports", "shortened"):
            self._silenced.add(kind)

    def _on_response(self, event: ev.RequestFinished) -> None:
        self._add_cost(event.usage.budget_output, event.dollars)
        calls = [block for block in event.blocks if block.get("type") == "tool_use"]
        self._open_calls = {
            str(call.get("id")): (str(call["name"]), call.get("input")) for call in calls
        }
        self._subjects = {}

    def _add_cost(self, tokens: int, dollars: Decimal | None) -> None:
        step = self._step()
        step.tokens += tokens
        step.dollars = dollars

    def _step(self) -> RequestStep:
        if not self._steps:
            self._steps.append(RequestStep())
        return self._steps[-1]

    def _on_tool_finished(self, event: ev.ToolFinished) -> None:
        step = self._step()
        step.tokens += event.estimate
        if event.outcome in ("not_run", "interrupted"):
            return
        name, arguments = self._open_calls.get(event.tool_use, (event.name, {}))
        failed = event.outcome != "done"
        facts = fingerprint(name, arguments, event.content, failed=failed)
        fresh = self._is_new_result(facts, told=not failed or name == "bash")
        self._remember(facts)
        changed = bool(event.changes) and not failed
        if fresh or changed:
            self._progress_made()
        words = call_text(name, self._subjects.get(event.tool_use, ""), arguments)
        call = CallOutcome(words, facts, event.outcome == "error", event.summary)
        step.calls.append(call)
        self._since_change.add(call, step)
        if changed or (facts.silent and fresh):  # a command that prints nothing may change files
            self._since_change.clear()

    def _is_new_result(self, facts: CallFingerprint, *, told: bool) -> bool:
        """Whether a result is new in this turn; one of a call that only failed never is."""
        if facts.silent:
            return facts.call_shape not in self._seen_commands
        moved_on = facts.waits or (facts.call, facts.result_shape) not in self._seen_shapes
        return told and facts.result not in self._seen_results and moved_on

    def _remember(self, facts: CallFingerprint) -> None:
        self._seen_results.add(facts.result)
        self._seen_shapes.add((facts.call, facts.result_shape))
        if facts.silent:
            self._seen_commands.add(facts.call_shape)

    def _on_checklist_change(self, updates: Sequence[SubtaskUpdate]) -> None:
        states = {(each.id, each.title, each.state) for each in updates}
        if any(each.state == "done" for each in updates):
            self._since_change.clear()
        if states - self._seen_task_states:
            self._progress_made()
        self._seen_task_states |= states

    def _progress_made(self) -> None:
        self._step().has_progress = self._progress_since_compaction = True

    def _on_rewrite(self) -> None:
        soon = (
            self._compactions
            and self._requests - self._compactions[-1] <= REQUESTS_BETWEEN_COMPACTIONS
        )
        self._compactions = [*(self._compactions if soon else []), self._requests]
        self._since_change.clear()
        if self._progress_since_compaction:  # what it knew may have to be looked up again, once
            self._progress_made()
        self._progress_since_compaction = False

    # What it comes to ------------------------------------------------------------

    def evidence(self) -> LoopEvidence | None:
        """The evidence that the turn makes no progress; None while it does, as far as is known."""
        if not self._thresholds.watch:
            return None
        rules = (
            self._report_evidence,
            self._repetition_evidence,
            self._failure_evidence,
            self._alike_evidence,
            self._compaction_evidence,
            self._idle_evidence,
        )
        found = (evidence for rule in rules if (evidence := rule()) is not None)
        return next((each for each in found if each.kind not in self._silenced), None)

    def warning(self) -> str:
        """A warning for the model shortly before the turn pauses; else empty."""
        patience = self._thresholds
        if not patience.watch or self.evidence():
            return ""
        if self._since_change.is_nearly_same(patience.same_result):
            return f"This call gave the same result {patience.same_result - 1} times. {_ADVICE}"
        if cycle := self._cycle(exactly_before=True):
            which = "This call" if cycle.length == 1 else "These calls"
            return f"{which} gave the same result {cycle.times} times. {_ADVICE}"
        failing, idle = self._failing_calls(), self._idle_requests()
        if self._is_nearly_failed(failing):
            return f"The last {len(failing)} attempts failed. {_ADVICE}"
        if len(idle) > 1 and len(idle) == patience.requests_without_progress * 3 // 4:
            return f"The last {len(idle)} requests changed nothing and found nothing new. {_ADVICE}"
        return ""

    def _cycle(self, *, exactly_before: bool = False) -> Cycle | None:
        """The requests at the end that repeat themselves too often.

        Args:
            exactly_before: Find those instead that will do so with the next round.
        """
        steps = self._requests_with_calls()
        for length in range(1, min(LONGEST_CYCLE, len(steps)) + 1):
            most = self._most_rounds(steps[-length:])
            made = _cycling_steps(steps, length)
            if exactly_before and most > 2 and made == (most - 1) * length:
                return Cycle(length, most - 1)
            if not exactly_before and made >= most * length:
                return Cycle(length, most)
        return None

    def _most_rounds(self, steps: Sequence[RequestStep]) -> int:
        """How often these steps may repeat each other; several in turns once less."""
        most = max(2, self._thresholds.same_result + MORE_ROUNDS - (len(steps) > 1))
        return most * WAITING_FACTOR if all(step.waits for step in steps) else most

    def _requests_with_calls(self) -> list[RequestStep]:
        """The requests that led to calls: not those that failed or wrote a summary."""
        return [step for step in self._steps if step.calls]

    def _repetition_evidence(self) -> LoopEvidence | None:
        if repeated := self._since_change.same(self._thresholds.same_result):
            return self._repeated_evidence(repeated)
        if (cycle := self._cycle()) is None:
            return None
        steps = self._requests_with_calls()[-cycle.length * cycle.times :]
        return loop_evidence("same_result", repetition_text(steps, cycle), steps)

    def _alike_evidence(self) -> LoopEvidence | None:
        repeated = self._since_change.alike(self._thresholds.same_result)
        return self._repeated_evidence(repeated) if repeated else None

    def _repeated_evidence(self, repeated: Repetition) -> LoopEvidence:
        return loop_evidence("same_result", repeated.what, self._steps_since(repeated.since))

    def _failing_calls(self) -> list[tuple[RequestStep, CallOutcome]]:
        """The last calls, which all failed, each with its request; empty if one made them all."""
        made = [(step, call) for step in self._steps for call in step.calls]
        failing = _last(made, lambda each: each[1].failed)
        return failing if failing and failing[0][0] is not failing[-1][0] else []

    def _failure_evidence(self) -> LoopEvidence | None:
        failing = self._failing_calls()
        if len(failing) < self._thresholds.failed_calls:
            return None
        last = outcome_text(failing[-1][1])
        what = f"the last {len(failing)} calls failed, the last one was {last}"
        return loop_evidence("failed_calls", what, self._steps_since(failing[0][0]))

    def _is_nearly_failed(self, failing: Sequence[tuple[RequestStep, CallOutcome]]) -> bool:
        """Whether failing calls are, since the last request, two short of too many."""
        before = [step for step, _ in failing if step is not failing[-1][0]]
        return len(before) < self._thresholds.failed_calls - 2 <= len(failing)

    def _steps_since(self, first: RequestStep) -> list[RequestStep]:
        return self._steps[next(at for at, step in enumerate(self._steps) if step is first) :]

    def _idle_requests(self) -> list[RequestStep]:
        """The last requests that changed nothing and found nothing new; waiting counts less."""
        idle = _last(self._steps, lambda step: not step.has_progress)
        waiting = [step for step in idle if step.waits]
        spared = len(waiting) - len(waiting) // WAITING_FACTOR
        return idle[spared:]

    def _idle_evidence(self) -> LoopEvidence | None:
        idle = self._idle_requests()
        if len(idle) < self._thresholds.requests_without_progress:
            return None
        what = f"{len(idle)} requests in a row changed no file and no subtask and found nothing new"
        return loop_evidence("no_finding", what, idle)

    def _report_evidence(self) -> LoopEvidence | None:
        if self._reports < MAX_REPORTS:
            return None
        what = "the model filed a second wrap-up report in this turn"
        return loop_evidence("reports", what, self._steps[-1:])

    def _compaction_evidence(self) -> LoopEvidence | None:
        if len(self._compactions) < MAX_COMPACTIONS_IN_A_ROW:
            return None
        requests = self._requests - self._compactions[0]
        what = (
            f"the conversation was shortened {len(self._compactions)} times within {requests} "
            "requests, so what the model has to know does not fit into the context window"
        )
        return loop_evidence("shortened", what, self._steps[-requests - len(self._compactions) :])


_ADVICE = "Try another way, or say what blocks you and end."


def _last(made: list[_Each], holds: Callable[[_Each], bool]) -> list[_Each]:
    """Those at the end for which something holds, the oldest first."""
    first = len(made)
    while first and holds(made[first - 1]):
        first -= 1
    return made[first:]


def _cycling_steps(steps: Sequence[RequestStep], length: int) -> int:
    """How many steps at the end go round in a cycle of so many."""
    made = length
    while made < len(steps) and steps[-made - 1].repeat_key == steps[-made - 1 + length].repeat_key:
        made += 1
    return made
