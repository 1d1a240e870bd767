"""Running the simulator in a process of its own, until someone says it is enough."""

import asyncio
import json
import logging
import socket
import sys
import threading
from dataclasses import replace

import uvicorn

from tui.simulator.connections import Connections
from tui.simulator.routes import create_app
from tui.simulator.simulator_config import SimulatorConfig

HOST = "127.0.0.1"
KEEP_ALIVE = 600
"""Seconds an idle connection is kept; people think longer than programs."""


def serve(config: SimulatorConfig, port: int, *, foreground: bool) -> int:
    """Serve until stdin closes, or in the foreground until a signal comes.

    Prints one line of JSON, `{"port": N}`, once it listens; in the foreground also, for
    people, how clients find it.

    Args:
        config: The simulator.
        port: The port; 0 takes a free one.
        foreground: Do not watch stdin.

    Returns:
        The exit code.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on: every answer then waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        print(f"Cannot listen on port {port}: {error.strerror}.", file=sys.stderr)
        return 1
    with listener:
        asyncio.run(_serve(config, listener, foreground))
    return 0


async def _serve(config: SimulatorConfig, listener: socket.socket, foreground: bool) -> None:
    lines = Connections()
    app = create_app(replace(config, hang_up=lines.cut_connection))
    # What it has to say goes into responses; a log would disturb the terminal it came from.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=lines.protocol(),
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=1,
        )
    )
    if not foreground:
        threading.Thread(target=_watch_stdin, args=(server,), daemon=True).start()
    listener.listen(128)
    port = listener.getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    if foreground:
        key = "the key it was given" if config.token else "any key"
        print(
            f"The simulator listens: ANTHROPIC_BASE_URL=http://{HOST}:{port} and {key} lead "
            "clients to it. Ctrl+C ends it.",
            file=sys.stderr,
            flush=True,
        )
    await server.serve(sockets=[listener])


def _watch_stdin(server: uvicorn.Server) -> None:
    """End with the program that started us, however it ends."""
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True
    server.force_exit = True
