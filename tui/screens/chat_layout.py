"""The shell of the chat: what the first frame shows, and how the rest moves in behind it.

Composer and status line are all that people need in the first moment. Transcript, meters
and the rest are imported on a thread and put in their places when that is done.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import Screen

from tui.command_line import CommandLineOptions
from tui.commands import COMMANDS
from tui.screens.clocks import SYSTEM_CLOCKS, Clocks
from tui.widgets.completion import SlashName
from tui.widgets.composer import Composer
from tui.widgets.status_line import Hint, Status, StatusLine

if TYPE_CHECKING:
    from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
    from tui.widgets.checklist_panel import ChecklistPanel
    from tui.widgets.effort_selector import EffortSelector
    from tui.widgets.find_bar import FindBar
    from tui.widgets.live_pane import LivePane
    from tui.widgets.transcript.transcript_view import Transcript

DEFERRED_MODULES = (
    "tui.screens.deferred_widgets",
    "tui.screens.session_controller",
    "tui.screens.command_handlers",
)
"""Modules that are imported while the first frame is on the screen, in this order."""


class ChatLayout(Screen[None]):
    """A screen with a composer and a status line, and room for the rest."""

    DEFAULT_CSS = """
    ChatLayout { layout: horizontal; background: $background; }
    #main { width: 1fr; height: 1fr; }
    #unfurnished { height: 1fr; }
    #sidebar {
        width: 36; height: 1fr; padding: 0 1; background: $surface;
        border-left: vkey $panel;
    }
    #sidebar > * { margin-bottom: 1; }
    ChatLayout.-broad #sidebar { width: 44; }
    ChatLayout.-tall #main { padding-top: 1; }
    ChatLayout.-tall #sidebar { padding: 1 1 0 1; }
    BudgetLine { display: none; padding: 0 1; background: $surface; }
    ChatLayout.-narrow #sidebar, ChatLayout.-no-sidebar #sidebar { display: none; }
    ChatLayout.-narrow BudgetLine, ChatLayout.-no-sidebar BudgetLine { display: block; }
    ChatLayout.-narrow Composer, ChatLayout.-no-sidebar Composer { border-top: none; }
    ChatLayout.-no-checklist ChecklistPanel { display: none; }
    ChatLayout.-unopened #sidebar > *, ChatLayout.-unopened BudgetLine { visibility: hidden; }
    """

    transcript: "Transcript"
    find_bar: "FindBar"
    live_pane: "LivePane"
    budget_panel: "BudgetPanel"
    budget_line: "BudgetLine"
    effort: "EffortSelector"
    checklist: "ChecklistPanel"

    def __init__(self, options: CommandLineOptions, clocks: Clocks = SYSTEM_CLOCKS) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-broad")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]
        self.add_class("-unopened")  # there are no figures before there is a session
        self.options = options
        self.clocks = clocks
        self.composer = Composer(
            commands=slash_names, files=self.find_files, price=self.draft_price, id="composer"
        )
        self.status_line = StatusLine(clock=clocks.monotonic, id="status")
        self.status = Status(activity="starting", folder=short_folder(options.folder))
        self._notice = ""
        self._below = ""
        self.widgets_mounted = asyncio.Event()
        """Set once everything is in its place: until then there is only the shell."""

    def compose(self) -> ComposeResult:
        """Nothing in it needs settings, store or SDK."""
        self._apply_breakpoints(self.app.size)
        with Vertical(id="main"):
            yield Vertical(id="unfurnished")
            yield self.composer
            yield self.status_line
        yield Vertical(id="sidebar")

    def _apply_breakpoints(self, size: Size) -> None:
        """Wear the classes of this size: Textual would lay out once before it puts them on."""
        wide = self._get_breakpoint_classes(size.width, self.HORIZONTAL_BREAKPOINTS or [])
        tall = self._get_breakpoint_classes(size.height, self.VERTICAL_BREAKPOINTS or [])
        self.add_class(*wide, *tall)

    async def find_files(self, query: str) -> Sequence[str]:
        """Paths for `@`; a bare shell knows none."""
        return ()

    def draft_price(self, text: str) -> str:
        """What sending the draft costs beyond the usual; a bare shell knows nothing of it."""
        return ""

    async def mount_deferred_widgets(self) -> None:
        """Move in what the first frame did not need; the keys stay with the composer."""
        for module in DEFERRED_MODULES:
            await asyncio.to_thread(import_module, module)
        if self.widgets_mounted.is_set():
            return
        from tui.screens.deferred_widgets import create_deferred_widgets

        made = create_deferred_widgets(self.clocks, self.key_labels)
        self.transcript, self.find_bar, self.live_pane = (
            made.transcript,
            made.find_bar,
            made.live_pane,
        )
        self.budget_panel, self.budget_line = made.budget_panel, made.budget_line
        self.effort, self.checklist = made.effort, made.checklist
        with self.app.batch_update():
            main, sidebar = self.query_one("#main"), self.query_one("#sidebar")
            main.mount(
                made.transcript,
                made.find_bar,
                made.live_pane,
                made.budget_line,
                before=self.composer,
            )
            sidebar.mount(made.budget_panel, made.effort, made.checklist)
            self.widgets_mounted.set()
            await self.query_one("#unfurnished").remove()

    def key_labels(self, command: str) -> Sequence[str]:
        """The keys that a command has; a bare shell knows none."""
        return ()

    def key_hints(self) -> tuple[Hint, ...]:
        """The keys that help here and now; a bare shell knows none."""
        return ()

    def set_status(
        self, *, notice: str | None = None, below: str | None = None, **changes: object
    ) -> None:
        """Change parts of the status line.

        Args:
            notice: A word for a moment, before all others; empty takes it back.
            below: What there is to say of output out of sight; empty when nothing is.
            changes: Fields of `Status`.
        """
        self._notice = self._notice if notice is None else notice
        self._below = self._below if below is None else below
        if self.widgets_mounted.is_set():
            changes["hints"] = self.key_hints()
        changes["notice"] = self._notice or self._below
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.status_line.show(self.status)


def slash_names() -> list[SlashName]:
    """The slash commands, for completion."""
    return [
        SlashName(command.slash[0], command.help, command.args, command.slash[1:], command.exact)
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
