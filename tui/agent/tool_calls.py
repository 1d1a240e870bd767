"""A batch of tool calls: prepared, judged, asked about, run, answered.

Calls that only read run side by side; one that changes something runs alone, in its
place, and is prepared only when the calls before it have run, so that its preview shows
the file as it is then. A tool acts only after *tool started* is committed.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

import msgspec

from tui.agent import model_notes
from tui.agent.command_protection import RestoredChanges, can_change_any_file
from tui.agent.concurrency import Interrupted, Job, Put, run_interruptible, run_together
from tui.agent.permissions import Ask, Deny
from tui.agent.restored_changes import RestoredChangesReview, wait_for_permission
from tui.agent.shell.rule_suggestions import describe_rule
from tui.agent.tools.base import PreparedCall, Tool, ToolError, ToolOutcome
from tui.agent.tools.redaction_marks import refuse_redaction_marks
from tui.agent.tools.tool_estimate import estimate_tokens
from tui.agent.tools.wrap_up_tool import REPORT, with_outlook
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit, ToolOutput
from tui.agent.user_inbox import PermissionAnswer
from tui.claude.redaction import redaction_markers
from tui.session import events as ev
from tui.session.fallback_report import session_forecast
from tui.session.state import SessionState

SECRETS_REMOVED = (
    "A result held a key or a password: it was blacked out before it was stored and sent, and the "
    "model was told so. The file itself is as it was."
)
"""What the user is told when that happens for the first time in a session."""


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """A call that may run now."""

    tool_use: str
    tool: Tool
    call: PreparedCall
    input: ev.JSON


@dataclass(frozen=True, slots=True)
class _FinishedCall:
    """A call has run."""

    ready: ReadyCall
    outcome: ToolOutcome
    seconds: float
    restored: tuple[RestoredChanges, ...] = ()
    """What was put back of it and before it."""

    def with_note(self, note: str) -> "_FinishedCall":
        """The same with a note for the model behind the result."""
        content = f"{self.outcome.content}\n{note}"
        return replace(self, outcome=replace(self.outcome, content=content))


class ToolCallRunner:
    """Runs the calls of one turn."""

    def __init__(self, state: SessionState, ctx: TurnContext, emit: Emit) -> None:
        self._state = state
        self._ctx = ctx
        self._emit = emit
        self._review = RestoredChangesReview(ctx, emit)
        self.denied_without_user = False
        """Whether a call needed a permission and nobody was there to give it."""

    async def run(self, blocks: Sequence[ev.JSON], unreadable: Collection[str]) -> None:
        """Answer every `tool_use` in `blocks`, in their order but for the report, which is last.

        Args:
            blocks: The calls, verbatim.
            unreadable: Ids of calls whose arguments were not JSON.

        Raises:
            Interrupted: the user stopped it; every call is answered by then.
        """
        batch = ToolBatch(self._state, self._ctx, self._review, self._emit)
        # The report comes last, so that its result can say what the other calls left to do.
        remaining = sorted(blocks, key=lambda block: block["name"] == REPORT)
        try:
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
        finally:
            self.denied_without_user |= batch.denied_without_user

    async def check_background_jobs(self) -> None:
        """Put back and ask about what background jobs changed in protected files.

        Raises:
            Interrupted: the user stopped it at the question; the files stay put back.
        """
        await self._review.check_background_jobs(self._state.request)


class ToolBatch:
    """The calls of one message on their way."""

    def __init__(
        self, state: SessionState, ctx: TurnContext, review: RestoredChangesReview, emit: Emit
    ) -> None:
        """Args:
        state: The session; its last request asked for the calls.
        ctx: What the turn works with.
        review: Asks about changes to protected files.
        emit: Takes events and output.
        """
        self._state = state
        self._ctx = ctx
        self._review = review
        self._emit = emit
        self._request = state.request
        self._ready: list[ReadyCall] = []
        """Admitted and waiting to run beside each other."""
        self._started: list[ReadyCall] = []
        """Running."""
        self._restored: dict[str, tuple[RestoredChanges, ...]] = {}
        """Changes to protected files that were put back, by the call that was cut short."""
        self.denied_without_user = False
        """See `ToolCallRunner.denied_without_user`."""

    async def prepare(self, block: ev.JSON, unreadable: bool) -> None:
        """Prepare and judge one call; what may run is `ready` then."""
        name, tool_use = block["name"], block["id"]
        try:
            tool, call = await self._prepare_call(block, unreadable)
            with _as_tool_errors():
                # In a thread too: a deny rule about files may have to list the folder.
                decision = await asyncio.to_thread(self._ctx.run.rules.decide, call)
        except ToolError as error:
            sentence = self._redact(error.sentence)
            await self._emit(self._result_event(tool_use, name, sentence, "error"))
            return
        refused = decision.reason if isinstance(decision, Deny) else None
        if isinstance(decision, Ask):
            refused = await self._ask_permission(tool_use, call, decision)
        if refused is None:
            self._ready.append(ReadyCall(tool_use, tool, call, block["input"]))
        else:
            await self._emit(self._result_event(tool_use, name, refused, "denied"))

    async def _prepare_call(self, block: ev.JSON, unreadable: bool) -> tuple[Tool, PreparedCall]:
        tool = self._ctx.services.tools.get(block["name"])
        if tool is None:
            known = ", ".join(sorted(self._ctx.services.tools))
            raise ToolError(f"There is no tool named {block['name']!r}. The tools are: {known}.")
        if unreadable:
            raise ToolError("The arguments were not a JSON object; nothing was run.")
        with _as_tool_errors():
            given = block["input"]
            if tool.name == "bash" and isinstance(given, dict):
                refuse_redaction_marks(str(given.get("command", "")))
            # In a thread, because it reads files; an interrupt does not wait for it.
            call = await run_interruptible(
                self._ctx.services.inbox.interrupt,
                lambda: asyncio.to_thread(
                    tool.prepare, block["input"], self._ctx.services.environment
                ),
            )
        return tool, call

    async def _ask_permission(self, tool_use: str, call: PreparedCall, ask: Ask) -> str | None:
        """Ask the user; what the model is told where they said no, else None."""
        self._ctx.services.inbox.open_question(tool_use)
        await self._emit(
            ev.PermissionAsked(
                tool_use=tool_use,
                name=call.name,
                subject=call.subject,
                reason=ask.reason,
                preview=self._redact(ask.need.preview),
                rule=ask.need.rule,
                allows="; ".join(filter(None, map(describe_rule, ask.need.rules))),
            )
        )
        answer = await self._wait_for_answer(tool_use)
        lasting = answer.answer in ("session", "project")
        await self._emit(
            ev.PermissionAnswered(
                tool_use=tool_use,
                answer=answer.answer,
                reason=answer.reason,
                rules=ask.need.rules if lasting else (),
            )
        )
        asked = replace(call, permission=ask.need)
        self._ctx.run.rules = self._ctx.run.rules.with_answer(asked, answer.answer)
        return self._refusal_text(answer.reason) if answer.answer == "no" else None

    async def _wait_for_answer(self, tool_use: str) -> PermissionAnswer:
        self.denied_without_user |= not self._ctx.settings.interactive
        return await wait_for_permission(tool_use, self._ctx)

    def _refusal_text(self, reason: str) -> str:
        if not self._ctx.settings.interactive:
            return model_notes.NO_USER_TO_ASK
        return f"The user said no. They said: {reason}" if reason else "The user said no."

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
        jobs = [self._job(ready) for ready in self._started]
        async with aclosing(run_together(jobs, self._ctx.services.inbox.interrupt)) as items:
            async for item in items:
                if isinstance(item, ToolOutput):
                    await self._emit(item)
                else:
                    await self._finish_call(item)

    async def _finish_call(self, ended: _FinishedCall) -> None:
        """Answer a call that has run; ask first whether what was put back of it is to be kept.

        Raises:
            Interrupted: the user stopped it at that question; the call is answered.
        """
        interrupted = False
        for found in ended.restored:
            self.denied_without_user |= not self._ctx.settings.interactive
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

    def _job(self, ready: ReadyCall) -> Job[ToolOutput | _FinishedCall]:
        async def job(put: Put[ToolOutput | _FinishedCall]) -> None:
            began = self._ctx.services.now()
            undone: tuple[RestoredChanges, ...] = ()
            try:
                with _as_tool_errors():
                    outcome, undone = await self._run_protected(ready, put)
            except ToolError as error:
                outcome = ToolOutcome(content=error.sentence, status="error")
            # In a thread: a large result takes a while to look through.
            outcome = await asyncio.to_thread(self._without_secrets, outcome)
            put(_FinishedCall(ready, outcome, max(0.0, self._ctx.services.now() - began), undone))

        return job

    async def _run_protected(
        self, ready: ReadyCall, put: Put[ToolOutput | _FinishedCall]
    ) -> tuple[ToolOutcome, tuple[RestoredChanges, ...]]:
        """Run a call; what it changed in protected files is put back, however it ends."""

        async def run() -> ToolOutcome:
            try:
                with _as_tool_errors():
                    return await ready.tool.run(
                        ready.call,
                        self._ctx.services.environment,
                        lambda text: put(ToolOutput(ready.tool_use, self._redact(text))),
                    )
            except ToolError as error:
                return ToolOutcome(content=error.sentence, status="error")

        if not can_change_any_file(ready.call):
            outcome = await run()
            if self._ctx.run.protection is not None and not ready.tool.reads_only:
                await self._ctx.run.protection.accept_current()
            return outcome, ()
        protection, review = self._review.protection, self._review
        view, earlier = await protection.before_command()
        try:
            outcome = await run()
        except asyncio.CancelledError:
            found = await asyncio.shield(
                protection.after_command(view, jobs=review.has_running_jobs)
            )
            self._restored[ready.tool_use] = _without_none(earlier, found)
            raise
        found = await protection.after_command(view, jobs=review.has_running_jobs)
        return outcome, _without_none(earlier, found)

    def _redact(self, text: str) -> str:
        """`text` without secrets."""
        return self._ctx.services.environment.redactor(text).text

    def _without_secrets(self, outcome: ToolOutcome) -> ToolOutcome:
        """The same outcome, fit to be logged and sent."""
        return replace(
            outcome,
            content=self._redact(outcome.content),
            summary=self._redact(outcome.summary),
            changes=tuple(
                msgspec.structs.replace(change, diff=self._redact(change.diff))
                for change in outcome.changes
            ),
        )

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
        return events

    def _finished_event(self, ended: _FinishedCall) -> ev.ToolFinished:
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
            said = [found.note("") for found in self._restored.get(ready.tool_use, ())]
            words = "\n".join(
                (model_notes.interrupted(self._ctx.services.inbox, began=True), *said)
            )
            name = ready.tool.name
            await self._emit(self._result_event(ready.tool_use, name, words, "interrupted"))
        waiting = [(ready.tool_use, ready.tool.name) for ready in self._ready]
        words = model_notes.interrupted(self._ctx.services.inbox, began=False)
        for tool_use, name in (*waiting, *((each["id"], each["name"]) for each in unprepared)):
            await self._emit(self._result_event(tool_use, name, words, "interrupted"))

    def _result_event(
        self, tool_use: str, name: str, content: str, outcome: ev.ToolOutcome
    ) -> ev.ToolFinished:
        """The event that answers a call that has no result of its own."""
        return ev.ToolFinished(
            request=self._request,
            tool_use=tool_use,
            name=name,
            content=content,
            outcome=outcome,
            estimate=estimate_tokens(content),
            summary={"denied": "denied", "interrupted": "interrupted", "not_run": "not run"}.get(
                outcome, ""
            ),
        )


def _without_none(*found: RestoredChanges | None) -> tuple[RestoredChanges, ...]:
    return tuple(each for each in found if each is not None)


@contextmanager
def _as_tool_errors() -> Iterator[None]:
    """A tool that goes wrong ends its call with a sentence, not the session."""
    try:
        yield
    except (ToolError, Interrupted):
        raise
    except OSError as error:
        raise ToolError(f"{type(error).__name__}: {error}") from error
    except Exception as error:  # the border to the tools: a mistake in one must not cost the turn
        kind = type(error).__name__
        raise ToolError(f"The tool itself failed ({kind}: {error}); try another way.") from error
