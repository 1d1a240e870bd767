"""The real application with a told session instead of a store and a server.

Everything that is drawn is the program's own: screens, widgets, driver, state, settings.
Only where the events come from, and what time it is, is the story's.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from story import Clock, Story

from tui.agent.desk import Desk
from tui.agent.driver import Driver
from tui.agent.means import Means
from tui.agent.opened import Opened
from tui.agent.permissions import Rules
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.sandbox.plain import NoSandbox
from tui.agent.tools.base import World
from tui.agent.tools.registry import TOOLS
from tui.app import GlideslopeApp
from tui.budget.wire import Counting
from tui.claude.catalogue import load
from tui.claude.progress import Progress
from tui.options import Options
from tui.screens.moments import Clocks
from tui.session import events as ev
from tui.session.state import SessionState, fold
from tui.session.summary import Summary
from tui.settings.folders import folders
from tui.settings.layers import resolve
from tui.settings.palette import ThemeSpec
from tui.settings.themes import load_theme
from tui.widgets.ticker import Ticker

HELD = Enforcement(
    backend="landlock", files=True, network="none", processes=True, detail="Landlock ABI 7"
)
"""What holds commands in the pictures, whatever the kernel that draws them."""


class Log:
    """A log in memory, stamped by the story's clock."""

    def __init__(self, records: Sequence[ev.Record], clock: Clock) -> None:
        self.records = list(records)
        self._clock = clock

    def append(self, events: Sequence[ev.Event], *, drop_partial: bool = False) -> list[ev.Record]:
        """Number the events and keep them."""
        first = len(self.records) + 1
        new = [ev.Record(first + at, self._clock(), event) for at, event in enumerate(events)]
        self.records += new
        return new

    def append_partial(self, request: int, chunk: str) -> None:
        """Nothing is lost here."""


class Studio:
    """Opens the one session of a story."""

    def __init__(
        self,
        story: Story,
        *,
        branch: str = "main",
        simulated: bool = False,
        sentences: Sequence[str] = (),
        others: Sequence[Summary] = (),
    ) -> None:
        self.story = story
        self._branch = branch
        self._simulated = simulated
        self._sentences = list(sentences)
        self._others = others

    async def open(self, which: str | None, *, fork: bool = False) -> Opened:
        """The session of the story, whatever is asked for."""
        story, folder = self.story, Path(self.story.folder)
        catalogue = load()
        counting = Counting(catalogue.turn_reset, catalogue.charges_prompts)
        state = fold(story.records, counting)
        means = Means(
            line=_Nobody(),
            catalogue=catalogue,
            tools=TOOLS,
            world=World(folder=folder, environment={}, scratch=folder, sandbox=NoSandbox(HELD)),
            rules=Rules(folder=folder, mode=state.mode),
            desk=Desk(),
            now=story.clock,
        )
        thread = ThreadPoolExecutor(max_workers=1)

        async def close() -> None:
            thread.shutdown(wait=False)

        return Opened(
            driver=Driver(Log(story.records, story.clock), state, means, thread),
            records=tuple(story.records),
            resolved=resolve(folder, command_line={"task_budget": str(story.budget or "off")}),
            catalogue=means.catalogue,
            base_url=None,
            simulated=self._simulated,
            branch=self._branch,
            sentences=self._sentences,
            close=close,
        )

    async def summaries(self, limit: int = 200) -> Sequence[Summary]:
        """The sessions there are to choose from."""
        return self._others

    async def trust_question(self, which: str | None, *, again: bool = False) -> None:
        """A story's folder brings nothing."""

    async def answer_trust(self, question: Any, answer: str) -> str:
        """Nothing is asked."""
        return ""

    def simulate(self) -> None:
        """There is nobody to talk to in a story."""

    async def close(self) -> None:
        """Nothing was started."""


class _Nobody:
    """The line to a model that is never asked."""

    def send(self, request: Any) -> Any:
        raise NotImplementedError


class _Still(Ticker):
    """A clock for moving things in which nothing moves."""

    def join(self, on_tick: Callable[[], None]) -> None:
        """Spinners stay at their first picture."""


class Set:
    """The application on the stage, and what may be done to it."""

    def __init__(self, app: GlideslopeApp, pilot: Any, story: Story) -> None:
        self.app = app
        self.pilot = pilot
        self.story = story
        self.chat = app.chat

    async def ready(self) -> None:
        """The session is open and on the screen."""
        await self.chat.settled.wait()
        await self.app.workers.wait_for_complete(
            [worker for worker in self.app.workers if worker.group == "warm-up"]
        )
        if self.chat.view is not None:
            self.chat.view.at_work = True  # a turn of the story is worked on by the story
            self.chat.look_again()
        await self.quiet()

    async def quiet(self) -> None:
        """The transcript has measured and looked through everything it means to."""
        await self.pilot.pause()
        while self.chat.transcript.working:
            await self.pilot.pause()
        await self.pilot.pause()

    @property
    def state(self) -> SessionState:
        """The session as its log has it."""
        assert self.chat.opened is not None
        return self.chat.opened.state

    async def happen(self) -> None:
        """What the story has told since is committed and shown."""
        opened = self.chat.opened
        assert opened is not None
        now = self.story.clock.now
        for record in self.story.records[opened.state.seq :]:
            self.story.clock.now = record.at
            await opened.driver.record(record.event)
        self.story.clock.now = now
        if self.chat.view is not None and not self.chat.view.running:
            self.chat.set_status(activity="", until=None)
        await self.pilot.pause()

    async def stream(self, *items: Progress) -> None:
        """Pieces of an answer arrive."""
        opened = self.chat.opened
        assert opened is not None
        for item in items:
            for listener in tuple(opened.driver.listeners):
                listener(item)
        self.chat.transcript.flush()
        if self.chat.view is not None:
            self.chat.view.show_meters()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Keys of the user."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """What the user writes."""
        self.chat.composer.put(text)
        await self.pilot.pause()

    async def say(self, text: str) -> None:
        """What the user writes and sends."""
        await self.type(text)
        self.chat.composer.submit()
        await self.pilot.pause()


def application(studio: Studio, theme: str | ThemeSpec) -> GlideslopeApp:
    """The application over a story, painted with a theme: one of ours by its name, or any."""
    story = studio.story
    options = Options(folder=Path(story.folder), resume="latest")
    spec = load_theme(theme, folders().themes) if isinstance(theme, str) else theme
    app = GlideslopeApp(studio, options, spec, Clocks(story.clock, story.clock))
    Ticker.use(app, _Still(app))
    return app


@contextmanager
def nowhere() -> Iterator[None]:
    """Settings and folders of nobody in particular."""
    with tempfile.TemporaryDirectory() as home:
        kept = dict(os.environ)
        os.environ |= {"GLIDESLOPE_HOME": home, "TZ": "UTC", "HOME": "/home/ada"}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)
