"""A small app around a transcript, and ways to look at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input

from tui.widgets.transcript.code_colouring import load_all
from tui.widgets.transcript.transcript_view import Transcript


class TranscriptApp(App[None]):
    """A transcript with something else to focus; remembers what the transcript said."""

    AUTO_FOCUS = None

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Transcript()
        yield Input()

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    def on_transcript_new_output(self, message: Message) -> None:
        self.received.append(message)

    on_transcript_at_end = on_transcript_new_output
    on_transcript_link_chosen = on_transcript_new_output
    on_transcript_action_chosen = on_transcript_new_output
    on_transcript_search_progress = on_transcript_new_output


@asynccontextmanager
async def run_transcript(
    *items: Any, size: tuple[int, int] = (60, 20)
) -> AsyncIterator[tuple[Any, ...]]:
    """Run a transcript with these items; yields the app, its transcript and a pilot."""
    load_all()
    app = TranscriptApp()
    async with app.run_test(size=size) as pilot:
        transcript = app.transcript
        transcript.load(items)
        await wait_until_idle(pilot)
        app.received.clear()
        yield app, transcript, pilot


async def focus_transcript(pilot: Pilot[Any]) -> None:
    """Give the transcript the focus."""
    pilot.app.query_one(Transcript).focus()
    await pilot.pause()


def is_busy(transcript: Transcript) -> bool:
    """Whether the transcript has something to show or to measure."""
    streams = transcript.streams
    return transcript.has_idle_work or bool(streams.keys and streams.is_flush_pending)


async def wait_until_idle(pilot: Pilot[Any]) -> None:
    """Wait until the transcript has shown and measured everything it means to."""
    transcript = pilot.app.query_one(Transcript)
    await pilot.pause()
    # Not a pause of the pilot, which sends a message to every widget each time.
    while is_busy(transcript):  # noqa: ASYNC110 - nothing tells when it is done
        await asyncio.sleep(0.002)
    await pilot.pause()


def visible_lines(transcript: Transcript) -> list[str]:
    """The visible lines, without the spaces at their ends."""
    region = transcript.scrollable_content_region.reset_offset
    return [strip.text.rstrip() for strip in transcript.render_lines(region)]


def styles_at(transcript: Transcript, text: str) -> list[str]:
    """The styles of the visible places that show `text`."""
    found = []
    region = transcript.scrollable_content_region.reset_offset
    for strip in transcript.render_lines(region):
        found += [str(style) for part, style, _ in strip if text in part]
    return found


def row_of(transcript: Transcript, text: str) -> int:
    """The first visible line with `text` in it."""
    return next(row for row, line in enumerate(visible_lines(transcript)) if text in line)


class RecordingDriver(HeadlessDriver):
    """Keeps what a terminal would have been sent."""

    sent = ""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        RecordingDriver.sent += data
