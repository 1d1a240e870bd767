"""What a turn works with: the model's line, the tools, the rules, the limits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import random
from typing import Literal, Protocol

from tui.agent.desk import Desk
from tui.agent.permissions import Rules
from tui.agent.protection import Protection
from tui.agent.tools.base import Tool, World
from tui.budget.fuses import Fuses
from tui.budget.patience import Patience
from tui.budget.stages import Thresholds
from tui.claude.catalogue import Catalogue
from tui.claude.model_window import Window
from tui.claude.progress import Partial, Progress, Response
from tui.claude.request import Request
from tui.claude.retry import Policy
from tui.settings.managed import Caps

OnLimit = Literal["ask", "wrap", "pause", "stop"]
Strategy = Literal["summary", "server"]


class Sending(Protocol):
    """A request on its way: iterate for its progress and, last, the response."""

    def __aiter__(self) -> AsyncIterator[Progress | Response]: ...

    @property
    def partial(self) -> Partial:
        """What has arrived so far."""
        ...


class Line(Protocol):
    """The line to the model: `tui.claude.client.Claude`."""

    def send(self, request: Request) -> Sending:
        """Send one request; ends with a `Response` or raises a `Fault`."""
        ...

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of a request as the server counts them; None when it cannot say."""
        ...

    async def window(self, model: str) -> Window | None:
        """What the server says of a model's window; None when it could not be asked."""
        ...

    async def can_summarize(self, model: str) -> bool | None:
        """Whether the server summarises for a model on demand; None when it cannot say."""
        ...


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """Output of a running tool, for the screen only."""

    tool_use: str
    text: str


@dataclass(slots=True)
class Means:
    """Everything a turn needs besides the session's state."""

    line: Line
    catalogue: Catalogue
    tools: Mapping[str, Tool]
    world: World
    rules: Rules
    desk: Desk
    now: Callable[[], float]
    """Seconds since the Unix epoch."""
    interactive: bool = True
    """Whether there is somebody to answer a permission question."""
    host: str = "api.anthropic.com"
    """Host that requests go to, for sentences."""
    knows_budgets: bool = True
    """Whether the server is known to support task budgets; until it says that it does not."""
    asks_why: bool = True
    """Whether a server that is known is asked why its cache was missed; until it refuses that."""
    again: Policy = field(default_factory=lambda: Policy(attempts=3))
    """When an answer that broke off is asked for again."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random
    thresholds: Thresholds = field(default_factory=Thresholds)
    fuses: Fuses = field(default_factory=Fuses)
    """The hard limits of the settings; what was set in the session is laid over them."""
    caps: Caps = field(default_factory=dict)
    """What the organisation caps: nothing is laid over that."""
    patience: Patience = field(default_factory=Patience)
    """How long a turn may go without progress before it is paused."""
    on_limit: OnLimit = "ask"
    """What happens at a reached limit: ask the user · land with a report · put down · end."""
    limit_patience: float = 300.0
    """Seconds a question about a limit waits before silence means pause."""
    compact_at: float | None = 0.8
    """Part of the context window at which the conversation is shortened; None never."""
    strategy: Strategy = "summary"
    """Who shortens it: the model with a summary for this program, or the server."""
    protection: Protection | None = None
    """Watches the protected files around commands; made for the first of them."""
    told_of_secrets: bool = False
    """Whether the user knows that something secret was blacked out."""
    doubts: set[str] = field(default_factory=set)
    """What was said already of a server whose usage cannot be believed."""
    sent: deque[Request] = field(default_factory=lambda: deque(maxlen=2))
    """The last two requests, as sent: what `/wire` shows."""
