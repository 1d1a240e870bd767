"""Run a tool call: put protected files back, and remove secrets from its result."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tui.agent.command_protection import RestoredChanges, can_change_any_file
from tui.agent.concurrency import Job, Put
from tui.agent.restored_changes import RestoredChangesReview
from tui.agent.tool_preparation import ReadyCall, as_tool_errors
from tui.agent.tools.base import CallCutShort, ToolError, ToolOutcome
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import ToolOutput
from tui.session import events as ev


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """A call that has run, and its outcome."""

    ready: ReadyCall
    outcome: ToolOutcome
    seconds: float
    restored: tuple[RestoredChanges, ...] = ()
    """What was put back of it and before it."""

    def with_note(self, note: str) -> "FinishedCall":
        """The same with a note for the model behind the result."""
        content = f"{self.outcome.content}\n{note}"
        return replace(self, outcome=replace(self.outcome, content=content))


class ToolExecution:
    """Runs the calls of one message."""

    def __init__(self, ctx: TurnContext, review: RestoredChangesReview) -> None:
        self._ctx = ctx
        self._review = review
        self.restored: dict[str, tuple[RestoredChanges, ...]] = {}
        """Changes to protected files that were put back, by the call that was cut short."""
        self.changes: dict[str, tuple[ev.FileChange, ...]] = {}
        """What else it had changed, by the call that was cut short."""

    def job(self, ready: ReadyCall) -> Job[ToolOutput | FinishedCall]:
        """The work of a call: it puts its output while it runs, and last how it ended."""

        async def run_call(put: Put[ToolOutput | FinishedCall]) -> None:
            began = self._ctx.services.now()
            undone: tuple[RestoredChanges, ...] = ()
            try:
                with as_tool_errors():
                    outcome, undone = await self._run_protected(ready, put)
            except ToolError as error:
                outcome = ToolOutcome(content=error.sentence, status="error")
            if note := ready.call.note:
                outcome = replace(outcome, content=f"{outcome.content}\n{note}")
            # In a thread: a large result takes a while to look through.
            outcome = await asyncio.to_thread(self._without_secrets, outcome)
            put(FinishedCall(ready, outcome, max(0.0, self._ctx.services.now() - began), undone))

        return run_call

    async def _run_protected(
        self, ready: ReadyCall, put: Put[ToolOutput | FinishedCall]
    ) -> tuple[ToolOutcome, tuple[RestoredChanges, ...]]:
        """Run a call; what it changed in protected files is put back, however it ends."""
        if ready.tool.reads_only:
            return await self._run_watched(ready, put)
        # A command names the folder that it runs in, and that is nobody's.
        path = None if can_change_any_file(ready.call) else ready.call.path
        if path is not None and (holder := self._ctx.run.claim_file(path)):
            raise ToolError(
                f"{ready.call.subject} is being changed by {holder}, another agent at work. "
                "Leave it alone until that one is done, and say so in your report."
            )
        async with self._ctx.run.changing:
            return await self._run_watched(ready, put)

    async def _run_watched(
        self, ready: ReadyCall, put: Put[ToolOutput | FinishedCall]
    ) -> tuple[ToolOutcome, tuple[RestoredChanges, ...]]:
        async def run() -> ToolOutcome:
            try:
                with as_tool_errors():
                    return await ready.tool.run(
                        ready.call,
                        self._ctx.services.environment,
                        lambda text: put(
                            ToolOutput(ready.tool_use, self._ctx.services.redact(text))
                        ),
                    )
            except ToolError as error:
                return ToolOutcome(content=error.sentence, status="error")

        if not can_change_any_file(ready.call):
            outcome = await self._run_uncut(ready, run)
            if self._ctx.run.protection is not None and not ready.tool.reads_only:
                await self._ctx.run.protection.accept_current()
            return outcome, ()
        protection, review = self._review.protection, self._review
        view, earlier = await protection.before_command()
        known, env = self._ctx.run.known_files, self._ctx.services.environment
        await asyncio.to_thread(known.look, env)
        try:
            outcome = await run()
        except asyncio.CancelledError:
            found = await asyncio.shield(
                protection.after_command(view, jobs=review.has_running_jobs)
            )
            self.restored[ready.tool_use] = _without_none(earlier, found)
            changes = await asyncio.shield(asyncio.to_thread(known.changes, env))
            self.changes[ready.tool_use] = self._redacted(changes)
            raise
        found = await protection.after_command(view, jobs=review.has_running_jobs)
        changes = await asyncio.to_thread(known.changes, env)
        outcome = replace(outcome, changes=(*outcome.changes, *changes))
        return outcome, _without_none(earlier, found)

    async def _run_uncut(
        self, ready: ReadyCall, run: Callable[[], Coroutine[Any, Any, ToolOutcome]]
    ) -> ToolOutcome:
        """Run a call that is no command; what it changed is known, also where it is cut short.

        A file is written in a moment, so whoever interrupts waits for it.
        """
        if ready.call.path is None or ready.tool.reads_only:
            try:
                return await run()
            except CallCutShort as cut:
                self.changes[ready.tool_use] = self._redacted(cut.changes)
                raise
        writing = asyncio.get_running_loop().create_task(run())
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            self.changes[ready.tool_use] = self._redacted((await writing).changes)
            raise

    def _without_secrets(self, outcome: ToolOutcome) -> ToolOutcome:
        """The same outcome, fit to be logged and sent."""
        return replace(
            outcome,
            content=self._ctx.services.redact(outcome.content),
            summary=self._ctx.services.redact(outcome.summary),
            changes=self._redacted(outcome.changes),
        )

    def _redacted(self, changes: Iterable[ev.FileChange]) -> tuple[ev.FileChange, ...]:
        """The same changes without secrets in their lines."""
        return tuple(
            msgspec.structs.replace(change, diff=self._ctx.services.redact(change.diff))
            for change in changes
        )


def _without_none(*found: RestoredChanges | None) -> tuple[RestoredChanges, ...]:
    return tuple(each for each in found if each is not None)
