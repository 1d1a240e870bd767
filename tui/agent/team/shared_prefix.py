"""Agents begin one behind the other, so that they read the prompt cache of the first.

All agents of a session send the same system text and tools. An entry of the prompt cache can be
read from the moment at which the answer of the request that wrote it begins (Messages API, "prompt
caching"): requests sent before that all pay for writing it.
"""

import asyncio


class _Turnstile:
    """Opens when the first agent's answer has begun."""

    def __init__(self, first: str) -> None:
        self.first = first
        self._open = asyncio.Event()

    def open(self) -> None:
        """Let all through."""
        self._open.set()

    async def wait_as(self, agent: str) -> None:
        """Return at once for the first agent, for the others when it is open."""
        if agent != self.first:
            await self._open.wait()


class PrefixTurn:
    """An agent's turn to send its first request."""

    def __init__(self, turnstile: _Turnstile, agent: str) -> None:
        self._turnstile, self._agent = turnstile, agent

    async def wait(self) -> None:
        """Wait until its first request finds the prefix in the cache, or is to write it."""
        await self._turnstile.wait_as(self._agent)


class SharedPrefix:
    """Who writes the prefix of each model, and whether it can be read yet."""

    def __init__(self) -> None:
        self._turnstiles: dict[str, _Turnstile] = {}

    def of(self, model: str, agent: str) -> PrefixTurn:
        """The turn of an agent; the first of a model goes ahead."""
        turnstile = self._turnstiles.setdefault(model, _Turnstile(agent))
        return PrefixTurn(turnstile, agent)

    def ready(self, model: str, agent: str) -> None:
        """An agent's answer began, or it ended: whoever waits for it goes on."""
        turnstile = self._turnstiles.get(model)
        if turnstile is not None and turnstile.first == agent:
            turnstile.open()
