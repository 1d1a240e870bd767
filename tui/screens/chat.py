"""The chat: transcript, composer and the budget beside them.

What it does with keys and messages; the shell it is made of is `tui.screens.shell`, and
what binds a session to it is `tui.screens.session_view`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from textual import events, on, work
from textual.app import SuspendNotSupported
from textual.worker import Worker, WorkerState

from tui.commands import BY_ID
from tui.options import Options
from tui.screens.moments import CLOCKS, Clocks
from tui.screens.shell import Shell
from tui.widgets.composer import Composer

if TYPE_CHECKING:
    from tui.agent.opened import Opened, Opener
    from tui.budget.meters import Meters
    from tui.screens.host import Host
    from tui.screens.session_view import SessionView
    from tui.session.events import Event, Record
    from tui.widgets.budget_gauge import BudgetPanel
    from tui.widgets.effort_selector import EffortSelector
    from tui.widgets.find_bar import FindBar
    from tui.widgets.limit_prompt import LimitPrompt
    from tui.widgets.option_rows import Option
    from tui.widgets.permission_prompt import PermissionPrompt
    from tui.widgets.question import Question
    from tui.widgets.status_line import Hint
    from tui.widgets.transcript.items import NoticeLevel
    from tui.widgets.transcript.messages import ActionChosen, Copied, Found, LinkChosen

log = logging.getLogger(__name__)

NOTHING_OPEN = "No session is open: /new starts one, /sessions offers the earlier ones."


class ChatScreen(Shell):
    """The one screen people work in."""

    AUTO_FOCUS = "Draft"

    def __init__(self, opener: "Opener", options: Options, clocks: Clocks = CLOCKS) -> None:
        super().__init__(options, clocks)
        self.opener = opener
        self.view: SessionView | None = None
        """The session on the screen; None while none is open."""
        self.settled = asyncio.Event()
        """Set once the first session is open, or could not be opened."""
        self._early: list[str] = []
        """What the user sent before there was a session to send it to."""
        self._paths: Sequence[str] | None = None
        self._said = 0

    @property
    def host(self) -> "Host":
        """The application, as far as screens know it."""
        return cast("Host", self.app)

    def on_mount(self) -> None:
        """Paint first; everything that costs time comes after the first frame."""
        self.status_line.show(self.status)
        options = self.options
        self.call_after_refresh(self.start, options.resume, options.prompt, fork=options.fork)

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

    @work(exclusive=True, group="session", exit_on_error=False)
    async def start(self, which: str | None, prompt: str = "", *, fork: bool = False) -> None:
        """Open a session and show it; leave the one that was open.

        Args:
            which: Id or name of the one to resume, `latest`, empty to choose, None for a new one.
            prompt: What to submit as soon as it is open.
            fork: Whether a new session goes on from there, and the other stays as it is.
        """
        if prompt:
            self._early.insert(0, prompt)
        await self.furnish()
        if which == "":
            self.host.run_act("session.list")
            which = None
        self.set_status(activity="opening the session")
        from tui.agent.opened import NoCredentials, NotReady

        try:
            opened = await self.opener.open(which, fork=fork)
        except NotReady as problem:
            self.settled.set()
            self.set_status(activity="")
            self.say_notice(str(problem), "error")
            self._give_back()
            if isinstance(problem, NoCredentials):
                await self._offer_simulator()
            elif self.view is None:
                self.say_notice(NOTHING_OPEN)
            return
        from tui.screens.session_view import SessionView

        await self.leave()
        self.view = SessionView(self, opened)
        self._paths = None
        self.view.show()
        self.settled.set()
        if opened.unmet:
            from tui.screens.acts.granting import change_budget

            await change_budget(self, opened.unmet)
        early, self._early = self._early, []
        for text in early:
            self.host.take_input(text)

    def _give_back(self) -> None:
        """What could not be sent goes back into the composer."""
        if self._early:
            self.composer.put("\n".join(self._early))
            self._early.clear()

    async def _offer_simulator(self) -> None:
        from tui.widgets.option_rows import Option

        ways = [
            Option(
                "simulate", "Work offline", "against the simulator: no key, nothing leaves here"
            ),
            Option("quit", "Quit", "set ANTHROPIC_API_KEY and start again"),
        ]
        if await self.choose("There is no API key", ways) == "simulate":
            self.opener.simulate()
            self.start(None)
        else:
            await self.host.leave()

    async def leave(self) -> None:
        """Close the open session, if there is one; a turn that runs is interrupted first."""
        view, self.view = self.view, None
        if view is None:
            return
        view.opened.driver.interrupt()
        turns = [worker for worker in self.workers if worker.group == "turn"]
        if turns:
            await self.workers.wait_for_complete(turns)
        await view.close()

    # Turns -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a turn is running."""
        return self.view is not None and self.view.running

    def submit(self, text: str) -> None:
        """Take what the user wrote: a prompt, or a word for the turn that runs."""
        view = self.view
        if view is None:
            self._early.append(text)
            if self.settled.is_set():
                self._give_back()
                self.say_notice(NOTHING_OPEN)
            else:
                self.set_status(activity="opening the session for your prompt")
        elif view.running:
            view.opened.driver.steer(text)
            self.say_notice("Sent with the next results.")
        else:
            self.set_status(activity="connecting")
            self._run_turn(view, text)

    @work(exclusive=True, group="turn", exit_on_error=False)
    async def compact(self, instructions: str) -> None:
        """Shorten the conversation; Esc leaves it as it was."""
        if self.view is not None:
            await self.view.compact(instructions)

    @work(exclusive=True, group="turn", exit_on_error=False)
    async def _run_turn(self, view: "SessionView", text: str) -> None:
        await view.turn(text)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed in the background is said, and the program goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            if not self.furnished.is_set():  # there is nowhere to say it, and nothing to go on with
                raise event.worker.error
            self.set_status(activity="")
            self.say_notice(words_for(event.worker.error), "error")
            if event.worker.group == "session":
                self.settled.set()
                self._give_back()

    # Keys ------------------------------------------------------------------------

    def labels(self, command: str) -> "Sequence[str]":
        """The keys that a command has, as people write them."""
        return self.host.keymap_in_use.labels(command)

    def hints(self) -> "tuple[Hint, ...]":
        """The keys that help here and now."""
        from tui.screens.hints import Place, hints

        place = Place(
            context=self.context,
            running=self.running,
            empty=self.composer.is_empty,
            asked=self.question_waits,
            finding=self.find_bar.finding,
        )
        return hints(place, self.host.keymap_in_use)

    def look_again(self) -> None:
        """Say which keys help, now that something else is going on."""
        if self.is_attached:
            self.set_status()

    def on_composer_emptied(self) -> None:
        """Other keys help with a draft."""
        self.look_again()

    def on_descendant_focus(self) -> None:
        """Other keys help elsewhere."""
        self.call_later(self.look_again)

    # Words of ours ---------------------------------------------------------------

    def say_notice(self, text: str, level: "NoticeLevel" = "info") -> None:
        """One sentence in the transcript, not in the log."""
        from tui.widgets.transcript.items import Notice

        self._said += 1
        self.transcript.put(Notice(f"local-{self._said}", text, level))

    def say(self, markdown: str, *, from_top: bool = False) -> None:
        """An answer of the program's own, as Markdown, not in the log.

        Args:
            markdown: The answer.
            from_top: Whether to show its first lines where it is longer than the screen.
        """
        from tui.widgets.transcript.items import Answer

        self._said += 1
        key = f"local-{self._said}"
        self.transcript.put(Answer(key, markdown))
        if from_top and (index := self.transcript.entries.index(key)) is not None:
            self.transcript.scroll_to_line(self.transcript.entries.heights.top(index))

    async def record(self, *events: "Event") -> "Sequence[Record]":
        """Commit what the user did beside a turn."""
        return await self.opened.driver.record(*events) if self.opened else ()

    # Questions to the user -------------------------------------------------------

    async def choose(
        self,
        title: str,
        options: "Sequence[Option]",
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
    ) -> str | None:
        """Let the user choose one of `options`; None when they did not. Only in a worker."""
        from tui.widgets.choice import Choice

        return await self.app.push_screen_wait(
            Choice(title, options, current=current, preview=preview)
        )

    def can(self, command: str) -> bool:
        """Whether a command makes sense now."""
        match BY_ID[command].when:
            case "idle":
                return not self.running
            case "running":
                return self.running
            case "finding":
                return self.furnished.is_set() and self.find_bar.finding
            case _:
                return True

    @property
    def question_waits(self) -> bool:
        """Whether a question is on screen while the keys are elsewhere."""
        prompt = self.live_pane.prompt if self.furnished.is_set() else None
        return prompt is not None and not prompt.has_focus_within and not self.composer.listing

    @property
    def offered(self) -> tuple[str, ...]:
        """Commands that the card under the block cursor offers; none without a card."""
        return self.transcript.offered if self.context == "transcript" else ()

    @property
    def context(self) -> str:
        """Where the keys are: `composer`, `transcript`, `prompt`, or `app`."""
        around = {node.id for node in self.focused.ancestors_with_self} if self.focused else set()
        for id, context in (
            (self.composer.id, "composer"),
            ("transcript", "transcript"),
            ("live", "prompt"),
        ):
            if id in around:
                return context
        return "app"

    def on_key(self, event: events.Key) -> None:
        """What nobody else wants goes to the draft: letters, and the way back from a panel."""
        if self.context not in ("transcript", "app") or self._is_wanted(event.key):
            return
        if event.is_printable and event.character is not None:
            self.composer.type(event.character)
        elif event.key != "escape" or self.context == "transcript":
            return
        event.stop()
        self.composer.focus()

    def _is_wanted(self, key: str) -> bool:
        """Whether the focused widget, or one around it, has a use for `key`."""
        active = self.active_bindings.get(key)
        return active is not None and active.node not in (self, self.app)

    # Messages of widgets ---------------------------------------------------------

    @on(Composer.Submitted)
    def _submitted(self, message: Composer.Submitted) -> None:
        if self.furnished.is_set():
            self.host.take_input(message.text)
        else:
            self._early.append(message.text)

    @on(Composer.ShellRequested)
    async def _shell_requested(self, message: Composer.ShellRequested) -> None:
        self.run_shell(message.command)

    @work(exclusive=True, group="shell", exit_on_error=False)
    async def run_shell(self, command: str) -> None:
        """Run the user's own command and keep its output for the model."""
        from tui.screens.errands import run_shell

        if self.opened is None or not command:
            return
        self.set_status(activity=f"running {command}")
        ran = await run_shell(command, self.opened.driver.means.world)
        self.set_status(activity="")
        await self.record(ran)

    @on(Composer.EditorRequested)
    def _editor_requested(self, message: Composer.EditorRequested) -> None:
        from tui.screens.errands import edit

        try:
            with self.app.suspend():
                text = edit(message.text)
        except (OSError, ValueError, SuspendNotSupported) as error:
            # A ValueError: unbalanced quotes in the variable, or a text that is not UTF-8.
            self.say_notice(f"The editor could not be used: {error}. Set $EDITOR.", "error")
            return
        self.composer.put(text)

    async def find_files(self, query: str) -> Sequence[str]:
        """Paths in the project for `@`."""
        from tui.screens.errands import project_files

        if self._paths is None and self.opened is not None:
            self._paths = await project_files(self.opened.driver.means.world)
        return self._paths or ()

    def on_find_bar_asked(self, message: "FindBar.Asked") -> None:
        """Look for other words."""
        self.transcript.find(message.words)

    def on_find_bar_stepped(self) -> None:
        """Go to the next place."""
        self.transcript.find_next()

    def on_find_bar_closed(self) -> None:
        """Stop looking."""
        self.transcript.find("")
        self.composer.focus()

    def on_transcript_found(self, message: "Found") -> None:
        """Say how many places there are."""
        self.find_bar.show_count(message.at, message.count)

    def on_transcript_new_output(self) -> None:
        """Say that there is more below."""
        key = self.host.keymap_in_use.label("transcript.end")
        self.set_status(below=f"↓ new output · {key}" if key else "↓ new output")

    def on_transcript_at_end(self) -> None:
        """Nothing is out of sight any more."""
        self.set_status(below="")

    def on_transcript_copied(self, message: "Copied") -> None:
        """Say so."""
        self.notify(f"Copied {len(message.text):,} characters.", timeout=2, markup=False)

    def on_transcript_link_chosen(self, message: "LinkChosen") -> None:
        """Open it."""
        self.app.open_url(message.href)

    def on_transcript_action_chosen(self, message: "ActionChosen") -> None:
        """Run the command a card offered."""
        self.host.run_act(message.action)

    def on_permission_prompt_answered(self, message: "PermissionPrompt.Answered") -> None:
        """The user answered a question."""
        if self.view is not None:
            self.view.answer(message.tool_use, message.answer, message.reason)

    async def on_limit_prompt_answered(self, message: "LimitPrompt.Answered") -> None:
        """The user said how it goes on at a reached limit."""
        if self.view is not None:
            await self.view.answer_limit(message.answer, message.by, message.effort)

    def on_question_typed_through(self, message: "Question.TypedThrough") -> None:
        """Letters that were no answer belong into the draft."""
        self.composer.focus()
        self.composer.type(message.text)

    def on_budget_panel_figure_chosen(self, message: "BudgetPanel.FigureChosen") -> None:
        """Open what is behind a figure."""
        self.host.run_act("entries.show", message.figure)

    def on_effort_selector_chosen(self, message: "EffortSelector.Chosen") -> None:
        """Work at another effort."""
        self.host.run_act("effort.choose", message.level)


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
