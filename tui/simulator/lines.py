"""The connections of the server, so that a fault can cut one."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class Lines:
    """Open connections by the address of the client."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}

    def opened(self, address: Address, transport: asyncio.Transport) -> None:
        """A client connected."""
        self._open[address] = transport

    def closed(self, address: Address) -> None:
        """A connection is gone."""
        self._open.pop(address, None)

    def cut(self, address: Address) -> None:
        """Close a connection at once; what is still to be sent is lost."""
        transport = self._open.get(address)
        if transport is not None:
            transport.abort()

    def protocol(self) -> type[H11Protocol]:
        """The HTTP protocol that keeps this book."""
        lines = self

        class Line(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                if self.client is not None:
                    lines.opened(self.client, transport)

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    lines.closed(self.client)
                super().connection_lost(exc)

        return Line
