"""Ask the user whether to keep changes to protected files that the program put back."""

import asyncio

import msgspec

from tui.agent import model_notes
from tui.agent.command_protection import CommandProtection, RestoredChanges
from tui.agent.concurrency import run_interruptible
from tui.agent.protection_journal import was_left_open
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev

NO_USER_ANSWER = PermissionAnswer("no")
"""The answer to a question when the run has no user; a reason would be the user's own words."""


async def wait_for_permission(tool_use: str, ctx: TurnContext) -> PermissionAnswer:
    """The user's answer to an open question; a no where the run has no user.

    Raises:
        Interrupted: the user stopped the turn instead.
    """
    if not ctx.settings.interactive:
        return NO_USER_ANSWER
    inbox = ctx.services.inbox
    return await run_interruptible(inbox.interrupt, lambda: inbox.wait_for_answer(tool_use))


async def put_back_at_the_end(ctx: TurnContext) -> list[ev.Event]:
    """Put back what background jobs changed, which have ended with the session; what to log of it.

    What a kill of the program cut off stays as it is until the session goes on.
    """
    protection = ctx.run.protection
    if protection is None or protection.last_snapshot is None or protection.broke_off:
        return []
    found = await protection.put_back(jobs=False)
    return [] if found is None else [ev.NoticeShown(sentence=found.note("").strip("[]"))]


class RestoredChangesReview:
    """Asks about the changes of one session."""

    def __init__(self, ctx: TurnContext, emit: Emit) -> None:
        self._ctx = ctx
        self._emit = emit

    @property
    def protection(self) -> CommandProtection:
        """Watches the protected files; made for the first command."""
        if self._ctx.run.protection is None:
            log = self._ctx.run.log_path
            self._ctx.run.protection = CommandProtection.of(self._ctx.services.environment, log)
        return self._ctx.run.protection

    @property
    def has_running_jobs(self) -> bool:
        """Whether a command runs in the background."""
        return any(job.running for job in self._ctx.services.environment.jobs.statuses())

    async def check_background_jobs(self, request: int) -> None:
        """Put back and ask about what background jobs changed in protected files.

        Args:
            request: Number of the turn's last request.

        Raises:
            Interrupted: the user stopped it at the question; the files stay put back.
        """
        if self._ctx.run.protection is None:
            return
        found = await self.protection.put_back(jobs=self.has_running_jobs)
        if found is not None:
            said = await self.ask(found, f"jobs-{request}")
            await self._emit(model_notes.note(said, "reminder"))

    async def check_broken_off_command(self, request: int) -> None:
        """Put back and ask about what a command changed that a kill of the program cut off.

        Args:
            request: Number of the session's last request.

        Raises:
            Interrupted: the user stopped it at the question; the files stay put back.
        """
        run = self._ctx.run
        if run.protection is None and run.log_path and was_left_open(run.log_path):
            await asyncio.to_thread(lambda: self.protection)
        if run.protection is not None and run.protection.broke_off:
            await self.check_background_jobs(request)

    async def ask(self, found: RestoredChanges, tool_use: str) -> str:
        """Ask the user whether to keep changes; a yes puts them in force once the log holds it.

        Args:
            found: The changes.
            tool_use: The id of the question.

        Returns:
            The note for the model.

        Raises:
            Interrupted: the user stopped it; the files stay put back.
        """
        self._ctx.services.inbox.open_question(tool_use)
        question = found.question(tool_use)
        shown = self._ctx.services.redact(question.preview)
        await self._emit(msgspec.structs.replace(question, preview=shown))
        answer = await wait_for_permission(tool_use, self._ctx)
        await self._emit(answer.event(tool_use))
        if answer.answer != "no":
            await self.protection.keep_changes(found)
            return found.note("kept")
        interactive = self._ctx.settings.interactive
        return found.note("no", answer.reason) if interactive else found.note("nobody")
