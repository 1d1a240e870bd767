"""Siblings that share a prompt prefix: the first one's answer begins before another's request.

All agents of a session send the same system text and tools. An entry of the prompt cache can be
read from the moment on at which the answer begins of the request that wrote it (Messages API,
"prompt caching"). Agents that start together would all pay for writing it; behind this gate one
of them pays, and the others read.
"""

import asyncio


class FirstAnswerGate:
    """Lets one agent go first, and the others once its answer has begun.

    One gate for the siblings of one model. If the first agent ends before its answer begins
    (refused, broken off, interrupted), the one that waited longest goes first. Once open it stays
    open. All callers are on one event loop.
    """

    def __init__(self) -> None:
        self._first = ""
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self.is_open = False
        """Whether an answer has begun: nobody waits any more."""

    async def wait(self, agent: str) -> None:
        """Wait until an agent may send its first request; `ended` has to follow.

        Args:
            agent: Its name; no two siblings have the same.

        Raises:
            asyncio.CancelledError: the caller was cancelled; it has left the queue.
        """
        if self.is_open:
            return
        if not self._first:
            self._first = agent
            return
        turn = self._waiting[agent] = asyncio.get_running_loop().create_future()
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting.pop(agent, None)
            self.ended(agent)  # its turn may have come in the same moment
            raise

    def answer_began(self) -> None:
        """An answer began; more calls do nothing."""
        self.is_open = True
        while self._waiting:
            self._wake_next()

    def ended(self, agent: str) -> None:
        """An agent ended; if its answer never began, the next one goes first."""
        if not self.is_open and agent == self._first:
            self._first = next(iter(self._waiting), "")
            if self._first:
                self._wake_next()

    def _wake_next(self) -> None:
        turn = self._waiting.pop(next(iter(self._waiting)))
        if not turn.done():
            turn.set_result(None)
