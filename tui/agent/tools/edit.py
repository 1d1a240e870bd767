"""The tool `edit`: exact replacement of text in a file."""

import asyncio
import os
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from tui.agent.tools.base import Call, Outcome, Progress, ToolError, World, arguments, schema
from tui.agent.tools.changes import change, replace_file
from tui.agent.tools.marks import refuse_marks
from tui.agent.tools.matching import NotFound, replace, resembling
from tui.agent.tools.places import Place, locate, opened, regular, still
from tui.agent.tools.protected import protected_content
from tui.agent.tools.seen import Moved
from tui.agent.tools.text import Text, binary_kind, decode
from tui.session.events import JSON, FileChange


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to replace by what."""

    path: str
    old_string: str
    new_string: str
    replace_all: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A replacement worked out, and not yet done."""

    content: bytes
    """What the file holds."""
    text: Text
    body: str
    lines: tuple[int, ...]

    def change(self, place: Place) -> FileChange:
        """What it looks like."""
        return change(place, self.text.body, self.body)


class Edit:
    """Replaces exact text in a file, once or everywhere."""

    name = "edit"
    reads_only = False
    definition: ClassVar[JSON] = {
        "name": "edit",
        "description": (
            "Replace exact text in a file. old_string must occur exactly once, white space "
            "included, unless replace_all is set. Read the file first."
        ),
        "input_schema": schema(
            {
                "path": {"type": "string", "description": "Relative to the project folder."},
                "old_string": {"type": "string", "description": "Without line numbers."},
                "new_string": {"type": "string"},
                "replace_all": {"type": "boolean", "description": "Default false."},
            },
            ("path", "old_string", "new_string"),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Work out the replacement, without doing it.

        A file outside the project folder is not looked into before that is allowed.
        """
        args = arguments(input, Input)
        if args.old_string == args.new_string:
            raise ToolError("old_string and new_string are the same: nothing to change.")
        if not args.old_string:
            raise ToolError("old_string is empty. To create or fill a file, use write.")
        place = locate(args.path, world)
        shown, protected = change(place, args.old_string, args.new_string), ""
        if not place.outside:
            plan = _plan(place, args, world)
            shown = plan.change(place)
            after = plan.body.encode("utf-8", "replace")
            protected = protected_content(place.path, plan.content, after)
        return Call(
            name=self.name,
            subject=place.shown,
            reads_only=False,
            need=place.need("edit", preview=shown.diff, protected=protected),
            arguments=args,
            path=place.path,
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Replace, in the file as it is now."""
        return await asyncio.to_thread(_apply, call, world)


def _apply(call: Call, world: World) -> Outcome:
    args: Input = call.arguments
    place = still(call, args.path, world)
    plan = _plan(place, args, world)
    try:
        content = plan.text.encode(plan.body)
    except UnicodeEncodeError as error:
        raise ToolError(
            f"{place.shown} is in {plan.text.encoding}, which has no {error.object[error.start]!r}."
        ) from error
    said = replace_file(place, content, plan.content)
    before, after = args.old_string.count("\n") + 1, args.new_string.count("\n") + 1
    world.seen.edited(place.path, content, [Moved(at, before, after) for at in plan.lines])
    done = plan.change(place)
    return Outcome(
        content=" ".join((f"{place.shown}: replaced {_places(plan.lines)}.", *said)),
        summary=f"+{done.added} −{done.removed}",
        changes=(done,),
    )


def _plan(place: Place, args: Input, world: World) -> Plan:
    regular(place)
    with opened(place) as file:
        if os.fstat(file.fileno()).st_size > world.limits.file:
            raise ToolError(f"{place.shown} is too large to edit; use a command instead.")
        content = file.read()
    if kind := binary_kind(content):
        raise ToolError(f"{place.shown} is {kind}; edit changes text only.")
    knowledge = world.seen.knows(place.path, content)
    if knowledge == "changed":
        raise ToolError(f"{place.shown} has changed on disk since you read it; read it again.")
    if knowledge == "unread" and args.replace_all:
        raise ToolError(f"Read {place.shown} before replacing everywhere in it.")
    text = decode(content)
    refuse_marks(args.old_string + "\n" + args.new_string, text.body)
    try:
        made = replace(text.body, args.old_string, args.new_string, everywhere=args.replace_all)
    except NotFound as error:
        # Nothing is quoted from a file that was never read: reading it may be denied.
        known = knowledge == "current"
        hint = resembling(text.body, args.old_string) if known else " Read the file first."
        raise ToolError(f"{place.shown}: {error.sentence}{hint}") from error
    except ToolError as error:
        raise ToolError(f"{place.shown}: {error.sentence}") from error
    return Plan(content, text, made.body, made.lines)


def _places(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"1 place, at line {lines[0]}"
    some = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
    return f"{len(lines)} places, at lines {some}"
