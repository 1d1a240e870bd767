"""The tool `edit`: exact replacement of text in a file."""

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
from tui.agent.tools.file_versions import LineReplacement
from tui.agent.tools.hard_links import check_links, linked_protection_reason
from tui.agent.tools.mismatch_hint import similar_text_hint
from tui.agent.tools.redaction_marks import refuse_redaction_marks
from tui.agent.tools.text_replacement import TextNotFound, replace_text
from tui.agent.tools.tool_paths import (
    ResolvedPath,
    open_regular_file,
    recheck_path,
    resolve_path,
    stat_regular_file,
)
from tui.session.events import JSON, FileChange


class EditInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to replace by what."""

    path: str
    old_string: str
    new_string: str
    replace_all: bool = False


@dataclass(frozen=True, slots=True)
class EditPlan:
    """A replacement worked out, and not yet done."""

    content: bytes
    """What the file holds."""
    text: FileText
    body: str
    lines: tuple[int, ...]

    def file_change(self, place: ResolvedPath) -> FileChange:
        """What it looks like."""
        return describe_change(place, shown(self.text.body), shown(self.body))


class EditTool:
    """Replaces exact text in a file, once or everywhere."""

    name = "edit"
    reads_only = False
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Replace exact text in a file. old_string must occur exactly once, white space "
        "included, unless replace_all is set. Read the file first.",
        {
            "path": {"type": "string", "description": "Relative to the project folder."},
            "old_string": {"type": "string", "description": "Without line numbers."},
            "new_string": {"type": "string"},
            "replace_all": {"type": "boolean", "description": "Default false."},
        },
        ("path", "old_string", "new_string"),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Work out the replacement, without doing it.

        A file outside the project folder is not looked into before that is allowed.
        """
        args = parse_input(input, EditInput)
        if args.old_string == args.new_string:
            raise ToolError("old_string and new_string are the same: nothing to change.")
        if not args.old_string:
            raise ToolError("old_string is empty. To create or fill a file, use write.")
        place = resolve_path(args.path, env)
        shown, protected = describe_change(place, args.old_string, args.new_string), ""
        if not place.outside_project:
            plan = _plan_edit(place, args, env)
            shown = plan.file_change(place)
            after = plan.body.encode("utf-8", "replace")
            protected = content_protection_reason(place.path, plan.content, after)
            protected = protected or linked_protection_reason(place, env)
        return PreparedCall(
            name=self.name,
            subject=place.display_path,
            reads_only=False,
            permission=place.permission("edit", preview=cut_diff(shown.diff), protected=protected),
            arguments=args,
            path=place.path,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Replace, in the file as it is now."""
        return await asyncio.to_thread(_apply_edit, call, env)


def _apply_edit(call: PreparedCall, env: ToolEnvironment) -> ToolOutcome:
    args: EditInput = call.arguments
    place = recheck_path(call, args.path, env)
    check_links(place, call, env)
    plan = _plan_edit(place, args, env)
    try:
        content = plan.text.encode(plan.body)
    except UnwritableText as error:
        raise ToolError(f"{place.display_path} {error.reason}.") from error
    said = replace_file(place, content, plan.content)
    # Whole lines for whole lines leave the next one as it is.
    partly = not (args.old_string.endswith("\n") and args.new_string.endswith("\n"))
    before, after = (text.count("\n") + partly for text in (args.old_string, args.new_string))
    env.file_versions.record_edit(
        place.path,
        content,
        [LineReplacement(at, before, after) for at in plan.lines],
        plan.body.removesuffix("\n").count("\n") + bool(plan.body),
    )
    done = with_digests(plan.file_change(place), plan.content, content, plan.text.newline)
    return ToolOutcome(
        content=" ".join((f"{place.display_path}: replaced {_line_words(plan.lines)}.", *said)),
        summary=f"+{done.added} −{done.removed}",
        changes=(done,),
    )


def _plan_edit(place: ResolvedPath, args: EditInput, env: ToolEnvironment) -> EditPlan:
    stat_regular_file(place)
    with open_regular_file(place) as file:
        if os.fstat(file.fileno()).st_size > env.limits.file_bytes:
            raise ToolError(f"{place.display_path} is too large to edit; use a command instead.")
        content = file.read()
    if kind := binary_kind(content):
        raise ToolError(f"{place.display_path} is {kind}; edit changes text only.")
    knowledge = env.file_versions.compare(place.path, content)
    if knowledge == "changed":
        raise ToolError(
            f"{place.display_path} has changed on disk since you read it; read it again."
        )
    if knowledge == "unread" and args.replace_all:
        raise ToolError(f"Read {place.display_path} before replacing everywhere in it.")
    text = decode_text(content)
    refuse_redaction_marks(args.old_string + "\n" + args.new_string, text.body)
    refuse_half_characters(args.new_string)
    try:
        made = replace_text(
            text.body, args.old_string, args.new_string, everywhere=args.replace_all
        )
    except TextNotFound as error:
        # Nothing is quoted from a file that was never read: reading it may be denied.
        known = knowledge == "current"
        hint = similar_text_hint(text.body, args.old_string) if known else " Read the file first."
        raise ToolError(f"{place.display_path}: {error.sentence}{hint}") from error
    except ToolError as error:
        raise ToolError(f"{place.display_path}: {error.sentence}") from error
    if any(map(text.may_split_character, made.starts)):
        raise ToolError(
            f"{place.display_path} {text.encoding_words}, and old_string may begin in the middle "
            "of a character of it. Begin old_string earlier, at the start of a line or a blank."
        )
    return EditPlan(content, text, made.body, made.lines)


def _line_words(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"1 place, at line {lines[0]}"
    some = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
    return f"{len(lines)} places, at lines {some}"
