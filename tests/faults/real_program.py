"""The program as a user starts it, without a screen, and what it said."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tests.support.forked_program import ForkedProgram

ROOT = Path(__file__).parents[2]


def command() -> list[str]:
    """How to start the program.

    Safe from what lies in the folder it is started in, as the installed command is.
    """
    return [sys.executable, "-P", "-m", "tui.cli"]


@dataclass
class ProgramRun:
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


class Program:
    """The program while it runs: what the tests use of `asyncio.subprocess.Process`."""

    def __init__(
        self,
        process: ForkedProgram | subprocess.Popen[bytes],
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        self._process, self.stdout, self.stderr = process, stdout, stderr
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    async def wait(self) -> int:
        """The exit code, at the end."""
        return await asyncio.to_thread(self._process.wait)

    async def communicate(self) -> tuple[bytes, bytes]:
        """What it says from here to its end."""
        said = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        """Send a signal; does nothing once it has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


@asynccontextmanager
async def start_program(
    folder: Path, environment: Mapping[str, str], *arguments: str, fresh: bool = False
) -> AsyncIterator[Program]:
    """The program, running; killed at the end if it still does.

    Args:
        folder: Where it starts.
        environment: Its variables.
        arguments: The command line, without the name of the program.
        fresh: Whether an interpreter is started for it, which takes long to import it all.
    """
    process, out, err = _start(folder, {**environment, "PYTHONPATH": str(ROOT)}, arguments, fresh)
    program = Program(process, await _reader(out), await _reader(err))
    try:
        yield program
    finally:
        program.kill()
        await program.wait()


def _start(
    folder: Path, environment: dict[str, str], arguments: tuple[str, ...], fresh: bool
) -> tuple[ForkedProgram | subprocess.Popen[bytes], BinaryIO, BinaryIO]:
    """Start it; also returns what it says as output and as errors."""
    (out, said), (err, complained) = os.pipe(), os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    streams = (nothing, said, complained)
    try:
        process: ForkedProgram | subprocess.Popen[bytes]
        if fresh:
            process = subprocess.Popen(
                [*command(), *arguments],
                cwd=folder,
                env=environment,
                stdin=nothing,
                stdout=said,
                stderr=complained,
                start_new_session=True,
            )
        else:
            process = ForkedProgram(list(arguments), folder, environment, streams)
    finally:
        for stream in streams:
            os.close(stream)
    return process, os.fdopen(out, "rb"), os.fdopen(err, "rb")


async def _reader(said: BinaryIO) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 26)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, said)
    return reader


async def finish_program(process: Program, seconds: float) -> ProgramRun:
    """What a run with `--output-format stream-json` said from its start to its end.

    Raises:
        AssertionError: it does not end in time; with the last that it said.
    """
    said = ProgramRun(-1)
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
