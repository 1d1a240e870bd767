"""`glideslope measure` that is killed: its run ends with it, and counts once when it goes on."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked_program import ForkedProgram
from tests.support.simulator import TOKEN, serve_simulator
from tui.measure_command import run_measure
from tui.measuring.measurement import MeasuredTask
from tui.simulator.scripted_model.model_input import ScriptedText

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")


async def until(find: Callable[[], list[Any]], seconds: float = 60) -> list[Any]:
    """What `find` finds, as soon as it does."""

    def look() -> list[Any]:
        end = time.monotonic() + seconds
        while not (found := find()):
            assert time.monotonic() < end, "it never came"
            time.sleep(0.05)
        return found

    return await asyncio.to_thread(look)


def shown(home: Path) -> list[Any]:
    """The parts of the answer that are saved while it comes."""
    for log in home.glob("data/sessions/*/*.db"):
        with suppress(sqlite3.Error), sqlite3.connect(f"file:{log}?mode=ro", uri=True) as found:
            return found.execute("SELECT * FROM partial").fetchall()
    return []


def events(home: Path) -> list[dict[str, Any]]:
    """The events of the only session, as far as they are written."""
    for log in home.glob("data/sessions/*/*.db"):
        with suppress(sqlite3.Error), sqlite3.connect(f"file:{log}?mode=ro", uri=True) as found:
            rows = found.execute("SELECT kind, body FROM events ORDER BY seq").fetchall()
            return [{"kind": kind, **json.loads(body)} for kind, body in rows]
    return []


def of_kind(home: Path, kind: str) -> list[dict[str, Any]]:
    return [event for event in events(home) if event["kind"] == kind]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_a_run_ends_with_the_measurement_that_is_killed_and_counts_once(
    how: int, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    """A real kill: nothing of the program but the pipe that it held tells the run of it.

    An interrupt of the program alone, as no terminal sends it, ends its run as well.
    """
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    async with serve_simulator([ScriptedText("word " * 3_000)], pace=10.0) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", TOKEN)
        arguments = ["measure", "Explain this", "--runs", "1", "--yes"]
        nothing = os.open(os.devnull, os.O_RDWR)
        measuring = ForkedProgram(arguments, folder, os.environ, (nothing, nothing, nothing))
        os.close(nothing)
        await until(lambda: shown(own_home))
        measuring.send_signal(how)
        assert measuring.wait(30) in (-how, 128 + how)
        ends = await until(lambda: of_kind(own_home, "turn_ended"), seconds=30)
    assert [end["reason"] for end in ends] == ["interrupted"]

    def rest(_: object, prompt: int, n: int, *__: object, **___: object) -> MeasuredTask:
        return MeasuredTask(
            prompt=prompt,
            n=n,
            spend=5_000,
            finished=True,
            end="completed",
            dollars=Decimal(1),
            seconds=1.0,
        )

    monkeypatch.setattr("tui.measure_command.run_once", rest)
    (id,) = (path.stem for path in own_home.glob("state/measure/*.jsonl"))
    for _ in range(2):  # the second time there is nothing to do
        assert run_measure(["--resume", id, "--yes", "--output-format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [run["spend"] for run in found["runs"]] == [5_000]
        (stopped,) = found["stopped"]
        assert stopped["prompt"] == stopped["n"] == 0
        assert Decimal(stopped["dollars"]) > 0, events(own_home)[-4:]
        assert Decimal(found["dollars"]) == 1 + Decimal(stopped["dollars"])
