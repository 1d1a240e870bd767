"""The places of the widgets in the chat: what the first frame shows, and the rest behind it.

Composer and status line are all that people need in the first moment. Transcript, meters
and the rest are imported on a thread and put in their places when that is done.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from tui.widgets.composer import Composer
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.screens.deferred_widgets import DeferredWidgets

DEFERRED_MODULES = (
    "tui.screens.deferred_widgets",
    "tui.screens.notices",
    "tui.screens.trust_dialog",
    "tui.screens.session_controller",
    "tui.screens.command_handlers",
)
"""Modules that are imported while the first frame is on the screen, in this order."""

CHAT_CSS = """
ChatScreen { layout: horizontal; background: $background; }
#main { width: 1fr; height: 1fr; }
#unfurnished { height: 1fr; }
#sidebar {
    width: 36; height: 1fr; padding: 0 1; background: $surface;
    border-left: vkey $rule;
}
#sidebar > * { margin-bottom: 1; }
ChatScreen.-broad #main { width: 104; }
ChatScreen.-broad #sidebar { width: 1fr; }
#sidebar > * { max-width: 54; }
ChatScreen.-broad.-no-sidebar #main, ChatScreen.-broad.-panel-beside #main { width: 1fr; }
ChatScreen.-tall #main { padding-top: 1; }
ChatScreen.-tall #sidebar { padding: 1 1 0 1; }
BudgetLine { display: none; padding: 0 1; }
ChatScreen.-narrow #sidebar, ChatScreen.-no-sidebar #sidebar { display: none; }
ChatScreen.-narrow BudgetLine, ChatScreen.-no-sidebar BudgetLine { display: block; }
ChatScreen.-narrow Composer, ChatScreen.-no-sidebar Composer { border-top: none; }
ChatScreen.-panel-beside #sidebar { display: none; }
ChatScreen.-panel-beside BudgetLine { display: block; }
ChatScreen.-panel-beside Composer { border-top: none; }
ChatScreen.-no-checklist ChecklistPanel { display: none; }
ChatScreen.-unopened #sidebar > *, ChatScreen.-unopened BudgetLine { visibility: hidden; }
"""
"""Where everything is, and what a small screen leaves out."""


class ChatLayout:
    """Puts the widgets of one chat in their places."""

    def __init__(self, screen: Screen[None], composer: Composer, status_line: StatusLine) -> None:
        self._screen = screen
        self._composer = composer
        self._status_line = status_line
        self.complete = asyncio.Event()
        """Set once everything is in its place: until then there are these two widgets only."""

    def compose(self) -> ComposeResult:
        """What the first frame shows: nothing in it needs settings, store or SDK."""
        with Vertical(id="main"):
            yield Vertical(id="unfurnished")
            yield self._composer
            yield self._status_line
        yield Vertical(id="sidebar")

    async def mount(self, made: "DeferredWidgets") -> None:
        """Move in what the first frame did not need; the keys stay with the composer."""
        screen = self._screen
        with screen.app.batch_update():
            main, sidebar = screen.query_one("#main"), screen.query_one("#sidebar")
            main.mount(
                made.panel_area,
                made.find_bar,
                made.live_pane,
                made.queued,
                made.budget_choice,
                made.budget_line,
                before=self._composer,
            )
            made.panel_area.mount(made.transcript)
            sidebar.mount(made.budget_panel, made.effort, made.checklist)
            self.complete.set()
            await screen.query_one("#unfurnished").remove()


async def import_agents_view() -> None:
    """Import on a thread what `/agents` shows, for a session that can have agents."""
    await asyncio.to_thread(import_module, "tui.screens.agents_view")


async def import_deferred_modules() -> None:
    """Import on a thread what the first frame did not need."""
    for module in DEFERRED_MODULES:
        await asyncio.to_thread(import_module, module)
