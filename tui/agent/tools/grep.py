"""The tool `grep`: a regular expression in the text of files."""

import re
import stat
from typing import BinaryIO, ClassVar, Literal

import msgspec

from tui.agent.tools.base import (
    Call,
    Outcome,
    Progress,
    ToolError,
    World,
    arguments,
    one_line,
    schema,
)
from tui.agent.tools.cut import cut
from tui.agent.tools.patterns import path_pattern
from tui.agent.tools.places import Place, locate, opened, status, still
from tui.agent.tools.ripgrep import Found, excluded, search
from tui.session.events import JSON

Output = Literal["content", "files", "count"]
_WIDTH = 500
"""Characters of a matching line; a match in a minified file is not a page."""
_MOST = 2_000
"""Lines one search may ask for."""


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to search for, and where."""

    pattern: str
    path: str = "."
    glob: str | None = None
    output: Output = "content"
    ignore_case: bool = False
    context: int = 0
    limit: int | None = None


class Grep:
    """Searches file contents with ripgrep, minding .gitignore."""

    name = "grep"
    reads_only = True
    definition: ClassVar[JSON] = {
        "name": "grep",
        "description": (
            "Search file contents with a regular expression (ripgrep). Files in .gitignore are "
            "left out. Prints path:line:text; output `files` or `count` is cheaper."
        ),
        "input_schema": schema(
            {
                "pattern": {"type": "string", "description": "Rust regex."},
                "path": {"type": "string", "description": "File or folder; default: all."},
                "glob": {"type": "string", "description": "Only such files, as *.py."},
                "output": {"type": "string", "enum": ["content", "files", "count"]},
                "ignore_case": {"type": "boolean"},
                "context": {"type": "integer", "description": "Lines around each match."},
                "limit": {"type": "integer", "description": "Lines of output; default 200."},
            },
            ("pattern",),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Find out where the search would go."""
        args = arguments(input, Input)
        if not args.pattern or "\0" in args.pattern:
            raise ToolError("The pattern is empty or holds a NUL byte.")
        if not 0 <= args.context <= 50 or (args.limit is not None and args.limit < 1):
            raise ToolError("context is between 0 and 50, and limit counts from 1.")
        place = locate(args.path, world)
        where = "" if place.path == world.folder else f" in {place.shown}"
        return Call(
            name=self.name,
            subject=one_line(args.pattern) + where,
            reads_only=True,
            need=place.need("read"),
            arguments=args,
            path=place.path,
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Search."""
        args: Input = call.arguments
        place = still(call, args.path, world)
        found = status(place)
        if found is None:
            raise ToolError(f"{place.shown} does not exist.")
        if stat.S_ISDIR(found.st_mode):
            return await _search(args, place, world)
        with opened(place) as file:
            return await _search(args, place, world, file)


async def _search(args: Input, place: Place, world: World, file: BinaryIO | None = None) -> Outcome:
    """Search below a folder, or in a file that is open.

    ripgrep follows a link that it is told to begin with, so it is told none: it begins in the
    folder it runs in, or reads what it is given.
    """
    most = min(args.limit or world.limits.matches, _MOST)
    options = (*_options(args), *excluded(place.shown), "--", "." if file is None else "-")
    wanted = path_pattern(args.glob) if args.glob else None

    def keep(line: str) -> str | None:
        path, rest = _taken_apart(line)
        name = place.shown if file else _joined(place.shown, path)
        fits = wanted is None or wanted.fullmatch(name if not place.outside else path)
        return name + rest if fits and not world.hides(world.folder / name) else None

    folder = place.path if file is None else place.path.parent
    found = await search(options, world, folder=folder, most=most, keep=keep, file=file)
    return _outcome(found, args, world)


def _joined(folder: str, path: str) -> str:
    return path if folder == "." else f"{folder.rstrip('/')}/{path}"


def _options(args: Input) -> list[str]:
    kinds = {
        "content": ["--null", "--line-number", "--no-heading", f"--max-columns={_WIDTH}"],
        "files": ["--files-with-matches"],
        "count": ["--null", "--count-matches"],
    }
    options = [*kinds[args.output], "--with-filename", "--max-columns-preview"]
    options += [f"--context={args.context}"] if args.context and args.output == "content" else []
    options += ["--ignore-case"] if args.ignore_case else []
    options += ["--multiline"] if "\\n" in args.pattern or "\n" in args.pattern else []
    if args.glob and "/" not in args.glob:
        options += [f"--type-add=wanted:{args.glob}", "--type=wanted"]
    return [*options, f"--regexp={args.pattern}"]


def _taken_apart(line: str) -> tuple[str, str]:
    """The path of a line, and the rest of it with the separator a reader expects."""
    path, nul, rest = line.partition("\0")
    if not nul:
        return line.removeprefix("./"), ""
    numbered = re.match(r"\d+([:-])", rest)
    separator = numbered[1] if numbered else ":" if rest else ""
    return path.removeprefix("./"), separator + rest


def _outcome(found: Found, args: Input, world: World) -> Outcome:
    if not found.lines:
        unread = f" ({found.complaint})" if found.complaint else ""
        return Outcome(content=f"No matches.{unread}", summary="no matches")
    count = len(found.lines)
    more = f"\n[more than {count} lines: narrow the search, or raise limit]" if found.more else ""
    noun = "line" if args.output == "content" else "file"
    return Outcome(
        content=cut("\n".join(found.lines), world.limits.output, "Narrow the search.") + more,
        summary=f"{'≥ ' if found.more else ''}{count:,} {noun}{'' if count == 1 else 's'}",
    )
