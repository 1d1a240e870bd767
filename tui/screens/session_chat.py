"""What the controller of a session and the offers need of the chat."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from textual.timer import Timer

from tui.screens.chat_interface import Chat

if TYPE_CHECKING:
    from tui.agent.open_session import SessionOpener
    from tui.screens.clocks import Clocks
    from tui.screens.key_focus import KeyFocus
    from tui.screens.prompt_queue import PromptQueue
    from tui.widgets.budget_choice import BudgetChoice
    from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
    from tui.widgets.checklist_panel import ChecklistPanel
    from tui.widgets.effort_selector import EffortSelector
    from tui.widgets.status_line import StatusLine


class SessionChat(Chat, Protocol):
    """The chat, as the controller of its session sees it."""

    opener: "SessionOpener"
    clocks: "Clocks"
    keys: "KeyFocus"
    status_line: "StatusLine"
    budget_line: "BudgetLine"
    budget_panel: "BudgetPanel"
    budget_choice: "BudgetChoice"
    effort: "EffortSelector"
    checklist: "ChecklistPanel"
    queue: "PromptQueue"
    opening_done: asyncio.Event
    """Set while no session is being opened."""

    @property
    def session_ready(self) -> bool:
        """Whether a session is open and shown."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` in `delay` seconds."""

    def key_labels(self, command: str) -> Sequence[str]:
        """The keys of a command, as people write them."""

    def open_session(self, which: str | None, prompt: str = "", *, fork: bool = False) -> None:
        """Open a session in place of the one that is open; None: a new one."""

    def submit(self, text: str) -> None:
        """Send a prompt, or queue it."""
