"""The simulator in the process of a test: the real one on a real socket, started in no time.

As a process of its own it takes half a second to start, which a whole folder of tests cannot
spend each time; the terminal tests start it that way.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import replace

import uvicorn

from tui.simulator.connections import Connections
from tui.simulator.routes import create_app
from tui.simulator.simulator_config import SimulatorConfig


class InProcessSimulator:
    """A simulator in the event loop of the test, used in place of a `SimulatorProcess`."""

    def __init__(self, server: uvicorn.Server, listener: socket.socket, token: str) -> None:
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.token = token
        self._server = server
        self._listener = listener

    def kill(self) -> None:
        """Serve nobody any more."""
        server = self._server
        for part in [*server.servers, *server.server_state.connections]:
            part.close() if isinstance(part, asyncio.AbstractServer) else part.shutdown()
        self._listener.close()

    async def stop(self) -> None:
        """End; does nothing if it has ended."""
        self.kill()


async def start_in_process(
    *, pace: float | None = None, token: str | None = None, extra_args: Sequence[str] = ()
) -> InProcessSimulator:
    """Like `tui.simulator.simulator_process.start_simulator`."""
    assert token is not None and not extra_args
    connections = Connections()
    app = create_app(
        replace(SimulatorConfig(token=token, pace=pace), hang_up=connections.cut_connection)
    )
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    given = uvicorn.Config(
        app,
        http=connections.protocol(),
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
    )
    given.load()
    server = uvicorn.Server(given)
    server.lifespan = given.lifespan_class(given)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    await server.startup(sockets=[listener])
    return InProcessSimulator(server, listener, token)
