"""The streaming message on its way to disk: a piece at least twice a second.

The saver writes what was on the screen for half a second even if nothing more arrives, so a kill at
any moment loses at most half a second of a message.
"""

import asyncio
from collections.abc import Awaitable, Callable

SAVE_INTERVAL = 0.4
"""How long a piece waits for more before all that waits is saved."""


class PartialSaver:
    """What has arrived of the streaming message and is not saved yet."""

    def __init__(self, save: Callable[[], Awaitable[None]]) -> None:
        """Args: save: called when it is time; it `take`s what waits and writes it."""
        self._save = save
        self._request = 0
        self._pieces: list[str] = []
        self._timer: asyncio.Task[None] | None = None

    def add(self, request: int, text: str) -> None:
        """Another piece of the message of this request arrived.

        Raises:
            StoreError: an earlier one could not be saved.
        """
        if self._timer is not None and self._timer.done():
            done, self._timer = self._timer, None
            done.result()
        self._request = request
        self._pieces.append(text)
        if self._timer is None:
            self._timer = asyncio.create_task(self._save_later())

    def take(self) -> tuple[int, str]:
        """Request and text of what waits; it waits no longer."""
        text = "".join(self._pieces)
        self._pieces.clear()
        return self._request, text

    async def stop(self) -> None:
        """The turn is over: nothing is saved any more."""
        soon, self._timer = self._timer, None
        self._pieces.clear()
        if soon is not None:
            soon.cancel()
            await asyncio.gather(soon, return_exceptions=True)

    async def _save_later(self) -> None:
        await asyncio.sleep(SAVE_INTERVAL)
        await self._save()
