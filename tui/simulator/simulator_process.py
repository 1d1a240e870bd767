"""Starting the simulator as a process of its own, and ending it.

The process ends when its stdin closes, so it never outlives the program that started it,
even one that is killed.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui.child_environment import without_credentials
from tui.child_signals import kill_child
from tui.simulator.__main__ import TOKEN_VARIABLE

START_SECONDS = 20.0
"""How long it may take until the port is known."""
STOP_SECONDS = 3.0
"""How long it may take to end before it is killed."""
_ROOT = Path(__file__).resolve().parents[2]


class SimulatorStartError(Exception):
    """The simulator did not start.

    Args:
        reason: What it said, or what happened.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class SimulatorProcess:
    """A simulator that runs."""

    base_url: str
    token: str
    """The key to show."""
    process: asyncio.subprocess.Process
    _drain: "asyncio.Task[bytes] | None" = field(default=None, repr=False)

    def kill(self) -> None:
        """End it at once; `stop` then waits for that."""
        kill_child(self.process)

    async def stop(self) -> None:
        """End it; does nothing if it has ended."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.kill()
            await self.process.wait()
        if self._drain is not None:
            await asyncio.wait({self._drain}, timeout=STOP_SECONDS)


async def start_simulator(
    *,
    pace: float | None = 80.0,
    token: str | None = None,
    extra_args: Sequence[str] = (),
) -> SimulatorProcess:
    """Start a simulator on a free port and wait until it listens.

    Args:
        pace: Tokens generated a second; None means as fast as possible.
        token: The key clients must show; None makes a random one.
        extra_args: More of its command line.

    Raises:
        SimulatorStartError: It ended, or said nothing, before it listened.
    """
    token = token or secrets.token_urlsafe(24)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui.simulator",
        "--pace",
        "max" if pace is None else f"{pace:g}",
        *extra_args,
        # The first place Python looks for modules is this folder, never the user's project.
        cwd=_ROOT,
        env={
            **without_credentials(os.environ),
            TOKEN_VARIABLE: token,
            "PYTHONUNBUFFERED": "1",
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl+C in the terminal is for the program, which ends the simulator when it is done.
        start_new_session=True,
    )
    port = await _listening(process)
    assert process.stderr is not None
    drain = asyncio.ensure_future(_drained(process.stderr))
    return SimulatorProcess(f"http://127.0.0.1:{port}", token, process, drain)


async def _listening(process: asyncio.subprocess.Process) -> int:
    """The port, once it listens; a process that does not is ended."""
    try:
        return await asyncio.wait_for(_port(process), START_SECONDS)
    except (TimeoutError, SimulatorStartError, asyncio.CancelledError) as error:
        kill_child(process)
        await process.wait()
        if isinstance(error, TimeoutError):
            raise SimulatorStartError(f"it did not listen within {START_SECONDS:g} s") from None
        raise


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    assert process.stderr is not None
    line = await process.stdout.readline()
    try:
        return int(json.loads(line)["port"])
    except (ValueError, KeyError, TypeError):
        said = (await process.stderr.read()).decode(errors="replace").strip()
        raise SimulatorStartError(said.splitlines()[-1] if said else "it ended at once") from None


async def _drained(stream: asyncio.StreamReader) -> bytes:
    """Read on to the end, so that it never blocks; keeps the last bytes."""
    tail = b""
    while chunk := await stream.read(4096):
        tail = (tail + chunk)[-4096:]
    return tail
