"""A session in flight: real driver, real store, real tools, against a scripted simulator.

The simulator is the strict one on a real socket, so a conversation that is not valid for
the API ends the test with a 400; only what the model says is scripted.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator_server import TOKEN, Served, served

from tui.agent.desk import Desk
from tui.agent.driver import Driver, Published
from tui.agent.means import Means
from tui.agent.opening import first_events, grant
from tui.agent.permissions import Rules
from tui.agent.tools.base import World
from tui.agent.tools.registry import TOOLS, definitions
from tui.budget.wire import Counting
from tui.claude.catalogue import load
from tui.claude.client import Claude
from tui.claude.client import World as Outside
from tui.session import events as ev
from tui.session.fork import lineage
from tui.session.state import SessionState, fold
from tui.session.store import SessionStore
from tui.simulator.config import Rules as CountRules
from tui.simulator.pilot.situation import Block

CATALOGUE = load()


async def no_wait(seconds: float) -> None:
    """Retries do not wait in tests."""


class Moments:
    """The clock of the log: the machine's, which can be moved on."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped


@dataclass
class Flight:
    """One session against one simulator."""

    server: Served
    driver: Driver
    store: SessionStore
    line: Claude
    folder: Path
    clock: Moments
    published: list[Published] = field(default_factory=list)

    @property
    def state(self) -> SessionState:
        return self.driver.state

    @property
    def means(self) -> Means:
        return self.driver.means

    def events(self, *kinds: type[ev.Event]) -> list[Any]:
        """What was committed since the start, of these kinds or of all."""
        found = [item.event for item in self.published if isinstance(item, ev.Record)]
        return [event for event in found if not kinds or isinstance(event, kinds)]

    def when(self, matches: Callable[[Published], bool], act: Callable[[], object]) -> None:
        """Do `act` once, as soon as something that `matches` is published."""
        done: list[bool] = []

        def listen(item: Published) -> None:
            if not done and matches(item):
                done.append(True)
                act()

        self.driver.listeners.append(listen)

    def skip(self, seconds: float) -> None:
        """Let time pass, here and at the server."""
        self.clock.skipped += seconds
        self.server.clock.now += seconds

    @property
    def sees_its_budget(self) -> bool:
        """Whether the API itself tells the model of the last request what is left."""
        return self.means.knows_budgets and CATALOGUE.model(self.state.sent_model).task_budget

    async def countdown(self) -> int:
        """What the server says the model saw left after the last message request."""
        rows = [row for row in await self.server.ledger() if row["kind"] == "message"]
        rows = [row for row in rows if row["after"] is not None]
        return int(rows[-1]["after"])

    def refolded(self) -> SessionState:
        """The state again, out of what is on disk."""
        return fold(lineage(self.store), self.state.counting)

    async def land(self) -> None:
        await self.line.close()
        self.store.close()


@asynccontextmanager
async def flight(
    tmp_path: Path,
    *replies: Sequence[Block],
    budget: int | None = 100_000,
    scope: str = "session",
    mode: ev.Mode = "auto",
    model: str = "claude-opus-5-5",
    effort: str | None = "high",
    turn_reset: str = "context",
    interactive: bool = True,
    delta: int = 16,
    **settings: Any,
) -> AsyncIterator[Flight]:
    """A flight whose model says `replies`, one after the other, in events of `delta` tokens."""
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    counting = Counting(turn_reset=turn_reset)  # type: ignore[arg-type]
    rules = CountRules(turn_reset=turn_reset)  # type: ignore[arg-type]
    async with served(*replies, rules=rules, delta=delta, **settings) as server:
        clock = Moments()
        store = SessionStore.create(tmp_path / "session.db", now=clock)
        events = first_events(
            session="session",
            folder=folder,
            program="0",
            model=model,
            effort=effort,
            mode=mode,
            tools=definitions(),
            now=datetime(2026, 11, 23),
            user_memory=tmp_path / "none",
        )
        if budget is not None:
            events.append(grant(budget, scope, "test"))  # type: ignore[arg-type]
        state = fold(store.append(events), counting)
        line = Claude(
            base_url=server.base_url, api_key=TOKEN, world=Outside(sleep=no_wait, random=lambda: 0)
        )
        means = Means(
            line=line,
            catalogue=CATALOGUE,
            tools=TOOLS,
            world=World(folder=folder, environment=dict(os.environ), scratch=tmp_path / "scratch"),
            rules=Rules(folder=folder.resolve(), mode=mode),
            desk=Desk(),
            now=asyncio.get_running_loop().time,
            interactive=interactive,
            sleep=no_wait,
            random=lambda: 0.0,
            on_limit="wrap",
        )
        thread = ThreadPoolExecutor(max_workers=1)
        driver = Driver(store, state, means, thread)
        flown = Flight(server, driver, store, line, folder, clock)
        driver.listeners.append(flown.published.append)
        try:
            yield flown
        finally:
            await flown.land()
            thread.shutdown()
