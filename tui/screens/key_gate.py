"""Whether a letter is a command or begins a word, decided before any key goes anywhere.

Outside a text field a letter may answer a question, work the transcript, or begin a sentence
for the composer. Keys that come together were not pressed one by one: a program typed them, a
multiplexer pasted them, a slow line kept them. They are text, and never an answer. So a letter
that could be a command waits a moment for the one behind it, and everything is decided in the
order of the keys: whoever moved the focus later, in a widget, would find the next keys already
on their way to the wrong place.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.typing_burst import FINGERS, GAP

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


class Held(NamedTuple):
    """A key that could be a command, until it is known to stand alone."""

    event: events.Key
    at: Widget | None
    """Where the focus was."""
    patience: float
    """Seconds in which a key behind it makes it text."""
    timer: Timer


class KeyGate:
    """Sends keys to what has the focus, or moves the focus to the composer first."""

    def __init__(
        self,
        chat: "ChatScreen",
        *,
        command: Callable[[events.Key], Awaitable[bool]],
        deliver: Callable[[events.Key], Awaitable[None]],
    ) -> None:
        """Args:
        chat: Where the focus is, and the composer.
        command: Does what a key is bound to here; says whether it is bound to anything.
        deliver: Lets a key do what it does here: as a command, or sent to what has the focus.
        """
        self._chat = chat
        self._command = command
        self._deliver = deliver
        self._held: Held | None = None
        self._last = float("-inf")
        """When the last key came."""

    async def take(self, event: events.Key) -> None:
        """Take the next key."""
        together = event.time - self._last <= GAP
        self._last = event.time
        if self._held is not None:
            together = await self._settle(self._held, event) or together
        question = self._chat.question
        if question is not None and _is_text(event):
            stray = event.key == "enter" and not question.takes_enter
            if together or stray or not question.listening:
                await self._write(event)
            else:
                self._hold(event, FINGERS)
        elif event.is_printable and not self._writes(event):
            # What a card offers costs tokens; the other letters only move about.
            self._hold(event, FINGERS if self._chat.offered else GAP)
        else:
            await self._deliver(event)

    async def make_way(self, event: events.Paste) -> None:
        """A paste comes: without a text field that has the focus it is the composer's."""
        self._last = event.time
        if self._held is not None:
            await self._settle(self._held, event)
        if self._chat.focused is None or not self._chat.focused.check_consume_key("a", "a"):
            self._chat.composer.take_keys()

    def _writes(self, event: events.Key) -> bool:
        """Whether the key is a letter for a text field."""
        focused = self._chat.focused
        return focused is not None and focused.check_consume_key(event.key, event.character)

    def _hold(self, event: events.Key, patience: float) -> None:
        timer = self._chat.set_timer(patience, self._nothing_followed)
        self._held = Held(event, self._chat.focused, patience, timer)

    def _nothing_followed(self) -> None:
        """The time is up; keys that have come already, and were not seen yet, go first."""
        self._chat.app.call_later(self._release, self._held)

    async def _release(self, held: Held | None) -> None:
        if held is not None and held is self._held:
            self._held = None
            await self._obey(held)

    async def _settle(self, held: Held, event: events.Key | events.Paste) -> bool:
        """Another key came, or a paste; says whether the two of them are text."""
        self._held = None
        held.timer.stop()
        if self._are_text(held, event):
            await self._write(held.event)
            return True
        await self._obey(held)
        return False

    def _are_text(self, held: Held, event: events.Key | events.Paste) -> bool:
        gap = event.time - held.event.time
        if isinstance(event, events.Paste):
            return gap <= held.patience
        if self._chat.question is None and event.key == held.event.key:
            return False  # a key held down, to move on
        return gap <= (held.patience if _is_text(event) else GAP)

    async def _obey(self, held: Held) -> None:
        """A key that stands alone is what it is bound to, if it still is."""
        question = self._chat.question
        here = self._chat.is_current and self._chat.focused is held.at
        if here and (question is None or question.listening) and await self._command(held.event):
            return
        await self._write(held.event)

    async def _write(self, event: events.Key) -> None:
        """A letter goes into the draft; an Enter that was not meant for it goes nowhere."""
        if event.is_printable and self._chat.is_current:
            self._chat.composer.take_keys()
            await self._deliver(event)


def _is_text(event: events.Key) -> bool:
    """Whether a key is part of what people write."""
    return event.is_printable or event.key == "enter"
