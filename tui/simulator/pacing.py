"""Sending a stream at the pace of a model."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from tui.simulator.server_sent_events import PING, StreamStep

PING_SECONDS = 5.0
"""Silence after which a ping is sent."""
_BATCH = 16
"""Events sent together when there is no pace to keep."""
_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


@dataclass(frozen=True, slots=True)
class PacedResponse:
    """An HTTP response that plays a stream."""

    steps: Iterable[StreamStep]
    """What happens."""
    headers: dict[str, str]
    pace: float | None
    """Tokens a second; None sends as fast as possible."""
    delay: float = 0.0
    """Seconds before the first event, as a model needs to read its prompt."""
    heard: Callable[[StreamStep], None] = lambda step: None
    """Told the tokens of each step before it is sent."""
    hang_up: Callable[[], None] = lambda: None
    """Closes the connection at once."""
    stall: float = 3600.0
    """Seconds a stall lasts."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Play to one client; ends early if it goes away."""
        headers = {**_HEADERS, **self.headers}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            if await self._play(send, gone):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def _play(self, send: Send, gone: "asyncio.Future[None]") -> bool:
        """Whether the stream came to its end."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self.delay
        batch: list[bytes] = []
        for step in self.steps:
            if self.pace is not None:
                due += step.tokens / self.pace
                await self._wait(due - loop.time(), send, gone)
            if gone.done():
                return False
            self.heard(step)
            if step.act == "send":
                batch.append(step.data)
            if batch and (self.pace is not None or len(batch) >= _BATCH or step.act != "send"):
                await _send(send, batch)
            if step.act == "stall":
                await self._wait(self.stall, send, gone, ping=False)
            elif step.act == "cut":
                self.hang_up()
                return False
        await _send(send, batch)
        return True

    async def _wait(
        self, seconds: float, send: Send, gone: "asyncio.Future[None]", *, ping: bool = True
    ) -> None:
        while seconds > PING_SECONDS and ping and not gone.done():
            await asyncio.wait({gone}, timeout=PING_SECONDS)
            await _send(send, [PING.data])
            seconds -= PING_SECONDS
        if seconds > 0.002:
            await asyncio.wait({gone}, timeout=seconds)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, batch: list[bytes]) -> None:
    body = b"".join(batch)
    batch.clear()
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        # A fast stream must not keep other clients waiting.
        await asyncio.sleep(0)
