"""Ask the user whether to keep changes to protected files that the program put back."""

import msgspec

from tui.agent import model_notes
from tui.agent.command_protection import CommandProtection, RestoredChanges
from tui.agent.concurrency import run_interruptible
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


class RestoredChangesReview:
    """Asks about the changes of one session."""

    def __init__(self, ctx: TurnContext, emit: Emit) -> None:
        self._ctx = ctx
        self._emit = emit

    @property
    def protection(self) -> CommandProtection:
        """Watches the protected files; made for the first command."""
        if self._ctx.run.protection is None:
            self._ctx.run.protection = CommandProtection.of(self._ctx.services.environment)
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
        protection = self._ctx.run.protection
        if protection is None:
            return
        view, found = await protection.before_command()
        if self.has_running_jobs:
            protection.last_snapshot = view
        if found is not None:
            said = await self.ask(found, f"jobs-{request}")
            await self._emit(model_notes.note(said, "reminder"))

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
        await self._emit(
            ev.PermissionAnswered(
                tool_use=tool_use,
                answer=answer.answer,
                reason=answer.reason,
                source=answer.source,
            )
        )
        if answer.answer != "no":
            await self.protection.keep_changes(found)
            return found.note("kept")
        interactive = self._ctx.settings.interactive
        return found.note("no", answer.reason) if interactive else found.note("nobody")
