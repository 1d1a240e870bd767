"""Which Enters are on their way: the screen does not have their prompt yet.

A key reaches the draft, and what it sends reaches the screen, through the queues of the widgets
between them. A key that comes meanwhile and means something else there waits here: an Escape
interrupts what the Enter sent, an arrow moves in the panel that it opened.
"""

from collections.abc import Awaitable, Callable

from textual.message_pump import MessagePump
from textual.screen import Screen


class EnterDelivery:
    """Follows each Enter until the screen has what it sent."""

    def __init__(self) -> None:
        self._count = 0
        self._waiting: list[Callable[[], Awaitable[object]]] = []

    @property
    def is_pending(self) -> bool:
        """Whether an Enter is on its way: the screen does not know yet what it sends."""
        return self._count > 0

    @property
    def is_holding(self) -> bool:
        """Whether something waits for an Enter: what comes later has to wait behind it."""
        return bool(self._waiting)

    def follow(self, sender: MessagePump, above: MessagePump | None) -> None:
        """Follow what `sender` is about to get or has just posted, up from `above`."""
        self._count += 1
        sender.call_later(self._pass, above)

    def call_afterwards(self, act: Callable[[], Awaitable[object]]) -> None:
        """Call `act` when the screen has what the Enter sent that is on its way."""
        self._waiting.append(act)

    def _pass(self, node: MessagePump) -> None:
        """Go the way of a message that bubbles, from widget to widget; it waits in each queue."""
        above = None if isinstance(node, Screen) else node._parent
        if above is None:
            node.call_later(self._arrive)
        else:
            node.call_later(self._pass, above)

    async def _arrive(self) -> None:
        self._count -= 1
        while self._waiting and not self._count:
            await self._waiting[0]()
            self._waiting.pop(0)
