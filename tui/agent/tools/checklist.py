"""The tool `checklist`: the model's plan, piece by piece."""

from typing import ClassVar

import msgspec

from tui.agent.tools.base import Call, Outcome, Progress, ToolError, World, arguments, schema
from tui.session.checklist import State, SubtaskUpdate
from tui.session.events import JSON

_TITLE = 200
"""Characters of a title."""


class Update(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One subtask, as the model sends it."""

    id: str
    title: str | None = None
    state: State | None = None
    estimate: int | None = None


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The subtasks that are new or changed."""

    subtasks: list[Update]


class Checklist:
    """Adds subtasks and changes them, by id; never drops any."""

    name = "checklist"
    reads_only = True
    definition: ClassVar[JSON] = {
        "name": "checklist",
        "description": (
            "Plan the work as subtasks, and keep their states current. Send only what is new or "
            "changed: it merges by id. Have one in progress at a time."
        ),
        "input_schema": schema(
            {
                "subtasks": {
                    "type": "array",
                    "items": schema(
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
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Check the subtasks."""
        args = arguments(input, Input)
        if not args.subtasks or any(not update.id.strip() for update in args.subtasks):
            raise ToolError("Name at least one subtask, each with an id.")
        if any((update.estimate or 0) < 0 for update in args.subtasks):
            raise ToolError("An estimate is a number of tokens, 0 or more.")
        return Call(
            name=self.name, subject=_counted(args.subtasks), reads_only=True, arguments=args
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Hand the changes to the session."""
        args: Input = call.arguments
        return Outcome(
            content="Noted.",
            summary=_counted(args.subtasks),
            subtasks=tuple(map(_taken, args.subtasks)),
        )


def _taken(update: Update) -> SubtaskUpdate:
    return SubtaskUpdate(
        id=update.id.strip(),
        title=update.title[:_TITLE] if update.title and update.title.strip() else None,
        state=update.state,
        estimate=update.estimate,
    )


def _counted(updates: list[Update]) -> str:
    return "1 subtask" if len(updates) == 1 else f"{len(updates)} subtasks"
