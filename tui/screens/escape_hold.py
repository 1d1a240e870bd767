"""An Escape in doubt interrupts nothing until it is known that it was the key."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import events

from tui.widgets.input_guard import EscapeSettled, LoneEscape
from tui.widgets.status_line import INTERRUPTING

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


class EscapeHold:
    """Holds the Escape that would end work; one that only closes something acts at once."""

    def __init__(
        self, chat: "ChatScreen", dispatch: Callable[[events.Key], Awaitable[None]]
    ) -> None:
        """Args: dispatch: Lets a key do what it does in the chat."""
        self._chat = chat
        self._dispatch = dispatch
        self._held: LoneEscape | None = None
        self._activity = ""
        """What went on before the key."""

    def takes(self, event: events.Key) -> bool:
        """Whether the key goes no further now: it is in doubt, or was no key at all."""
        if not isinstance(event, LoneEscape) or event.pressed:
            return False
        if event.pressed is False:
            return True
        chat = self._chat
        if not chat.can_interrupt or chat.composer.is_list_open or chat.keys.is_writing_answer:
            return False
        self._held, self._activity = event, chat.status_report.status.activity
        if chat.keys.focused_question is None:
            chat.set_status(activity=INTERRUPTING)
        return True

    async def settle(self, message: EscapeSettled) -> None:
        """It is known what an Escape was: let it act, or forget it."""
        message.escape.pressed = message.pressed
        held, self._held = self._held, None
        if held is not message.escape:
            return
        if self._chat.status_report.status.activity == INTERRUPTING:
            self._chat.set_status(activity=self._activity)
        if message.pressed and self._chat.is_current:
            await self._dispatch(held)
