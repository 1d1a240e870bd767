"""A server of this machine whose model says what a terminal test tells it to."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Queue
from threading import Thread

from tests.support.simulator import serve_simulator
from tui.simulator.scripted_model.model_input import ScriptedBlock


@contextmanager
def answering(*replies: Sequence[ScriptedBlock]) -> Iterator[str]:
    """The address of a server, on a thread of its own, whose model says `replies`."""
    address: Queue[str] = Queue()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with serve_simulator(*replies) as server:
            address.put(server.base_url)
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield address.get(timeout=30)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
