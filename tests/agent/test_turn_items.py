"""A text delta on its way from the client to those who listen to a session."""

import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import tui
from tests.support.run_session import run_session
from tui.claude.request import Request
from tui.claude.response import PartialResponse, Response
from tui.claude.stream_events import StreamEvent, TextDelta
from tui.simulator.scripted_model.model_input import ScriptedText

OURS = str(Path(tui.__file__).parent)
DELTAS = 20


def is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OURS)


class PassedFrames:
    """Notes every frame of the program that runs between the client and a listener."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self.of_delta: list[list[str]] = []
        """For each delta the functions that ran, in their order, each once."""

    def start(self) -> None:
        self._names = []
        sys.setprofile(self._note)

    def stop(self) -> None:
        sys.setprofile(None)
        self.of_delta.append(list(dict.fromkeys(self._names)))

    def _note(self, frame: FrameType, what: str, _: Any) -> None:
        if what in ("call", "return") and is_ours(frame):
            self._names.append(frame.f_code.co_qualname)


class WatchedStream:
    """The stream of the real client, watched from each delta on."""

    def __init__(self, stream: Any, passed: PassedFrames) -> None:
        self._stream, self._passed = stream, passed

    async def __aiter__(self) -> AsyncGenerator[StreamEvent | Response, None]:
        async for item in self._stream:
            if isinstance(item, TextDelta):
                self._passed.start()
            yield item

    async def aclose(self) -> None:
        await self._stream.aclose()

    @property
    def partial(self) -> PartialResponse:
        return self._stream.partial


async def test_a_text_delta_passes_at_most_four_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    passed = PassedFrames()
    stacks: list[list[str]] = []

    def listen(item: object) -> None:
        if isinstance(item, TextDelta):
            passed.stop()
            stacks.append(stack_of_the_program())

    reply = (ScriptedText("word " * DELTAS * 16),)
    async with run_session(tmp_path, reply) as session_run:
        client = session_run.client
        send = client.send

        def watched(request: Request) -> WatchedStream:
            return WatchedStream(send(request), passed)

        monkeypatch.setattr(client, "send", watched)
        # First of all, so that no other listener is counted.
        session_run.driver.listeners.insert(0, listen)
        await session_run.driver.run_turn("work")
    assert len(passed.of_delta) >= DELTAS
    for names in (*passed.of_delta, *stacks):
        assert len(names) <= 4, names


def stack_of_the_program() -> list[str]:
    """Functions of the program that are being run, the innermost first."""
    names: list[str] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if is_ours(frame):
            names.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return names
