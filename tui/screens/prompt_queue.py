"""What the user sent before it could be taken, as typed, in order.

What waits is sent as soon as the session can take it. If no session will take it, it comes back
into the composer with a notice.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.chat_interface import Chat

NO_SESSION_OPEN = "No session is open: /new starts one, /sessions offers the earlier ones."


class PromptQueue:
    """Lines that wait for a session, for a command of the user's, or for a compaction."""

    def __init__(self, chat: "Chat") -> None:
        self._chat = chat
        self._lines: list[str] = []

    @property
    def waits_for_session(self) -> bool:
        """Whether something was sent before there is a session to take it."""
        return bool(self._lines) and self._chat.is_opening_session

    def put_first(self, text: str) -> None:
        """Send this before all that waits."""
        self._lines.insert(0, text)

    def add(self, text: str) -> None:
        """Keep what cannot be taken now, and say what it waits for."""
        chat = self._chat
        self._lines.append(text)
        if chat.is_opening_session:
            self.show_opening()
        elif chat.session is None:
            self.give_back()
        elif command := chat.running_user_command:
            chat.show_notice(f"Will be sent when {command} has ended.")
        else:
            chat.show_notice("Will be sent when the conversation has been shortened.")

    def show_opening(self) -> None:
        """Say in the status line that the session is being opened, and for what."""
        for_what = ", then sending your text" if self._lines else ""
        self._chat.set_status(activity=f"opening the session{for_what}")

    def send(self) -> None:
        """Send what waits, as long as the session takes it."""
        while self._lines and self._chat.takes_prompts:
            text = self._lines.pop(0)
            if text.startswith("!"):
                self._chat.run_user_command(text[1:].strip())
            else:
                self._chat.host.handle_input(text)

    def take_back(self) -> bool:
        """Put what waits for a session back into the composer; False where nothing does."""
        if not self.waits_for_session:
            return False
        self._restore_draft()
        self.show_opening()
        return True

    def give_back(self) -> None:
        """What could not be sent goes back into the composer; say so, and what can be done."""
        words = [NO_SESSION_OPEN] if self._chat.session is None else []
        if self._lines:
            self._restore_draft()
            words.append("Your text is back in the composer.")
        if words:
            self._chat.show_notice(" ".join(words), "warning")

    def _restore_draft(self) -> None:
        lines, self._lines = self._lines, []
        self._chat.composer.restore_draft("\n".join(lines))
