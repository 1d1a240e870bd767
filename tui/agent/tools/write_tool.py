"""The tool `write`: a whole file, new or replaced."""

import asyncio
import os
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from tui.agent.protected_paths import content_protection_reason
from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    parse_input,
    tool_definition,
)
from tui.agent.tools.change_diff import cut_diff, describe_change, with_digests
from tui.agent.tools.file_replacement import replace_file
from tui.agent.tools.file_text import (
    FileText,
    UnwritableText,
    binary_kind,
    decode_text,
    refuse_half_characters,
    shown,
)
from tui.agent.tools.hard_links import check_links, linked_protection_reason
from tui.agent.tools.redaction_marks import refuse_redaction_marks
from tui.agent.tools.tool_paths import (
    ResolvedPath,
    check_regular,
    open_regular_file,
    path_status,
    recheck_path,
    resolve_path,
)
from tui.sanitize import REPLACEMENT
from tui.session.events import JSON, FileChange


class WriteInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to write where."""

    path: str
    content: str


_LOSSY_ENCODINGS = ("utf-8", "replace")
"""What cannot be encoded at all is refused when it is written."""


class WriteTool:
    """Creates a file with its folders, or replaces one that was read before."""

    name = "write"
    reads_only = False
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Create a file, with its folders, or replace a whole file you have read. To change "
        "a part of a file use edit.",
        {
            "path": {"type": "string", "description": "Relative to the project folder."},
            "content": {"type": "string"},
        },
        ("path", "content"),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Check that nothing unknown would be lost, and show the change.

        A file outside the project folder is not looked into before that is allowed.
        """
        args = parse_input(input, WriteInput)
        place = resolve_path(args.path, env)
        before = None if place.outside_project else _existing_file(place, env)
        _refuse_unwritable(place, before, args.content)
        protected = content_protection_reason(
            place.path,
            before.content if before else None,
            args.content.encode(*_LOSSY_ENCODINGS),
        )
        if not place.outside_project:
            protected = protected or linked_protection_reason(place, env)
        return PreparedCall(
            name=self.name,
            subject=place.display_path,
            reads_only=False,
            permission=place.permission(
                "write",
                preview=cut_diff(_change(place, before, args.content).diff),
                protected=protected,
            ),
            arguments=args,
            path=place.path,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Write the file, if it is still as it was when the call was judged."""
        return await asyncio.to_thread(_apply_write, call, env)


def _apply_write(call: PreparedCall, env: ToolEnvironment) -> ToolOutcome:
    args: WriteInput = call.arguments
    place = recheck_path(call, args.path, env)
    check_links(place, call, env)
    before = _existing_file(place, env)
    _refuse_unwritable(place, before, args.content)
    try:
        content = (before.text if before else FileText("")).encode(
            _with_line_feeds(before, args.content)
        )
    except UnwritableText as error:
        raise ToolError(f"{place.display_path} {error.reason}.") from error
    said = replace_file(place, content, before.content if before else None)
    env.file_versions.record_content(place.path, content)
    done = with_digests(
        _change(place, before, args.content),
        before.content if before else None,
        content,
        before.text.newline if before else "\n",
    )
    verb = "created" if before is None else "replaced"
    return ToolOutcome(
        content=" ".join(
            (f"{place.display_path}: {verb}, {_line_count_words(args.content)}.", *said)
        ),
        summary=f"+{done.added} −{done.removed}"
        if before
        else f"new, {_line_count_words(args.content)}",
        changes=(done,),
    )


@dataclass(frozen=True, slots=True)
class ExistingFile:
    """A file that would be replaced."""

    content: bytes
    text: FileText


def _existing_file(place: ResolvedPath, env: ToolEnvironment) -> ExistingFile | None:
    """What would be replaced; None where there is no file yet."""
    found = path_status(place)
    if found is None:
        _refuse_file_as_folder(place)
        return None
    check_regular(place, found)
    with open_regular_file(place) as file:
        if os.fstat(file.fileno()).st_size > env.limits.file_bytes:
            raise ToolError(
                f"{place.display_path} exists and is too large to replace; use a command instead."
            )
        content = file.read()
    if binary_kind(content):
        raise ToolError(f"{place.display_path} exists and is {binary_kind(content)}.")
    match env.file_versions.compare(place.path, content):
        case "unread" if content:
            raise ToolError(f"{place.display_path} exists; read it before you replace it.")
        case "changed":
            raise ToolError(
                f"{place.display_path} has changed on disk since you read it; read it again."
            )
    text = decode_text(content)
    if content and (unseen := env.file_versions.unseen_line_count(place.path)):
        lines = "1 line" if unseen == 1 else f"{unseen:,} lines"
        first = env.file_versions.first_unseen_line(place.path) or 1
        line = text.body.split("\n", first)[first - 1]
        way = f"Read the rest first, with offset={first}, or change a part of it with edit."
        if len(line) > env.limits.line_characters:
            way = f"Line {first} is too long to be shown: change a part of it with edit."
        raise ToolError(
            f"{place.display_path} has {lines} that you have not seen in full; replacing the file "
            f"would lose what is there. {way}"
        )
    return ExistingFile(content, text)


def _refuse_unwritable(place: ResolvedPath, before: ExistingFile | None, content: str) -> None:
    """Raise a `ToolError` for content that stands for what the model was not shown."""
    refuse_redaction_marks(content, before.text.body if before else "")
    refuse_half_characters(content)
    strays = before is not None and before.text.has_stray_bytes
    if strays and REPLACEMENT in content:
        raise ToolError(
            f"{place.display_path} holds bytes that are no text; {REPLACEMENT} stands for them and "
            "would take their place. Change the text around them with edit."
        )


def _refuse_file_as_folder(place: ResolvedPath) -> None:
    there = next((parent for parent in place.path.parents if parent.exists()), None)
    if there is not None and not there.is_dir():
        raise ToolError(
            f"{place.display_path} cannot be written: {there.name} is a file, not a folder."
        )


def _change(place: ResolvedPath, before: ExistingFile | None, content: str) -> FileChange:
    return describe_change(
        place,
        None if before is None else shown(before.text.body),
        _with_line_feeds(before, content),
    )


def _with_line_feeds(before: ExistingFile | None, content: str) -> str:
    """The content with line feeds only, where the file's own line endings come back in."""
    other = before is not None and before.text.newline != "\n"
    return content.replace("\r\n", "\n") if other else content


def _line_count_words(content: str) -> str:
    lines = content.count("\n") + (bool(content) and not content.endswith("\n"))
    return "1 line" if lines == 1 else f"{lines:,} lines"
