"""Every tool the model may call, by its name."""

from collections.abc import Mapping

from tui.agent.tools.base import Tool
from tui.agent.tools.bash_tool import BashTool
from tui.agent.tools.checklist_tool import ChecklistTool
from tui.agent.tools.edit_tool import EditTool
from tui.agent.tools.file_plan_tool import FilePlanTool
from tui.agent.tools.glob_tool import GlobTool
from tui.agent.tools.grep_tool import GrepTool
from tui.agent.tools.jobs_tool import JobsTool
from tui.agent.tools.read_tool import ReadTool
from tui.agent.tools.wrap_up_tool import WrapUpTool
from tui.agent.tools.write_tool import WriteTool
from tui.session.events import JSON

_ALL_TOOLS: tuple[Tool, ...] = (
    BashTool(),
    ChecklistTool(),
    EditTool(),
    FilePlanTool(),
    GlobTool(),
    GrepTool(),
    JobsTool(),
    ReadTool(),
    WrapUpTool(),
    WriteTool(),
)

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL_TOOLS}
"""Every tool by its name."""


def tool_definitions() -> list[JSON]:
    """The definitions for the API: by name, the same bytes every time."""
    return [TOOLS[name].definition for name in sorted(TOOLS)]
