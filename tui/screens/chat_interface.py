"""What the parts of the chat need of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import App
from textual.widget import Widget
from textual.worker import Worker

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.open_session import OpenSession
    from tui.reports.transcript_items import NoticeLevel
    from tui.screens.app_interface import AppInterface
    from tui.screens.clocks import Clocks
    from tui.widgets.composer import Composer
    from tui.widgets.find_bar import FindBar
    from tui.widgets.live_pane import LivePane
    from tui.widgets.option_rows import Option
    from tui.widgets.panel_area import PanelArea
    from tui.widgets.queue_pane import QueuedPrompts
    from tui.widgets.transcript.transcript_view import Transcript


class Chat(Protocol):
    """The chat, as its parts see it. What is not in the first frame comes with a later one."""

    composer: "Composer"
    transcript: "Transcript"
    find_bar: "FindBar"
    live_pane: "LivePane"
    panel_area: "PanelArea"
    queued: "QueuedPrompts"
    clocks: "Clocks"
    widgets_mounted: asyncio.Event
    """Set once all of these are there: until then there is only the composer."""

    # Textual's own

    @property
    def app(self) -> "App[object]":
        """The Textual application that the chat runs in."""

    @property
    def focused(self) -> Widget | None:
        """The widget that has the keys."""

    def run_worker(
        self, work: Callable[[], Awaitable[Any]], *, group: str, exit_on_error: bool
    ) -> Worker[Any]:
        """Start work in the background, as `textual.dom.DOMNode.run_worker` does."""

    # What is open, and what goes on

    @property
    def host(self) -> "AppInterface":
        """The application, as far as screens know it."""

    @property
    def session(self) -> "OpenSession | None":
        """The session that is open."""

    @property
    def is_opening_session(self) -> bool:
        """Whether a session is being opened."""

    @property
    def running(self) -> bool:
        """Whether a turn or a compaction is running, or about to."""

    @property
    def running_user_command(self) -> str:
        """The user's own command that runs; empty while none does."""

    @property
    def takes_prompts(self) -> bool:
        """Whether a prompt would be taken now, by a new turn or the one that runs."""

    @property
    def can_interrupt(self) -> bool:
        """Whether there is something to interrupt."""

    @property
    def can_send_now(self) -> bool:
        """Whether an interrupt would send, or has just given back, what waits for the turn."""

    # What it does

    def set_status(self, **changes: object) -> None:
        """Change parts of the status line."""

    def show_brief_notice(self, sentence: str, seconds: float | None = None) -> None:
        """Say something on the status line for a moment."""

    def show_notice(self, text: str, level: "NoticeLevel" = "info") -> None:
        """One sentence in the transcript."""

    async def choose(self, title: str, options: "Sequence[Option]") -> str | None:
        """Let the user choose one of `options`; None when they did not. Only in a worker."""

    async def ask_trust(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""

    async def mount_deferred_widgets(self) -> None:
        """Move in what the first frame did not need."""

    async def show_session(self, opened: "OpenSession") -> None:
        """Show a session that was opened."""

    async def close_session(self) -> None:
        """Close the open session, if there is one."""

    def run_user_command(self, command: str) -> None:
        """Run the user's own command and keep its output for the model."""
