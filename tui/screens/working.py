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

from tui.options import Options
from tui.screens.moments import CLOCKS, Clocks
from tui.screens.speaking import SpeakingScreen

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.opened import NotReady, Opened, Opener
    from tui.budget.meters import Meters
    from tui.screens.session_view import SessionView
    from tui.session.events import Event, Record

log = logging.getLogger(__name__)

NOTHING_OPEN = "No session is open: /new starts one, /sessions offers the earlier ones."


class Wish(NamedTuple):
    """A session to open."""

    which: str | None
    """Id or name, `latest`, empty to choose, None for a new one."""
    fork: bool = False


class Shelling(NamedTuple):
    """A command of the user's own that runs."""

    command: str
    stop: asyncio.Event
    """Set to interrupt it."""


class WorkingScreen(SpeakingScreen):
    """A screen that works on one session at a time."""

    def __init__(self, opener: "Opener", options: Options, clocks: Clocks = CLOCKS) -> None:
        super().__init__(options, clocks)
        self.opener = opener
        self.view: SessionView | None = None
        """The session on the screen; None while none is open."""
        self.settled = asyncio.Event()
        """Set while no session is being opened."""
        self._wish: Wish | None = None
        """Which session to open next."""
        self._held: list[str] = []
        """What the user sent before it could be taken, as typed, in order."""
        self._opening = False
        self._turn: Worker[None] | None = None
        """What works on the last prompt, or shortens the conversation."""
        self._shell: Shelling | None = None
        """The user's own command that runs."""

    # Sessions --------------------------------------------------------------------

    @property
    def figures(self) -> "Meters":
        """The five meters as last shown, without the streaming tail."""
        from tui.budget.meters import Meters

        return self.view.figures if self.view else Meters()

    @property
    def opened(self) -> "Opened | None":
        """The session that is open."""
        return self.view.opened if self.view else None

    def start(self, which: str | None, prompt: str = "", *, fork: bool = False) -> None:
        """Open a session and show it; leave the one that was open.

        Args:
            which: Id or name of the one to resume, `latest`, empty to choose, None for a new one.
            prompt: What to submit as soon as it is open.
            fork: Whether a new session goes on from there, and the other stays as it is.
        """
        self._wish = Wish(which, fork)
        self.settled.clear()
        if prompt:
            self._held.insert(0, prompt)
        if not self._opening:
            self._opening = True
            self._open_wishes()

    @work(group="session", exit_on_error=False)
    async def _open_wishes(self) -> None:
        """Open what is wished for; the last wish counts."""
        await self.furnish()
        await self.host.keys_read.wait()
        opened = False
        while self._wish is not None:
            wish, self._wish = self._wish, None
            opened = await self._open(wish)
        self._settle(opened)

    async def _open(self, wish: Wish) -> bool:
        """Open one session; says why when it cannot be."""
        from tui.agent.opened import NoCredentials, NotReady

        which = wish.which
        if which == "":
            self.host.run_act("session.list")
            which = None
        self._show_opening()
        await self._decide_trust(which)
        try:
            opened = await self.opener.open(which, fork=wish.fork)
        except NoCredentials as problem:
            self.say_notice(str(problem), "error")
            return await self._offer_simulator()
        except NotReady as problem:
            if self._is_open(problem):
                self.say_notice("This session is open already.")
                self.set_status(activity="")
                return True
            self.say_notice(str(problem), "error")
            return False
        await self.leave()
        await self.show_session(opened)
        return True

    async def _decide_trust(self, which: str | None) -> None:
        """Ask whether the folder's own files are used, where that was never decided."""
        question = await self.opener.trust_question(which)
        if question is None:
            return
        answer = await self.ask_trust(question)
        if problem := await self.opener.answer_trust(question, answer):
            self.say_notice(problem, "warning")
        self._show_opening()

    async def ask_trust(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""
        raise NotImplementedError

    def _is_open(self, problem: "NotReady") -> bool:
        """Whether a session could not be opened because it is the one on the screen."""
        from tui.session.faults import SessionLocked

        cause, opened = problem.__cause__, self.opened
        own = opened.state.session if opened else ""
        return isinstance(cause, SessionLocked) and cause.path.stem == own

    async def show_session(self, opened: "Opened") -> None:
        """Show a session that was opened, and set `view`."""
        raise NotImplementedError

    def _settle(self, opened: bool) -> None:
        """No session is being opened any more: send what was held, or give it back."""
        self._opening = False
        self.settled.set()
        if opened:
            self._send_held()
        else:
            self.set_status(activity="")
            self._give_back()

    @property
    def ready(self) -> bool:
        """Whether a session is open, and no other one is being opened."""
        return self.view is not None and self.settled.is_set()

    def hold(self, text: str) -> None:
        """Keep what cannot be taken now, and say what it waits for."""
        self._held.append(text)
        if not self.settled.is_set():
            self._show_opening()
        elif self.view is None:
            self._give_back()
        elif self._shell is not None:
            self.say_notice(f"Sent as soon as {self._shell.command} has ended.")
        else:
            self.say_notice("Sent as soon as the conversation is shortened.")

    def take_back(self) -> bool:
        """Put what waits for a session back into the composer; False where nothing does."""
        if not self._waits_for_session:
            return False
        held, self._held = self._held, []
        self.composer.give_back("\n".join(held))
        self._show_opening()
        return True

    def _show_opening(self) -> None:
        """Say in the status line that the session is being opened, and for what."""
        for_what = " for what you sent" if self._held else ""
        self.set_status(activity=f"opening the session{for_what}")

    @property
    def _waits_for_session(self) -> bool:
        """Whether something was sent before there is a session to take it."""
        return bool(self._held) and not self.settled.is_set()

    def _send_held(self) -> None:
        """Take what was held, as far as nothing is in the way again."""
        while self._held and self.ready and not self._in_the_way:
            text = self._held.pop(0)
            if text.startswith("!"):
                self.shell(text[1:].strip())
            else:
                self.host.take_input(text)

    def _give_back(self) -> None:
        """What could not be sent goes back into the composer; say so, and what can be done."""
        held, self._held = self._held, []
        words = [NOTHING_OPEN] if self.view is None else []
        if held:
            self.composer.give_back("\n".join(held))
            words.append("What you sent is back in the composer.")
        if words:
            self.say_notice(" ".join(words), "warning")

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
            self._wish = Wish(None)
        else:
            await self.host.leave()
        return False

    async def leave(self) -> None:
        """Close the open session, if there is one; a turn that runs is interrupted first."""
        view, self.view = self.view, None
        if view is None:
            return
        self.stop_shell()
        view.opened.driver.interrupt()
        busy = [worker for worker in self.workers if worker.group in ("turn", "shell")]
        if busy:
            await self.workers.wait_for_complete(busy)
        await view.close()

    # Turns -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a turn or a compaction is running, or about to."""
        if self.view is None:
            return False
        return self.view.running or (self._turn is not None and not self._turn.is_finished)

    @property
    def busy(self) -> bool:
        """Whether there is something to interrupt."""
        return self.running or self._shell is not None or self._waits_for_session

    @property
    def _in_the_way(self) -> bool:
        """Whether a prompt has to wait for something that is no turn."""
        return self._shell is not None or (self.view is not None and self.view.compacting)

    def submit(self, text: str) -> None:
        """Take what the user wrote: a prompt, or a word for the turn that runs."""
        view = self.view
        if view is None or not self.ready or self._in_the_way:
            self.hold(text)
        elif self.running:
            view.opened.driver.steer(text)
            self.say_notice("Sent with the next results.")
        else:
            self.transcript.follow()
            self.set_status(activity="connecting")
            self._turn = self._run_turn(view, text)

    @work(group="turn", exit_on_error=False)
    async def _run_turn(self, view: "SessionView", text: str) -> None:
        try:
            await view.turn(text)
        finally:
            self._turn = None
            self.set_status()  # other keys help now
        if unread := view.opened.driver.means.desk.take_steering():
            self.composer.give_back("\n".join(unread))
            self.say_notice("The turn ended before your words were read: they are back.", "warning")

    @work(group="ask", exit_on_error=False)
    async def ask_to_send(self, text: str) -> None:
        """Send a line that looks like a command and is none only if the user says so."""
        from tui.widgets.lines import flat
        from tui.widgets.option_rows import Option

        name = flat(text.split(maxsplit=1)[0], 40)
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
        if self.view is not None:
            self.view.compacting = True
            self._turn = self._compact(self.view, instructions)

    @work(group="turn", exit_on_error=False)
    async def _compact(self, view: "SessionView", instructions: str) -> None:
        try:
            await view.compact(instructions)
        finally:
            self._turn = None
            self.set_status()
            self._send_held()

    # The user's own commands -----------------------------------------------------

    def shell(self, command: str) -> None:
        """Run the user's own command and keep its output for the model."""
        view = self.view
        if not command:
            return
        if view is None or not self.ready or self._in_the_way:
            self.hold(f"!{command}")
        else:
            self._shell = Shelling(command, asyncio.Event())
            self._run_shell(view, self._shell)

    def stop_shell(self) -> bool:
        """Interrupt the user's own command; False where none runs."""
        if self._shell is None:
            return False
        self._shell.stop.set()
        return True

    @work(group="shell", exit_on_error=False)
    async def _run_shell(self, view: "SessionView", shell: Shelling) -> None:
        from tui.screens.errands import run_shell

        self.set_status(activity=f"running {shell.command}")
        driver = view.opened.driver
        try:
            await driver.record(await run_shell(shell.command, driver.means.world, shell.stop))
        finally:
            self._shell = None
            self.set_status(activity="working" if self.running else "")
            self._send_held()

    # What goes wrong -------------------------------------------------------------

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed in the background is said, and the program goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            if not self.furnished.is_set():  # there is nowhere to say it, and nothing to go on with
                raise event.worker.error
            self.set_status(activity="")
            self.say_notice(words_for(event.worker.error), "error")
            if event.worker.group == "session":
                self._settle(False)

    async def record(self, *events: "Event") -> "Sequence[Record]":
        """Commit what the user did beside a turn."""
        return await self.opened.driver.record(*events) if self.opened else ()


def words_for(error: BaseException) -> str:
    """One sentence for an error that reached the screen; what is not foreseen is logged."""
    from tui.session.faults import StoreError

    if isinstance(error, StoreError):
        return error.sentence
    log.error("unexpected", exc_info=error)
    return (
        f"Something went wrong inside Glideslope ({type(error).__name__}). What was committed is "
        "safe; please report it with the log file."
    )
