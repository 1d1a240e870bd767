"""Every tool the model may call, by its name."""

from collections.abc import Mapping

from tui.agent.tools.base import Tool
from tui.agent.tools.bash import Bash
from tui.agent.tools.checklist import Checklist
from tui.agent.tools.edit import Edit
from tui.agent.tools.glob import Glob
from tui.agent.tools.grep import Grep
from tui.agent.tools.jobs import JobsTool
from tui.agent.tools.read import Read
from tui.agent.tools.wrap_up import WrapUpTool
from tui.agent.tools.write import Write
from tui.session.events import JSON

_ALL: tuple[Tool, ...] = (
    Bash(),
    Checklist(),
    Edit(),
    Glob(),
    Grep(),
    JobsTool(),
    Read(),
    WrapUpTool(),
    Write(),
)

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}
"""Every tool by its name."""


def definitions() -> list[JSON]:
    """The definitions for the API: by name, the same bytes every time."""
    return [TOOLS[name].definition for name in sorted(TOOLS)]
