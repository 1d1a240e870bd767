"""The real application on a folder of its own, talking to the real simulator."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app.in_process_simulator import start_in_process
from tests.support.app_driver import AppDriver, StartApp
from tui.agent.folder_trust import TrustQuestion
from tui.agent.open_session import OpenSession
from tui.app import GlideslopeApp
from tui.bootstrap import Bootstrap
from tui.command_line import CommandLineOptions
from tui.settings.theme_catalogue import DARK, load_theme
from tui.settings.user_folders import user_folders


class GatedOpener(Bootstrap):
    """A wiring that asks and opens nothing before it is let."""

    def __init__(self, options: CommandLineOptions, gate: asyncio.Event) -> None:
        super().__init__(options)
        self._gate = gate

    async def trust_question(
        self, which: str | None, *, again: bool = False
    ) -> TrustQuestion | None:
        await self._gate.wait()
        return await super().trust_question(which, again=again)

    async def open(self, which: str | None, *, fork: bool = False) -> OpenSession:
        await self._gate.wait()
        return await super().open(which, fork=fork)


@pytest.fixture(autouse=True)
def in_process_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator serves from the process of the test."""
    monkeypatch.setattr("tui.bootstrap.start_simulator", start_in_process)


@pytest.fixture(autouse=True)
def quickly(
    heap_frozen_once: None, styles_parsed_once: None, painted_when_asked: None, idle_at_once: None
) -> None:
    """Spend no time on what no test looks at; the steps of the driver paint the screen."""


@pytest.fixture(autouse=True)
def questions_answered_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question takes answers a moment after it was painted, not when a person has read it."""
    monkeypatch.setattr("tui.widgets.question_prompt.ANSWER_DELAY", 0.01)


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
def running_app(project: Path) -> StartApp:
    """Starts the program in the project; `options` are those of the command line."""

    @asynccontextmanager
    async def start(
        *,
        size: tuple[int, int] = (120, 40),
        folder: Path = project,
        theme: str = DARK,
        now: Callable[[], float] = time.time,
        gate: asyncio.Event | None = None,
        **options: Any,
    ) -> AsyncIterator[AppDriver]:
        """Start the program.

        Args:
            size: Of the terminal.
            folder: The project.
            theme: Its name.
            now: The clock of the log.
            gate: Opening a session waits for it; the driver does not wait for the session then.
            options: Those of the command line.
        """
        given = CommandLineOptions(simulate=True, pace="max", folder=folder, **options)
        opener = Bootstrap(given, now) if gate is None else GatedOpener(given, gate)
        app = GlideslopeApp(opener, given, load_theme(theme, user_folders().themes))
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            driver = AppDriver(app, pilot, folder)
            if gate is None:
                await driver.until(lambda: driver.chat.session_ready or driver.choosing)
            yield driver
            await app.shut_down()

    return start


@pytest.fixture
def app_without_session(project: Path) -> StartApp:
    """Starts the program with `options`, and waits for the news that no session is open."""

    @asynccontextmanager
    async def started(**options: Any) -> AsyncIterator[AppDriver]:
        given = CommandLineOptions(pace="max", folder=project, **options)
        app = GlideslopeApp(Bootstrap(given), given, load_theme(DARK, user_folders().themes))
        async with app.run_test(size=(100, 30), notifications=True, tooltips=True) as pilot:
            driver = AppDriver(app, pilot, project)
            await driver.until(lambda: driver.chat.opening_done.is_set() or driver.choosing)
            assert driver.chat.session is None
            yield driver
            await app.shut_down()

    return started
