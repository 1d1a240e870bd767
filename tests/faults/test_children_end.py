"""What commands left running ends with the program, however the program ends.

The children carry a mark in their arguments and are looked for in `/proc`: one in its own
session, one that ignores the signals of a closed terminal, one twice forked, one that closed
everything it inherited, one that would not end when asked to.
"""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.real_program import Program, start_program
from tests.support.simulator import TOKEN, serve_simulator
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

SOON = 2.0
"""Seconds in which everything must have ended."""
DAEMON = """
import os, signal, sys
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.closerange(0, 256)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
os.execvp("sleep", [sys.argv[1], "600"])
"""
LEFT = (
    "exec -a @MARK-plain sleep 600 &",
    "setsid bash -c 'exec -a @MARK-session sleep 600' &",
    "nohup bash -c 'exec -a @MARK-nohup sleep 600' > /dev/null 2>&1 & disown",
    "(trap '' TERM HUP INT; exec -a @MARK-deaf sleep 600) > /dev/null 2>&1 &",
    "(setsid setsid bash -c '(exec -a @MARK-orphan sleep 600 &)' &)",
    "python daemon.py @MARK-daemon",
    "env -i /bin/bash -c 'exec -a @MARK-bare sleep 600' > /dev/null 2>&1 &",
)
"""Each leaves one process behind."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def marked(mark: str) -> dict[str, int]:
    """Process ids of those whose name, their first argument, begins with `mark`."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name = (folder / "cmdline").read_bytes().split(b"\0")[0].decode("latin-1")
            if name.startswith(mark):
                found[name.removeprefix(mark)] = int(folder.name)
    return found


def alive_after(mark: str, seconds: float) -> set[str]:
    """What is left of them when none is, or the time is over."""
    end = time.monotonic() + seconds
    while (left := set(marked(mark))) and time.monotonic() < end:
        time.sleep(0.02)
    return left


@pytest.fixture
def mark() -> Iterator[str]:
    """What the names of a test's processes begin with; none of them outlives the test."""
    made = f"left-{secrets.token_hex(6)}"
    yield made
    for pid in marked(made).values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def all_live(file: Path, mark: str) -> bool:
    """Whether the last command runs and nothing of what was left is missing."""
    return file.exists() and len(marked(mark)) == len(LEFT)


async def until_ready(file: Path, mark: str, program: Program) -> None:
    """Wait until the last command runs and all that was left lives.

    Raises:
        AssertionError: it never comes so far; with what the program said.
    """
    end = time.monotonic() + 60
    while not await asyncio.to_thread(all_live, file, mark):
        if program.returncode is not None or time.monotonic() > end:
            program.kill()
            out, err = await program.communicate()
            raise AssertionError(f"it never came so far: {out.decode()[-3000:]} {err.decode()}")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("ending", ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "finished"])
async def test_everything_that_commands_left_running_ends_with_the_program(
    tmp_path: Path, mark: str, ending: str
):
    (tmp_path / "daemon.py").write_text(DAEMON)
    lines = [line.replace("@MARK", mark) for line in LEFT]
    waits = "touch ready; for i in $(seq 3000); do test -e go && exit; sleep 0.02; done"
    lines = ["for p in $PPID /proc/$PPID/task/*; do kill -9 ${p##*/}; done", *lines, waits]
    calls = [ScriptedToolUse("bash", {"command": line}) for line in lines]
    async with serve_simulator(calls, (ScriptedText("Done."),)) as server:
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(tmp_path / "home"),
            "ANTHROPIC_API_KEY": TOKEN,
            "ANTHROPIC_BASE_URL": server.base_url,
        }
        (tmp_path / "home").mkdir()
        arguments = ("--permission-mode", "auto", "--output-format", "stream-json", "-p", "go")
        async with start_program(tmp_path, environment, *arguments) as program:
            await until_ready(tmp_path / "ready", mark, program)
            if ending == "finished":
                (tmp_path / "go").touch()
            else:
                program.send_signal(getattr(signal, ending))
            async with asyncio.timeout(30):
                await program.communicate()
            assert await asyncio.to_thread(alive_after, mark, SOON) == set()
