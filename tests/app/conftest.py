"""The real application on a folder of its own, talking to the real simulator."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from nearby import spawn
from textual.pilot import Pilot

from tui.agent.opened import Opened
from tui.app import GlideslopeApp
from tui.options import Options
from tui.session.events import Record
from tui.session.places import session_path
from tui.session.store import SessionStore
from tui.settings.folders import folders
from tui.settings.themes import DARK, load_theme
from tui.widgets.choice import Choice
from tui.widgets.transcript.items import Card, Item, Notice
from tui.wiring import Wiring

WAIT = 60.0
"""Seconds until something that must happen is given up."""

PROMPT = "Add the missing return annotations."


class Cockpit:
    """The program as a user meets it: words in, keys in, the screen out."""

    def __init__(self, app: GlideslopeApp, pilot: Pilot[int], folder: Path) -> None:
        self.app = app
        self.pilot = pilot
        self.folder = folder
        self.chat = app.chat

    async def say(self, text: str) -> None:
        """Write `text` into the composer and send it."""
        self.chat.composer.put(text)
        self.chat.composer.submit()
        await self.pilot.pause()
        self.paint()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)
        await self.pilot.pause()
        self.paint()

    async def until(self, promise: Callable[[], object]) -> None:
        """Wait till `promise` holds."""
        async with asyncio.timeout(WAIT):
            while not promise():
                # Not a pause of the pilot, which sends a message to every widget each time.
                await asyncio.sleep(0.01)
                if self.app._exception is not None:
                    raise self.app._exception
        await self.pilot.pause()
        self.paint()

    def paint(self) -> None:
        """Paint what has changed since the last time, as a terminal would have it painted."""
        self.app.screen._compositor.render_update(screen_stack=self.app._background_screens)

    async def settled(self) -> None:
        """Wait till the session is open and nothing works any more."""
        await self.until(lambda: self.chat.ready and not self.chat.busy)

    async def turn(self, text: str = PROMPT) -> None:
        """Submit a prompt and wait till the model has yielded."""
        turns = self.state.turn
        await self.say(text)
        await self.until(lambda: self.state.turn == turns + 1 and not self.chat.running)

    async def onto_card(self, up: str = "up") -> None:
        """Move the block cursor onto the last card, by the key that moves it up."""
        await self.press("ctrl+up")
        while not self.chat.offered:
            before = self.chat.transcript.cursor
            await self.press(up)
            assert self.chat.transcript.cursor != before, "there is no card"

    @property
    def asked(self) -> bool:
        """Whether a list to choose from is in front."""
        return isinstance(self.app.screen, Choice)

    @property
    def state(self):
        assert self.chat.opened is not None
        return self.chat.opened.state

    def rows(self) -> list[str]:
        """What is on screen, row by row."""
        return [
            "".join(segment.text for segment in strip).rstrip()
            for strip in self.app.screen._compositor.render_strips()
        ]

    def text(self) -> str:
        """What is on screen."""
        return "\n".join(self.rows())

    def items(self) -> list[Item]:
        """What is in the transcript; nothing before there is one."""
        if not self.chat.furnished.is_set():
            return []
        return [entry.item for entry in self.chat.transcript.entries]

    def notices(self) -> list[str]:
        """The sentences of the program in the transcript."""
        return [item.text for item in self.items() if isinstance(item, Notice)]

    def records(self) -> list[Record]:
        """The whole log of the session, as it is on disk."""
        path = session_path(folders().data, self.folder, self.state.session)
        with SessionStore.open(path, read_only=True) as store:
            return list(store.records())

    async def faults(self, *faults: dict[str, object]) -> None:
        """Let the simulator spoil its next answers."""
        assert self.chat.opened is not None
        line = self.chat.opened.driver.means.line
        request = Request(
            f"{line.base_url}/debug/faults",
            json.dumps(faults).encode(),
            {"x-api-key": line.api_key or "", "anthropic-version": "2026-10-21"},
        )
        answer = await asyncio.to_thread(urlopen, request)
        assert answer.status == 200

    def answer_all(self) -> None:
        """Allow everything that is asked."""
        assert self.chat.view is not None
        for tool_use in list(self.state.asked):
            self.chat.view.answer(tool_use, "once", "")

    def card(self) -> Card | None:
        """The last card of the transcript."""
        return next((item for item in self.items()[::-1] if isinstance(item, Card)), None)


class Gated(Wiring):
    """A wiring that opens nothing before it is let."""

    def __init__(self, options: Options, gate: asyncio.Event) -> None:
        super().__init__(options)
        self._gate = gate

    async def open(self, which: str | None, *, fork: bool = False) -> Opened:
        await self._gate.wait()
        return await super().open(which, fork=fork)


@pytest.fixture(autouse=True)
def nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator serves from the process of the test."""
    monkeypatch.setattr("tui.wiring.spawn", spawn)


@pytest.fixture(autouse=True)
def quickly(heap_frozen_once: None, styles_parsed_once: None, painted_when_asked: None) -> None:
    """Spend no time on what no test looks at; the steps of the cockpit paint the screen."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with something to do in it."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    for name in ("parse", "lexer", "emit"):
        (folder / "src" / f"{name}.py").write_text(
            f'"""About {name}."""\n\n\ndef {name}(text: str):\n    return text.split()\n'
        )
    return folder


@pytest.fixture
def fly(project: Path) -> Callable[..., object]:
    """Starts the program in the project; `options` are those of the command line."""

    @asynccontextmanager
    async def flying(
        *,
        size: tuple[int, int] = (120, 40),
        folder: Path = project,
        theme: str = DARK,
        now: Callable[[], float] = time.time,
        gate: asyncio.Event | None = None,
        **options: object,
    ) -> AsyncIterator[Cockpit]:
        """Fly.

        Args:
            size: Of the terminal.
            folder: The project.
            theme: Its name.
            now: The clock of the log.
            gate: Opening a session waits for it; the cockpit does not wait for the session then.
            options: Those of the command line.
        """
        given = Options(simulate=True, pace="max", folder=folder, **options)  # type: ignore[arg-type]
        opener = Wiring(given, now) if gate is None else Gated(given, gate)
        app = GlideslopeApp(opener, given, load_theme(theme, folders().themes))
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            cockpit = Cockpit(app, pilot, folder)
            if gate is None:
                await cockpit.until(lambda: cockpit.chat.ready or cockpit.asked)
            yield cockpit
            await app.leave()

    return flying


@pytest.fixture
def ground(project: Path) -> Callable[..., object]:
    """Starts the program with `options`, and waits for the news that no session is open."""

    @asynccontextmanager
    async def grounded(**options: object) -> AsyncIterator[Cockpit]:
        given = Options(pace="max", folder=project, **options)  # type: ignore[arg-type]
        app = GlideslopeApp(Wiring(given), given, load_theme(DARK, folders().themes))
        async with app.run_test(size=(100, 30), notifications=True, tooltips=True) as pilot:
            cockpit = Cockpit(app, pilot, project)
            await cockpit.until(lambda: cockpit.chat.settled.is_set() or cockpit.asked)
            assert cockpit.chat.opened is None
            yield cockpit
            await app.leave()

    return grounded
