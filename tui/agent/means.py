"""What a turn works with: the model's line, the tools, the rules, the limits."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tui.agent.desk import Desk
from tui.agent.permissions import Rules
from tui.agent.tools.base import Tool, World
from tui.budget.stages import Thresholds
from tui.claude.catalogue import Catalogue
from tui.claude.progress import Progress, Response
from tui.claude.request import Request
from tui.session.events import JSON


class Line(Protocol):
    """The line to the model: `tui.claude.client.Claude`."""

    def send(self, request: Request) -> AsyncIterator[Progress | Response]:
        """Send one request; ends with a `Response` or raises a `Fault`."""
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
    knows_budgets: bool = True
    """Whether the server is known to support task budgets."""
    thresholds: Thresholds = field(default_factory=Thresholds)
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    system: tuple[JSON, ...] = ()
