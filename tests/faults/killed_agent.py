"""Kills a process in which the agent works, at a moment that the process itself reports."""

import asyncio
import sys
from pathlib import Path

from tests.faults import agent_child
from tests.support.simulator import ServedSimulator


async def kill_mid_turn(
    home: Path,
    server: ServedSimulator,
    mode: str,
    line: str,
    *,
    later: float = 0.0,
    file: str = "session.db",
    prompt: str = "go",
) -> None:
    """Run a turn in a process and kill it `later` seconds after it printed `line`."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        agent_child.__file__,
        str(home),
        server.base_url,
        mode,
        prompt,
        file,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    async with asyncio.timeout(90):
        while (said := (await child.stdout.readline()).decode()) and not said.startswith(line):
            pass
    assert said, f"it never said {line}"
    await asyncio.sleep(later)
    child.kill()
    await child.wait()
