"""The simulator as a process of its own: it starts, serves, and never outlives its parent."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from tui.simulator.simulator_process import SimulatorStartError, start_simulator

COMMAND = [sys.executable, "-m", "tui.simulator"]
ROOT = Path(__file__).resolve().parents[2]
PROMPT: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 1_000,
    "messages": [{"role": "user", "content": "Who are you?"}],
}


async def test_it_serves_the_official_sdk_and_stops_when_told():
    running = await start_simulator(pace=None)
    try:
        async with anthropic.AsyncAnthropic(
            api_key=running.token, base_url=running.base_url, max_retries=0
        ) as client:
            message = await client.messages.create(**PROMPT)
            assert message.content[-1].type == "text"
        with pytest.raises(anthropic.AuthenticationError):
            async with anthropic.AsyncAnthropic(
                api_key="wrong", base_url=running.base_url, max_retries=0
            ) as stranger:
                await stranger.messages.create(**PROMPT)
    finally:
        await running.stop()
    assert running.process.returncode == 0
    await running.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ps")
async def test_its_key_is_not_on_its_command_line():
    running = await start_simulator(pace=None)
    try:
        ps = await asyncio.create_subprocess_exec(
            "ps", "-o", "args=", "-p", str(running.process.pid), stdout=asyncio.subprocess.PIPE
        )
        shown, _ = await ps.communicate()
        assert b"tui.simulator" in shown
        assert running.token.encode() not in shown
    finally:
        await running.stop()


async def test_it_never_imports_modules_from_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "starlette.py").write_text("raise SystemExit('taken from the project')")
    monkeypatch.chdir(tmp_path)
    running = await start_simulator(pace=None)
    await running.stop()
    assert running.process.returncode == 0


async def test_it_ends_with_a_stream_still_open():
    running = await start_simulator(pace=5)
    async with httpx2.AsyncClient(base_url=running.base_url) as http:
        headers = {"x-api-key": running.token, "anthropic-version": "2026-10-21"}
        body = {**PROMPT, "stream": True}
        async with http.stream("POST", "/v1/messages", json=body, headers=headers) as response:
            assert response.status_code == 200
            began = time.monotonic()
            await running.stop()
    assert time.monotonic() - began < 2.5
    assert running.process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_it_ends_when_its_parent_is_killed():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            f"child = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, "
            "stdout=subprocess.PIPE)\n"
            "child.stdout.readline()\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)\n",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _ends(child)


def _ends(pid: int) -> bool:
    """Whether a process that is not our child ends within a few seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


async def test_in_the_foreground_it_goes_on_when_stdin_closes():
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "--foreground",
        "--pace",
        "max",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        port = json.loads(await process.stdout.readline())["port"]
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            response = await http.get("/v1/models", headers={"x-api-key": "any"})
            assert response.status_code == 200
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pace", "fast"], "--pace"),
        (["--pace", "-1"], "--pace"),
        (["--port", "70000"], "65535"),
        (["--faults", '{"kind": "earthquake"}'], "earthquake"),
        (["--faults", "@/does/not/exist"], "--faults"),
        (["--tier", "large"], "start, build, scale or REQUESTS,INPUT,OUTPUT a minute"),
        (["--tier", "5,0,5"], "every limit is above zero"),
    ],
)
def test_a_wrong_argument_is_one_clear_sentence(arguments: list[str], words: str):
    ended = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ended.returncode == 2
    assert words in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


async def test_a_simulator_that_cannot_start_says_why():
    first = await start_simulator(pace=None)
    try:
        port = first.base_url.rsplit(":", 1)[1]
        with pytest.raises(SimulatorStartError, match=f"port {port}"):
            await start_simulator(pace=None, extra_args=["--port", port])
    finally:
        await first.stop()


async def test_text_streams_at_the_pace_that_is_set():
    running = await start_simulator(pace=400)
    try:
        async with anthropic.AsyncAnthropic(
            api_key=running.token, base_url=running.base_url, max_retries=0
        ) as client:
            began = time.monotonic()
            async with client.messages.stream(**PROMPT) as stream:
                message = await stream.get_final_message()
            seconds = time.monotonic() - began
            assert seconds >= 0.9 * message.usage.output_tokens / 400
    finally:
        await running.stop()
