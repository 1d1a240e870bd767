"""The tool `glob`: files by the pattern of their paths."""

import re
from pathlib import PurePath
from typing import ClassVar

import msgspec

from tui.agent.tools.base import Call, Outcome, Progress, ToolError, World, arguments, schema
from tui.agent.tools.cut import cut
from tui.agent.tools.patterns import path_pattern
from tui.agent.tools.places import Place, locate, status, still
from tui.agent.tools.ripgrep import Found, excluded, search
from tui.session.events import JSON

_WILD = re.compile(r"[*?\[{]")


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which files, below which folder."""

    pattern: str
    path: str = "."

    @property
    def start(self) -> str:
        """The folder in which the pattern begins, its own leading folders included."""
        return PurePath(self.path, *self._leading).as_posix()

    @property
    def wild(self) -> str:
        """What is left of the pattern there.

        Without a slash it matches at any depth; with one it is held at the start.
        """
        rest = "/".join(PurePath(self.pattern).parts[len(self._leading) :])
        return f"./{rest}" if self.anchored else rest

    @property
    def anchored(self) -> bool:
        """Whether it is held at the start."""
        return "/" in self.pattern.removeprefix("./")

    @property
    def _leading(self) -> tuple[str, ...]:
        parts = PurePath(self.pattern).parts
        wild = (at for at, part in enumerate(parts) if _WILD.search(part))
        return parts[: min(next(wild, len(parts)), len(parts) - 1)]


class Glob:
    """Lists files whose paths match a pattern, minding .gitignore."""

    name = "glob"
    reads_only = True
    definition: ClassVar[JSON] = {
        "name": "glob",
        "description": (
            "List files by a pattern such as src/**/*.py, sorted by path; *.py matches at any "
            "depth. Files in .gitignore are left out."
        ),
        "input_schema": schema(
            {
                "pattern": {"type": "string"},
                "path": {"type": "string", "description": "Folder to begin in; default: all."},
            },
            ("pattern",),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Find out where the listing would begin."""
        args = arguments(input, Input)
        if not args.pattern.strip() or "\0" in args.pattern or args.pattern.startswith("!"):
            raise ToolError(
                "The pattern is empty, holds a NUL byte or begins with an exclamation mark."
            )
        if ".." in PurePath(args.wild).parts:
            raise ToolError("A pattern cannot go up after a wildcard; set path instead.")
        path_pattern(args.wild)
        place = locate(args.start, world)
        return Call(
            name=self.name,
            subject=args.pattern if args.path == "." else f"{args.pattern} in {args.path}",
            reads_only=True,
            need=place.need("read"),
            arguments=args,
            path=place.path,
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """List."""
        args: Input = call.arguments
        place = still(call, args.start, world)
        if status(place) is None:
            return Outcome(content=f"No files: {place.shown} does not exist.", summary="no files")
        most, pattern = world.limits.paths, path_pattern(args.wild)

        def keep(line: str) -> str | None:
            fits = pattern.fullmatch(f"./{line}" if args.anchored else line)
            return _named(line, place) if fits and not world.hides(place.path / line) else None

        options = ("--files", *excluded(place.shown))
        return _outcome(
            await search(options, world, folder=place.path, most=most, keep=keep), world
        )


def _outcome(found: Found, world: World) -> Outcome:
    if not found.lines:
        return Outcome(content="No files match.", summary="no files")
    count = len(found.lines)
    more = f"\n[more than {count:,} files: narrow the pattern]" if found.more else ""
    return Outcome(
        content=cut("\n".join(found.lines), world.limits.output, "Narrow the pattern.") + more,
        summary=f"{'≥ ' if found.more else ''}{count:,} file{'' if count == 1 else 's'}",
    )


def _named(line: str, place: Place) -> str:
    return line if place.shown == "." else f"{place.shown}/{line}"
