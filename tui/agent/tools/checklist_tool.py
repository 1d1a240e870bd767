"""The tool `checklist`: the model's plan, piece by piece."""

from typing import ClassVar

import msgspec

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
from tui.session.checklist import SubtaskState, SubtaskUpdate
from tui.session.events import JSON

NOT_WHILE_PLANNING = (
    "Plan mode: file the plan with file_plan; the checklist begins when the user agrees to it."
)
_TITLE = 200
"""Characters of a title."""


class SubtaskInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One subtask, as the model sends it."""

    id: str
    title: str | None = None
    state: SubtaskState | None = None
    estimate: int | None = None


class ChecklistInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The subtasks that are new or changed."""

    subtasks: list[SubtaskInput]


class ChecklistTool:
    """Adds subtasks and changes them, by id; never drops any."""

    name = "checklist"
    reads_only = True
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Plan the work as subtasks, and keep their states current. Send only what is new or "
        "changed: it merges by id. Have one in progress at a time.",
        {
            "subtasks": {
                "type": "array",
                "items": object_schema(
                    {
                        "id": {"type": "string", "description": "Short and stable."},
                        "title": {"type": "string"},
                        "state": {
                            "type": "string",
                            "enum": ["pending", "in_progress", "done", "skipped"],
                        },
                        "estimate": {"type": "integer", "description": "Tokens it will take."},
                    },
                    ("id",),
                ),
            }
        },
        ("subtasks",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Check the input; the call changes nothing but the session."""
        args = parse_input(input, ChecklistInput)
        if not args.subtasks or any(not update.id.strip() for update in args.subtasks):
            raise ToolError("Name at least one subtask, each with an id.")
        if any((update.estimate or 0) < 0 for update in args.subtasks):
            raise ToolError("An estimate is a number of tokens, 0 or more.")
        return PreparedCall(
            name=self.name,
            subject=_summary(args.subtasks),
            reads_only=True,
            arguments=args,
            not_mode="plan",
            mode_refusal=NOT_WHILE_PLANNING,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Hand the changes to the session."""
        args: ChecklistInput = call.arguments
        return ToolOutcome(
            content="Noted.",
            summary=_summary(args.subtasks),
            subtasks=tuple(map(_to_update, args.subtasks)),
        )


def _to_update(update: SubtaskInput) -> SubtaskUpdate:
    return SubtaskUpdate(
        id=update.id.strip(),
        title=update.title[:_TITLE] if update.title and update.title.strip() else None,
        state=update.state,
        estimate=update.estimate,
    )


def _summary(updates: list[SubtaskInput]) -> str:
    return "1 subtask" if len(updates) == 1 else f"{len(updates)} subtasks"
