"""Siblings that share a prompt prefix: the first one's answer begins before another's request.

The prompt cache can be read from the moment on at which the answer begins that writes it (Messages
API, "prompt caching"). Agents that start together with the same system text and the same tools
would all pay for writing it; behind this gate one of them pays, and the others read.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class FirstAnswerGate:
    """Lets one request go first, and the others once its answer has begun.

    One gate for the siblings of one model and one prefix. If the first request ends before its
    answer begins (refused, broken off, interrupted), the one that waited longest goes first.
    Once open it stays open. All callers are on one event loop.

    Each sibling sends its requests inside `sending`:

        async with gate.sending() as answer_began:
            async for item in client.send(request):
                if isinstance(item, MessageStarted):
                    answer_began()
    """

    def __init__(self) -> None:
        self._first_underway = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.is_open = False
        """Whether an answer has begun: nobody waits any more."""

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Callable[[], None]]:
        """Wait until a request may be sent; inside, it is underway.

        Yields:
            What the caller calls when the answer begins; more calls do nothing.

        Raises:
            asyncio.CancelledError: the caller was cancelled; it has left the queue.
        """
        await self._wait()
        goes_first = not self.is_open
        try:
            yield self._open
        finally:
            if goes_first:
                self._pass_on()

    async def _wait(self) -> None:
        if self.is_open:
            return
        if not self._first_underway:
            self._first_underway = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:  # its turn had come in the same moment
                self._pass_on()
            raise

    def _open(self) -> None:
        self.is_open = True
        while self._waiting:
            _wake(self._waiting.popleft())

    def _pass_on(self) -> None:
        """The first request ended without an answer: the next one goes first."""
        if self.is_open:
            return
        self._first_underway = bool(self._waiting)
        if self._waiting:
            _wake(self._waiting.popleft())


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
