"""The connections of the server, so that a fault can cut one."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]

IDLE_SECONDS = 60.0
"""Seconds a client may take from the first byte of a request, or from connecting, to its end."""
MOST_CONNECTIONS = 200
"""Connections at a time; a client has a handful."""


class Connections:
    """Open connections by the address of the client."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}
        self._waiting: dict[asyncio.Transport, None] = {}
        """Connections on which a request is awaited, the longest first."""

    def opened(self, address: Address, transport: asyncio.Transport) -> None:
        """A client connected."""
        self._open[address] = transport

    def closed(self, address: Address) -> None:
        """A connection is gone."""
        self._open.pop(address, None)

    def cut_connection(self, address: Address) -> None:
        """Close a connection at once, without sending the rest."""
        transport = self._open.get(address)
        if transport is not None:
            transport.abort()

    def protocol(
        self, patience: float = IDLE_SECONDS, most: int = MOST_CONNECTIONS
    ) -> type[H11Protocol]:
        """The HTTP protocol that keeps this book.

        Args:
            patience: Seconds a client may take to send a whole request.
            most: Connections at a time.
        """
        lines = self

        class CuttableProtocol(H11Protocol):
            _late: asyncio.TimerHandle | None = None

            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                if len(lines._open) >= most:
                    # The one that has waited longest makes room: whoever sends is served.
                    next(iter(lines._waiting), transport).abort()
                if self.client is not None:
                    lines.opened(self.client, transport)
                self._await_request()

            def data_received(self, data: bytes) -> None:
                if self._late is None and self._is_idle():
                    self._await_request()
                super().data_received(data)
                if self._late is not None and not self._is_idle():
                    self._stop_waiting()

            def connection_lost(self, exc: Exception | None) -> None:
                self._stop_waiting()
                if self.client is not None:
                    lines.closed(self.client)
                super().connection_lost(exc)

            def _is_idle(self) -> bool:
                """Whether no whole request was received that is not answered yet."""
                return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

            def _await_request(self) -> None:
                """Hang up on a client that begins a request and does not end it."""
                self._late = self.loop.call_later(patience, self.transport.abort)
                lines._waiting[self.transport] = None

            def _stop_waiting(self) -> None:
                if self._late is not None:
                    self._late.cancel()
                self._late = None
                lines._waiting.pop(self.transport, None)

        return CuttableProtocol
