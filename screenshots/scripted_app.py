"""The real application with a scripted session instead of a store and a server.

Everything that is drawn is the program's own: screens, widgets, session runner, state, settings.
Only the events and the time come from the script.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from screenshots.scripted_log import ManualClock, ScriptedLog
from tui.agent.open_session import OpenSession
from tui.agent.permissions import PermissionRules
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.sandbox.unsandboxed import NoSandbox
from tui.agent.session_runner import SessionRunner
from tui.agent.tools.base import ToolEnvironment
from tui.agent.tools.registry import TOOLS
from tui.agent.turn_context import RunState, Services, TurnContext
from tui.agent.turn_settings import TurnSettings
from tui.agent.user_inbox import UserInbox
from tui.app import GlideslopeApp
from tui.budget.wire_budget import CountingRules
from tui.claude.catalogue import load_catalogue
from tui.claude.stream_events import StreamEvent
from tui.command_line import CommandLineOptions
from tui.screens.clocks import Clocks
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.session_summary import SessionSummary
from tui.session.state import SessionState
from tui.settings.settings_resolver import resolve_settings
from tui.settings.theme_catalogue import load_theme
from tui.settings.theme_spec import ThemeSpec
from tui.settings.user_folders import user_folders
from tui.widgets.ticker import Ticker

ENFORCEMENT = Enforcement(
    backend="landlock", files=True, network="none", processes=True, detail="Landlock ABI 7"
)
"""What holds commands in the pictures, whatever the kernel that draws them."""


class MemoryLog:
    """A log in memory, stamped by the clock of the script."""

    def __init__(self, records: Sequence[ev.Record], clock: ManualClock) -> None:
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


class ScriptedOpener:
    """Opens the one scripted session."""

    def __init__(
        self,
        log: ScriptedLog,
        *,
        branch: str = "main",
        simulated: bool = False,
        sentences: Sequence[str] = (),
        others: Sequence[SessionSummary] = (),
    ) -> None:
        self.log = log
        self._branch = branch
        self._simulated = simulated
        self._sentences = list(sentences)
        self._others = others

    async def open(self, which: str | None, *, fork: bool = False) -> OpenSession:
        """The scripted session, whatever is asked for."""
        log, folder = self.log, Path(self.log.folder)
        catalogue = load_catalogue()
        counting = CountingRules(catalogue.turn_reset, catalogue.charges_prompts)
        state = fold(log.records, counting)
        services = Services(
            client=_UnusedClient(),
            catalogue=catalogue,
            tools=TOOLS,
            environment=ToolEnvironment(
                folder=folder, variables={}, scratch_folder=folder, sandbox=NoSandbox(ENFORCEMENT)
            ),
            inbox=UserInbox(),
            now=log.clock,
        )
        run = RunState(rules=PermissionRules(folder=folder, mode=state.mode))
        context = TurnContext(TurnSettings(), services, run)
        thread = ThreadPoolExecutor(max_workers=1)

        async def close() -> None:
            thread.shutdown(wait=False)

        async def read_log() -> Sequence[ev.Record]:
            return tuple(log.records)

        return OpenSession(
            runner=SessionRunner(MemoryLog(log.records, log.clock), state, context, thread),
            records=tuple(log.records),
            resolved=resolve_settings(
                folder, command_line={"task_budget": str(log.budget or "off")}
            ),
            catalogue=catalogue,
            base_url=None,
            simulated=self._simulated,
            branch=self._branch,
            warnings=self._sentences,
            close=close,
            read_log=read_log,
        )

    async def summaries(self, limit: int = 200) -> Sequence[SessionSummary]:
        """The sessions there are to choose from."""
        return self._others

    async def trust_question(self, which: str | None, *, again: bool = False) -> None:
        """The folder of a scripted session brings nothing."""

    async def answer_trust(self, question: Any, answer: str) -> str:
        """Nothing is asked."""
        return ""

    def simulate(self) -> None:
        """A scripted session has no server."""

    def use_key(self, key: str) -> None:
        """A scripted session sends nothing."""

    def use_server(self, address: str) -> None:
        """A scripted session sends nothing."""

    async def close(self) -> None:
        """Nothing was started."""


class _UnusedClient:
    """A client that sends nothing."""

    def send(self, request: Any) -> Any:
        raise NotImplementedError


class _FrozenTicker(Ticker):
    """A clock for moving things in which nothing moves."""

    def join(self, on_tick: Callable[[], None]) -> None:
        """Spinners stay at their first picture."""


class SceneDriver:
    """The running application, and what a scene may do to it."""

    def __init__(self, app: GlideslopeApp, pilot: Any, log: ScriptedLog) -> None:
        self.app = app
        self.pilot = pilot
        self.log = log
        self.chat = app.chat

    async def wait_until_ready(self) -> None:
        """The session is open and on the screen."""
        await self.chat.opening_done.wait()
        await self.app.workers.wait_for_complete(
            [worker for worker in self.app.workers if worker.group == "warm-up"]
        )
        if self.chat.controller is not None:
            self.chat.controller.is_driven = True  # the script works on the turn
            self.chat.refresh_hints()
        await self.wait_until_idle()

    async def wait_for_workers(self, group: str) -> None:
        """Wait until the work of a group in the background is done."""
        await self.app.workers.wait_for_complete(
            [each for each in self.app.workers if each.group == group]
        )
        await self.wait_until_idle()

    async def wait_until_idle(self) -> None:
        """The transcript has measured and looked through all that it has to."""
        await self.pilot.pause()
        while self.chat.transcript.has_idle_work:
            await self.pilot.pause()
        await self.pilot.pause()

    @property
    def state(self) -> SessionState:
        """The session as its log has it."""
        assert self.chat.session is not None
        return self.chat.session.state

    async def commit_new_events(self) -> None:
        """Commit and show the events that the script has added since."""
        opened = self.chat.session
        assert opened is not None
        now = self.log.clock.now
        for record in self.log.records[opened.state.seq :]:
            self.log.clock.now = record.at
            await opened.runner.commit(record.event)
        self.log.clock.now = now
        if self.chat.controller is not None and not self.chat.controller.running:
            self.chat.set_status(activity="", until=None)
        await self.pilot.pause()

    async def stream(self, *items: StreamEvent) -> None:
        """Pieces of an answer arrive."""
        opened = self.chat.session
        assert opened is not None
        for item in items:
            for listener in tuple(opened.runner.listeners):
                listener(item)
        self.chat.transcript.streams.flush()
        if self.chat.controller is not None:
            self.chat.controller.show_meters()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Keys of the user."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """What the user writes."""
        self.chat.composer.set_draft(text)
        await self.pilot.pause()

    async def submit(self, text: str) -> None:
        """What the user writes and sends."""
        await self.type(text)
        self.chat.composer.submit()
        await self.pilot.pause()


def scripted_app(opener: ScriptedOpener, theme: str | ThemeSpec) -> GlideslopeApp:
    """The application over a scripted session, in any theme; a name means one of ours."""
    log = opener.log
    options = CommandLineOptions(folder=Path(log.folder), resume="latest")
    spec = load_theme(theme, user_folders().themes) if isinstance(theme, str) else theme
    app = GlideslopeApp(opener, options, spec, Clocks(log.clock, log.clock))
    Ticker.use(app, _FrozenTicker(app))
    return app


@contextmanager
def neutral_environment() -> Iterator[None]:
    """Settings and folders of nobody in particular."""
    with tempfile.TemporaryDirectory() as home:
        kept = dict(os.environ)
        os.environ |= {"GLIDESLOPE_HOME": home, "TZ": "UTC", "HOME": "/home/ada"}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)
