"""The tool calls of one message: their order, the events they cause, and their answers.

Calls that only read run side by side; one that changes something runs alone, in its
place, and is prepared only when the calls before it have run, so that its preview shows
the file as it is then. A tool acts only after *tool started* is committed.
"""

from collections.abc import Collection, Sequence
from contextlib import aclosing

import msgspec

from tui.agent import model_notes
from tui.agent.agent_ends import interrupted_agent_words
from tui.agent.concurrency import Interrupted, run_together
from tui.agent.restored_changes import RestoredChangesReview
from tui.agent.tool_execution import FinishedCall, ToolExecution
from tui.agent.tool_preparation import ReadyCall, ToolPreparation
from tui.agent.tool_results import unrun_call_result
from tui.agent.tools.base import ToolOutcome
from tui.agent.tools.wrap_up_tool import REPORT, with_outlook
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit, ToolOutput
from tui.budget.token_estimate import estimate_tokens
from tui.claude.redaction import redaction_markers
from tui.session import events as ev
from tui.session.fallback_report import session_forecast
from tui.session.state import SessionState

SECRETS_REMOVED = (
    "A result held a key or a password: it was blacked out before it was stored and sent, and the "
    "model was told so. The file itself is as it was."
)
"""The notice to the user when that happens for the first time in a session."""


class ToolCallRunner:
    """Runs the calls of one turn."""

    def __init__(self, state: SessionState, ctx: TurnContext, emit: Emit) -> None:
        self._state = state
        self._ctx = ctx
        self._emit = emit
        self._preparation = ToolPreparation(state, ctx, emit)
        self._review = RestoredChangesReview(ctx, emit)

    @property
    def denied_without_user(self) -> bool:
        """Whether a call needed a permission and nobody was there to give it."""
        return self._preparation.denied_without_user

    async def run(self, blocks: Sequence[ev.JSON], unreadable: Collection[str]) -> None:
        """Answer every `tool_use` in `blocks`, in their order but for the report, which is last.

        Args:
            blocks: The calls, verbatim.
            unreadable: Ids of calls whose arguments were not JSON.

        Raises:
            Interrupted: the user stopped it; every call is answered by then.
        """
        batch = ToolBatch(self._state, self._ctx, self._preparation, self._review, self._emit)
        # The report comes last, so that its result can say what the other calls left to do.
        remaining = sorted(blocks, key=lambda block: block["name"] == REPORT)
        try:
            if (team := self._ctx.services.team) is not None:
                await team.ask_before(blocks)
            while remaining:
                block = remaining[0]
                tool = self._ctx.services.tools.get(block["name"])
                if tool is not None and (not tool.reads_only or tool.name == REPORT):
                    await batch.run_ready()
                await batch.prepare(block, block["id"] in unreadable)
                remaining.pop(0)
                if tool is not None and not tool.reads_only:
                    await batch.run_ready()
            await batch.run_ready()
        except Interrupted:
            await batch.answer_as_interrupted(remaining)
            raise

    async def check_background_jobs(self) -> None:
        """Put back and ask about what background jobs changed in protected files.

        Raises:
            Interrupted: the user stopped it at the question; the files stay put back.
        """
        await self._review.check_background_jobs(self._state.request)

    async def check_broken_off_command(self) -> None:
        """Put back and ask about what a command changed that a kill of the program cut off.

        Raises:
            Interrupted: the user stopped it at the question; the files stay put back.
        """
        await self._review.check_broken_off_command(self._state.request)


class ToolBatch:
    """The calls of one message on their way."""

    def __init__(
        self,
        state: SessionState,
        ctx: TurnContext,
        preparation: ToolPreparation,
        review: RestoredChangesReview,
        emit: Emit,
    ) -> None:
        """Args:
        state: The session; its last request asked for the calls.
        ctx: What the turn works with.
        preparation: Prepares and judges each call.
        review: Asks about changes to protected files.
        emit: Takes events and output.
        """
        self._state = state
        self._ctx = ctx
        self._preparation = preparation
        self._execution = ToolExecution(ctx, review)
        self._review = review
        self._emit = emit
        self._request = state.request
        self._ready: list[ReadyCall] = []
        """Admitted and waiting to run beside each other."""
        self._started: list[ReadyCall] = []
        """Running."""

    async def prepare(self, block: ev.JSON, unreadable: bool) -> None:
        """Prepare and judge one call; what may run is ready then."""
        call = await self._preparation.prepare(block, unreadable)
        if call is not None:
            self._ready.append(call)

    async def run_ready(self) -> None:
        """Run what is ready, side by side, and answer each call as it ends."""
        if not self._ready:
            return
        while self._ready:
            first = self._ready.pop(0)
            self._started.append(first)
            await self._emit(
                ev.ToolStarted(
                    request=self._request,
                    tool_use=first.tool_use,
                    name=first.tool.name,
                    input=first.input,
                    subject=first.call.subject,
                )
            )
        if self._ctx.services.inbox.interrupt.is_set():
            # None of them has begun: they are answered as not run.
            self._ready, self._started = self._started, []
            raise Interrupted
        jobs = [self._execution.job(ready) for ready in self._started]
        async with aclosing(run_together(jobs, self._ctx.services.inbox.interrupt)) as items:
            async for item in items:
                if isinstance(item, ToolOutput):
                    await self._emit(item)
                else:
                    await self._finish_call(item)

    async def _finish_call(self, ended: FinishedCall) -> None:
        """Answer a call that has run; ask first whether what was put back of it is to be kept.

        Raises:
            Interrupted: the user stopped it at that question; the call is answered.
        """
        interrupted = False
        for found in ended.restored:
            self._preparation.denied_without_user |= not self._ctx.settings.interactive
            try:
                said = await self._review.ask(found, ended.ready.tool_use)
            except Interrupted:
                said, interrupted = found.note(""), True
            ended = ended.with_note(said)
        # What a call brings about comes before its end: a kill between the two loses nothing.
        await self._emit(*self._effects(ended.outcome))
        await self._emit(self._finished_event(ended))
        if interrupted:
            raise Interrupted

    def _effects(self, outcome: ToolOutcome) -> list[ev.Event]:
        """What a call brought about beside its result."""
        events: list[ev.Event] = []
        if not self._ctx.run.secrets_notice_shown and any(redaction_markers(outcome.content)):
            self._ctx.run.secrets_notice_shown = True
            events.append(ev.NoticeShown(sentence=SECRETS_REMOVED))
        if outcome.subtasks:
            events.append(ev.ChecklistChanged(updates=outcome.subtasks))
        if outcome.report is not None:
            events.append(ev.WrappedUp(turn=self._state.turn, report=outcome.report))
        if outcome.plan is not None:
            events.append(ev.PlanFiled(turn=self._state.turn, plan=outcome.plan))
        return events

    def _finished_event(self, ended: FinishedCall) -> ev.ToolFinished:
        """The result of a call that has run; that of the report says what it left to do."""
        ready, outcome = ended.ready, ended.outcome
        self._started = [each for each in self._started if each is not ready]
        finished = ev.ToolFinished(
            request=self._request,
            tool_use=ready.tool_use,
            name=ready.tool.name,
            content=outcome.content,
            outcome=outcome.status,
            estimate=estimate_tokens(outcome.content),
            changes=outcome.changes,
            summary=outcome.summary,
            seconds=round(ended.seconds, 3),
        )
        if finished.name == REPORT and finished.outcome == "done":
            return with_outlook(finished, session_forecast(self._state))
        return finished

    async def answer_as_interrupted(self, unprepared: Sequence[ev.JSON]) -> None:
        """Answer every call that has no answer yet.

        Args:
            unprepared: The calls that were not looked at.
        """
        for ready in self._started:
            said = [found.note("") for found in self._execution.restored.get(ready.tool_use, ())]
            reported = interrupted_agent_words(self._state, ready.tool_use)
            # What became of an agent is known: it works on, or has ended.
            became = reported or model_notes.interrupted(self._ctx.services.inbox, began=True)
            words = "\n".join((became, *said))
            name = ready.tool.name
            changes = self._execution.changes.get(ready.tool_use, ())
            await self._answer(ready.tool_use, name, words, changes)
        waiting = [(ready.tool_use, ready.tool.name) for ready in self._ready]
        words = model_notes.interrupted(self._ctx.services.inbox, began=False)
        for tool_use, name in (*waiting, *((each["id"], each["name"]) for each in unprepared)):
            await self._answer(tool_use, name, words)

    async def _answer(
        self, tool_use: str, name: str, words: str, changes: tuple[ev.FileChange, ...] = ()
    ) -> None:
        result = unrun_call_result(self._request, tool_use, name, words, "interrupted")
        await self._emit(msgspec.structs.replace(result, changes=changes))
