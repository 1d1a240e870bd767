"""The chat: transcript, composer and the budget beside them.

It shows what the driver publishes and hands what the user does to the driver; the whole
reaction to the agent is the one `match` of `hear`. It holds no truth of its own: a resumed
session is shown by the same code from its log.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.screen import Screen
from textual.timer import Timer

from tui.agent.desk import Answer as Permission
from tui.agent.driver import Published
from tui.agent.means import ToolOutput
from tui.agent.opened import NoCredentials, NotReady, Opened, Opener
from tui.budget.live import Tail
from tui.budget.meters import Meters
from tui.claude.progress import (
    BlockStarted,
    InputDelta,
    MessageStarted,
    OutputCounted,
    Retrying,
    TextDelta,
    ThinkingDelta,
)
from tui.commands import BY_ID, COMMANDS
from tui.options import Options
from tui.screens.presenting import Presenter, block_key
from tui.session import events as ev
from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
from tui.widgets.checklist_panel import ChecklistPanel
from tui.widgets.completion import SlashName
from tui.widgets.composer import Composer
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.find_bar import FindBar
from tui.widgets.live_pane import TAIL_LINES, LivePane, RunningTool
from tui.widgets.status_line import Status, StatusLine
from tui.widgets.transcript.items import Answer, Notice, NoticeLevel
from tui.widgets.transcript.view import Transcript

if TYPE_CHECKING:
    from tui.screens.host import Host
    from tui.widgets.option_rows import Option
    from tui.widgets.permission_prompt import PermissionPrompt

ONLY_WHEN_EMPTY_KEYS = frozenset({"help.show", "app.quit"})
"""Commands whose keys mean something else while there is a draft."""
METER_SECONDS = 1 / 15
"""The gauge follows the stream this often at most."""


class ChatScreen(Screen[None]):
    """The one screen people work in."""

    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [
        (0, "-narrow"),
        (100, "-wide"),
    ]
    AUTO_FOCUS = "Draft"
    CSS = """
    ChatScreen { layout: horizontal; background: $background; }
    #main { width: 1fr; height: 1fr; }
    #sidebar {
        width: 36; height: 1fr; padding: 0 1; background: $surface;
        border-left: vkey $panel;
    }
    #sidebar > * { margin-bottom: 1; }
    BudgetLine { display: none; padding: 0 1; }
    ChatScreen.-narrow #sidebar, ChatScreen.-no-sidebar #sidebar { display: none; }
    ChatScreen.-narrow BudgetLine, ChatScreen.-no-sidebar BudgetLine { display: block; }
    ChatScreen.-no-checklist ChecklistPanel { display: none; }
    """

    def __init__(self, opener: Opener, options: Options) -> None:
        super().__init__()
        self.opener = opener
        self.options = options
        self.opened: Opened | None = None
        self.transcript = Transcript(id="transcript")
        self.composer = Composer(commands=slash_names, files=self._files, id="composer")
        self.find_bar = FindBar(id="find")
        self.live_pane = LivePane(id="live")
        self.status_line = StatusLine(id="status")
        self.budget_panel = BudgetPanel(id="budget")
        self.budget_line = BudgetLine(id="budget-line")
        self.effort = EffortSelector(id="effort")
        self.checklist = ChecklistPanel(id="checklist")
        self.status = Status(activity="starting", folder=short_folder(options.folder))
        self.figures = Meters()
        """The meters as last read from the state, without the streaming tail."""
        self._presenter: Presenter | None = None
        self._tools: dict[str, RunningTool] = {}
        self._paths: Sequence[str] | None = None
        self._tail = Tail()
        self._streams: set[str] = set()
        self._meter_timer: Timer | None = None
        self._said = 0

    @property
    def host(self) -> "Host":
        """The application, as far as screens know it."""
        return cast("Host", self.app)

    def compose(self) -> ComposeResult:
        """The shell: nothing in it needs settings, store or SDK."""
        with Vertical(id="main"):
            yield self.transcript
            yield self.find_bar
            yield self.live_pane
            yield self.budget_line
            yield self.composer
            yield self.status_line
        with Vertical(id="sidebar"):
            yield self.budget_panel
            yield self.effort
            yield self.checklist

    def on_mount(self) -> None:
        """Paint first; everything that costs time comes after the first frame."""
        self.status_line.show(self.status)
        self.call_after_refresh(self.start, self.options.resume, self.options.prompt)

    # Sessions --------------------------------------------------------------------

    @work(exclusive=True, group="session", exit_on_error=False)
    async def start(self, which: str | None, prompt: str = "") -> None:
        """Open a session and show it; leave the one that was open.

        Args:
            which: Id or name of the one to resume, `latest`, empty to choose, None for a new one.
            prompt: What to submit as soon as it is open.
        """
        if which == "":
            self.host.run_act("session.list")
            which = None
        self.set_status(activity="opening the session")
        try:
            opened = await self.opener.open(which)
        except NotReady as problem:
            self.set_status(activity="")
            self.not_ready(problem)
            return
        await self.leave()
        self.use(opened)
        if prompt:
            self.submit(prompt)

    def use(self, opened: Opened) -> None:
        """Show a session and work on it from here on."""
        self.opened = opened
        self._presenter = Presenter(opened.state)
        self._streams.clear()
        self._tail = Tail()
        self.transcript.load(self._presenter.history(opened.records))
        self.composer.remember(opened.state.prompts)
        opened.driver.listeners.append(self.hear)
        for sentence in opened.sentences:
            self.say_notice(sentence, "warning")
        self.set_status(
            activity="",
            mode=opened.state.mode,
            model=short_model(opened.model.id),
            branch=opened.branch,
        )
        self.show_meters()

    async def leave(self) -> None:
        """Close the open session, if there is one."""
        opened, self.opened = self.opened, None
        if opened is not None:
            opened.driver.interrupt()
            await self.workers.wait_for_complete(
                [worker for worker in self.workers if worker.group == "turn"]
            )
            await opened.close()

    def not_ready(self, problem: NotReady) -> None:
        """Say why no session could be opened, and what can be done."""
        self.say_notice(str(problem), "error")
        if isinstance(problem, NoCredentials):
            self.host.run_act("session.offer_simulator")

    # Turns -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a turn is running."""
        return self.opened is not None and self.opened.state.turn_open

    def submit(self, text: str) -> None:
        """Take what the user wrote: a prompt, or a word for the turn that runs."""
        opened = self.opened
        if opened is None:
            self.say_notice("The session is still being opened; your text is kept.", "warning")
            self.composer.put(text)
        elif self.running:
            opened.driver.steer(text)
            self.say_notice("Sent with the next results.")
        else:
            self.set_status(activity="connecting")
            self.run_turn(opened, text)

    @work(exclusive=True, group="turn", exit_on_error=False)
    async def run_turn(self, opened: Opened, text: str) -> None:
        """Work on one prompt until the model yields."""
        try:
            await opened.driver.turn(text)
        finally:
            self._tools.clear()
            self._show_live()
            self.set_status(activity="", until=None)
            self.show_meters()

    # What the driver publishes ---------------------------------------------------

    def hear(self, item: Published) -> None:
        """React to one committed record, or to progress."""
        match item:
            case ev.Record():
                self.take(item)
            case TextDelta(index=index, text=text):
                self._feed(index, "answer", text)
            case ThinkingDelta(index=index, text=text, estimated_tokens=tokens):
                self._tail.hidden(tokens or 0)
                self._feed(index, "thinking", text)
            case InputDelta(json=text):
                self._tail.feed(len(text))
                self._meters_soon()
            case OutputCounted(tokens=tokens):
                self._tail.counted(tokens)
                self._meters_soon()
            case MessageStarted():
                self._tail.begin()
                self.set_status(activity="working", until=None)
            case BlockStarted(type="thinking"):
                self.set_status(activity="thinking")
            case BlockStarted(type="text"):
                self.set_status(activity="writing")
            case BlockStarted(type="tool_use", name=name):
                self.set_status(activity=f"calling {name}")
            case Retrying(seconds=seconds, fault=fault):
                self.say_notice(fault.sentence, "warning")
                until = time.monotonic() + seconds
                self.set_status(activity="trying again", until=until)
            case ToolOutput(tool_use=tool_use, text=text) if tool_use in self._tools:
                tail = tuple(text.splitlines()[-TAIL_LINES:])
                self._tools[tool_use] = replace(self._tools[tool_use], tail=tail)
                self._show_live()
            case _:
                pass

    def take(self, record: ev.Record) -> None:
        """Show one committed record."""
        event = record.event
        match event:
            case ev.RequestFinished(usage=usage):
                self._tail.end(usage.output)
                self._seal()
            case ev.RequestFailed():
                self._tail.end(None)
                self._seal()
            case ev.ToolStarted(tool_use=tool_use, name=name, subject=subject):
                self.set_status(activity=f"running {name}")
                self._tools[tool_use] = RunningTool(tool_use, name, subject, time.monotonic())
                self._show_live()
            case ev.ToolFinished(tool_use=tool_use):
                self._tools.pop(tool_use, None)
                self._show_live()
            case ev.PermissionAsked():
                self._show_live()
                self.set_status(activity="waiting for your answer")
                self.app.bell()
            case ev.PermissionAnswered():
                self._show_live()
                self.composer.focus()
            case ev.ModeChanged(mode=mode):
                self.set_status(mode=mode)
            case ev.ModelChanged(model=model):
                self.set_status(model=short_model(model))
            case _:
                pass
        if self._presenter is not None:
            for item in self._presenter.items(record):
                self.transcript.put(item)
        self.show_meters()

    def _show_live(self) -> None:
        asked = list(self.opened.state.asked.values()) if self.opened else []
        self.live_pane.show(
            tools=list(self._tools.values()), asked=asked, take_focus=self.composer.is_empty
        )

    def _feed(self, index: int, kind: str, text: str) -> None:
        if self.opened is None:
            return
        key = block_key(self.opened.state.request, index)
        if key not in self._streams:
            self._streams.add(key)
            self.transcript.open_stream(key, "thinking" if kind == "thinking" else "answer")
        self.transcript.feed(key, text)
        self._tail.feed(len(text))
        self._meters_soon()

    def _seal(self) -> None:
        for key in self._streams:
            self.transcript.seal(key)
        self._streams.clear()

    # Panels ----------------------------------------------------------------------

    def _meters_soon(self) -> None:
        if self._meter_timer is None:
            self._meter_timer = self.set_timer(METER_SECONDS, self._live_meters)

    def _live_meters(self) -> None:
        self._meter_timer = None
        self._show(live=self._tail.tokens)

    def show_meters(self) -> None:
        """Show the figures of the state as it is now."""
        if self._meter_timer is not None:
            self._meter_timer.stop()
            self._meter_timer = None
        if self.opened is not None:
            self.figures = self.opened.meters()
            self.checklist.show(self.opened.state.checklist, self.opened.state.ledger.by_subtask)
            self.effort.show(
                self.opened.model.efforts, self.opened.model.effort(self.opened.state.effort)
            )
            self._show(live=self._tail.tokens)

    def _show(self, live: int) -> None:
        if self.opened is None:
            return
        figures = self.figures
        if figures.budget is not None:
            figures = replace(figures, budget=replace(figures.budget, live=live))
        self.budget_panel.show(figures, short_model(self.opened.state.model))
        self.budget_line.show(figures)

    def set_status(self, **changes: object) -> None:
        """Change parts of the status line."""
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.status_line.show(self.status)

    # Words of ours ---------------------------------------------------------------

    def say_notice(self, text: str, level: NoticeLevel = "info") -> None:
        """One sentence in the transcript, not in the log."""
        self._said += 1
        self.transcript.put(Notice(f"local-{self._said}", text, level))

    def say(self, markdown: str) -> None:
        """An answer of the program's own, as Markdown, not in the log."""
        self._said += 1
        self.transcript.put(Answer(f"local-{self._said}", markdown))

    async def record(self, *events: ev.Event) -> Sequence[ev.Record]:
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
        if command in ONLY_WHEN_EMPTY_KEYS and not self.composer.is_empty:
            return False
        match BY_ID[command].when:
            case "idle":
                return not self.running
            case "running":
                return self.running and not self.composer.listing
            case "finding":
                return self.find_bar.finding
            case _:
                return True

    @property
    def context(self) -> str:
        """Where the keys are: `composer`, `transcript`, `prompt`, or `app`."""
        focused = self.focused
        for widget, context in (
            (self.composer, "composer"),
            (self.transcript, "transcript"),
            (self.live_pane, "prompt"),
        ):
            if focused is not None and widget in focused.ancestors_with_self:
                return context
        return "app"

    # Messages of widgets ---------------------------------------------------------

    @on(Composer.Submitted)
    def _submitted(self, message: Composer.Submitted) -> None:
        self.host.take_input(message.text)

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
        except (OSError, SuspendNotSupported) as error:
            self.say_notice(f"The editor could not be started: {error}. Set $EDITOR.", "error")
            return
        self.composer.put(text)

    async def _files(self, query: str) -> Sequence[str]:
        from tui.screens.errands import project_files

        if self._paths is None and self.opened is not None:
            self._paths = await project_files(self.opened.driver.means.world)
        return self._paths or ()

    def on_permission_prompt_answered(self, message: "PermissionPrompt.Answered") -> None:
        """The user answered a question: leave it on the agent's desk."""
        if self.opened is not None:
            answer = Permission(message.answer, message.reason)
            self.opened.driver.means.desk.answer(message.tool_use, answer)

    def on_permission_prompt_typed_through(self, message: "PermissionPrompt.TypedThrough") -> None:
        """Letters that were no answer belong into the draft."""
        self.composer.focus()
        self.composer.type(message.text)

    @on(EffortSelector.Chosen)
    def _effort_chosen(self, message: EffortSelector.Chosen) -> None:
        self.host.run_act("effort.choose", message.level)


def slash_names() -> list[SlashName]:
    """The slash commands, for completion."""
    return [
        SlashName(command.slash[0], command.help, command.args)
        for command in COMMANDS
        if command.slash
    ]


def short_folder(folder: Path) -> str:
    """The folder with the home folder as `~`."""
    try:
        inside = folder.relative_to(Path.home())
    except (ValueError, RuntimeError):
        return str(folder)
    return "~" if str(inside) == "." else f"~/{inside.as_posix()}"


def short_model(model: str) -> str:
    """The model's id without its maker: `opus-5-5`."""
    return model.removeprefix("claude-")
