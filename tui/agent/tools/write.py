"""The tool `write`: a whole file, new or replaced."""

import asyncio
import os
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from tui.agent.tools.base import Call, Outcome, Progress, ToolError, World, arguments, schema
from tui.agent.tools.changes import change, replace_file
from tui.agent.tools.marks import refuse_marks
from tui.agent.tools.places import Place, locate, opened, refuse_special, status, still
from tui.agent.tools.protected import protected_content
from tui.agent.tools.text import Text, binary_kind, decode
from tui.session.events import JSON, FileChange


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to write where."""

    path: str
    content: str


_LOSSY = ("utf-8", "replace")
"""What cannot be encoded at all is refused when it is written."""


class Write:
    """Creates a file with its folders, or replaces one that was read before."""

    name = "write"
    reads_only = False
    definition: ClassVar[JSON] = {
        "name": "write",
        "description": (
            "Create a file, with its folders, or replace a whole file you have read. To change "
            "a part of a file use edit."
        ),
        "input_schema": schema(
            {
                "path": {"type": "string", "description": "Relative to the project folder."},
                "content": {"type": "string"},
            },
            ("path", "content"),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Check that nothing unknown would be lost, and show the change.

        A file outside the project folder is not looked into before that is allowed.
        """
        args = arguments(input, Input)
        place = locate(args.path, world)
        before = None if place.outside else _before(place, world)
        refuse_marks(args.content, before.text.body if before else "")
        return Call(
            name=self.name,
            subject=place.shown,
            reads_only=False,
            need=place.need(
                "write",
                preview=_change(place, before, args.content).diff,
                protected=protected_content(
                    place.path, before.content if before else None, args.content.encode(*_LOSSY)
                ),
            ),
            arguments=args,
            path=place.path,
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Write it."""
        return await asyncio.to_thread(_apply, call, world)


def _apply(call: Call, world: World) -> Outcome:
    args: Input = call.arguments
    place = still(call, args.path, world)
    before = _before(place, world)
    refuse_marks(args.content, before.text.body if before else "")
    try:
        content = (before.text if before else Text("")).encode(_plain(before, args.content))
    except UnicodeEncodeError as error:
        raise ToolError(
            f"The content holds {error.object[error.start]!r}, which cannot be written."
        ) from error
    said = replace_file(place, content, before.content if before else None)
    world.seen.remember(place.path, content)
    done = _change(place, before, args.content)
    verb = "created" if before is None else "replaced"
    return Outcome(
        content=" ".join((f"{place.shown}: {verb}, {_counted(args.content)}.", *said)),
        summary=f"+{done.added} −{done.removed}" if before else f"new, {_counted(args.content)}",
        changes=(done,),
    )


@dataclass(frozen=True, slots=True)
class Before:
    """A file that would be replaced."""

    content: bytes
    text: Text


def _before(place: Place, world: World) -> Before | None:
    """What would be replaced; None where there is no file yet."""
    found = status(place)
    if found is None:
        _refuse_file_as_folder(place)
        return None
    refuse_special(place, found)
    with opened(place) as file:
        if os.fstat(file.fileno()).st_size > world.limits.file:
            raise ToolError(
                f"{place.shown} exists and is too large to replace; use a command instead."
            )
        content = file.read()
    if binary_kind(content):
        raise ToolError(f"{place.shown} exists and is {binary_kind(content)}.")
    match world.seen.knows(place.path, content):
        case "unread" if content:
            raise ToolError(f"{place.shown} exists; read it before you replace it.")
        case "changed":
            raise ToolError(f"{place.shown} has changed on disk since you read it; read it again.")
    if content and (unseen := world.seen.unseen(place.path)):
        lines = "1 line" if unseen == 1 else f"{unseen:,} lines"
        raise ToolError(
            f"{place.shown} has {lines} that you have not seen in full; replacing the file would "
            "lose what is there. Read the rest first, or change a part of it with edit."
        )
    return Before(content, decode(content))


def _refuse_file_as_folder(place: Place) -> None:
    there = next((parent for parent in place.path.parents if parent.exists()), None)
    if there is not None and not there.is_dir():
        raise ToolError(f"{place.shown} cannot be written: {there.name} is a file, not a folder.")


def _change(place: Place, before: Before | None, content: str) -> FileChange:
    return change(place, None if before is None else before.text.body, _plain(before, content))


def _plain(before: Before | None, content: str) -> str:
    """The content with line feeds only, where the file's own line endings come back in."""
    crlf = before is not None and before.text.newline != "\n"
    return content.replace("\r\n", "\n") if crlf else content


def _counted(content: str) -> str:
    lines = content.count("\n") + (bool(content) and not content.endswith("\n"))
    return "1 line" if lines == 1 else f"{lines:,} lines"
