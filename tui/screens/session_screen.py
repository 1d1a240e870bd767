"""Sessions and turns on the screen: what is open, what runs, and what waits for either.

What the user sends is taken in order. Where it cannot be taken yet it is held, and where it
never can be it comes back into the composer, with a word about it.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual import work
from textual.worker import Worker, WorkerState

from tui.command_line import CommandLineOptions
from tui.screens.clocks import SYSTEM_CLOCKS, Clocks
from tui.screens.notice_screen import NoticeScreen

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.open_session import OpenSession, SessionOpener, SessionOpenError
    from tui.budget.meters import Meters
    from tui.screens.budget_offers import PendingOffer
    from tui.screens.session_controller import SessionController
    from tui.session.events import Event, Record
    from tui.session.usage_details import UsageDetails

log = logging.getLogger(__name__)

NO_SESSION_OPEN = "No session is open: /new starts one, /sessions offers the earlier ones."


class OpenRequest(NamedTuple):
    """A session to open."""

    which: str | None
    """Id or name, `latest`, empty to choose, None for a new one."""
    fork: bool = False


class RunningUserCommand(NamedTuple):
    """A command of the user's own that runs."""

    command: str
    stop: asyncio.Event
    """Set to interrupt it."""


class SessionScreen(NoticeScreen):
    """A screen that works on one session at a time."""

    def __init__(
        self, opener: "SessionOpener", options: CommandLineOptions, clocks: Clocks = SYSTEM_CLOCKS
    ) -> None:
        super().__init__(options, clocks)
        self.opener = opener
        self.controller: SessionController | None = None
        """The session on the screen; None while none is open."""
        self.opening_done = asyncio.Event()
        """Set while no session is being opened."""
        self._open_request: OpenRequest | None = None
        """Which session to open next."""
        self._queued_input: list[str] = []
        """What the user sent before it could be taken, as typed, in order."""
        self._is_opening = False
        self._turn_worker: Worker[None] | None = None
        """What works on the last prompt, or shortens the conversation."""
        self._user_command: RunningUserCommand | None = None
        """The user's own command that runs."""

    # Sessions --------------------------------------------------------------------

    @property
    def meters(self) -> "Meters":
        """The five meters as last shown, without the streaming tail."""
        from tui.budget.meters import Meters

        return self.controller.meters if self.controller else Meters()

    @property
    def usage_details(self) -> "UsageDetails":
        """What stands behind the figures."""
        from tui.session.usage_details import UsageDetails

        return self.controller.statement if self.controller else UsageDetails(())

    def show_offer(self, pending: "PendingOffer") -> None:
        """Offer something till the next prompt."""
        if self.controller is not None:
            self.controller.show_offer(pending)

    @property
    def session(self) -> "OpenSession | None":
        """The session that is open."""
        return self.controller.session if self.controller else None

    def open_session(self, which: str | None, prompt: str = "", *, fork: bool = False) -> None:
        """Open a session and show it; leave the one that was open.

        Args:
            which: Id or name of the one to resume, `latest`, empty to choose, None for a new one.
            prompt: What to submit as soon as it is open.
            fork: Whether a new session goes on from there, and the other stays as it is.
        """
        self._open_request = OpenRequest(which, fork)
        self.opening_done.clear()
        if prompt:
            self._queued_input.insert(0, prompt)
        if not self._is_opening:
            self._is_opening = True
            self._open_requested()

    @work(group="session", exit_on_error=False)
    async def _open_requested(self) -> None:
        """Open what is wished for; the last wish counts."""
        await self.mount_deferred_widgets()
        await self.host.keymap_loaded.wait()
        opened = False
        while self._open_request is not None:
            wish, self._open_request = self._open_request, None
            opened = await self._open_one(wish)
        self._finish_opening(opened)

    async def _open_one(self, wish: OpenRequest) -> bool:
        """Open one session; says why when it cannot be."""
        from tui.agent.open_session import NoCredentials, SessionOpenError

        which = wish.which
        if which == "":
            self.host.run_command("session.list")
            which = None
        self._show_opening()
        await self._ask_undecided_trust(which)
        try:
            opened = await self.opener.open(which, fork=wish.fork)
        except NoCredentials as problem:
            self.show_notice(str(problem), "error")
            return await self._offer_simulator()
        except SessionOpenError as problem:
            if self._is_already_open(problem):
                self.show_notice("This session is open already.")
                self.set_status(activity="")
                return True
            self.show_notice(str(problem), "error")
            return False
        await self.close_session()
        await self.show_session(opened)
        return True

    async def _ask_undecided_trust(self, which: str | None) -> None:
        """Ask whether the folder's own files are used, where that was never decided."""
        question = await self.opener.trust_question(which)
        if question is None:
            return
        answer = await self.ask_trust(question)
        if problem := await self.opener.answer_trust(question, answer):
            self.show_notice(problem, "warning")
        self._show_opening()

    async def ask_trust(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""
        raise NotImplementedError

    def _is_already_open(self, problem: "SessionOpenError") -> bool:
        """Whether a session could not be opened because it is the one on the screen."""
        from tui.session.store_errors import SessionLocked

        cause, opened = problem.__cause__, self.session
        own = opened.state.session if opened else ""
        return isinstance(cause, SessionLocked) and cause.path.stem == own

    async def show_session(self, opened: "OpenSession") -> None:
        """Show a session that was opened, and set `view`."""
        raise NotImplementedError

    def _finish_opening(self, opened: bool) -> None:
        """No session is being opened any more: send what was held, or give it back."""
        self._is_opening = False
        self.opening_done.set()
        if opened:
            self._send_queued()
        else:
            self.set_status(activity="")
            self._return_queued()

    @property
    def session_ready(self) -> bool:
        """Whether a session is open, and no other one is being opened."""
        return self.controller is not None and self.opening_done.is_set()

    def enqueue(self, text: str) -> None:
        """Keep what cannot be taken now, and say what it waits for."""
        self._queued_input.append(text)
        if not self.opening_done.is_set():
            self._show_opening()
        elif self.controller is None:
            self._return_queued()
        elif self._user_command is not None:
            self.show_notice(f"Sent as soon as {self._user_command.command} has ended.")
        else:
            self.show_notice("Sent as soon as the conversation is shortened.")

    def take_back_queued(self) -> bool:
        """Put what waits for a session back into the composer; False where nothing does."""
        if not self._has_input_for_session:
            return False
        held, self._queued_input = self._queued_input, []
        self.composer.restore_draft("\n".join(held))
        self._show_opening()
        return True

    def _show_opening(self) -> None:
        """Say in the status line that the session is being opened, and for what."""
        for_what = " for what you sent" if self._queued_input else ""
        self.set_status(activity=f"opening the session{for_what}")

    @property
    def _has_input_for_session(self) -> bool:
        """Whether something was sent before there is a session to take it."""
        return bool(self._queued_input) and not self.opening_done.is_set()

    def _send_queued(self) -> None:
        """Take what was held, as far as nothing is in the way again."""
        while self._queued_input and self.session_ready and not self._prompt_must_wait:
            text = self._queued_input.pop(0)
            if text.startswith("!"):
                self.run_user_command(text[1:].strip())
            else:
                self.host.handle_input(text)

    def _return_queued(self) -> None:
        """What could not be sent goes back into the composer; say so, and what can be done."""
        held, self._queued_input = self._queued_input, []
        words = [NO_SESSION_OPEN] if self.controller is None else []
        if held:
            self.composer.restore_draft("\n".join(held))
            words.append("What you sent is back in the composer.")
        if words:
            self.show_notice(" ".join(words), "warning")

    async def _offer_simulator(self) -> bool:
        """Work offline, or quit; False: nothing is open yet."""
        from tui.widgets.option_rows import Option

        ways = [
            Option(
                "simulate", "Work offline", "against the simulator: no key, nothing leaves here"
            ),
            Option("quit", "Quit", "set ANTHROPIC_API_KEY and start again"),
        ]
        if await self.choose("There is no API key", ways) == "simulate":
            self.opener.simulate()
            self._open_request = OpenRequest(None)
        else:
            await self.host.shut_down()
        return False

    async def close_session(self) -> None:
        """Close the open session, if there is one; a turn that runs is interrupted first."""
        view, self.controller = self.controller, None
        if view is None:
            return
        self.stop_user_command()
        view.session.runner.interrupt()
        busy = [worker for worker in self.workers if worker.group in ("turn", "shell")]
        if busy:
            await self.workers.wait_for_complete(busy)
        await view.close()

    # Turns -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a turn or a compaction is running, or about to."""
        if self.controller is None:
            return False
        return self.controller.running or (
            self._turn_worker is not None and not self._turn_worker.is_finished
        )

    @property
    def can_interrupt(self) -> bool:
        """Whether there is something to interrupt."""
        return self.running or self._user_command is not None or self._has_input_for_session

    @property
    def _prompt_must_wait(self) -> bool:
        """Whether a prompt has to wait for something that is no turn."""
        return self._user_command is not None or (
            self.controller is not None and self.controller.compacting
        )

    def submit(self, text: str) -> None:
        """Take what the user wrote: a prompt, or a word for the turn that runs."""
        view = self.controller
        if view is None or not self.session_ready or self._prompt_must_wait:
            self.enqueue(text)
        elif self.running:
            view.session.runner.steer(text)
            self.show_notice("Sent with the next results.")
        else:
            self.transcript.follow()
            self.set_status(activity="connecting")
            self._turn_worker = self._run_turn(view, text)

    @work(group="turn", exit_on_error=False)
    async def _run_turn(self, view: "SessionController", text: str) -> None:
        try:
            await view.run_turn(text)
        finally:
            self._turn_worker = None
            self.set_status()  # other keys help now
        if unread := view.session.runner.ctx.inbox.drain_steering():
            self.composer.restore_draft("\n".join(unread))
            self.show_notice(
                "The turn ended before your words were read: they are back.", "warning"
            )

    @work(group="ask", exit_on_error=False)
    async def confirm_send(self, text: str) -> None:
        """Send a line that looks like a command and is none only if the user says so."""
        from tui.widgets.line_widget import flatten
        from tui.widgets.option_rows import Option

        name = flatten(text.split(maxsplit=1)[0], 40)
        ways = [
            Option("back", "Do not send it", "↑ brings it back"),
            Option("send", "Send it to the model", "as a prompt"),
        ]
        title = f"{name} is no command and no file"
        if await self.choose(title, ways) == "send":
            self.submit(text)
        else:
            self.composer.refuse(text, f"{title}. Nothing was sent.")

    def compact(self, instructions: str) -> None:
        """Shorten the conversation; Esc leaves it as it was."""
        if self.controller is not None:
            self.controller.compacting = True
            self._turn_worker = self._compact(self.controller, instructions)

    @work(group="turn", exit_on_error=False)
    async def _compact(self, view: "SessionController", instructions: str) -> None:
        try:
            await view.compact(instructions)
        finally:
            self._turn_worker = None
            self.set_status()
            self._send_queued()

    # The user's own commands -----------------------------------------------------

    def run_user_command(self, command: str) -> None:
        """Run the user's own command and keep its output for the model."""
        view = self.controller
        if not command:
            return
        if view is None or not self.session_ready or self._prompt_must_wait:
            self.enqueue(f"!{command}")
        else:
            self._user_command = RunningUserCommand(command, asyncio.Event())
            self._work_on_user_command(view, self._user_command)

    def stop_user_command(self) -> bool:
        """Interrupt the user's own command; False where none runs."""
        if self._user_command is None:
            return False
        self._user_command.stop.set()
        return True

    @work(group="shell", exit_on_error=False)
    async def _work_on_user_command(
        self, view: "SessionController", shell: RunningUserCommand
    ) -> None:
        from tui.screens.external_programs import run_shell_command

        self.set_status(activity=f"running {shell.command}")
        driver = view.session.runner
        try:
            await driver.commit(
                await run_shell_command(shell.command, driver.ctx.world, shell.stop)
            )
        finally:
            self._user_command = None
            self.set_status(activity="working" if self.running else "")
            self._send_queued()

    # What goes wrong -------------------------------------------------------------

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed in the background is said, and the program goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            if (
                not self.widgets_mounted.is_set()
            ):  # there is nowhere to say it, and nothing to go on with
                raise event.worker.error
            self.set_status(activity="")
            self.show_notice(error_sentence(event.worker.error), "error")
            if event.worker.group == "session":
                self._finish_opening(False)

    async def record_events(self, *events: "Event") -> "Sequence[Record]":
        """Commit what the user did beside a turn."""
        return await self.session.runner.commit(*events) if self.session else ()


def error_sentence(error: BaseException) -> str:
    """One sentence for an error that reached the screen; what is not foreseen is logged."""
    from tui.session.store_errors import StoreError

    if isinstance(error, StoreError):
        return error.sentence
    log.error("unexpected", exc_info=error)
    return (
        f"Something went wrong inside Glideslope ({type(error).__name__}). What was committed is "
        "safe; please report it with the log file."
    )
