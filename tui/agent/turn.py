"""The agentic loop: one turn, from the user's prompt until the model yields.

An async iterator of events. It knows no screen and no database: its driver commits each
event and applies it to the state before it asks for the next, so what the loop reads from
the state is what is on disk.
"""

from collections.abc import AsyncIterator, Sequence

from tui.agent import notes
from tui.agent.calls import run_calls
from tui.agent.exchange import exchange
from tui.agent.flow import Interrupted
from tui.agent.means import Means, ToolOutput
from tui.agent.tools.estimate import estimate_tokens
from tui.budget.stages import Stage
from tui.budget.wire import WireBudget
from tui.claude.errors import Fault
from tui.claude.progress import Progress, Response
from tui.claude.request import Options, Preamble, Request, build
from tui.session import events as ev
from tui.session.checklist import current
from tui.session.readings import current_stage
from tui.session.state import SessionState

Item = ev.Event | Progress | ToolOutput
"""What a turn yields: events to commit, and progress that only the screen sees."""

BROKEN_STREAMS = 3
"""How often a stream may break in a row before the turn ends with the fault."""
TRUNCATIONS = 3
"""How often in a row a message may run into its output limit."""


class Turn:
    """One turn of a session."""

    def __init__(self, state: SessionState, means: Means) -> None:
        self.state = state
        self.means = means
        self.model = means.catalogue.model(state.model)
        self.effort = state.effort
        """Frozen with the model for the turn: a change in mid-turn would miss the cache."""
        self.broken = 0
        self.truncated = 0
        self.asked_nobody = False
        self.landing = False

    async def run(self, prompt: str, content: Sequence[ev.JSON] = ()) -> AsyncIterator[Item]:
        """Work on `prompt` until the model yields.

        Args:
            prompt: What the user typed.
            content: The content blocks to send; by default the prompt as text.
        """
        for opening in self._open(prompt, content):
            yield opening
        try:
            async for item in self._loop():
                yield item
        except Interrupted:
            yield self._end("interrupted", "You interrupted. What was done stays done.")

    def _open(self, prompt: str, content: Sequence[ev.JSON]) -> list[ev.Event]:
        cut_off = self.state.partial_text
        blocks = tuple(content) or ({"type": "text", "text": prompt},)
        estimate = sum(estimate_tokens(block.get("text", "")) for block in blocks)
        opening: list[ev.Event] = [notes.cut_off(cut_off)] if cut_off else []
        submitted = ev.PromptSubmitted(
            turn=self.state.turn + 1, text=prompt, content=blocks, estimate=estimate
        )
        return [*opening, submitted]

    async def _loop(self) -> AsyncIterator[Item]:
        while True:
            response: Response | None = None
            fault: Fault | None = None
            async for part in self._request():
                if isinstance(part, Response):
                    response = part
                elif isinstance(part, Fault):
                    fault = part
                else:
                    yield part
            for event in self._stage():
                yield event
            if response is not None:
                async for item in self._answered(response):
                    yield item
            elif fault is not None:
                for event in self._faulted(fault):
                    yield event
            if not self.state.turn_open:
                return

    # One request -----------------------------------------------------------------

    async def _request(self) -> AsyncIterator[Item | Response | Fault]:
        state = self.state
        request = self._build()
        subtask = current(state.checklist)
        started = ev.RequestStarted(
            request=state.request + 1,
            turn=state.turn,
            model=self.model.id,
            effort=self.effort,
            max_tokens=request.max_tokens,
            budget=self._budget(),
            messages=len(request.params["messages"]),
            subtask=subtask.id if subtask else None,
            purpose="landing" if self.landing else "turn",
        )
        yield started
        async for item in exchange(request, started.request, self.model.id, self.means):
            yield item

    def _build(self) -> Request:
        state = self.state
        assert state.preamble is not None, "a session has its preamble before its first turn"
        return build(
            self.model,
            Preamble(state.preamble.system, state.preamble.tools),
            state.conversation.sendable(),
            Options(effort=self.effort, budget=self._budget()),
        )

    def _budget(self) -> WireBudget | None:
        told = self.model.task_budget and self.means.knows_budgets
        return self.state.wire_budget() if told else None

    # What came of it -------------------------------------------------------------

    async def _answered(self, response: Response) -> AsyncIterator[Item]:
        self.broken = 0
        calls = [block for block in response.blocks if block.get("type") == "tool_use"]
        match response.stop_reason:
            case "refusal":
                yield self._end("refused", _refusal(response))
            case "max_tokens":
                async for event in self._cut(calls):
                    yield event
            case "pause_turn" | "compaction":
                pass
            case "model_context_window_exceeded":
                for event in self._not_run(calls, notes.NOT_RUN_TRUNCATED):
                    yield event
                yield self._end("error", "The context window is full. Start a new session.")
            case _ if calls:
                self.truncated = 0
                async for item in self._tools(calls, response):
                    yield item
            case _:
                yield self._end(*self._finish())

    async def _tools(
        self, calls: Sequence[ev.JSON], response: Response
    ) -> AsyncIterator[ev.Event | ToolOutput]:
        if self._must_land():
            async for item in self._land(calls):
                yield item
            return
        async for item in run_calls(
            calls, response.unreadable, self.state.request, self.state.turn, self.means
        ):
            if isinstance(item, ev.PermissionAsked) and not self.means.interactive:
                self.asked_nobody = True
            yield item
        for text in self.means.desk.take_steering():
            yield notes.steering(text)
        for event in self._stage():
            yield event

    async def _cut(self, calls: Sequence[ev.JSON]) -> AsyncIterator[ev.Event]:
        for event in self._not_run(calls, notes.NOT_RUN_TRUNCATED):
            yield event
        self.truncated += 1
        if self.truncated >= TRUNCATIONS:
            yield self._end(
                "error",
                f"The model ran into its output limit {TRUNCATIONS} times in a row. "
                "Ask for less at once, or choose a lower effort.",
            )
            return
        yield notes.truncated()

    def _faulted(self, fault: Fault) -> list[ev.Event]:
        self.broken += 1
        if fault.retryable and self.broken < BROKEN_STREAMS:
            return []
        return [self._end("error", fault.sentence)]

    # Landing ---------------------------------------------------------------------

    def _must_land(self) -> bool:
        stage = current_stage(self.state, self.means.thresholds)
        return stage is not None and stage >= Stage.LANDING

    async def _land(self, calls: Sequence[ev.JSON]) -> AsyncIterator[ev.Event | ToolOutput]:
        """Answer pending work with "not run: landing"; let the report and the checklist through."""
        closing = [call for call in calls if call["name"] in ("wrap_up", "checklist")]
        rest = [call for call in calls if call not in closing]
        for event in self._not_run(rest, notes.NOT_RUN_LANDING):
            yield event
        async for item in run_calls(closing, (), self.state.request, self.state.turn, self.means):
            yield item
        if self.landing and rest:
            yield self._end("landed", "The budget is used up to its reserve.")
        elif not self.landing and self.state.last_wrap_up is None:
            self.landing = True
            yield notes.landing(self.state.left or 0)
        self.landing = True

    def _not_run(self, calls: Sequence[ev.JSON], words: str) -> list[ev.Event]:
        return [
            ev.ToolFinished(
                request=self.state.request,
                tool_use=call["id"],
                name=call["name"],
                content=words,
                outcome="not_run",
                estimate=estimate_tokens(words),
                summary="not run",
            )
            for call in calls
        ]

    # Ends ------------------------------------------------------------------------

    def _stage(self) -> list[ev.Event]:
        stage = current_stage(self.state, self.means.thresholds)
        known = Stage[self.state.stage.upper()] if self.state.stage else Stage.CRUISE
        if stage is None or stage <= known:
            return []
        grant, charged = self.state.grant or 0, self.state.charged
        return [ev.StageCrossed(stage=stage.word, charged=charged, grant=grant)]

    def _finish(self) -> tuple[ev.TurnEndReason, str]:
        report = self.state.last_wrap_up
        unfinished = report is not None and bool(report.in_progress or report.not_started)
        if self._must_land() or unfinished:
            return "landed", "Landed on the budget: the wrap-up report says where things stand."
        if self.asked_nobody:
            return "denied", "A permission was needed and nobody was there to give it."
        return "completed", ""

    def _end(self, reason: ev.TurnEndReason, sentence: str = "") -> ev.TurnEnded:
        return ev.TurnEnded(turn=self.state.turn, reason=reason, sentence=sentence)


def _refusal(response: Response) -> str:
    details = response.stop_details or {}
    why = details.get("explanation") or details.get("category")
    return f"The model refused: {why}." if why else "The model refused to go on with this."
