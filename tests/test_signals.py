"""Runs that the system ends: the exit code of the shell, and a turn that is closed in order."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked_program import ForkedProgram
from tui import headless_command
from tui.bootstrap import Bootstrap
from tui.command_line import parse_options
from tui.shutdown import CleanExitApp
from tui.signals import handle_exit_signals


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
):
    (tmp_path / "a.py").write_text("def a(): return 1\n")
    options = ["--simulate", "--pace", "40", "--output-format", "stream-json"]
    errors = tmp_path / "errors"
    source, sink = os.pipe()
    with (
        Path(os.devnull).open() as nothing,
        errors.open("w") as complaints,
        os.fdopen(source) as output,
    ):
        streams = (nothing.fileno(), sink, complaints.fileno())
        run = ForkedProgram([*options, "-p", "Explain this project"], tmp_path, os.environ, streams)
        os.close(sink)
        try:
            while '"request_started"' not in (line := output.readline()):
                assert line, "it ended before it was told to"
            run.send_signal(number)
            out, ended = output.read(), run.wait(60)
        finally:
            run.kill()
    err = errors.read_text()
    assert ended == code, err
    end = json.loads(out.splitlines()[-1])["end"]
    assert (end["reason"], end["exit_code"]) == ("interrupted", code)
    assert end["sentence"].startswith(sentence)
    assert "Traceback" not in err


async def test_a_run_told_to_end_before_its_session_is_open_ends_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    closed = []

    class Slow(Bootstrap):
        async def open(self, which: str | None, **more: Any) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()

        async def close(self) -> None:
            closed.append(True)
            await super().close()

    monkeypatch.setattr(headless_command, "Bootstrap", Slow)
    monkeypatch.chdir(tmp_path)
    assert await headless_command.run_headless(parse_options(["--simulate", "-p", "x"])) == 143
    assert closed


async def test_an_app_that_a_test_runs_leaves_signals_to_the_test_run():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    async with CleanExitApp().run_test():
        assert [signal.getsignal(number) for number in numbers] == before


async def test_a_signal_the_program_was_started_to_ignore_stays_ignored():
    told: list[int] = []
    ended = asyncio.Event()

    def end(code: int) -> None:
        told.append(code)
        ended.set()

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        handle_exit_signals(end)
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        await ended.wait()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert told == [143]
