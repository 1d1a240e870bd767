"""A batch of tool calls: prepared, judged, asked about, run, answered.

Calls that only read run side by side; one that changes something runs alone, in its
place, and is prepared only when the calls before it have run, so that its preview shows
the file as it is then. A tool acts only after *tool started* is committed: the batch
yields that event and goes on when it is asked for the next.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

import msgspec

from tui.agent import model_notes
from tui.agent.command_protection import CommandProtection, RestoredChanges, can_change_any_file
from tui.agent.concurrency import Emit, Interrupted, Job, run_interruptible, run_together
from tui.agent.permissions import Ask, Deny
from tui.agent.shell.rule_suggestions import describe_rule
from tui.agent.tools.base import PreparedCall, Tool, ToolError, ToolOutcome
from tui.agent.tools.redaction_marks import refuse_redaction_marks
from tui.agent.tools.tool_estimate import estimate_tokens
from tui.agent.tools.wrap_up_tool import REPORT
from tui.agent.turn_context import ToolOutput, TurnContext
from tui.agent.user_inbox import PermissionAnswer
from tui.claude.redaction import redaction_markers
from tui.session import events as ev

Item = ev.Event | ToolOutput


SECRETS_REMOVED = (
    "A result held a key or a password: it was blacked out before it was stored and sent, and the "
    "model was told so. The file itself is as it was."
)
"""What the user is told when that happens for the first time in a session."""

NO_USER_ANSWER = PermissionAnswer("no", "nobody is here to answer")
"""What a question is answered with when the run has no user."""


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


async def run_tool_calls(
    blocks: Sequence[ev.JSON],
    unreadable: Collection[str],
    request: int,
    turn: int,
    ctx: TurnContext,
) -> AsyncGenerator[Item, None]:
    """Answer every `tool_use` in `blocks`, in their order but for the report, which is last.

    Args:
        blocks: The calls, verbatim.
        unreadable: Ids of calls whose arguments were not JSON.
        request: Number of the request that asked for them.
        turn: Number of the turn.
        ctx: What a turn works with.

    Raises:
        Interrupted: the user stopped it; every call is answered by then.
    """
    batch = ToolBatch(request, turn, ctx)
    # The report comes last, so that its result can say what the other calls left to do.
    remaining = sorted(blocks, key=lambda block: block["name"] == REPORT)
    try:
        while remaining:
            block = remaining[0]
            tool = ctx.tools.get(block["name"])
            if tool is not None and (not tool.reads_only or tool.name == REPORT):
                async for item in batch.run_ready():
                    yield item
            async for item in batch.prepare(block, block["id"] in unreadable):
                yield item
            remaining.pop(0)
            if tool is not None and not tool.reads_only:
                async for item in batch.run_ready():
                    yield item
        async for item in batch.run_ready():
            yield item
    except Interrupted:
        for ready in batch.started:
            said = [found.note("") for found in batch.restored.get(ready.tool_use, ())]
            words = "\n".join((model_notes.interrupted(ctx.inbox, began=True), *said))
            yield batch.result_event(ready.tool_use, ready.tool.name, words, "interrupted")
        waiting = [(ready.tool_use, ready.tool.name) for ready in batch.ready]
        for tool_use, name in (*waiting, *((block["id"], block["name"]) for block in remaining)):
            words = model_notes.interrupted(ctx.inbox, began=False)
            yield batch.result_event(tool_use, name, words, "interrupted")
        raise


class ToolBatch:
    """The calls of one message on their way."""

    def __init__(self, request: int, turn: int, ctx: TurnContext) -> None:
        self.request = request
        self.turn = turn
        self.ctx = ctx
        self.ready: list[ReadyCall] = []
        """Admitted and waiting to run beside each other."""
        self.started: list[ReadyCall] = []
        """Running."""
        self.restored: dict[str, tuple[RestoredChanges, ...]] = {}
        """Changes to protected files that were put back, by the call that was cut short."""

    async def prepare(self, block: ev.JSON, unreadable: bool) -> AsyncIterator[Item]:
        """Prepare and judge one call; what may run is `ready` then."""
        name, tool_use = block["name"], block["id"]
        try:
            tool, call = await self._prepare_call(block, unreadable)
            with _as_tool_errors():
                # In a thread too: a deny rule about files may have to list the folder.
                decision = await asyncio.to_thread(self.ctx.rules.decide, call)
        except ToolError as error:
            yield self.result_event(tool_use, name, self._redact(error.sentence), "error")
            return
        refused = decision.reason if isinstance(decision, Deny) else None
        if isinstance(decision, Ask):
            async for item in self._ask_permission(tool_use, call, decision):
                yield item
                if isinstance(item, ev.PermissionAnswered) and item.answer == "no":
                    refused = self._refusal_text(item.reason)
        if refused is None:
            self.ready.append(ReadyCall(tool_use, tool, call, block["input"]))
        else:
            yield self.result_event(tool_use, name, refused, "denied")

    async def _prepare_call(self, block: ev.JSON, unreadable: bool) -> tuple[Tool, PreparedCall]:
        tool = self.ctx.tools.get(block["name"])
        if tool is None:
            known = ", ".join(sorted(self.ctx.tools))
            raise ToolError(f"There is no tool named {block['name']!r}. The tools are: {known}.")
        if unreadable:
            raise ToolError("The arguments were not a JSON object; nothing was run.")
        with _as_tool_errors():
            given = block["input"]
            if tool.name == "bash" and isinstance(given, dict):
                refuse_redaction_marks(str(given.get("command", "")))
            # In a thread, because it reads files; an interrupt does not wait for it.
            call = await run_interruptible(
                self.ctx.inbox.interrupt,
                lambda: asyncio.to_thread(tool.prepare, block["input"], self.ctx.world),
            )
        return tool, call

    async def _ask_permission(
        self, tool_use: str, call: PreparedCall, ask: Ask
    ) -> AsyncIterator[Item]:
        self.ctx.inbox.open_question(tool_use)
        yield ev.PermissionAsked(
            tool_use=tool_use,
            name=call.name,
            subject=call.subject,
            reason=ask.reason,
            preview=self._redact(ask.need.preview),
            rule=ask.need.rule,
            allows="; ".join(filter(None, map(describe_rule, ask.need.rules))),
        )
        answer = NO_USER_ANSWER
        if self.ctx.interactive:
            desk = self.ctx.inbox
            answer = await run_interruptible(desk.interrupt, lambda: desk.wait_for_answer(tool_use))
        lasting = answer.answer in ("session", "project")
        yield ev.PermissionAnswered(
            tool_use=tool_use,
            answer=answer.answer,
            reason=answer.reason,
            rules=ask.need.rules if lasting else (),
        )
        asked = replace(call, permission=ask.need)
        self.ctx.rules = self.ctx.rules.with_answer(asked, answer.answer)

    def _refusal_text(self, reason: str) -> str:
        if not self.ctx.interactive:
            return model_notes.NO_USER_TO_ASK
        return f"The user said no. They said: {reason}" if reason else "The user said no."

    async def run_ready(self) -> AsyncIterator[Item]:
        """Run what is ready, side by side, and answer each call as it ends."""
        if not self.ready:
            return
        while self.ready:
            first = self.ready.pop(0)
            self.started.append(first)
            yield ev.ToolStarted(
                request=self.request,
                tool_use=first.tool_use,
                name=first.tool.name,
                input=first.input,
                subject=first.call.subject,
            )
        if self.ctx.inbox.interrupt.is_set():
            # None of them has begun: they are answered as not run.
            self.ready, self.started = self.started, []
            raise Interrupted
        jobs = [self._job(ready) for ready in self.started]
        async with aclosing(run_together(jobs, self.ctx.inbox.interrupt)) as items:
            async for item in items:
                if isinstance(item, ToolOutput):
                    yield item
                    continue
                interrupted = False
                for found in item.restored:
                    try:
                        async for event in ask_to_keep_changes(
                            found, item.ready.tool_use, self.ctx
                        ):
                            if isinstance(event, str):
                                item = item.with_note(event)
                            else:
                                yield event
                    except Interrupted:
                        item, interrupted = item.with_note(found.note("")), True
                for event in self._finish_call(item):
                    yield event
                if interrupted:
                    raise Interrupted

    def _job(self, ready: ReadyCall) -> Job[ToolOutput | _FinishedCall]:
        async def job(emit: Emit[ToolOutput | _FinishedCall]) -> None:
            began = self.ctx.now()
            undone: tuple[RestoredChanges, ...] = ()
            try:
                with _as_tool_errors():
                    outcome, undone = await self._run_protected(ready, emit)
            except ToolError as error:
                outcome = ToolOutcome(content=error.sentence, status="error")
            # In a thread: a large result takes a while to look through.
            outcome = await asyncio.to_thread(self._without_secrets, outcome)
            emit(_FinishedCall(ready, outcome, max(0.0, self.ctx.now() - began), undone))

        return job

    async def _run_protected(
        self, ready: ReadyCall, emit: Emit[ToolOutput | _FinishedCall]
    ) -> tuple[ToolOutcome, tuple[RestoredChanges, ...]]:
        """Run a call; what it changed in protected files is put back, however it ends."""

        async def run() -> ToolOutcome:
            try:
                with _as_tool_errors():
                    return await ready.tool.run(
                        ready.call,
                        self.ctx.world,
                        lambda text: emit(ToolOutput(ready.tool_use, self._redact(text))),
                    )
            except ToolError as error:
                return ToolOutcome(content=error.sentence, status="error")

        if not can_change_any_file(ready.call):
            outcome = await run()
            if self.ctx.protection is not None and not ready.tool.reads_only:
                await self.ctx.protection.accept_current()
            return outcome, ()
        protection = _protection(self.ctx)
        view, earlier = await protection.before_command()
        try:
            outcome = await run()
        except asyncio.CancelledError:
            found = await asyncio.shield(
                protection.after_command(view, jobs=_has_running_jobs(self.ctx))
            )
            self.restored[ready.tool_use] = _without_none(earlier, found)
            raise
        found = await protection.after_command(view, jobs=_has_running_jobs(self.ctx))
        return outcome, _without_none(earlier, found)

    def _redact(self, text: str) -> str:
        """`text` without secrets."""
        return self.ctx.world.redactor(text).text

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

    def _finish_call(self, ended: _FinishedCall) -> list[ev.Event]:
        ready, outcome = ended.ready, ended.outcome
        self.started = [each for each in self.started if each is not ready]
        # What a call brings about comes before its end: a kill between the two loses nothing.
        events: list[ev.Event] = []
        if not self.ctx.secrets_notice_shown and any(redaction_markers(outcome.content)):
            self.ctx.secrets_notice_shown = True
            events.append(ev.NoticeShown(sentence=SECRETS_REMOVED))
        if outcome.subtasks:
            events.append(ev.ChecklistChanged(updates=outcome.subtasks))
        if outcome.report is not None:
            events.append(ev.WrappedUp(turn=self.turn, report=outcome.report))
        events.append(
            ev.ToolFinished(
                request=self.request,
                tool_use=ready.tool_use,
                name=ready.tool.name,
                content=outcome.content,
                outcome=outcome.status,
                estimate=estimate_tokens(outcome.content),
                changes=outcome.changes,
                summary=outcome.summary,
                seconds=round(ended.seconds, 3),
            )
        )
        return events

    def result_event(
        self, tool_use: str, name: str, content: str, outcome: ev.ToolOutcome
    ) -> ev.ToolFinished:
        """The event that answers a call that has no result of its own."""
        return ev.ToolFinished(
            request=self.request,
            tool_use=tool_use,
            name=name,
            content=content,
            outcome=outcome,
            estimate=estimate_tokens(content),
            summary={"denied": "denied", "interrupted": "interrupted", "not_run": "not run"}.get(
                outcome, ""
            ),
        )


async def check_background_changes(
    ctx: TurnContext, request: int
) -> AsyncGenerator[ev.Event, None]:
    """Put back and ask about what background jobs changed in protected files.

    Args:
        ctx: What the turn works with.
        request: Number of its last request.

    Raises:
        Interrupted: the user stopped it at the question; the files stay put back.
    """
    if ctx.protection is None:
        return
    view, found = await ctx.protection.before_command()
    if _has_running_jobs(ctx):
        ctx.protection.last_snapshot = view
    if found is not None:
        async for event in ask_to_keep_changes(found, f"jobs-{request}", ctx):
            yield model_notes.note(event, "reminder") if isinstance(event, str) else event


async def ask_to_keep_changes(
    found: RestoredChanges, tool_use: str, ctx: TurnContext
) -> AsyncGenerator[ev.Event | str, None]:
    """Ask whether changes that were put back are to be kept; keeps them once the log says so.

    Yields the question and its answer and, last, what the model is told.

    Raises:
        Interrupted: the user stopped it; the files stay put back.
    """
    desk, answer = ctx.inbox, NO_USER_ANSWER
    desk.open_question(tool_use)
    question = found.question(tool_use)
    shown = ctx.world.redactor(question.preview).text
    yield msgspec.structs.replace(question, preview=shown)
    if ctx.interactive:
        answer = await run_interruptible(desk.interrupt, lambda: desk.wait_for_answer(tool_use))
    yield ev.PermissionAnswered(tool_use=tool_use, answer=answer.answer, reason=answer.reason)
    if answer.answer != "no":
        await _protection(ctx).keep_changes(found)
        yield found.note("kept")
    elif ctx.interactive:
        yield found.note("no", answer.reason)
    else:
        yield found.note("nobody")


def _protection(ctx: TurnContext) -> CommandProtection:
    if ctx.protection is None:
        ctx.protection = CommandProtection.of(ctx.world)
    return ctx.protection


def _has_running_jobs(ctx: TurnContext) -> bool:
    return any(job.running for job in ctx.world.jobs.statuses())


def _without_none(*found: RestoredChanges | None) -> tuple[RestoredChanges, ...]:
    return tuple(each for each in found if each is not None)


def skipped_call_results(request: int, calls: Sequence[ev.JSON], words: str) -> list[ev.Event]:
    """The events that answer calls which are not even looked at.

    Args:
        request: Number of the request that asked for them.
        calls: The calls, verbatim.
        words: Why not, for the model.
    """
    return [
        ev.ToolFinished(
            request=request,
            tool_use=call["id"],
            name=call["name"],
            content=words,
            outcome="not_run",
            estimate=estimate_tokens(words),
            summary="not run",
        )
        for call in calls
    ]


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
