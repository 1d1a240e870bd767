"""Work in the open session: turns, compactions, and the user's own commands.

A prompt starts a turn or is sent along with the one that runs; what cannot be taken now waits
in the queue.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import Worker

from tui.screens.key_router import CHORD_SECONDS
from tui.slash_lines import escape_prompt
from tui.widgets.status_line import RUNNING_COMMAND, WORKING

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat_interface import Chat
    from tui.screens.prompt_queue import PromptQueue
    from tui.screens.session_controller import SessionController


class TurnControl:
    """Starts turns and compactions, one at a time."""

    def __init__(
        self,
        chat: "Chat",
        queue: "PromptQueue",
        controller: "Callable[[], SessionController | None]",
    ) -> None:
        """Make it for one chat.

        Args:
            chat: Where prompts come from.
            queue: What cannot be taken now.
            controller: Gives the session on the screen; None while none is open.
        """
        self._chat = chat
        self._queue = queue
        self._controller = controller
        self._worker: Worker[None] | None = None
        """What works on the last prompt, or shortens the conversation."""
        self._sends_when_ended = False
        """Whether what the turn does not read is sent as soon as it has ended."""
        self._given_back: tuple[str, float] | None = None
        """What an ended turn had not read, and when the composer got it back."""

    @property
    def is_running(self) -> bool:
        """Whether a turn or a compaction is running, or about to."""
        controller = self._controller()
        if controller is None:
            return False
        return controller.running or (self._worker is not None and not self._worker.is_finished)

    def submit(self, text: str) -> None:
        """Take what the user wrote: a prompt, or words for the turn that runs."""
        chat, controller = self._chat, self._controller()
        if controller is None or not chat.takes_prompts:
            self._queue.add(escape_prompt(text))
        elif self.is_running:
            controller.session.runner.steer(text)
            self._queue.show()
        else:
            chat.transcript.follow()
            chat.set_status(activity=WORKING)
            self._start(partial(self._run_turn, controller, text))

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        self._worker = self._chat.run_worker(work, group="turn", exit_on_error=False)

    async def _run_turn(self, controller: "SessionController", text: str) -> None:
        try:
            await controller.run_turn(text)
        finally:
            self._worker = None
            self._chat.set_status()  # other keys help now
        unread = "\n".join(controller.session.runner.take_back_steering())
        self._queue.show()
        sends, self._sends_when_ended = self._sends_when_ended, False
        if unread and sends:
            self.submit(unread)
        elif unread:
            self._give_back(unread)

    def _give_back(self, unread: str) -> None:
        """The turn ended before the model read this: it goes back into the composer."""
        self._chat.composer.restore_draft(unread)
        self._given_back = (unread, self._chat.clocks.monotonic())
        self._chat.show_notice(
            "The turn ended before the model read your message: it is back in the composer.",
            "warning",
        )

    @property
    def can_send_now(self) -> bool:
        """Whether something waits for the turn, or has just come back from it."""
        if self.is_running:
            return self._queue.holds_steering
        if self._given_back is None:
            return False
        text, at = self._given_back
        recent = self._chat.clocks.monotonic() - at <= CHORD_SECONDS
        return recent and self._chat.composer.text.startswith(text)

    def send_now(self) -> None:
        """Interrupt the turn and send what waits for it; or send what it has just given back."""
        controller, given_back = self._controller(), self._given_back
        self._given_back = None
        if self.is_running and controller is not None:
            self._sends_when_ended = True
            controller.session.runner.interrupt()
            self._chat.set_status(activity="interrupting")
        elif given_back is not None:
            text, composer = given_back[0], self._chat.composer
            composer.set_draft(composer.text.removeprefix(text).removeprefix("\n"))
            self.submit(text)

    def confirm_send(self, text: str) -> None:
        """Send a line that looks like a command and is none only if the user says so."""
        self._chat.run_worker(partial(self._confirm, text), group="ask", exit_on_error=False)

    async def _confirm(self, text: str) -> None:
        from tui.widgets.line_widget import flatten
        from tui.widgets.option_rows import Option

        name = flatten(text.split(maxsplit=1)[0], 40)
        ways = [
            Option("back", "Do not send it", "↑ brings it back"),
            Option("send", "Send it to the model", "as a prompt"),
        ]
        title = f"{name} is neither a command nor a file"
        if await self._chat.choose(title, ways) == "send":
            self.submit(text)
        else:
            self._chat.composer.refuse(text, f"{title}. Nothing was sent.")

    def choose_meaning(self, text: str) -> None:
        """Ask whether copied text that begins like a command is one."""
        self._chat.run_worker(partial(self._choose_meaning, text), group="ask", exit_on_error=False)

    async def _choose_meaning(self, text: str) -> None:
        from tui.widgets.line_widget import flatten
        from tui.widgets.option_rows import Option

        name = flatten(text.split(maxsplit=1)[0], 40)
        shell = text.startswith("!")
        run = "Run it in your shell" if shell else f"Run the command {name}"
        ways = [
            Option("send", "Send it to the model", "as a prompt"),
            Option("run", run, flatten(text, 60)),
        ]
        match await self._chat.choose(f"Your text begins with {name}. Is it a command?", ways):
            case "send":
                self.submit(text)
            case "run" if shell:
                self._chat.run_user_command(text[1:].strip())
            case "run":
                self._chat.host.handle_command(text)
            case _:
                self._chat.composer.set_draft(text)

    def compact(self, instructions: str) -> None:
        """Shorten the conversation; Esc leaves it as it was."""
        if (controller := self._controller()) is not None:
            controller.compacting = True
            self._start(partial(self._compact, controller, instructions))

    async def _compact(self, controller: "SessionController", instructions: str) -> None:
        try:
            await controller.compact(instructions)
        finally:
            self._worker = None
            self._chat.set_status()
            self._queue.send()


class UserCommands:
    """Runs what the user began with `!`, one at a time; its output is kept for the model."""

    def __init__(self, chat: "Chat", queue: "PromptQueue") -> None:
        self._chat = chat
        self._queue = queue
        self.running_command = ""
        """The command that runs; empty while none does."""
        self._stop = asyncio.Event()
        """Set to interrupt it."""

    def run(self, command: str) -> None:
        """Run a command, or keep it until the session can take it."""
        chat = self._chat
        if not command:
            return
        if chat.session is None or not chat.takes_prompts:
            self._queue.add(f"!{command}")
            return
        self.running_command, self._stop = command, asyncio.Event()
        work = partial(self._work_on, chat.session, command, self._stop)
        chat.run_worker(work, group="shell", exit_on_error=False)

    def interrupt(self) -> bool:
        """Interrupt the command; False where none runs."""
        if not self.running_command:
            return False
        self._stop.set()
        return True

    async def _work_on(self, session: "OpenSession", command: str, stop: asyncio.Event) -> None:
        from tui.screens.external_programs import run_shell_command

        self._chat.set_status(activity=RUNNING_COMMAND)
        try:
            finished = await run_shell_command(command, session.environment, stop)
            await session.runner.commit(finished)
        finally:
            self.running_command = ""
            self._chat.set_status(activity=WORKING if self._chat.running else "")
            self._queue.send()
