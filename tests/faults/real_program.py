"""The program as a user starts it, without a screen, and what it said."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def command() -> list[str]:
    """How to start the program.

    Safe from what lies in the folder it is started in, as the installed command is.
    """
    return [sys.executable, "-P", "-m", "tui.cli"]


@dataclass
class Said:
    """What a run printed."""

    code: int
    events: list[dict[str, Any]] = field(default_factory=list)
    """Of the session's log, in order."""
    result: dict[str, Any] = field(default_factory=dict)
    errors: str = ""
    """Its error output."""

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Events of one kind."""
        return [event for event in self.events if event["kind"] == kind]


@asynccontextmanager
async def started(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program, running; killed at the end if it still does."""
    process = await asyncio.create_subprocess_exec(
        *command(),
        *arguments,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 26,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def finished(process: asyncio.subprocess.Process, seconds: float) -> Said:
    """What a run with `--output-format stream-json` said from its start to its end.

    Raises:
        AssertionError: it does not end in time; with the last that it said.
    """
    assert process.stdout is not None and process.stderr is not None
    said = Said(-1)
    try:
        async with asyncio.timeout(seconds):
            async for line in process.stdout:
                item = json.loads(line)
                if item["type"] == "event":
                    said.events.append(item["event"])
                else:
                    said.result = item
            said.errors = (await process.stderr.read()).decode("utf-8", "replace")
            said.code = await process.wait()
    except TimeoutError:
        last = json.dumps(said.events[-1:])[:2_000]
        raise AssertionError(f"not over after {seconds:g} s; its last event: {last}") from None
    return said
