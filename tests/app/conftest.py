"""The real application on a folder of its own, talking to the real simulator."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tui.app import GlideslopeApp
from tui.options import Options
from tui.settings.folders import folders
from tui.settings.themes import DARK, load_theme
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

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, promise: Callable[[], object]) -> None:
        """Wait till `promise` holds."""
        async with asyncio.timeout(WAIT):
            while not promise():
                await self.pilot.pause(0.01)
        await self.pilot.pause()

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
        """What is in the transcript."""
        return [entry.item for entry in self.chat.transcript.entries]

    def notices(self) -> list[str]:
        """The sentences of the program in the transcript."""
        return [item.text for item in self.items() if isinstance(item, Notice)]

    def card(self) -> Card | None:
        """The last card of the transcript."""
        return next((item for item in self.items()[::-1] if isinstance(item, Card)), None)


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
        **options: object,
    ) -> AsyncIterator[Cockpit]:
        given = Options(simulate=True, pace="max", folder=folder, **options)  # type: ignore[arg-type]
        app = GlideslopeApp(Wiring(given), given, load_theme(theme, folders().themes))
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            cockpit = Cockpit(app, pilot, folder)
            await cockpit.until(lambda: cockpit.chat.opened is not None)
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
            await cockpit.until(cockpit.chat.settled.is_set)
            assert cockpit.chat.opened is None
            yield cockpit
            await app.leave()

    return grounded
