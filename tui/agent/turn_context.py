"""What a turn works with: settings, services, and what the run of the program has learned.

Settings and services are frozen values; a setting that the user changes replaces them as a whole,
in mid-turn too. Only `RunState` changes by itself, and none of it is in the log.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import random
from typing import Protocol

from tui.agent.command_changes import KnownFiles
from tui.agent.command_protection import CommandProtection
from tui.agent.permissions import PermissionRules
from tui.agent.request_scheduler import PacedAgent
from tui.agent.tools.base import Tool, ToolEnvironment
from tui.agent.turn_settings import TurnSettings
from tui.agent.user_inbox import UserInbox
from tui.budget.monthly_budget import BudgetStanding, CalendarMonth, SpendSlice
from tui.claude.catalogue import Catalogue
from tui.claude.model_window import ModelWindow
from tui.claude.request import Request
from tui.claude.response import PartialResponse, Response
from tui.claude.stream_events import StreamEvent
from tui.session.events import JSON


class ResponseStream(Protocol):
    """A request on its way: iterate for its progress and, last, the response."""

    def __aiter__(self) -> AsyncIterator[StreamEvent | Response]: ...

    async def aclose(self) -> None:
        """Stop, and close the connection; what had arrived stays in `partial`."""
        ...

    @property
    def partial(self) -> PartialResponse:
        """What has arrived so far."""
        ...


class ModelClient(Protocol):
    """Sends requests: `tui.claude.api_client.ClaudeClient`."""

    def send(self, request: Request) -> ResponseStream:
        """Send one request; ends with a `Response` or raises an `ApiError`."""
        ...

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of a request as the server counts them; None when it cannot say."""
        ...

    async def window(self, model: str) -> ModelWindow | None:
        """What the server says of a model's window; None when it could not be asked."""
        ...

    async def can_summarize(self, model: str) -> bool | None:
        """Whether the server summarises for a model on demand; None when it cannot say."""
        ...


class SpendReader(Protocol):
    """Sums of what all sessions of the user spent: `tui.agent.monthly_budgets.IndexedSpend`."""

    async def read(self, month: CalendarMonth, patience: float) -> tuple[list[SpendSlice], bool]:
        """Write what the session and its agents spent, and read what all spent in a month.

        Args:
            month: The month.
            patience: Seconds to wait for sums that are not known yet.

        Returns:
            What was spent, and whether all sessions are in it.
        """
        ...

    async def write(self) -> None:
        """Write what the session and its agents spent; never fails."""
        ...

    async def claim_warning(self, budget: str, month: CalendarMonth, percent: int) -> bool:
        """Whether a warning is due: True for the session that asks first.

        Args:
            budget: The key of the budget.
            month: The month.
            percent: What is reached.
        """
        ...


class Team(Protocol):
    """The agents of a session: `tui.agent.team.crew.Crew`."""

    async def ask_before(self, blocks: Sequence[JSON]) -> None:
        """Ask the user, once, about the agents that the calls of one message would begin.

        Raises:
            Interrupted: the user stopped the turn instead.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a turn calls: client, tools, clock, inbox."""

    client: ModelClient
    catalogue: Catalogue
    tools: Mapping[str, Tool]
    environment: ToolEnvironment
    """What tools may read, change and run."""
    inbox: UserInbox
    now: Callable[[], float]
    """Seconds since the Unix epoch."""
    spend: SpendReader | None = None
    """What all sessions spent; None in a story, where nothing is kept."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random
    team: Team | None = None
    """The agents of the session; None where it has none."""
    pacing: PacedAgent = field(default_factory=PacedAgent.alone)
    """The agent's place at the scheduler of requests."""

    def redact(self, text: str) -> str:
        """`text` without secrets."""
        return self.environment.redactor(text).text


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


def nobody_else(path: Path) -> str:
    """No other agent changes files here."""
    return ""


class PoolShare(Protocol):
    """An agent's share of a pool that it draws on request by request."""

    async def hold(self, tokens: int, given_up: Callable[[], bool]) -> int:
        """Hold tokens for the next request, as soon as there are enough.

        Args:
            tokens: Output tokens that it may take at most.
            given_up: Whether they are not wanted any more.

        Returns:
            How many it may take; 0 where the pool has too little, and nobody gives any back.
        """
        ...


@dataclass(slots=True, kw_only=True)
class RunState:
    """What one run of the program knows of a session beside its log."""

    rules: PermissionRules
    server_supports_task_budget: bool = True
    """Whether the server is known to support task budgets; until it says that it does not."""
    cache_diagnostics_enabled: bool = True
    """Whether requests ask a known server why its cache was missed; until it refuses that."""
    log_path: Path | None = None
    """The file of the session's log; None where nothing keeps it."""
    protection: CommandProtection | None = None
    """Watches the protected files around commands; made for the first of them."""
    known_files: KnownFiles = field(default_factory=KnownFiles)
    """What the files that the model works on held before the last command."""
    claim_file: Callable[[Path], str] = nobody_else
    """Claims a file that is about to be changed; gives the agent at work that has it already."""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a call that may change something: in a session with agents one at a time does."""
    may_send: asyncio.Event = field(default_factory=_set_event)
    """Cleared while the session and its agents are held: no request begins."""
    pool_share: PoolShare | None = None
    """Of an agent without a slice of its own; None for everybody else."""
    gates: tuple[asyncio.Event, ...] = ()
    """Of an agent: those above it and its own, each cleared while that one is paused."""
    secrets_notice_shown: bool = False
    """Whether the user knows that something secret was blacked out."""
    reported_usage_issues: set[str] = field(default_factory=set)
    """Reasons not to believe the usage of a server that the user has read already."""
    paced_since: float | None = None
    """Since when a request waits for a rate limit, in seconds since the Unix epoch."""
    monthly_standings: tuple[BudgetStanding, ...] = ()
    """How far the monthly budgets were used at the last look."""
    recent_requests: deque[Request] = field(default_factory=lambda: deque(maxlen=2))
    """The last two requests, as sent: what `/wire` shows."""

    @property
    def is_paused(self) -> bool:
        """Whether it, or who it works for, is paused: no request begins."""
        return not all(gate.is_set() for gate in self.gates)


@dataclass(slots=True)
class TurnContext:
    """Settings, services and run state; who holds it sees settings that change in mid-turn."""

    settings: TurnSettings
    services: Services
    run: RunState

    def working_now(self) -> float:
        """The time for what is measured in working time: it stands still while a request waits
        for a rate limit. Seconds since the Unix epoch.
        """
        since = self.run.paced_since
        return self.services.now() if since is None else since
