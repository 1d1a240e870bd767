"""The tool `bash`: a command line in the project folder."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec

from tui.agent.sandbox.denial_hints import FinishedCommand, denial_hint
from tui.agent.sandbox.enforcement import Access
from tui.agent.sandbox.interface import CannotStart, RunningCommand
from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    hide_nothing,
    one_line,
    parse_input,
    tool_definition,
)
from tui.agent.tools.command_environment import command_variables
from tui.agent.tools.command_permission import command_permission
from tui.agent.tools.output_buffer import OutputBuffer
from tui.agent.tools.terminal_output import TerminalDecoder
from tui.session.events import JSON
from tui.settings.settings_schema import BASH_TIMEOUT

_REPORT_SECONDS = 0.04
"""Seconds between two reports of progress, at least."""
_PREVIEW_CHARACTERS = 4_000
"""Characters at the end of the output that a report of progress shows."""


class BashInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to run, and for how long."""

    command: str
    timeout: int | None = None
    """Seconds."""
    description: str = ""
    access: Access = "inside"


class BashTool:
    """Runs a command line, and ends everything it started when told to stop."""

    name = "bash"
    reads_only = False
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Run a shell command in the project folder. No input, no terminal; each call starts "
        "in the same folder. Prefer read, grep, glob and edit for files. Long output is cut "
        "in the middle. Commands run in a sandbox: they read the project and the toolchain, "
        "write the project and $TMPDIR, and have no network. What a command leaves running "
        "becomes a job.",
        {
            "command": {"type": "string"},
            "timeout": {
                "type": "integer",
                "description": f"Seconds; default {BASH_TIMEOUT}, most 600.",
            },
            "description": {"type": "string", "description": "What it does, in a few words."},
            "access": {
                "type": "string",
                "enum": ["inside", "network", "outside"],
                "description": "What it may reach: the sandbox (default), the sandbox with "
                "the network, or no sandbox. The user may be asked.",
            },
        },
        ("command",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Say what the command would want."""
        args = parse_input(input, BashInput)
        most = env.limits.max_command_seconds
        if not args.command.strip() or "\0" in args.command:
            raise ToolError("The command is empty or holds a NUL byte.")
        if args.timeout is not None and not 1 <= args.timeout <= most:
            raise ToolError(f"timeout is between 1 and {most:g} seconds.")
        return PreparedCall(
            name=self.name,
            subject=one_line(args.command),
            reads_only=False,
            permission=command_permission(args.command, args.access, env),
            arguments=args,
            path=env.folder,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Run it until it ends, its time is over, or the call is cancelled."""
        args: BashInput = call.arguments
        seconds = args.timeout or env.limits.command_seconds
        output = CommandOutput(env, progress)
        if env.sandbox.enforcement.masks and args.access != "outside":
            env.sandbox.mask(await _denied_files(env))
        try:
            command = await env.sandbox.start(
                args.command,
                folder=env.folder,
                environment=command_variables(env.variables),
                on_output=output.feed,
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
                job = await _keep_as_job(args.command, command, env)
        except TimeoutError:
            late = seconds
            await command.kill(env.limits.kill_seconds)
        except asyncio.CancelledError:
            await command.kill(env.limits.kill_seconds)
            raise
        finally:
            command.close()
            output.close()
        outcome = _outcome(output.text(), command, late, job)
        hint = await _denial_hint(args, outcome, env)
        return replace(outcome, content=f"{outcome.content}\n[{hint}]") if hint else outcome


async def _denial_hint(args: BashInput, outcome: ToolOutcome, env: ToolEnvironment) -> str:
    """What to say where the sandbox seems to have stopped a command."""
    held, policy = env.sandbox.enforcement, env.sandbox.policy_for(args.access)
    if policy is None:
        return ""
    tried = FinishedCommand(
        command_line=args.command,
        output=outcome.content,
        failed=outcome.is_error,
        access=args.access,
        folder=env.folder,
        home=Path(env.variables.get("HOME") or Path.home()),
    )
    return await asyncio.to_thread(denial_hint, tried, held, policy)


async def _denied_files(env: ToolEnvironment) -> tuple[Path, ...]:
    """The files of the project that are to be hidden from a command."""
    if env.is_hidden is hide_nothing:
        return ()
    return await asyncio.to_thread(env.denied_files.find, env.folder, env.is_hidden)


async def _keep_as_job(line: str, command: RunningCommand, env: ToolEnvironment) -> str:
    """Make a job of what a command left running; returns a note for the model."""
    number = env.jobs.next_number()
    file = None
    if command.has_output_pipe and env.scratch_folder is not None:
        file = env.scratch_folder / f"job-{number}-{secrets.token_hex(4)}.txt"
    try:
        if not await command.keep_running(file, env.limits.saved_bytes):
            return ""
    except OSError:  # a full disk costs the copy, not the job
        file = None
        if not await command.keep_running(None, 0):
            return ""
    job = env.jobs.add(line, command, file)
    where = f"; what it prints from now on goes to {file}" if file else ""
    pids = f" (processes {', '.join(map(str, job.processes[:5]))})" if job.processes else ""
    return f"job {job.number} still runs{pids}{where}; see the tool jobs"


class CommandOutput:
    """Passes on what a command printed so far, no faster than a person can look at it."""

    def __init__(self, env: ToolEnvironment, progress: ProgressCallback) -> None:
        name = f"output-{secrets.token_hex(4)}.txt"
        file = env.scratch_folder / name if env.scratch_folder else None
        self._buffer = OutputBuffer(env.limits.output_characters, env.limits.saved_bytes, file)
        self._decoder = TerminalDecoder()
        self._redactor = env.redactor.for_stream()
        self._progress = progress
        self._report_timer: asyncio.TimerHandle | None = None
        self._call_later: Callable[..., asyncio.TimerHandle] = asyncio.get_running_loop().call_later

    def feed(self, data: bytes) -> None:
        """Take what the command wrote."""
        self._buffer.add(self._redactor.feed(self._decoder.feed(data)).text)
        if self._report_timer is None:
            self._report_timer = self._call_later(_REPORT_SECONDS, self._report)

    def close(self) -> None:
        """The command ended: write the rest to the buffer and pass on nothing more."""
        self._buffer.add(self._redactor.feed(self._decoder.close(), more=False).text)
        self._buffer.close()
        if self._report_timer is not None:
            self._report_timer.cancel()

    def text(self) -> str:
        """The result, cut to size."""
        return self._buffer.text()

    def _report(self) -> None:
        self._report_timer = None
        self._progress(
            (self._buffer.tail_text(_PREVIEW_CHARACTERS) + self._decoder.open_line)[
                -_PREVIEW_CHARACTERS:
            ]
        )


def _outcome(text: str, command: RunningCommand, late: float | None, job: str) -> ToolOutcome:
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
    summary = f"stopped after {late:g} s" if late is not None else _exit_words(code)
    return ToolOutcome(content=said, status="error" if failed else "done", summary=summary)


def _exit_words(code: int | None) -> str:
    return f"signal {-code}" if code and code < 0 else f"exit {code}"
