"""The question whether a folder is trusted, asked in the live pane."""

import asyncio
from typing import TYPE_CHECKING

from tui.widgets.line_widget import flatten
from tui.widgets.status_line import WAITING_FOR_ANSWER

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.screens.chat_interface import Chat
    from tui.screens.key_focus import KeyFocus


class TrustDialog:
    """Asks about folders, one at a time."""

    def __init__(self, chat: "Chat", keys: "KeyFocus") -> None:
        self._chat = chat
        self._keys = keys
        self._pending: asyncio.Future[TrustAnswer] | None = None
        """Where the answer goes while a folder is asked about."""

    async def ask(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""
        chat = self._chat
        answer: asyncio.Future[TrustAnswer] = asyncio.get_running_loop().create_future()
        self._pending = answer
        chat.live_pane.ask_trust(question, take_focus=chat.composer.is_empty)
        chat.set_status(activity=WAITING_FOR_ANSWER)
        chat.app.bell()
        try:
            return await answer
        finally:
            had_keys = self._keys.context == "prompt"
            chat.live_pane.ask_trust(None)
            chat.set_status(activity="")
            if had_keys and chat.live_pane.question is None:
                chat.composer.take_focus_now()

    def decide(self, answer: "TrustAnswer") -> None:
        """Give the user's answer to whoever asked."""
        if self._pending is not None and not self._pending.done():
            self._pending.set_result(answer)

    def show_files(self, question: "TrustQuestion") -> None:
        """Show the files that the folder brings, in full."""
        from tui.widgets.text_page import Section, TextPage

        changes = [*(f"{each} (tighter)" for each in question.stricter_settings)]
        changes += [f"{each} (asked for)" for each in question.requested_settings]
        sections = [Section("What the settings change", "\n".join(changes))] if changes else []
        sections += [
            Section(f"{flatten(file.name, 300)} · {file.size:,} bytes", file.text or file.remark)
            for file in question.files
        ]
        self._chat.app.push_screen(TextPage(flatten(str(question.folder), 300), sections))
