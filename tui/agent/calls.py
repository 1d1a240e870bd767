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

from tui.agent import notes
from tui.agent.desk import Answer
from tui.agent.flow import Emit, Interrupted, Job, merged, unless
from tui.agent.means import Means, ToolOutput
from tui.agent.permissions import Ask, Deny
from tui.agent.protection import Protection, PutBack, runs_commands
from tui.agent.shell.offers import in_words
from tui.agent.tools.base import Call, Outcome, Tool, ToolError
from tui.agent.tools.estimate import estimate_tokens
from tui.agent.tools.marks import refuse_marks
from tui.agent.tools.wrap_up import REPORT
from tui.claude.redaction import markers
from tui.session import events as ev

Item = ev.Event | ToolOutput


REMOVED = (
    "A result held a key or a password: it was blacked out before it was stored and sent, and the "
    "model was told so. The file itself is as it was."
)
"""What the user is told when that happens for the first time in a session."""

NOBODY = Answer("no", "nobody is here to answer")
"""What a question is answered with when the run has no user."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that may run now."""

    tool_use: str
    tool: Tool
    call: Call
    input: ev.JSON


@dataclass(frozen=True, slots=True)
class _Ended:
    """A call has run."""

    ready: Ready
    outcome: Outcome
    seconds: float
    undone: tuple[PutBack, ...] = ()
    """What was put back of it and before it."""

    def with_note(self, note: str) -> "_Ended":
        """The same with a note for the model behind the result."""
        content = f"{self.outcome.content}\n{note}"
        return replace(self, outcome=replace(self.outcome, content=content))


async def run_calls(
    blocks: Sequence[ev.JSON], unreadable: Collection[str], request: int, turn: int, means: Means
) -> AsyncGenerator[Item, None]:
    """Answer every `tool_use` in `blocks`, in their order but for the report, which is last.

    Args:
        blocks: The calls, verbatim.
        unreadable: Ids of calls whose arguments were not JSON.
        request: Number of the request that asked for them.
        turn: Number of the turn.
        means: What a turn works with.

    Raises:
        Interrupted: the user stopped it; every call is answered by then.
    """
    batch = Batch(request, turn, means)
    # The report comes last, so that its result can say what the other calls left to do.
    remaining = sorted(blocks, key=lambda block: block["name"] == REPORT)
    try:
        while remaining:
            block = remaining[0]
            tool = means.tools.get(block["name"])
            if tool is not None and (not tool.reads_only or tool.name == REPORT):
                async for item in batch.flush():
                    yield item
            async for item in batch.admit(block, block["id"] in unreadable):
                yield item
            remaining.pop(0)
            if tool is not None and not tool.reads_only:
                async for item in batch.flush():
                    yield item
        async for item in batch.flush():
            yield item
    except Interrupted:
        for ready in batch.started:
            said = [found.note("") for found in batch.undone.get(ready.tool_use, ())]
            words = "\n".join((notes.interrupted(means.desk, began=True), *said))
            yield batch.answer(ready.tool_use, ready.tool.name, words, "interrupted")
        waiting = [(ready.tool_use, ready.tool.name) for ready in batch.ready]
        for tool_use, name in (*waiting, *((block["id"], block["name"]) for block in remaining)):
            words = notes.interrupted(means.desk, began=False)
            yield batch.answer(tool_use, name, words, "interrupted")
        raise


class Batch:
    """The calls of one message on their way."""

    def __init__(self, request: int, turn: int, means: Means) -> None:
        self.request = request
        self.turn = turn
        self.means = means
        self.ready: list[Ready] = []
        """Admitted and waiting to run beside each other."""
        self.started: list[Ready] = []
        """Running."""
        self.undone: dict[str, tuple[PutBack, ...]] = {}
        """Changes to protected files that were put back, by the call that was cut short."""

    async def admit(self, block: ev.JSON, unreadable: bool) -> AsyncIterator[Item]:
        """Prepare and judge one call; what may run is `ready` then."""
        name, tool_use = block["name"], block["id"]
        try:
            tool, call = await self._prepared(block, unreadable)
            with _as_tool_errors():
                # In a thread too: a deny rule about files may have to list the folder.
                decision = await asyncio.to_thread(self.means.rules.decide, call)
        except ToolError as error:
            yield self.answer(tool_use, name, self._safe(error.sentence), "error")
            return
        refused = decision.reason if isinstance(decision, Deny) else None
        if isinstance(decision, Ask):
            async for item in self._ask(tool_use, call, decision):
                yield item
                if isinstance(item, ev.PermissionAnswered) and item.answer == "no":
                    refused = self._no(item.reason)
        if refused is None:
            self.ready.append(Ready(tool_use, tool, call, block["input"]))
        else:
            yield self.answer(tool_use, name, refused, "denied")

    async def _prepared(self, block: ev.JSON, unreadable: bool) -> tuple[Tool, Call]:
        tool = self.means.tools.get(block["name"])
        if tool is None:
            known = ", ".join(sorted(self.means.tools))
            raise ToolError(f"There is no tool named {block['name']!r}. The tools are: {known}.")
        if unreadable:
            raise ToolError("The arguments were not a JSON object; nothing was run.")
        with _as_tool_errors():
            given = block["input"]
            if tool.name == "bash" and isinstance(given, dict):
                refuse_marks(str(given.get("command", "")))
            # In a thread, because it reads files; an interrupt does not wait for it.
            call = await unless(
                self.means.desk.interrupt,
                lambda: asyncio.to_thread(tool.prepare, block["input"], self.means.world),
            )
        return tool, call

    async def _ask(self, tool_use: str, call: Call, ask: Ask) -> AsyncIterator[Item]:
        self.means.desk.ask(tool_use)
        yield ev.PermissionAsked(
            tool_use=tool_use,
            name=call.name,
            subject=call.subject,
            reason=ask.reason,
            preview=self._safe(ask.need.preview),
            rule=ask.need.rule,
            allows="; ".join(filter(None, map(in_words, ask.need.rules))),
        )
        answer = NOBODY
        if self.means.interactive:
            desk = self.means.desk
            answer = await unless(desk.interrupt, lambda: desk.answered(tool_use))
        lasting = answer.answer in ("session", "project")
        yield ev.PermissionAnswered(
            tool_use=tool_use,
            answer=answer.answer,
            reason=answer.reason,
            rules=ask.need.rules if lasting else (),
        )
        asked = replace(call, need=ask.need)
        self.means.rules = self.means.rules.with_answer(asked, answer.answer)

    def _no(self, reason: str) -> str:
        if not self.means.interactive:
            return notes.NOBODY_THERE
        return f"The user said no. They said: {reason}" if reason else "The user said no."

    async def flush(self) -> AsyncIterator[Item]:
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
        if self.means.desk.interrupt.is_set():
            # None of them has begun: they are answered as not run.
            self.ready, self.started = self.started, []
            raise Interrupted
        jobs = [self._job(ready) for ready in self.started]
        async with aclosing(merged(jobs, self.means.desk.interrupt)) as items:
            async for item in items:
                if isinstance(item, ToolOutput):
                    yield item
                    continue
                interrupted = False
                for found in item.undone:
                    try:
                        async for event in ask_to_keep(found, item.ready.tool_use, self.means):
                            if isinstance(event, str):
                                item = item.with_note(event)
                            else:
                                yield event
                    except Interrupted:
                        item, interrupted = item.with_note(found.note("")), True
                for event in self._close(item):
                    yield event
                if interrupted:
                    raise Interrupted

    def _job(self, ready: Ready) -> Job[ToolOutput | _Ended]:
        async def job(emit: Emit[ToolOutput | _Ended]) -> None:
            began = self.means.now()
            undone: tuple[PutBack, ...] = ()
            try:
                with _as_tool_errors():
                    outcome, undone = await self._act(ready, emit)
            except ToolError as error:
                outcome = Outcome(content=error.sentence, outcome="error")
            # In a thread: a large result takes a while to look through.
            outcome = await asyncio.to_thread(self._without_secrets, outcome)
            emit(_Ended(ready, outcome, max(0.0, self.means.now() - began), undone))

        return job

    async def _act(
        self, ready: Ready, emit: Emit[ToolOutput | _Ended]
    ) -> tuple[Outcome, tuple[PutBack, ...]]:
        """Run a call; what it changed in protected files is put back, however it ends."""

        async def run() -> Outcome:
            try:
                with _as_tool_errors():
                    return await ready.tool.run(
                        ready.call,
                        self.means.world,
                        lambda text: emit(ToolOutput(ready.tool_use, self._safe(text))),
                    )
            except ToolError as error:
                return Outcome(content=error.sentence, outcome="error")

        if not runs_commands(ready.call):
            outcome = await run()
            if self.means.protection is not None and not ready.tool.reads_only:
                await self.means.protection.settle()
            return outcome, ()
        protection = _protection(self.means)
        view, earlier = await protection.before()
        try:
            outcome = await run()
        except asyncio.CancelledError:
            found = await asyncio.shield(protection.after(view, jobs=_jobs_run(self.means)))
            self.undone[ready.tool_use] = _found(earlier, found)
            raise
        found = await protection.after(view, jobs=_jobs_run(self.means))
        return outcome, _found(earlier, found)

    def _safe(self, text: str) -> str:
        """`text` without secrets."""
        return self.means.world.redactor(text).text

    def _without_secrets(self, outcome: Outcome) -> Outcome:
        """The same outcome, fit to be logged and sent."""
        return replace(
            outcome,
            content=self._safe(outcome.content),
            summary=self._safe(outcome.summary),
            changes=tuple(
                msgspec.structs.replace(change, diff=self._safe(change.diff))
                for change in outcome.changes
            ),
        )

    def _close(self, ended: _Ended) -> list[ev.Event]:
        ready, outcome = ended.ready, ended.outcome
        self.started = [each for each in self.started if each is not ready]
        # What a call brings about comes before its end: a kill between the two loses nothing.
        events: list[ev.Event] = []
        if not self.means.told_of_secrets and any(markers(outcome.content)):
            self.means.told_of_secrets = True
            events.append(ev.NoticeShown(sentence=REMOVED))
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
                outcome=outcome.outcome,
                estimate=estimate_tokens(outcome.content),
                changes=outcome.changes,
                summary=outcome.summary,
                seconds=round(ended.seconds, 3),
            )
        )
        return events

    def answer(
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


async def check_after_jobs(means: Means, request: int) -> AsyncGenerator[ev.Event, None]:
    """Put back and ask about what background jobs changed in protected files.

    Args:
        means: What the turn works with.
        request: Number of its last request.

    Raises:
        Interrupted: the user stopped it at the question; the files stay put back.
    """
    if means.protection is None:
        return
    view, found = await means.protection.before()
    if _jobs_run(means):
        means.protection.left = view
    if found is not None:
        async for event in ask_to_keep(found, f"jobs-{request}", means):
            yield notes.note(event, "reminder") if isinstance(event, str) else event


async def ask_to_keep(
    found: PutBack, tool_use: str, means: Means
) -> AsyncGenerator[ev.Event | str, None]:
    """Ask whether changes that were put back are to be kept; keeps them once the log says so.

    Yields the question and its answer and, last, what the model is told.

    Raises:
        Interrupted: the user stopped it; the files stay put back.
    """
    desk, answer = means.desk, NOBODY
    desk.ask(tool_use)
    question = found.question(tool_use)
    shown = means.world.redactor(question.preview).text
    yield msgspec.structs.replace(question, preview=shown)
    if means.interactive:
        answer = await unless(desk.interrupt, lambda: desk.answered(tool_use))
    yield ev.PermissionAnswered(tool_use=tool_use, answer=answer.answer, reason=answer.reason)
    if answer.answer != "no":
        await _protection(means).keep(found)
        yield found.note("kept")
    elif means.interactive:
        yield found.note("no", answer.reason)
    else:
        yield found.note("nobody")


def _protection(means: Means) -> Protection:
    if means.protection is None:
        means.protection = Protection.of(means.world)
    return means.protection


def _jobs_run(means: Means) -> bool:
    return any(job.running for job in means.world.jobs.listing())


def _found(*found: PutBack | None) -> tuple[PutBack, ...]:
    return tuple(each for each in found if each is not None)


def not_run(request: int, calls: Sequence[ev.JSON], words: str) -> list[ev.Event]:
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
