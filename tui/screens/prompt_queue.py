"""What the user sent before it could be taken, as typed, in order.

What waits is shown above the composer. It is sent as soon as the session can take it: words for
the turn that runs with its next results, the rest when nothing is in the way any more. If no
session will take it, it comes back into the composer with a notice.
"""

from typing import TYPE_CHECKING

from tui.slash_lines import unescape_prompt
from tui.widgets.status_line import STARTING

if TYPE_CHECKING:
    from tui.reports.queued_prompts import QueuedPrompt
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

    @property
    def holds_steering(self) -> bool:
        """Whether words wait for the turn that runs."""
        session = self._chat.session
        return session is not None and bool(session.runner.unread_steering)

    def put_first(self, text: str) -> None:
        """Send this before all that waits."""
        self._lines.insert(0, text)

    def add(self, text: str) -> None:
        """Keep what cannot be taken now, and show what it waits for."""
        chat = self._chat
        self._lines.append(text)
        if chat.session is not None and _is_prompt(text):
            chat.session.runner.note_queued(unescape_prompt(text))
        if chat.is_opening_session:
            self.show_opening()
        elif chat.session is None:
            self.give_back()
        self.show()

    def show_opening(self) -> None:
        """Say in the status line that the session is being opened."""
        self._chat.set_status(activity=STARTING)

    def show(self) -> None:
        """Show above the composer what waits now."""
        chat = self._chat
        if chat.widgets_mounted.is_set():
            chat.queued.show(self._waiting(), can_send_now=self.holds_steering)

    def _waiting(self) -> "list[QueuedPrompt]":
        """All that waits, in the order it will go out."""
        session = self._chat.session
        steering = session.runner.unread_steering if session else ()
        if not steering and not self._lines:
            return []
        from tui.agent.model_notes import steering as steering_note
        from tui.budget.token_estimate import estimate_tokens
        from tui.reports.queued_prompts import QueuedPrompt

        asked = session is not None and (session.state.open_questions or session.state.open_limit)
        goes = "goes with the next result" + (", after your answer" if asked else "")
        waiting = [QueuedPrompt(text, steering_note(text).estimate, goes) for text in steering]
        for line in self._lines:
            text = unescape_prompt(line)
            tokens = estimate_tokens(text) if _is_prompt(line) else None
            waiting.append(QueuedPrompt(text, tokens, self._obstacle))
        return waiting

    @property
    def _obstacle(self) -> str:
        """What the lines wait for."""
        chat = self._chat
        if chat.is_opening_session:
            return "goes when the session is open"
        if command := chat.running_user_command:
            return f"goes when {command[:40]} has ended"
        return "goes when the conversation has been shortened"

    def send(self) -> None:
        """Send what waits, as long as the session takes it."""
        while self._lines and self._chat.takes_prompts:
            text = self._lines.pop(0)
            if text.startswith("!"):
                self._chat.run_user_command(text[1:].strip())
            else:
                self._chat.host.handle_input(text)
        self.show()

    def take_back_last(self) -> str | None:
        """Take the newest back for editing; None where nothing waits."""
        session = self._chat.session
        if self._lines:
            text = self._lines.pop()
            if session is not None and _is_prompt(text):
                session.runner.note_taken_back(unescape_prompt(text))
        else:
            taken = session.runner.take_back_last() if session else None
            if taken is None:
                return None
            text = taken
        self.show()
        return text

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
        self.show()


def _is_prompt(line: str) -> bool:
    """Whether a line is words for the model, and no command of the program or the shell."""
    return not line.startswith(("/", "!"))
