"""Runs that the system ends: the exit code of the shell, and a turn that is closed in order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tui import headless_command
from tui.options import parse
from tui.signals import heed


def hear_all() -> None:
    """In the new process: a runner in the background of a script ignores some, we must not."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (signal.SIGINT, 130, "You interrupted."),
        (signal.SIGTERM, 143, "Ended by SIGTERM."),
        (signal.SIGHUP, 129, "Ended by SIGHUP."),
    ],
)
def test_a_headless_run_told_to_end_closes_its_turn_and_ends_with_the_shell_s_code(
    number: int, code: int, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("def a(): return 1\n")
    options = ["--simulate", "--pace", "40", "--output-format", "stream-json"]
    with subprocess.Popen(
        [sys.executable, "-m", "tui.cli", *options, "-p", "Explain this project"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_all,
    ) as run:
        assert run.stdout is not None
        try:
            while '"request_started"' not in (line := run.stdout.readline()):
                assert line, "it ended before it was told to"
            run.send_signal(number)
            out, err = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == code, err
    end = json.loads(out.splitlines()[-1])["end"]
    assert (end["reason"], end["exit_code"]) == ("interrupted", code)
    assert end["sentence"].startswith(sentence)
    assert "Traceback" not in err


async def test_a_run_told_to_end_before_its_session_is_open_ends_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = headless_command.Wiring
    closed = []

    class Slow(wiring):
        async def open(self, which, **more):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()

        async def close(self):
            closed.append(True)
            await super().close()

    monkeypatch.setattr(headless_command, "Wiring", Slow)
    monkeypatch.chdir(tmp_path)
    assert await headless_command.run(parse(["--simulate", "-p", "x"])) == 143
    assert closed


async def test_a_signal_the_program_was_started_to_ignore_stays_ignored() -> None:
    told: list[int] = []
    ended = asyncio.Event()

    def end(code: int) -> None:
        told.append(code)
        ended.set()

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        heed(end)
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        await ended.wait()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert told == [143]
