"""One measured run: the program itself, without a screen, in a copy of the project."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

from tui.child_environment import for_own_program, without_credentials
from tui.measuring.measurement import MeasuredTask, MeasurePlan

FINISHED = "completed"
END_SECONDS = 30.0
"""What a run that is told to end may take to close its session."""


class Lifelines:
    """The pipes that keep runs going, see `tui.input_watch`: a run ends when its pipe closes."""

    def __init__(self) -> None:
        self._held: list[BinaryIO] = []

    @contextmanager
    def hold(self) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """A pipe: what the run gets as standard input, and the end that keeps it going."""
        source, sink = os.pipe()
        with os.fdopen(source, "rb") as read, os.fdopen(sink, "wb") as held:
            self._held.append(held)
            yield read, held

    def end_all(self) -> None:
        """End all runs in order; from any thread."""
        for held in self._held:
            held.close()


def run_once(
    plan: MeasurePlan,
    prompt: int,
    n: int,
    folder: Path,
    seconds: float,
    *,
    lifelines: Lifelines | None = None,
) -> MeasuredTask:
    """Run a prompt in a copy, and its check.

    Args:
        plan: What is measured.
        prompt: The place of the prompt, from 0.
        n: The number of the run, from 0.
        folder: The copy.
        seconds: What a run may take before it is ended; it counts as cut then.
        lifelines: Ends it before that, if need be.
    """
    command = [sys.executable, "-m", "tui.cli", "-p", "--output-format", "json"]
    command += ["--budget", "off", "--permission-mode", plan.mode, "--ends-with-input"]
    command += ["--copy-of", plan.folder] if plan.folder else []
    for option, value in (("--model", plan.model), ("--effort", plan.effort)):
        command += [option, value] if value else []
    command += ["--trust"] if plan.trust else []
    command += ["--simulate", "--pace", "max"] if plan.simulate else []
    command += ["--", plan.prompts[prompt]]
    result = _result(_output(command, folder, plan.run_limit, seconds, lifelines or Lifelines()))
    if not result:
        result = {"end": {"reason": "interrupted"}}
    end = str(_get(result, "end", "reason") or "error")
    check = _check(plan.check, folder, seconds) if plan.check else None
    spend = _get(result, "meters", "charged")
    taken = _get(result, "meters", "working_seconds")
    return MeasuredTask(
        prompt=prompt,
        n=n,
        spend=spend if isinstance(spend, int) else 0,
        finished=end == FINISHED and check is not False,
        end=end,
        dollars=_decimal(_get(result, "meters", "billed", "dollars")),
        seconds=float(taken) if isinstance(taken, int | float) else 0.0,
        check=check,
        sentence="" if spend else str(_get(result, "end", "sentence") or ""),
    )


def _output(
    command: Sequence[str], folder: Path, dollars: Decimal, seconds: float, lifelines: Lifelines
) -> bytes:
    """What the program prints. It ends with this process, or when its time is over.

    Args:
        command: How to start it.
        folder: Where.
        dollars: The hard limit of its session.
        seconds: What it may take.
        lifelines: Make the pipe that it gets as standard input.
    """
    with lifelines.hold() as (read, held):
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=for_own_program(os.environ, GLIDESLOPE_LIMITS_DOLLARS=str(dollars)),
            stdin=read,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        read.close()
        with process:
            for allowed in (seconds, END_SECONDS):
                with suppress(subprocess.TimeoutExpired):
                    return process.communicate(timeout=allowed)[0]
                held.close()
            process.kill()
            return process.communicate()[0]


def _result(output: bytes) -> dict[str, Any]:
    """The last JSON object that the program printed."""
    for line in reversed(output.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _get(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def _check(command: str, folder: Path, seconds: float) -> bool:
    """Whether the user's own check passes in the copy."""
    shell = ("cmd", "/c") if os.name == "nt" else ("/bin/sh", "-c")
    try:
        done = subprocess.run(
            [*shell, command],
            cwd=folder,
            env=without_credentials(os.environ),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
