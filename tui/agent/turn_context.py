"""What a turn works with: the model's line, the tools, the rules, the limits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import random
from typing import Literal, Protocol

from tui.agent.command_protection import CommandProtection
from tui.agent.permissions import PermissionRules
from tui.agent.tools.base import Tool, ToolEnvironment
from tui.agent.user_inbox import UserInbox
from tui.budget.hard_limits import HardLimits
from tui.budget.loop_thresholds import LoopThresholds
from tui.budget.stages import StageThresholds
from tui.claude.catalogue import Catalogue
from tui.claude.model_window import ModelWindow
from tui.claude.request import Request
from tui.claude.response import PartialResponse, Response
from tui.claude.retry import RetryPolicy
from tui.claude.stream_events import StreamEvent
from tui.settings.managed import Caps

LimitPolicy = Literal["ask", "wrap", "pause", "stop"]
CompactionStrategy = Literal["summary", "server"]


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
    """The line to the model: `tui.claude.api_client.ClaudeClient`."""

    def send(self, request: Request) -> ResponseStream:
        """Send one request; ends with a `Response` or raises a `Fault`."""
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


@dataclass(slots=True)
class TurnContext:
    """Everything a turn needs besides the session's state."""

    client: ModelClient
    catalogue: Catalogue
    tools: Mapping[str, Tool]
    world: ToolEnvironment
    rules: PermissionRules
    inbox: UserInbox
    now: Callable[[], float]
    """Seconds since the Unix epoch."""
    interactive: bool = True
    """Whether there is somebody to answer a permission question."""
    host: str = "api.anthropic.com"
    """Host that requests go to, for sentences."""
    server_supports_task_budget: bool = True
    """Whether the server is known to support task budgets; until it says that it does not."""
    cache_diagnostics_enabled: bool = True
    """Whether a server that is known is asked why its cache was missed; until it refuses that."""
    retry_policy: RetryPolicy = field(default_factory=lambda: RetryPolicy(attempts=3))
    """When an answer that broke off is asked for again."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random
    thresholds: StageThresholds = field(default_factory=StageThresholds)
    hard_limits: HardLimits = field(default_factory=HardLimits)
    """The hard limits of the settings; what was set in the session is laid over them."""
    caps: Caps = field(default_factory=dict)
    """What the organisation caps: nothing is laid over that."""
    loop_thresholds: LoopThresholds = field(default_factory=LoopThresholds)
    """How long a turn may go without progress before it is paused."""
    limit_policy: LimitPolicy = "ask"
    """What happens at a reached limit: ask the user · land with a report · put down · end."""
    limit_answer_seconds: float = 300.0
    """Seconds a question about a limit waits before silence means pause."""
    compact_at: float | None = 0.8
    """Part of the context window at which the conversation is shortened; None never."""
    compaction_strategy: CompactionStrategy = "summary"
    """Who shortens it: the model with a summary for this program, or the server."""
    protection: CommandProtection | None = None
    """Watches the protected files around commands; made for the first of them."""
    secrets_notice_shown: bool = False
    """Whether the user knows that something secret was blacked out."""
    reported_usage_issues: set[str] = field(default_factory=set)
    """What was said already of a server whose usage cannot be believed."""
    recent_requests: deque[Request] = field(default_factory=lambda: deque(maxlen=2))
    """The last two requests, as sent: what `/wire` shows."""
