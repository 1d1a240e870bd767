"""A running session: real driver, real store, real tools, against a scripted simulator.

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

from tests.support.context import make_context
from tests.support.simulator import TOKEN, ServedSimulator, serve_simulator
from tui.agent.new_session import initial_events, initial_grant
from tui.agent.permissions import PermissionRules
from tui.agent.request_scheduler import PacedAgent, RequestScheduler
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.tools.base import ToolEnvironment
from tui.agent.tools.registry import TOOLS, tool_definitions
from tui.agent.turn_context import TurnContext
from tui.agent.user_inbox import UserInbox
from tui.budget.wire_budget import CountingRules
from tui.claude.api_client import ClaudeClient, ClientClock
from tui.claude.catalogue import load_catalogue
from tui.claude.retry import REFUSALS, RetryPolicy
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.simulator.budget_countdown import CountdownRules
from tui.simulator.scripted_model.model_input import ScriptedBlock

CATALOGUE = load_catalogue()


class SkippingClock:
    """A clock on which a sleep is over at once."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def unhurried_scheduler() -> RequestScheduler:
    """A scheduler that waits for no real time."""
    clock = SkippingClock()
    return RequestScheduler(clock, clock.sleep, lambda: 0.0)


async def no_wait(seconds: float) -> None:
    """Retries do not wait in tests."""


class ShiftableClock:
    """The clock of the log: the machine's, which can be moved on."""

    def __init__(self) -> None:
        self.shifted = 0.0

    def __call__(self) -> float:
        return time.time() + self.shifted


@dataclass
class SessionRun:
    """One session against one simulator."""

    server: ServedSimulator
    driver: SessionRunner
    store: SessionStore
    client: ClaudeClient
    folder: Path
    clock: ShiftableClock
    published: list[Published] = field(default_factory=list)

    @property
    def state(self) -> SessionState:
        return self.driver.state

    @property
    def ctx(self) -> TurnContext:
        return self.driver.ctx

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

    def pass_time(self, seconds: float) -> None:
        """Let time pass, here and at the server."""
        self.clock.shifted += seconds
        self.server.clock.now += seconds

    @property
    def server_shows_budget(self) -> bool:
        """Whether the API itself tells the model of the last request what is left."""
        return (
            self.ctx.run.server_supports_task_budget
            and CATALOGUE.model(self.state.sent_model).task_budget
        )

    async def countdown(self) -> int:
        """What the server says the model saw left after the last message request."""
        rows = [row for row in await self.server.ledger() if row["kind"] == "message"]
        rows = [row for row in rows if row["after"] is not None]
        return int(rows[-1]["after"])

    def folded_from_disk(self) -> SessionState:
        """The state again, out of what is on disk."""
        return fold(full_log(self.store), self.state.counting)

    async def close(self) -> None:
        await self.client.close()
        self.store.close()


@asynccontextmanager
async def run_session(
    tmp_path: Path,
    *replies: Sequence[ScriptedBlock],
    budget: int | None = 100_000,
    scope: str = "session",
    mode: ev.Mode = "auto",
    model: str = "claude-opus-5-5",
    effort: str | None = "high",
    turn_reset: str = "context",
    interactive: bool = True,
    delta: int = 16,
    more_tools: Sequence[ev.JSON] = (),
    **settings: Any,
) -> AsyncIterator[SessionRun]:
    """A session whose model says `replies`, one after the other, in events of `delta` tokens."""
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    counting = CountingRules(turn_reset=turn_reset)  # type: ignore[arg-type]
    rules = CountdownRules(turn_reset=turn_reset)  # type: ignore[arg-type]
    async with serve_simulator(*replies, rules=rules, delta=delta, **settings) as server:
        clock = ShiftableClock()
        store = SessionStore.create(tmp_path / "session.db", now=clock)
        events = initial_events(
            session="session",
            folder=folder,
            program="0",
            model=model,
            effort=effort,
            mode=mode,
            tools=[*tool_definitions(), *more_tools],
            now=datetime(2026, 11, 23),
            user_memory=tmp_path / "none",
        )
        if budget is not None:
            events.append(initial_grant(budget, scope, "test"))  # type: ignore[arg-type]
        state = fold(store.append(events), counting)
        client = ClaudeClient(
            base_url=server.base_url,
            api_key=TOKEN,
            clock=ClientClock(sleep=no_wait, random=lambda: 0),
            retry_policy=RetryPolicy(left_to_caller=REFUSALS),
        )
        ctx = make_context(
            client=client,
            catalogue=CATALOGUE,
            tools=TOOLS,
            environment=ToolEnvironment(
                folder=folder, variables=dict(os.environ), scratch_folder=tmp_path / "scratch"
            ),
            rules=PermissionRules(folder=folder.resolve(), mode=mode),
            inbox=UserInbox(),
            now=asyncio.get_running_loop().time,
            interactive=interactive,
            sleep=no_wait,
            random=lambda: 0.0,
            limit_policy="wrap",
            pacing=PacedAgent(unhurried_scheduler()),
        )
        thread = ThreadPoolExecutor(max_workers=1)
        driver = SessionRunner(store, state, ctx, thread)
        run = SessionRun(server, driver, store, client, folder, clock)
        driver.listeners.append(run.published.append)
        try:
            yield run
        finally:
            await run.close()
            thread.shutdown()
