"""What a turn works with: settings, services, and what the run of the program has learned.

Settings and services are frozen values; a setting that the user changes replaces them as a whole,
in mid-turn too. Only `RunState` changes by itself, and none of it is in the log.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import random

from tui.agent.command_protection import CommandProtection
from tui.agent.model_client import ModelClient
from tui.agent.permissions import PermissionRules
from tui.agent.tools.base import Tool, ToolEnvironment
from tui.agent.turn_settings import TurnSettings
from tui.agent.user_inbox import UserInbox
from tui.claude.catalogue import Catalogue
from tui.claude.request import Request


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
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random


@dataclass(slots=True, kw_only=True)
class RunState:
    """What one run of the program knows of a session beside its log."""

    rules: PermissionRules
    server_supports_task_budget: bool = True
    """Whether the server is known to support task budgets; until it says that it does not."""
    cache_diagnostics_enabled: bool = True
    """Whether requests ask a known server why its cache was missed; until it refuses that."""
    protection: CommandProtection | None = None
    """Watches the protected files around commands; made for the first of them."""
    secrets_notice_shown: bool = False
    """Whether the user knows that something secret was blacked out."""
    reported_usage_issues: set[str] = field(default_factory=set)
    """Reasons not to believe the usage of a server that the user has read already."""
    recent_requests: deque[Request] = field(default_factory=lambda: deque(maxlen=2))
    """The last two requests, as sent: what `/wire` shows."""


@dataclass(slots=True)
class TurnContext:
    """Settings, services and run state; who holds it sees settings that change in mid-turn."""

    settings: TurnSettings
    services: Services
    run: RunState
