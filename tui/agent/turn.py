"""The agentic loop: one turn, from the user's prompt until the model yields.

An async iterator of events. It knows no screen and no database: its driver commits each
event and applies it to the state before it asks for the next, so what the loop reads from
the state is what is on disk.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence

from tui.agent import notes
from tui.agent.boundary import Boundary
from tui.agent.caching import (
    asking,
    can_tell_effort,
    change_sentence,
    follows,
    misses,
    tells_vanished,
)
from tui.agent.calls import check_after_jobs, not_run, run_calls
from tui.agent.caps import granted_most
from tui.agent.compaction_policy import server_threshold
from tui.agent.context_keeper import ContextKeeper
from tui.agent.doubts import doubts
from tui.agent.endings import ASK_AGAIN, closing, heard, is_landing, natural_end, refusal
from tui.agent.exchange import exchange
from tui.agent.flow import Interrupted
from tui.agent.grants import owed
from tui.agent.landing import Landing
from tui.agent.last_words import LastWords
from tui.agent.limits import Gate
from tui.agent.means import Means, ToolOutput
from tui.agent.mending import Mending
from tui.agent.progress_watch import ProgressWatch
from tui.agent.switch import switched
from tui.agent.telling import api_tells, least_budget
from tui.agent.tools.estimate import estimate_tokens
from tui.agent.tools.wrap_up import REPORT, filed
from tui.agent.truncation import Truncation
from tui.budget.pictures import picture_tokens
from tui.budget.stages import Stage
from tui.budget.wire import WireBudget
from tui.claude.errors import Cause, Fault, fault
from tui.claude.progress import Progress, Response
from tui.claude.request import Options, Preamble, Request, build, usual_max_tokens
from tui.session import events as ev
from tui.session.checklist import current
from tui.session.own_report import session_outlook
from tui.session.readings import current_stage
from tui.session.state import SessionState
from tui.session.stop_reasons import PAUSED, odd_stop

Item = ev.Event | Progress | ToolOutput
"""What a turn yields: events to commit, and progress that only the screen sees."""

PAUSES = 10
"""How often in a row a message may stop for a pause."""


class Turn:
    """One turn of a session."""

    def __init__(self, state: SessionState, means: Means) -> None:
        self.state = state
        self.means = means
        self.model = means.catalogue.model(state.model)
        self.effort = self.model.effort(state.effort)
        """Frozen with the model for the turn: a change in mid-turn would miss the cache."""
        self.gate = Gate(state, means, self.model, state.worked, state.request + 1)
        self.mending = Mending(state, means)
        self.context = ContextKeeper(state, means)
        self.paused = 0
        self.asked_nobody = False
        self.landing = Landing(self.gate, self._run)
        self.truncation = Truncation(self.landing, self.context)
        self.watch = ProgressWatch(means.patience)
        self.boundary = Boundary(self.landing, self.watch)
        self.cut_off = False
        """Whether the limit in minutes cut off what was done last."""
        self.clamped = False

    async def run(self, prompt: str, content: Sequence[ev.JSON] = ()) -> AsyncGenerator[Item, None]:
        """Work on `prompt` until the model yields.

        Args:
            prompt: What the user typed.
            content: The content blocks to send; by default the prompt as text.
        """
        vanished = self.state.vanished
        for opening in self._open(prompt, content):
            yield opening
        for told in tells_vanished(self.state, self.means, vanished):
            yield told
        try:
            async for event in switched(self.state, self.means):
                yield event
            while self.state.turn_open:
                async for item in self._step_in_time():
                    self.watch.take(item)
                    yield item
        except Interrupted:
            why = self.means.desk.interrupted_by or "You interrupted."
            for event in closing(self.state, "interrupted", f"{why} What was done stays done."):
                yield event
        finally:
            self.boundary.deadline.stop()

    async def _step_in_time(self) -> AsyncIterator[Item]:
        """One step; the limit in minutes may cut it off, and is asked about in the next one."""
        try:
            async for item in self._step():
                yield item
        except Interrupted:
            if not self.boundary.deadline.passed():
                raise
            self.cut_off = True

    def _open(self, prompt: str, content: Sequence[ev.JSON]) -> list[ev.Event]:
        state = self.state
        blocks = tuple(content) or ({"type": "text", "text": prompt},)
        estimate = sum(_tokens_of(block) for block in blocks)
        opening: list[ev.Event] = []
        if self._tells_effort():
            opening.append(ev.EffortTold(effort=str(self.effort)))
        if state.partial_text:
            opening.append(notes.cut_off(state.partial_text))
        opening.append(
            ev.PromptSubmitted(turn=state.turn + 1, text=prompt, content=blocks, estimate=estimate)
        )
        if state.grant is not None and not self._told():
            left = state.grant if state.envelope and state.envelope.scope == "turn" else state.left
            opening.append(notes.countdown(left or 0, state.grant))
        return opening

    def _tells_effort(self) -> bool:
        """Whether a changed effort can be told in the conversation, so that the cache holds."""
        changed = self.state.told_effort != self.effort
        return changed and can_tell_effort(self.state, self.model)

    async def _step(self) -> AsyncIterator[Item]:
        """What stands before a request, the request, and what comes of it."""
        async for item in self._before():
            yield item
        if not self.state.turn_open:
            return
        for event in self._told_of_cut():
            yield event
        for event in self._owed():
            yield event
        outcome: Response | Fault | None = None
        async for part in self._request():
            if isinstance(part, (Response, Fault)):
                outcome = part
            else:
                yield part
        if isinstance(outcome, Response):
            for notice in doubts(outcome, self.means):
                yield notice
            if not _calls(outcome):  # else before the results are sent: nothing of them is cached
                for event in self._owed():
                    yield event
        for missed in misses(self.state, self.means):
            yield missed
        for event in self._stage():
            yield event
        if isinstance(outcome, Response):
            async for item in self._answered(outcome):
                yield item
        elif outcome is not None:
            async for item in self._failed(outcome):
                yield item

    # Before a request ------------------------------------------------------------

    async def _before(self) -> AsyncIterator[Item]:
        async for event in self.boundary.at_standstill():
            yield event
        async for event in self.boundary.at_limits():
            yield event
        if self.state.turn_open and self.landing.output_room == 0:
            for event in self.landing.over():
                yield event
        if not self.state.turn_open:
            return
        requests = self.state.request
        async for item in self.context.before_request():
            yield item
        if self.state.request > requests:  # a summary was paid for
            async for event in self.boundary.at_limits():
                yield event

    def _owed(self) -> Iterator[ev.Event]:
        """The token budget that a limit in dollars owes, as soon as its price is measured.

        It changes what is sent, so it comes before new results are written to the prompt cache,
        and behind a summary: then the least is in the cache.
        """
        state, means = self.state, self.means
        events = owed(state, means.caps, self.model, least=least_budget(state, means))
        grants = [event for event in events if isinstance(event, ev.BudgetGranted)]
        price = change_sentence(state, means, *grants) if grants else ""
        yield from events
        if price:
            yield ev.NoticeShown(sentence=price)
        if grants and not self._told() and state.conversation.waiting:
            yield notes.countdown(state.left or 0, state.grant or 0)

    def _told_of_cut(self) -> list[ev.Event]:
        """Quote what an answer had said when the time was up, if the turn goes on all the same."""
        cut, self.cut_off = self.cut_off, False
        return [notes.cut_off(self.state.partial_text)] if cut and self.state.partial_text else []

    async def _request(self) -> AsyncIterator[Item | Response | Fault]:
        state = self.state
        try:
            request = self._build()
        except ValueError as mistake:
            yield fault(Cause(kind="defect", detail=str(mistake)))
            return
        subtask = current(state.checklist)
        started = ev.RequestStarted(
            request=state.request + 1,
            turn=state.turn,
            model=self.model.id,
            effort=self.effort,
            top_effort=self._top_effort(),
            max_tokens=request.max_tokens,
            budget=self._budget(),
            messages=len(request.params["messages"]),
            subtask=subtask.id if subtask else None,
            purpose="landing" if self.landing.underway else "turn",
            shape=request.shape(),
            follows=follows(state, self.means),
        )
        self.means.sent.append(request)
        yield started
        async for item in exchange(request, started.request, self.model.id, self.means):
            yield item

    def _build(self) -> Request:
        state = self.state
        assert state.preamble is not None, "a session has its preamble before its first turn"
        usual = min(usual_max_tokens(self.model, self.effort), self.context.answer_room)
        if (landing := self.landing.output_room) is not None:
            usual = min(usual, landing)
        room = self.gate.output_room()
        self.clamped = room is not None and room < usual
        return build(
            self.model,
            Preamble(state.preamble.system, state.preamble.tools),
            state.conversation.sendable(),
            Options(
                effort=self._top_effort(),
                budget=self._budget(),
                max_tokens=room if self.clamped else usual,
                compact_above=self.context.compact_above(),
                extra=asking(state, self.means),
            ),
        )

    def _top_effort(self) -> str | None:
        """The effort in the parameters: the old one while a system message says otherwise."""
        told = self.state.told_effort == self.effort and self.state.top_effort is not None
        return self.state.top_effort if told else self.effort

    def _told(self) -> bool:
        """Whether the API itself tells the model what is left."""
        return api_tells(self.state, self.means, self.model)

    def _budget(self) -> WireBudget | None:
        by_server = server_threshold(self.state, self.means) is not None
        return self.state.wire_budget(by_server=by_server) if self._told() else None

    # What came of it -------------------------------------------------------------

    async def _answered(self, response: Response) -> AsyncIterator[Item]:
        self.mending.answered()
        self.context.answered()
        calls = _calls(response)
        match response.stop_reason:
            case _ if response.usage.only_compacted:
                async for event in self.context.server_stopped(response):
                    yield event
            case "refusal":
                for event in closing(self.state, "refused", refusal(response)):
                    yield event
            case "max_tokens" | "model_context_window_exceeded" as reason:
                full = reason != "max_tokens"
                cut = self.truncation.after(calls, window_full=full, clamped=self.clamped)
                async for step in cut:
                    yield step
            case reason if odd := odd_stop(reason, has_calls=bool(calls)):
                for event in not_run(self.state.request, calls, notes.NOT_RUN_ODD_STOP):
                    yield event
                for event in closing(self.state, "error", f"{odd} {ASK_AGAIN}"):
                    yield event
            case _ if calls:
                self.paused = 0
                self.truncation.over()
                async for item in self._tools(calls, response.unreadable):
                    yield item
            case reason if reason in PAUSED:
                for event in self._pause(response):
                    yield event
            case _:
                async for event in check_after_jobs(self.means, self.state.request):
                    yield event
                said = await heard(self.state, response)
                for event in self._finish(response, said):
                    yield event

    def _finish(self, response: Response, words: LastWords) -> list[ev.Event]:
        """The model yields: to what the user wrote meanwhile, or to the user."""
        if said := self.means.desk.take_steering():
            return [notes.steering(text) for text in said]
        end = natural_end(
            self.state,
            response,
            words,
            self.means.thresholds,
            self.gate.first_request,
            told_at=self.landing.room,
            asked_nobody=self.asked_nobody,
            most=granted_most(self.means.caps),
            screen=self.means.interactive,
        )
        doubt = [ev.NoticeShown(sentence=end.question)] if end.question else []
        return [*doubt, *closing(self.state, end.reason, end.sentence, budget=end.budget)]

    def _pause(self, response: Response) -> list[ev.Event]:
        """The model paused: what the server goes on from is sent back as it is."""
        self.paused += 1
        if self.paused > PAUSES:
            sentence = f"The model paused {PAUSES} times in a row. Say “continue” to go on."
            return closing(self.state, "error", sentence)
        return [] if _goes_on_by_itself(response) else [notes.paused()]

    async def _failed(self, fault: Fault) -> AsyncIterator[Item]:
        """No answer arrived whole."""
        if fault.kind == "context_exceeded":
            for event in self.context.refused(fault):
                yield event
            return
        async for item in self.mending.after(fault):
            yield item

    async def _tools(
        self, calls: Sequence[ev.JSON], unreadable: Collection[str]
    ) -> AsyncIterator[Item]:
        if is_landing(self.state, self.means.thresholds):
            todo = self.landing.at_reserve(calls, unreadable)
        else:
            self.landing.call_off()
            todo = self._run(calls, unreadable)
        landing = False
        async for item in todo:
            landing = landing or (isinstance(item, ev.NoteSent) and item.reason == "landing")
            yield item
        if not self.state.turn_open:
            return
        for text in self.means.desk.take_steering():
            yield notes.steering(text)
        for warning in self.boundary.warned():
            yield warning
        async for event in self.context.cut_waiting():
            yield event
        # The note of a landing says what is left, and takes a few tokens itself.
        if self.state.grant is not None and not landing and not self._told():
            yield notes.countdown(self.state.left or 0, self.state.grant)
        for event in self._stage():
            yield event

    async def _run(
        self, calls: Sequence[ev.JSON], unreadable: Collection[str]
    ) -> AsyncIterator[ev.Event | ToolOutput]:
        state = self.state
        async for item in run_calls(calls, unreadable, state.request, state.turn, self.means):
            if isinstance(item, ev.PermissionAsked) and not self.means.interactive:
                self.asked_nobody = True
            if isinstance(item, ev.ToolFinished) and item.name == REPORT and item.outcome == "done":
                item = filed(item, session_outlook(state))
            yield item

    # Stages ----------------------------------------------------------------------

    def _stage(self) -> list[ev.Event]:
        stage = current_stage(self.state, self.means.thresholds)
        known = Stage[self.state.stage.upper()] if self.state.stage else Stage.CRUISE
        if stage is None or stage <= known:
            return []
        grant, charged = self.state.grant or 0, self.state.charged
        return [ev.StageCrossed(stage=stage.word, charged=charged, grant=grant)]


def _calls(response: Response) -> list[ev.JSON]:
    """The tools that an answer wants called."""
    return [block for block in response.blocks if block.get("type") == "tool_use"]


def _tokens_of(block: ev.JSON) -> int:
    if block.get("type") == "image":
        return picture_tokens(block)
    return estimate_tokens(block.get("text", ""))


def _goes_on_by_itself(response: Response) -> bool:
    """Whether the server goes on from the message, sent back as it is; else it is a prefill."""
    last = str(response.blocks[-1].get("type")) if response.blocks else ""
    return last.startswith("server_tool") or last.endswith("_tool_result")
