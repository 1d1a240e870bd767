"""The tool `glob`: files by the pattern of their paths."""

import re
from pathlib import PurePath
from typing import ClassVar

import msgspec

from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    parse_input,
    tool_definition,
)
from tui.agent.tools.file_names import shown_name
from tui.agent.tools.glob_patterns import compile_glob, matches_glob
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.ripgrep import SearchResult, exclusion_globs, run_ripgrep
from tui.agent.tools.tool_paths import ResolvedPath, path_status, recheck_path, resolve_path
from tui.session.events import JSON

_WILDCARD = re.compile(r"[*?\[{\\]")


class GlobInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which files, below which folder."""

    pattern: str
    path: str = "."

    @property
    def start_folder(self) -> str:
        """The folder in which the pattern begins, its own leading folders included."""
        return PurePath(self.path, *self._leading_folders).as_posix()

    @property
    def remaining_pattern(self) -> str:
        """What is left of the pattern there.

        Without a slash it matches at any depth; with one it is held at the start.
        """
        rest = "/".join(PurePath(self.pattern).parts[len(self._leading_folders) :])
        return f"./{rest}" if self.anchored else rest

    @property
    def anchored(self) -> bool:
        """Whether it is held at the start."""
        return "/" in self.pattern.removeprefix("./")

    @property
    def _leading_folders(self) -> tuple[str, ...]:
        parts = PurePath(self.pattern).parts
        wild = (at for at, part in enumerate(parts) if _WILDCARD.search(part))
        return parts[: min(next(wild, len(parts)), len(parts) - 1)]


class GlobTool:
    """Lists files whose paths match a pattern, minding .gitignore."""

    name = "glob"
    reads_only = True
    definition: ClassVar[JSON] = tool_definition(
        name,
        "List files by a pattern such as src/**/*.py, sorted by path; *.py matches at any "
        "depth. Files in .gitignore are left out.",
        {
            "pattern": {"type": "string"},
            "path": {"type": "string", "description": "Folder to begin in; default: all."},
        },
        ("pattern",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Find out where the listing would begin."""
        args = parse_input(input, GlobInput)
        if not args.pattern.strip() or "\0" in args.pattern or args.pattern.startswith("!"):
            raise ToolError(
                "The pattern is empty, holds a NUL byte or begins with an exclamation mark."
            )
        if ".." in PurePath(args.remaining_pattern).parts:
            raise ToolError("A pattern cannot go up after a wildcard; set path instead.")
        compile_glob(args.remaining_pattern)
        place = resolve_path(args.start_folder, env)
        return PreparedCall(
            name=self.name,
            subject=args.pattern if args.path == "." else f"{args.pattern} in {args.path}",
            reads_only=True,
            permission=place.permission("read"),
            arguments=args,
            path=place.path,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """List the files that match now."""
        args: GlobInput = call.arguments
        place = recheck_path(call, args.start_folder, env)
        if path_status(place) is None:
            return ToolOutcome(
                content=f"No files: {place.display_path} does not exist.", summary="no files"
            )
        most, pattern = env.limits.glob_paths, compile_glob(args.remaining_pattern)

        def keep(line: str) -> str | None:
            fits = matches_glob(pattern, f"./{line}" if args.anchored else line)
            return (
                _display_path(line, place)
                if fits and not env.is_hidden(place.path / line)
                else None
            )

        options = ("--files", "--null", *exclusion_globs(place.display_path))
        found = await run_ripgrep(options, env, folder=place.path, most=most, keep=keep, end=b"\0")
        return _outcome(found, env)


def _outcome(found: SearchResult, env: ToolEnvironment) -> ToolOutcome:
    if not found.lines:
        return ToolOutcome(content="No files match.", summary="no files")
    count = len(found.lines)
    more = f"\n[more than {count:,} files: narrow the pattern]" if found.is_truncated else ""
    return ToolOutcome(
        content=truncate_result(
            "\n".join(found.lines), env.limits.output_characters, "Narrow the pattern."
        )
        + more,
        summary=f"{'≥ ' if found.is_truncated else ''}{count:,} file{'' if count == 1 else 's'}",
    )


def _display_path(line: str, place: ResolvedPath) -> str:
    name = shown_name(line)
    return name if place.display_path == "." else f"{place.display_path}/{name}"
