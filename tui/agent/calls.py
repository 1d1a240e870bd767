"""A batch of tool calls: prepared, judged, asked about, run, answered.

Calls that only read run side by side; one that changes something runs alone, in its
place, and is prepared only when the calls before it have run, so that its preview shows
the file as it is then. A tool acts only after *tool started* is committed: the batch
yields that event and goes on when it is asked for the next.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from tui.agent import notes
from tui.agent.desk import Answer
from tui.agent.flow import Emit, Interrupted, Job, merged
from tui.agent.means import Means, ToolOutput
from tui.agent.permissions import Ask, Deny
from tui.agent.tools.base import Call, Outcome, Tool, ToolError
from tui.agent.tools.estimate import estimate_tokens
from tui.session import events as ev

Item = ev.Event | ToolOutput


NOBODY = Answer(
    "no", "Nobody is here to answer. Go on without it, and say in the end what was not done."
)
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

    tool_use: str
    outcome: Outcome
    seconds: float


async def run_calls(
    blocks: Sequence[ev.JSON], unreadable: Collection[str], request: int, turn: int, means: Means
) -> AsyncIterator[Item]:
    """Answer every `tool_use` in `blocks`, in their order.

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
    remaining = list(blocks)
    try:
        while remaining:
            block = remaining[0]
            tool = means.tools.get(block["name"])
            if tool is not None and not tool.reads_only:
                async for item in batch.flush():
                    yield item
            async for item in batch.admit(block, block["id"] in unreadable):
                yield item
            remaining.pop(0)
        async for item in batch.flush():
            yield item
    except Interrupted:
        for ready in batch.started:
            yield batch.answer(ready.tool_use, ready.tool.name, notes.INTERRUPTED, "interrupted")
        waiting = [(ready.tool_use, ready.tool.name) for ready in batch.ready]
        for tool_use, name in (*waiting, *((block["id"], block["name"]) for block in remaining)):
            yield batch.answer(tool_use, name, notes.NOT_RUN_INTERRUPTED, "interrupted")
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

    async def admit(self, block: ev.JSON, unreadable: bool) -> AsyncIterator[Item]:
        """Prepare and judge one call; run it at once if it changes something."""
        name, tool_use = block["name"], block["id"]
        tool = self.means.tools.get(name)
        try:
            if tool is None:
                known = ", ".join(sorted(self.means.tools))
                raise ToolError(f"There is no tool named {name!r}. The tools are: {known}.")
            if unreadable:
                raise ToolError("The arguments were not a JSON object; nothing was run.")
            call = await asyncio.to_thread(tool.prepare, block["input"], self.means.world)
        except ToolError as error:
            yield self.answer(tool_use, name, error.sentence, "error")
            return
        decision = self.means.rules.decide(call)
        if isinstance(decision, Ask):
            answer = NOBODY
            async for item in self._ask(tool_use, call, decision):
                if isinstance(item, Answer):
                    answer = item
                else:
                    yield item
            if answer.answer == "no":
                why = f" They said: {answer.reason}" if answer.reason else ""
                yield self.answer(tool_use, name, f"The user said no.{why}", "denied")
                return
        elif isinstance(decision, Deny):
            yield self.answer(tool_use, name, decision.reason, "denied")
            return
        self.ready.append(Ready(tool_use, tool, call, block["input"]))
        if not tool.reads_only:
            async for item in self.flush():
                yield item

    async def _ask(self, tool_use: str, call: Call, ask: Ask) -> AsyncIterator[Item | Answer]:
        yield ev.PermissionAsked(
            tool_use=tool_use,
            name=call.name,
            subject=call.subject,
            reason=ask.reason,
            preview=ask.need.preview,
            rule=ask.need.rule,
        )
        answer = await self._answer(tool_use) if self.means.interactive else NOBODY
        lasting = answer.answer in ("session", "project")
        yield ev.PermissionAnswered(
            tool_use=tool_use,
            answer=answer.answer,
            reason=answer.reason,
            rules=ask.need.rules if lasting else (),
        )
        self.means.rules = self.means.rules.with_answer(call, answer.answer)
        yield answer

    async def _answer(self, tool_use: str) -> Answer:
        async def wait(emit: Emit[Answer]) -> None:
            emit(await self.means.desk.answered(tool_use))

        async for answer in merged([wait], self.means.desk.interrupt):
            return answer
        raise AssertionError("a question ends with an answer or an interrupt")

    async def flush(self) -> AsyncIterator[Item]:
        """Run what is ready, side by side, and answer each call as it ends."""
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
        jobs = [self._job(ready) for ready in self.started]
        async for item in merged(jobs, self.means.desk.interrupt):
            if isinstance(item, ToolOutput):
                yield item
                continue
            for event in self._close(item):
                yield event

    def _job(self, ready: Ready) -> Job[ToolOutput | _Ended]:
        async def job(emit: Emit[ToolOutput | _Ended]) -> None:
            began = self.means.now()
            try:
                outcome = await ready.tool.run(
                    ready.call,
                    self.means.world,
                    lambda text: emit(ToolOutput(ready.tool_use, text)),
                )
            except ToolError as error:
                outcome = Outcome(content=error.sentence, outcome="error")
            except OSError as error:
                # A disk or process fault in a tool is the tool's result, not the program's end.
                outcome = Outcome(content=f"{type(error).__name__}: {error}", outcome="error")
            emit(_Ended(ready.tool_use, outcome, max(0.0, self.means.now() - began)))

        return job

    def _close(self, ended: _Ended) -> list[ev.Event]:
        ready = next(each for each in self.started if each.tool_use == ended.tool_use)
        self.started.remove(ready)
        outcome = ended.outcome
        events: list[ev.Event] = []
        if outcome.subtasks:
            events.append(ev.ChecklistChanged(updates=outcome.subtasks))
        events.append(
            ev.ToolFinished(
                request=self.request,
                tool_use=ended.tool_use,
                name=ready.tool.name,
                content=outcome.content,
                outcome=outcome.outcome,
                estimate=estimate_tokens(outcome.content),
                changes=outcome.changes,
                summary=outcome.summary,
                seconds=round(ended.seconds, 3),
            )
        )
        if outcome.report is not None:
            events.append(ev.WrappedUp(turn=self.turn, report=outcome.report))
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
