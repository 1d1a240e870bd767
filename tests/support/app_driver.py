"""Drives the real application in a test: words and keys in, the screen out."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from textual.pilot import Pilot

from tui.app import GlideslopeApp
from tui.claude.api_client import ClaudeClient
from tui.reports.transcript_items import (
    CallGroupItem,
    NoticeItem,
    ToolItem,
    TranscriptItem,
    is_removed,
)
from tui.session.events import Record
from tui.session.session_paths import session_path
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.settings.user_folders import user_folders
from tui.widgets.select_dialog import SelectDialog

WAIT_SECONDS = 60.0
"""Seconds until something that must happen is given up."""


PROMPT = "Add the missing return annotations."


class AppDriver:
    """The program as a user meets it: words in, keys in, the screen out."""

    def __init__(self, app: GlideslopeApp, pilot: Pilot[int], folder: Path) -> None:
        self.app = app
        self.pilot = pilot
        self.folder = folder
        self.chat = app.chat

    async def submit(self, text: str) -> None:
        """Write `text` into the composer and send it."""
        self.chat.forget_input_error()  # as the first key does
        self.chat.composer.set_draft(text)
        self.chat.composer.submit()
        await self.pilot.pause()
        self.paint()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait until the last has done what it does."""
        await self.pilot.press(*keys)
        dispatcher = self.app._key_dispatcher
        await self.until(lambda: dispatcher._pending is None)
        await self.pilot.pause()
        self.paint()

    async def until(self, promise: Callable[[], object]) -> None:
        """Wait till `promise` holds."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not promise():
                    # Not a pause of the pilot, which sends a message to every widget each time.
                    await asyncio.sleep(0.003)
                    if self.app._exception is not None:
                        raise self.app._exception
        except TimeoutError:
            raise AssertionError(f"waited in vain; the screen:\n{self.text()}") from None
        await self.pilot.pause()
        self.paint()

    def paint(self) -> None:
        """Paint what has changed since the last time, as a terminal would have it painted."""
        self.app.screen._compositor.render_update(screen_stack=self.app._background_screens)

    async def until_idle(self) -> None:
        """Wait till the session is open and nothing works any more."""
        await self.until(lambda: self.chat.session_ready and not self.chat.can_interrupt)

    async def run_turn(self, text: str = PROMPT) -> None:
        """Submit a prompt and wait till the model has yielded."""
        turns = self.state.turn
        await self.submit(text)
        await self.until(lambda: self.state.turn == turns + 1 and not self.chat.running)

    @property
    def choosing(self) -> bool:
        """Whether a list to choose from is in front."""
        return isinstance(self.app.screen, SelectDialog)

    @property
    def state(self) -> SessionState:
        assert self.chat.session is not None
        return self.chat.session.state

    def rows(self) -> list[str]:
        """What is on screen, row by row."""
        return [
            "".join(segment.text for segment in strip).rstrip()
            for strip in self.app.screen._compositor.render_strips()
        ]

    def text(self) -> str:
        """What is on screen."""
        return "\n".join(self.rows())

    def items(self) -> list[TranscriptItem]:
        """What is in the transcript; nothing before there is one."""
        if not self.chat.widgets_mounted.is_set():
            return []
        entries = self.chat.transcript.entries
        items = [entry.item for entry in map(entries.__getitem__, range(len(entries)))]
        return [item for item in items if not is_removed(item)]

    def calls(self) -> list[ToolItem]:
        """The tool calls in the transcript, those in groups too."""
        found: list[ToolItem] = []
        for item in self.items():
            if isinstance(item, CallGroupItem):
                found += item.calls
            elif isinstance(item, ToolItem):
                found.append(item)
        return found

    def page(self) -> str:
        """The text of the page in the panel; empty where none is open."""
        panel = self.chat.panel_area.panel
        return panel.text_to_copy() if panel is not None else ""

    @property
    def refusal(self) -> str:
        """Why the line typed last was not run; empty where that is not said, or not any more."""
        return self.chat.input_error

    def sentences(self) -> list[str]:
        """The notices, and why the line typed last was not run."""
        return [*self.notices(), *filter(None, [self.refusal])]

    def notices(self) -> list[str]:
        """The sentences of the program in the transcript."""
        return [item.text for item in self.items() if isinstance(item, NoticeItem)]

    def records(self) -> list[Record]:
        """The whole log of the session, as it is on disk."""
        path = session_path(user_folders().data, self.folder, self.state.session)
        with SessionStore.open(path, read_only=True) as store:
            return list(store.records())

    async def faults(self, *faults: dict[str, Any]) -> None:
        """Let the simulator spoil its next answers."""
        assert self.chat.session is not None
        line = self.chat.session.runner.ctx.services.client
        assert isinstance(line, ClaudeClient)
        request = Request(
            f"{line.base_url}/debug/faults",
            json.dumps(faults).encode(),
            {"x-api-key": line.api_key or "", "anthropic-version": "2026-10-21"},
        )
        answer = await asyncio.to_thread(urlopen, request)
        assert answer.status == 200

    def answer_all(self) -> None:
        """Allow everything that is asked."""
        assert self.chat.controller is not None
        for tool_use in list(self.state.open_questions):
            self.chat.controller.answer_permission(tool_use, "once", "")


StartApp = Callable[..., AbstractAsyncContextManager[AppDriver]]
"""What starts the program with options, and ends it behind the test."""
