"""Whether a letter is a command or begins a word, decided before any key goes anywhere.

Outside a text field a letter may answer a question, work the transcript, or begin a sentence
for the composer. Keys that come together were not pressed one by one: a program typed them, a
multiplexer pasted them, a slow line kept them. They are text, and never an answer. So a letter
that could be a command waits a moment for the one behind it, and everything is decided in the
order of the keys: whoever moved the focus later, in a widget, would find the next keys already
on their way to the wrong place.

In an empty composer a letter that the landing block names is written like any other. If no key
follows it for a while, it was meant for the block.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual._time import get_time
from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.paste_detection import BURST_GAP, MIN_TYPING_GAP
from tui.widgets.ticker import certain

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen
    from tui.widgets.question_prompt import QuestionPrompt


LANDING_PAUSE = 1.0
"""Seconds without another key after which a letter in the composer is a key of the landing block:
longer than people pause within a word."""
COSTLY_LANDING_PAUSE = 1.5
"""The same for a command that sends a prompt: a letter may also be an answer, such as `n`."""
LASTING_PAUSE = 0.35
"""Seconds without another key after which a letter allows something for longer than once: a word
may begin with it, and a digit never begins one."""
_LASTING = ("prompt.session", "prompt.team", "prompt.project")
_COSTLY = frozenset({"report.continue", "report.restart"})


class PendingKey(NamedTuple):
    """A key that could be a command, until the program knows that no other key comes with it."""

    event: events.Key
    focused: Widget | None
    """Where the focus was."""
    text_seconds: float
    """Seconds in which a key behind it makes it text."""
    timer: Timer


class KeyDispatcher:
    """Sends keys to what has the focus, or moves the focus to the composer first."""

    def __init__(
        self,
        chat: "ChatScreen",
        *,
        run_binding: Callable[[events.Key], Awaitable[bool]],
        dispatch: Callable[[events.Key], Awaitable[None]],
    ) -> None:
        """Args:
        chat: Where the focus is, and the composer.
        run_binding: Does what a key is bound to here; says whether it is bound to anything.
        dispatch: Lets a key do what it does here: as a command, or sent to what has the focus.
        """
        self._chat = chat
        self._run_binding = run_binding
        self._dispatch = dispatch
        self._pending: PendingKey | None = None
        self._last_key_at = float("-inf")
        """When the last key came."""
        self._landing_timer: Timer | None = None
        """Runs while a letter in the composer may be meant for the landing block."""

    async def take_key(self, event: events.Key) -> None:
        """Decide whether a key is text, an answer or a command, and let it act."""
        self._forget_landing_key()
        if event.key != "enter":  # the one that sent the line may have been pressed twice
            self._chat.forget_input_error()
        together = event.time - self._last_key_at <= BURST_GAP
        self._last_key_at = event.time
        if self._pending is not None:
            together = await self._resolve_pending(self._pending, event) or together
        question = self._chat.keys.focused_question
        if question is not None and _is_text(event):
            if together or not _is_accepted(event, question):
                await self._write_to_draft(event)
            else:
                self._defer(event, LASTING_PAUSE if self._grants(event) else MIN_TYPING_GAP)
        elif event.is_printable and not self._is_for_text_field(event):
            self._defer(event, BURST_GAP)
        else:
            command = None if together else self._landing_command(event)
            await self._dispatch(event)
            if command is not None:
                self._await_pause(event, command)

    async def take_paste(self, event: events.Paste) -> None:
        """A paste comes: without a text field that has the focus it is the composer's."""
        self._last_key_at = event.time
        self._forget_landing_key()
        if self._pending is not None:
            await self._resolve_pending(self._pending, event)
        if self._chat.focused is None or not self._chat.focused.check_consume_key("a", "a"):
            self._chat.composer.take_focus_now()

    def _is_for_text_field(self, event: events.Key) -> bool:
        """Whether the key is a letter for a text field."""
        focused = self._chat.focused
        return focused is not None and focused.check_consume_key(event.key, event.character)

    def _grants(self, event: events.Key) -> bool:
        """Whether the key is a letter that would allow something for longer than once."""
        keys = self._chat.host.keymap_in_use.keys
        given = event.character or ""
        return given.isalpha() and any(event.key in keys.get(id, ()) for id in _LASTING)

    def _landing_command(self, event: events.Key) -> str | None:
        """The command for which the landing block names this key, while nothing is written."""
        chat = self._chat
        if not event.is_printable or not chat.composer.is_empty:
            return None
        offered = chat.keys.landing_commands
        if not offered:
            return None  # the first letter of a new session never waits for the keymap
        keys = chat.host.keymap_in_use.keys
        return next((id for id in offered if event.key in keys.get(id, ())), None)

    def _await_pause(self, event: events.Key, command: str) -> None:
        chat = self._chat
        pause = COSTLY_LANDING_PAUSE if command in _COSTLY else LANDING_PAUSE
        act = partial(self._run_landing_command, command, event.character or "")
        self._landing_timer = certain(chat.set_timer(pause, act))
        label = next(
            (each.label for each in chat.live_pane.landing_actions if each.command == command), ""
        )
        words = f"{label} in a moment · or type on"
        chat.show_brief_notice(words, pause)

    def _forget_landing_key(self) -> None:
        """Another key, or a paste: the letter before it is text."""
        if self._landing_timer is not None:
            self._landing_timer.stop()
            self._landing_timer = None
            self._chat.set_status(notice="")

    def _run_landing_command(self, command: str, letter: str) -> None:
        """Nothing followed the letter: take it back and run the command, if it is still there."""
        self._landing_timer = None
        chat = self._chat
        offered = chat.keys.landing_commands
        if chat.is_current and chat.composer.text == letter and command in offered:
            chat.composer.draft.start_next()
            chat.host.run_command(command)

    def _defer(self, event: events.Key, patience: float) -> None:
        timer = certain(self._chat.set_timer(patience, self._run_pending_soon))
        self._pending = PendingKey(event, self._chat.focused, patience, timer)

    def _run_pending_soon(self) -> None:
        """Run the pending key after the keys that have arrived already."""
        self._chat.app.call_later(self._run_pending, self._pending)

    async def _run_pending(self, held: PendingKey | None) -> None:
        if held is not None and held is self._pending:
            self._pending = None
            await self._run_or_write(held)

    async def _resolve_pending(self, held: PendingKey, event: events.Key | events.Paste) -> bool:
        """Another key came, or a paste; says whether the two of them are text."""
        self._pending = None
        held.timer.stop()
        if self._are_typed_text(held, event):
            await self._write_to_draft(held.event)
            return True
        await self._run_or_write(held)
        return False

    def _are_typed_text(self, held: PendingKey, event: events.Key | events.Paste) -> bool:
        gap = event.time - held.event.time
        if isinstance(event, events.Paste):
            return gap <= held.text_seconds
        if self._chat.keys.focused_question is None and event.key == held.event.key:
            return False  # a key held down, to move on
        return gap <= (held.text_seconds if _is_text(event) else BURST_GAP)

    async def _run_or_write(self, held: PendingKey) -> None:
        """Run what a single key is bound to here; a key bound to nothing goes into the draft."""
        question = self._chat.keys.focused_question
        here = self._chat.is_current and self._chat.focused is held.focused
        if (
            here
            and (question is None or _is_accepted(held.event, question))
            and await self._run_binding(held.event)
        ):
            return
        await self._write_to_draft(held.event)

    async def _write_to_draft(self, event: events.Key) -> None:
        """A letter goes into the draft; an Enter that was not meant for it goes nowhere."""
        if event.is_printable and self._chat.is_current:
            self._chat.composer.take_focus_now()
            await self._dispatch(event)


def _is_accepted(event: events.Key, question: "QuestionPrompt") -> bool:
    return question.accepts_key(event.key, age=max(0.0, get_time() - event.time))


def _is_text(event: events.Key) -> bool:
    """Whether a key is part of what people write."""
    return event.is_printable or event.key == "enter"
