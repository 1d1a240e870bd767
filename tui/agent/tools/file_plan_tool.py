"""The tool `file_plan`: what the model proposes to do, for a quote that the user agrees to."""

from typing import Any, ClassVar

import msgspec

from tui.agent.plan_reading import PlanRefused, ReadPlan, read_plan
from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    object_schema,
    parse_input,
    tool_definition,
)
from tui.number_format import count_with_noun
from tui.session.events import JSON

FILE_PLAN = "file_plan"
"""The name of the tool."""
NOT_IN_PLAN_MODE = (
    "file_plan works in plan mode only. Do the work now, with the checklist tool for its subtasks."
)
_STRINGS: JSON = {"type": "array", "items": {"type": "string"}}


class FilePlanInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The plan, as the model sends it; its items are read by `tui.agent.plan_reading`."""

    items: list[Any]
    goal: str = ""


class FilePlanTool:
    """Files the plan; the program makes a quote of it."""

    name = FILE_PLAN
    reads_only = True
    definition: ClassVar[JSON] = tool_definition(
        name,
        "In plan mode only: file the plan as the last thing you do. The user gets its price, may "
        "drop items, and agrees before any work begins.",
        {
            "goal": {"type": "string", "description": "One sentence."},
            "items": {
                "type": "array",
                "items": object_schema(
                    {
                        "id": {"type": "string", "description": "Short."},
                        "title": {"type": "string"},
                        "estimate": {"type": "integer", "description": "Tokens it will take."},
                        "files": _STRINGS,
                        "checks": {**_STRINGS, "description": "How to see that it is done."},
                    },
                    ("title", "estimate"),
                ),
            },
        },
        ("items",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Read the plan; the call changes nothing but the session."""
        args = parse_input(input, FilePlanInput)
        try:
            found = read_plan(args.items, args.goal)
        except PlanRefused as refused:
            raise ToolError(str(refused)) from refused
        return PreparedCall(
            name=self.name,
            subject=count_with_noun(len(found.plan.items), "item"),
            reads_only=True,
            arguments=found,
            only_mode="plan",
            mode_refusal=NOT_IN_PLAN_MODE,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Hand the plan to the session."""
        found: ReadPlan = call.arguments
        understood = f" Understood: {'; '.join(found.remarks[:10])}." if found.remarks else ""
        return ToolOutcome(
            content=f"Filed. The user sees it with its price, and decides.{understood}",
            summary=call.subject,
            plan=found.plan,
        )
