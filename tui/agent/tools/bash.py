"""The tool `bash`: a command line in the project folder."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec

from tui.agent.sandbox.enforcement import Access
from tui.agent.sandbox.interface import CannotStart, Command
from tui.agent.sandbox.refusals import Tried, refusal
from tui.agent.shell.needs import command_need
from tui.agent.tools.base import (
    Call,
    Outcome,
    Progress,
    ToolError,
    World,
    arguments,
    nothing,
    one_line,
    schema,
)
from tui.agent.tools.environment import for_commands
from tui.agent.tools.normal import Normaliser
from tui.agent.tools.spool import Spool
from tui.session.events import JSON

_EVERY = 0.04
"""Seconds between two reports of progress, at least."""
_WATCHED = 4_000
"""Characters at the end of the output that a report of progress shows."""


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to run, and for how long."""

    command: str
    timeout: int | None = None
    """Seconds."""
    description: str = ""
    access: Access = "inside"


class Bash:
    """Runs a command line, and ends everything it started when told to stop."""

    name = "bash"
    reads_only = False
    definition: ClassVar[JSON] = {
        "name": "bash",
        "description": (
            "Run a shell command in the project folder. No input, no terminal; each call starts "
            "in the folder anew. Prefer read, grep, glob and edit for files. Long output is cut "
            "in the middle. Commands run in a sandbox: they read the project and the toolchain, "
            "write the project and $TMPDIR, and have no network. What a command leaves running "
            "becomes a job."
        ),
        "input_schema": schema(
            {
                "command": {"type": "string"},
                "timeout": {"type": "integer", "description": "Seconds; default 120, most 600."},
                "description": {"type": "string", "description": "What it does, in a few words."},
                "access": {
                    "type": "string",
                    "enum": ["inside", "network", "outside"],
                    "description": "What it may reach: the sandbox (default), the sandbox with "
                    "the network, or no sandbox. The user may be asked.",
                },
            },
            ("command",),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Say what the command would want."""
        args = arguments(input, Input)
        most = world.limits.command_seconds_most
        if not args.command.strip() or "\0" in args.command:
            raise ToolError("The command is empty or holds a NUL byte.")
        if args.timeout is not None and not 1 <= args.timeout <= most:
            raise ToolError(f"timeout is between 1 and {most:g} seconds.")
        return Call(
            name=self.name,
            subject=one_line(args.command),
            reads_only=False,
            need=command_need(args.command, args.access, world),
            arguments=args,
            path=world.folder,
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Run it until it ends, its time is over, or the call is cancelled."""
        args: Input = call.arguments
        seconds = args.timeout or world.limits.command_seconds
        output = Output(world, progress)
        if world.sandbox.enforcement.masks and args.access != "outside":
            world.sandbox.mask(await _denied(world))
        try:
            command = await world.sandbox.start(
                args.command,
                folder=world.folder,
                environment=for_commands(world.environment),
                hear=output.hear,
                access=args.access,
            )
        except CannotStart as error:
            raise ToolError(f"The command could not be started: {error}.") from error
        late = None
        job = ""
        try:
            async with asyncio.timeout(seconds):
                await command.wait()
            if command.left_behind:
                job = await _kept(args.command, command, world)
        except TimeoutError:
            late = seconds
            await command.kill(world.limits.kill_seconds)
        except asyncio.CancelledError:
            await command.kill(world.limits.kill_seconds)
            raise
        finally:
            command.close()
            output.close()
        outcome = _outcome(output.text(), command, late, job)
        hint = await _refusal(args, outcome, world)
        return replace(outcome, content=f"{outcome.content}\n[{hint}]") if hint else outcome


async def _refusal(args: Input, outcome: Outcome, world: World) -> str:
    """What to say where the sandbox seems to have stopped a command."""
    held, policy = world.sandbox.enforcement, world.sandbox.reach(args.access)
    if policy is None:
        return ""
    tried = Tried(
        line=args.command,
        output=outcome.content,
        failed=outcome.is_error,
        access=args.access,
        folder=world.folder,
        home=Path(world.environment.get("HOME") or Path.home()),
    )
    return await asyncio.to_thread(refusal, tried, held, policy)


async def _denied(world: World) -> tuple[Path, ...]:
    """The files of the project that are to be hidden from a command."""
    if world.hides is nothing:
        return ()
    return await asyncio.to_thread(world.denied.list, world.folder, world.hides)


async def _kept(line: str, command: Command, world: World) -> str:
    """Make a job of what a command left running; returns a note for the model."""
    number = world.jobs.next_number()
    file = None
    if command.prints and world.scratch is not None:
        file = world.scratch / f"job-{number}-{secrets.token_hex(4)}.txt"
    try:
        if not await command.keep(file, world.limits.saved):
            return ""
    except OSError:  # a full disk costs the copy, not the job
        file = None
        if not await command.keep(None, 0):
            return ""
    job = world.jobs.add(line, command, file)
    where = f"; what it prints from now on goes to {file}" if file else ""
    pids = f" (processes {', '.join(map(str, job.processes[:5]))})" if job.processes else ""
    return f"job {job.number} still runs{pids}{where}; see the tool jobs"


class Output:
    """What a command has said so far, passed on no faster than can be looked at."""

    def __init__(self, world: World, progress: Progress) -> None:
        name = f"output-{secrets.token_hex(4)}.txt"
        file = world.scratch / name if world.scratch else None
        self._spool = Spool(world.limits.output, world.limits.saved, file)
        self._lines = Normaliser()
        self._redactor = world.redactor.stream()
        self._progress = progress
        self._soon: asyncio.TimerHandle | None = None
        self._later: Callable[..., asyncio.TimerHandle] = asyncio.get_running_loop().call_later

    def hear(self, data: bytes) -> None:
        """Take what the command wrote."""
        self._spool.add(self._redactor.feed(self._lines.feed(data)).text)
        if self._soon is None:
            self._soon = self._later(_EVERY, self._report)

    def close(self) -> None:
        """No more comes."""
        self._spool.add(self._redactor.feed(self._lines.close(), more=False).text)
        self._spool.close()
        if self._soon is not None:
            self._soon.cancel()

    def text(self) -> str:
        """The result, cut to size."""
        return self._spool.text()

    def _report(self) -> None:
        self._soon = None
        self._progress((self._spool.last(_WATCHED) + self._lines.open_line)[-_WATCHED:])


def _outcome(text: str, command: Command, late: float | None, job: str) -> Outcome:
    notes = []
    code = command.exit_code
    if late is not None:
        notes.append(f"stopped: still running after {late:g} s")
    elif code:
        notes.append(f"killed by signal {-code}" if code < 0 else f"exit code {code}")
    if job:
        notes.append(job)
    body = text if text.strip() else "(no output)"
    said = f"{body.rstrip()}\n[{'; '.join(notes)}]" if notes else body.rstrip("\n")
    failed = late is not None or bool(code)
    summary = f"stopped after {late:g} s" if late is not None else _ended(code)
    return Outcome(content=said, outcome="error" if failed else "done", summary=summary)


def _ended(code: int | None) -> str:
    return f"signal {-code}" if code and code < 0 else f"exit {code}"
